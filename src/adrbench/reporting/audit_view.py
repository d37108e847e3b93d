"""Audits of gold as views."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from adrbench.api import Span
from adrbench.reporting.excerpts import excerpt
from adrbench.reporting.tables import Column, Display, TableView, table
from adrbench.results.audit.acceptance import Effect
from adrbench.results.audit.audit import Audit, AuditItem
from adrbench.results.audit.findings import Kind
from adrbench.results.audit.likelihood import ASSUMED_SHARE
from adrbench.results.audit.spoiling import Mention

Texts = Mapping[str, Mapping[str, str]]
"""Texts by corpus and document id."""
KINDS: Mapping[Kind, str] = {
    "missing": "several families find a span where there is no mention",
    "label": "several families find the mention with another label",
    "boundary": "several families find the mention with other ends",
    "unfound": "no family finds anything where there is a mention",
}
SCORE = (
    f"Score: the share of spoilt mentions among findings of this kind, label and families, in percent, if "
    f"{100 * ASSUMED_SHARE:g}% of the gold were spoilt at random; learnt from the other folds."
)
FAMILIES = "Families: those that agree on the proposal; the best tagger of each family by F1 speaks for it."
_ACCEPTED = (
    "Accepting a finding moves the gold towards the taggers that made it, so F1 rises; the question is whether tie "
    "groups change. Correct the gold by eye before the figures are believed."
)
_LEVELS = (0.5, 0.25)


def audit_view(
    audits: Sequence[Audit],
    limit: int,
    *,
    texts: Texts | None = None,
    effects: Mapping[str, Sequence[Effect]] | None = None,
    accepted: int = 0,
    left_out: Mapping[tuple[str, str], str] | None = None,
) -> Display:
    """Show audits: for each corpus the number of findings by kind, and the most likely errors.

    Args:
        audits: The audits.
        limit: The most findings to list for each corpus.
        texts: Texts, to show mentions in; none are shown without.
        effects: By corpus, the effects of accepting the first findings.
        accepted: How many were accepted.
        left_out: By corpus and split, the reason why there is no audit.

    Returns:
        The tables, and notes on what the figures are.
    """
    tables: list[TableView] = []
    for audit in audits:
        tables += [summary_table(audit), items_table(audit, limit, (texts or {}).get(audit.dataset))]
        if effects:
            tables.append(effects_table(audit, effects[audit.dataset], accepted))
    notes = [SCORE, FAMILIES, *([_ACCEPTED] if effects else [])]
    reasons = [f"{dataset} {split}: no audit: {why}" for (dataset, split), why in (left_out or {}).items()]
    return Display(tuple(tables), (*notes, *reasons))


def summary_table(audit: Audit, caption: str = "") -> TableView:
    """Count the findings of an audit by kind.

    Args:
        audit: The audit.
        caption: What must be said wherever the table stands alone.

    Returns:
        A row for each kind.
    """
    columns = (
        Column("dataset", "dataset", shown=False),
        Column("split", "split", shown=False),
        Column("kind", "Kind"),
        Column("says", "Meaning"),
        Column("findings", "Findings", "count"),
        *(Column(f"score_{100 * level:g}", f"Score ≥ {100 * level:g}", "count") for level in _LEVELS),
    )
    rows = []
    for kind, says in KINDS.items():
        scores = [item.score for item in audit.items if item.finding.kind == kind]
        above = [sum(score >= level for score in scores) for level in _LEVELS]
        rows.append((audit.dataset, audit.split, kind, says, len(scores), *above))
    title = (
        f"{audit.dataset} · {audit.split} · {audit.mentions:,} mentions in {audit.documents:,} documents audited by "
        f"{', '.join(audit.taggers.values())}"
    )
    return table(title, columns, rows, caption=caption)


def items_table(audit: Audit, limit: int, texts: Mapping[str, str] | None = None) -> TableView:
    """List the most likely errors of an audit.

    Args:
        audit: The audit.
        limit: How many at most.
        texts: Texts by document id, to show mentions in.

    Returns:
        A row for each finding.
    """
    columns = [
        Column("dataset", "dataset", shown=False),
        Column("split", "split", shown=False),
        Column("rank", "Rank", "count"),
        Column("score", "Score", "percent"),
        Column("kind", "Kind"),
        Column("document", "Document"),
        Column("fold", "fold", "count", shown=False),
        Column("gold", "Gold"),
        Column("proposal", "Proposal"),
        Column("agreed", "Families", "interval"),
        Column("families", "families", shown=False),
        Column("against", "against", shown=False),
    ]
    if texts is not None:
        columns.append(Column("text", "Text"))
    rows = []
    for item in audit.items[:limit]:
        finding = item.finding
        sides = (_place(finding.gold), _place(finding.proposal))
        agreed = f"{len(finding.families)} of {len(audit.taggers)}"
        families = (agreed, ", ".join(finding.families), ", ".join(finding.against))
        row = (audit.dataset, audit.split, item.rank, item.score, finding.kind, item.document, item.fold, *sides)
        rows.append((*row, *families, *([marked(item, texts[item.document])] if texts is not None else [])))
    shown = min(limit, len(audit.items))
    title = f"{audit.dataset} · {audit.split} · the {shown:,} most likely errors of {len(audit.items):,} findings"
    return table(title, columns, rows, identity=0)


def effects_table(audit: Audit, effects: Sequence[Effect], accepted: int) -> TableView:
    """Show the effects of accepting findings.

    Args:
        audit: The audit.
        effects: The effects, by tagger.
        accepted: How many findings were accepted.

    Returns:
        A row for each tagger.
    """
    columns = (
        Column("dataset", "dataset", shown=False),
        Column("split", "split", shown=False),
        Column("tagger", "Tagger"),
        Column("f1", "F1", "percent"),
        Column("ties", "Ties", "letters"),
        Column("accepted_f1", "F1 accepted", "percent"),
        Column("accepted_ties", "Ties accepted", "letters"),
    )
    rows = ({"dataset": audit.dataset, "split": audit.split, **vars(effect)} for effect in effects)
    same = all(effect.ties == effect.accepted_ties for effect in effects)
    change = "tie groups stay the same" if same else "tie groups change"
    title = f"{audit.dataset} · {audit.split} · with the first {accepted:,} findings accepted, {change}"
    return table(title, columns, rows)


def marked(item: AuditItem, text: str) -> str:
    """Mark the mention and the proposal of a finding in the text around them.

    Args:
        item: The finding.
        text: The text of its document.

    Returns:
        The text, with the gold as ``[words|LABEL]`` and the proposal as ``[words|LABEL?]``.
    """
    finding = item.finding
    spans = [Span(*finding.gold)] if finding.gold else []
    if finding.proposal is not None:
        start, end, label = finding.proposal
        spans.append(Span(start, end, f"{label}?"))
    return excerpt(text, spans).plain


def audit_lines(audit: Audit, limit: int, texts: Mapping[str, str] | None = None) -> str:
    """Write an audit as JSON lines.

    Args:
        audit: The audit.
        limit: The most findings.
        texts: Texts by document id, to be included.

    Returns:
        A line for each finding, with offsets in characters.
    """
    lines = []
    for item in audit.items[:limit]:
        finding = item.finding
        text = texts[item.document] if texts is not None else None
        record = {
            "dataset": audit.dataset,
            "split": audit.split,
            "rank": item.rank,
            "score": item.score,
            "kind": finding.kind,
            "document": item.document,
            "fold": item.fold,
            "gold": _span(finding.gold, text),
            "proposal": _span(finding.proposal, text),
            "families": list(finding.families),
            "against": list(finding.against),
            **({"text": text} if text is not None else {}),
        }
        # Half a surrogate pair, which UTF-8 cannot hold, is written as an escape.
        lines.append(json.dumps(record, ensure_ascii=True))
    return "".join(f"{line}\n" for line in lines)


def _span(mention: Mention | None, text: str | None) -> dict[str, object] | None:
    if mention is None:
        return None
    start, end, label = mention
    return {"start": start, "end": end, "label": label, **({"text": text[start:end]} if text is not None else {})}


def _place(mention: Mention | None) -> str:
    return "" if mention is None else f"{mention[0]}–{mention[1]} {mention[2]}"
