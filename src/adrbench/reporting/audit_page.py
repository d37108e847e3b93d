"""An audit as one HTML page, for reading beside the annotation tool."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adrbench.api import Span
from adrbench.reporting._html import page_maker
from adrbench.reporting.audit_view import FAMILIES, KINDS, SCORE, Texts, summary_table
from adrbench.reporting.excerpts import Segment, excerpt
from adrbench.reporting.formatting import percent
from adrbench.reporting.tables import TableView
from adrbench.results.audit.audit import Audit, AuditItem


@dataclass(frozen=True)
class _Side:
    """What the gold or the families say, in the text if there is one."""

    who: str
    place: str
    segments: tuple[Segment, ...]
    verdict: str


@dataclass(frozen=True)
class _Entry:
    rank: int
    score: str
    kind: str
    meaning: str
    document: str
    sides: tuple[_Side, ...]


@dataclass(frozen=True)
class _Part:
    heading: str
    summary: TableView
    entries: tuple[_Entry, ...]


def audit_page(audits: Sequence[Audit], limit: int, texts: Texts | None = None) -> str:
    """Make the page of audits.

    Args:
        audits: The audits.
        limit: The most findings to list for each corpus.
        texts: Texts, to show mentions in; without, the page has ids and offsets only.

    Returns:
        HTML without a script and without a network. All that comes from corpus and taggers is escaped.
    """
    parts = tuple(_part(audit, limit, texts) for audit in audits)
    return page_maker("audit.html.jinja", scripts=())(parts=parts, lines=(SCORE, FAMILIES), has_text=texts is not None)


def _part(audit: Audit, limit: int, texts: Texts | None) -> _Part:
    own = texts[audit.dataset] if texts is not None else None
    entries = (_entry(item, None if own is None else own[item.document]) for item in audit.items[:limit])
    return _Part(f"{audit.dataset} · {audit.split}", summary_table(audit).for_people(), tuple(entries))


def _entry(item: AuditItem, text: str | None) -> _Entry:
    finding = item.finding
    agreed = ", ".join(finding.families) or "no family"
    gold = f"gold, and {', '.join(finding.against)}" if finding.against else "gold"
    sides = (
        _side(gold, finding.gold, text, "gold"),
        _side(agreed, finding.proposal, text, "right"),
    )
    return _Entry(item.rank, percent(item.score), finding.kind, KINDS[finding.kind], item.document, sides)


def _side(who: str, mention: tuple[int, int, str] | None, text: str | None, verdict: str) -> _Side:
    if mention is None:
        return _Side(who, "nothing here", (), verdict)
    start, end, label = mention
    segments = excerpt(text, [Span(start, end, label)]).segments if text is not None else ()
    return _Side(who, f"{start}–{end} {label}", segments, verdict)
