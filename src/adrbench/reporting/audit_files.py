"""Audits as files: a page, JSON lines, and a brat folder to correct."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from adrbench._system.paths import output_target, write_output
from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.datasets.conversion import write, writer_of
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.reporting.audit_page import audit_page
from adrbench.reporting.audit_view import Texts, audit_lines
from adrbench.results.audit.audit import Audit
from adrbench.results.store import Store

PREFIX = "AUDIT"
"""What the labels of findings begin with in a brat folder."""


def write_audit(
    audits: Sequence[Audit],
    store: Store,
    registry: Registry,
    *,
    limit: int,
    texts: Texts | None = None,
    html: Path | None = None,
    jsonl: Path | None = None,
    brat: Path | None = None,
) -> list[str]:
    """Write audits to files.

    Args:
        audits: The audits.
        store: The results folder that they are of.
        registry: The plugins.
        limit: The most findings of each corpus.
        texts: Texts by corpus and document; without, files have ids and offsets only.
        html: The page to write.
        jsonl: The file of JSON lines to write.
        brat: The folder to write; it must not exist, since it may hold corrections.

    Returns:
        A line for each thing that was written.

    Raises:
        InputError: Something cannot be written; nothing was then.
    """
    if brat is not None:
        if texts is None:
            raise InputError("brat files hold the texts: say with --benchmark FILE --with-text where the corpus is")
        if len(audits) > 1:
            raise InputError(f"brat files hold one corpus: choose one of {', '.join(a.dataset for a in audits)}")
        if brat.exists() or brat.is_symlink():
            raise InputError(f"{brat}: exists already and may hold corrections; choose another folder")
    _check_files(store, html, jsonl)
    said = []
    if brat is not None and texts is not None:
        [audit] = audits
        gold = {name: [Span.from_list(span) for span in own] for name, own in store.need_card(audit.card).gold.items()}
        written = write(brat_reading(audit, limit, texts[audit.dataset], gold), writer_of("brat", registry), brat)
        said.append(f"{brat}: {written.files // 2:,} documents; labels that begin with {PREFIX}- are findings")
    if html is not None:
        write_output(html, audit_page(audits, limit, texts))
        said.append(f"{html}: {sum(len(audit.items[:limit]) for audit in audits):,} findings")
    if jsonl is not None:
        write_output(
            jsonl, "".join(audit_lines(a, limit, texts[a.dataset] if texts is not None else None) for a in audits)
        )
        said.append(f"{jsonl}: {sum(len(audit.items[:limit]) for audit in audits):,} findings")
    return said


def _check_files(store: Store, html: Path | None, jsonl: Path | None) -> None:
    for path in (html, jsonl):
        if path is not None:
            store.refuse_output(path)
    if html is not None and jsonl is not None:
        page, direct = output_target(html)
        if not direct and page.resolve() == output_target(jsonl)[0].resolve():
            raise InputError(f"{html}: the page and the JSON lines need a file each")


def brat_reading(audit: Audit, limit: int, texts: Mapping[str, str], gold: Mapping[str, Sequence[Span]]) -> Reading:
    """Make a corpus of the documents with findings, to be corrected in an annotation tool.

    Args:
        audit: The audit.
        limit: The most findings.
        texts: Texts by document id.
        gold: Gold by document id.

    Returns:
        The documents with their gold; each finding is a further span, labelled ``AUDIT-KIND-LABEL``.
    """
    marks: dict[str, list[Span]] = {}
    for item in audit.items[:limit]:
        finding = item.finding
        mention = finding.proposal or finding.gold
        if mention is not None:
            start, end, label = mention
            marks.setdefault(item.document, []).append(Span(start, end, f"{PREFIX}-{finding.kind}-{label}"))
    records = tuple(
        Record(name, texts[name], tuple(sorted([*gold[name], *own])), group=name) for name, own in sorted(marks.items())
    )
    labels = sorted({span.label for record in records for span in record.spans})
    return Reading(DatasetInfo(audit.dataset, "", "", "", tuple(labels)), records, "", {}, unit="document")
