"""Comparisons of two taggers as views."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from adrbench.api import Span
from adrbench.reporting.escaping import to_json
from adrbench.reporting.excerpts import excerpt
from adrbench.reporting.formatting import points_between
from adrbench.reporting.rendering import SCHEMA_VERSION
from adrbench.reporting.tables import Column, Display, TableCell, TableView, figures, table, words
from adrbench.results.comparison.compare import Comparison, Disagreement, Judged, Line
from adrbench.results.comparison.results import Found
from adrbench.scoring.statistics.kinds import OVER_FOLDS

Texts = Mapping[str, str]
POOLED = "Pooled: the counts of all folds are added up first; the leaderboard's figures are means over folds."


def comparison_view(found: Found, limit: int, texts: Mapping[str, Texts] | None = None) -> Display:
    """Show comparisons: a table for each evaluator, then the documents that differ most.

    Args:
        found: The comparisons, and what was left out.
        limit: The most documents to list for each comparison.
        texts: Texts by corpus and document id, to show mentions in; none are shown without.

    Returns:
        The tables, and notes on what was left out.
    """
    tables = tuple(table for comparison in found.comparisons for table in _tables(comparison, limit, texts))
    return Display(
        tables, tuple(f"{dataset} {split}: left out: {why}" for (dataset, split), why in found.left_out.items())
    )


def _tables(comparison: Comparison, limit: int, texts: Mapping[str, Texts] | None) -> Iterator[TableView]:
    for judged in comparison.judged:
        yield _figures(comparison, judged)
    shown = comparison.apart[:limit]
    if shown:
        yield _documents(comparison, shown)
    if texts is not None and shown:
        yield _texts(comparison, shown, texts[comparison.dataset])


def _title(comparison: Comparison) -> str:
    folds = f"{comparison.folds} fold{'s' if comparison.folds != 1 else ''}"
    gold = "all gold" if comparison.gold == "all" else "flat gold"
    text = f"{comparison.dataset} · {comparison.split} · {folds} · {gold}"
    if comparison.limit is not None:
        text += f" · only {comparison.limit:,} documents"
    return f"{text} · standing in for {comparison.stand_in_for}" if comparison.stand_in_for else text


def _figures(comparison: Comparison, judged: Judged) -> TableView:
    first, second = comparison.first, comparison.second
    average = "mean" if _over_folds(judged.lines) else "pooled"
    figure = " F1" if all(line.figure == "f1" for line in judged.lines) else ""
    columns = (
        Column("label", "Label"),
        Column("support", "Gold", "count"),
        Column("first", f"{first} {average}{figure}", "percent"),
        Column("second", f"{second} {average}{figure}", "percent"),
        Column("difference", "Difference", "points"),
        Column("bounds", "95%", "interval"),
        Column("p", "p", "p"),
        Column("adjusted", "Holm", "p"),
        Column("fold_p", "p, folds", "p"),
    )
    rows = (
        {
            **vars(line),
            "label": line.label if line.figure == "f1" else f"{line.label} ({line.figure})",
            "bounds": TableCell(points_between(line.low, line.high)),
        }
        for line in judged.lines
    )
    kinds = dict.fromkeys(line.interval for line in judged.lines if line.interval)
    named = f" · 95% {' or '.join(kinds)}" if kinds else ""
    title = f"{_title(comparison)} · {judged.evaluator}: {first} less {second}{named}"
    return table(title, columns, rows, notes=tuple(_notes(comparison, judged.lines)))


def _over_folds(lines: Sequence[Line]) -> bool:
    return any(line.interval in OVER_FOLDS for line in lines)


def _notes(comparison: Comparison, lines: Sequence[Line]) -> Iterator[str]:
    unit, kind = comparison.unit, next((line.interval for line in lines if line.interval), None)
    units = f"{comparison.units:,} {unit}s"
    if kind in OVER_FOLDS:
        yield f"Figures in percent, means over folds; difference in points, with the {kind} interval over folds."
    else:
        how = {"bootstrap": "percentiles of ", "bca": "BCa of "}.get(kind or "", "")
        drawn = f"interval: {how}10,000 paired resamples of {units}" if kind else f"no interval: one {unit} only"
        yield f"Figures in percent, counts pooled over folds; difference in points; {drawn}."
        if comparison.folds > 1:
            yield POOLED
    yield f"p: approximate randomisation over {units}, pooled counts; Holm: adjusted over the lines of this table."
    if comparison.folds > 1:
        yield "p, folds: corrected t-test of the differences by fold (Nadeau and Bengio 2003), as a check."
    else:
        yield "One fold: there is no test over folds, and no interval over folds."
    if not any(line.support for line in lines):
        yield "There is no gold: recall and F1 are 0 by definition."


def _documents(comparison: Comparison, shown: Sequence[Disagreement]) -> TableView:
    first, second = comparison.first, comparison.second
    counts = (f"{name} {kind}" for name in (first, second) for kind in ("tp", "fp", "fn"))
    rows = (
        (
            document.document,
            document.fold + 1,
            *(n for spans in (document.first, document.second) for n in document.tally(spans).values()),
        )
        for document in shown
    )
    better = sum(document.more_errors < 0 for document in comparison.apart)
    worse = sum(document.more_errors > 0 for document in comparison.apart)
    found_by = comparison.found
    outputs = (
        f"Exact spans: tp right, fp wrong, fn missed. Outputs differ in {len(comparison.apart):,} of "
        f"{comparison.documents:,} documents: fewer errors by {first} in {better:,}, by {second} in {worse:,}."
    )
    gold = (
        f"Gold found by both {found_by['both']:,}, only {first} {found_by['first']:,}, "
        f"only {second} {found_by['second']:,}, neither {found_by['neither']:,}."
    )
    columns = (*words("Document"), *figures("Fold", *counts))
    return table(f"{_title(comparison)}: where they differ most", columns, rows, notes=(outputs, gold), identity=2)


def _texts(comparison: Comparison, shown: Sequence[Disagreement], texts: Texts) -> TableView:
    rows = []
    for document in dict.fromkeys(shown):
        sides = (("gold", document.gold), (comparison.first, document.first), (comparison.second, document.second))
        for place, (name, spans) in enumerate(sides):
            text = excerpt(texts[document.document], spans, whole=True).plain
            rows.append((document.document if not place else "", name, text))
    return table(f"{_title(comparison)}: their texts", words("Document", "Tagger", "Text"), rows, identity=2)


def comparison_records(found: Found) -> list[dict[str, Any]]:
    """List every compared figure, for CSV.

    Args:
        found: The comparisons.

    Returns:
        A record for each figure, in fractions.
    """
    return [
        {"dataset": one.dataset, "split": one.split, "evaluator": judged.evaluator, **_line(line)}
        for one in found.comparisons
        for judged in one.judged
        for line in judged.lines
    ]


def comparison_json(found: Found, limit: int, texts: Mapping[str, Texts] | None = None) -> str:
    """Write comparisons as JSON.

    Args:
        found: The comparisons, and what was left out.
        limit: The most documents to list for each comparison.
        texts: Texts by corpus and document id, to be included.

    Returns:
        All figures as fractions, the ``limit`` documents that differ most, and what was left out.
    """
    plain = {
        "schema_version": SCHEMA_VERSION,
        "comparisons": [_plain(c, limit, texts[c.dataset] if texts is not None else None) for c in found.comparisons],
        "left_out": [
            {"dataset": dataset, "split": split, "splits": split, "reason": reason}
            for (dataset, split), reason in found.left_out.items()
        ],
    }
    return to_json(plain)


def _line(line: Line) -> dict[str, Any]:
    """``average``: whether figures are of counts pooled over folds, or means over folds."""
    return {**asdict(line), "average": "mean" if _over_folds([line]) else "pooled"}


def _plain(comparison: Comparison, limit: int, texts: Texts | None) -> dict[str, Any]:
    plain = {name: value for name, value in vars(comparison).items() if name not in {"judged", "apart"}}
    plain["splits"] = comparison.split  # the old name, for one minor version
    plain["evaluators"] = {judged.evaluator: [_line(line) for line in judged.lines] for judged in comparison.judged}
    plain["documents_apart"] = len(comparison.apart)
    plain["apart"] = [
        {
            "document": document.document,
            "fold": document.fold + 1,
            "gold": _spans(document.gold),
            "first": {**document.tally(document.first), "spans": _spans(document.first)},
            "second": {**document.tally(document.second), "spans": _spans(document.second)},
            **({"text": texts[document.document]} if texts is not None else {}),
        }
        for document in comparison.apart[:limit]
    ]
    return plain


def _spans(spans: Sequence[Span]) -> list[list[Any]]:
    return [span.to_list() for span in spans]
