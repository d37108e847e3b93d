"""Comparisons as tables and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from adrbench.api import Span
from adrbench.reporting.excerpts import excerpt
from adrbench.reporting.tables import Sheet
from adrbench.results.comparison.compare import Comparison, Disagreement, Judged, Line
from adrbench.results.comparison.results import Found
from adrbench.results.leaderboard.rows import SCHEMA_VERSION
from adrbench.results.leaderboard.text import percent

Texts = Mapping[str, str]
_OVER_FOLDS = frozenset({"t", "z", "nadeau-bengio"})


def sheets(found: Found, limit: int, texts: Mapping[str, Texts] | None = None) -> Iterator[Sheet]:
    """A table for each evaluator of each comparison, then the ``limit`` documents that differ most.

    ``texts``: by corpus and document id, to show mentions in; none without.
    """
    for comparison in found.comparisons:
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


def _figures(comparison: Comparison, judged: Judged) -> Sheet:
    first, second = comparison.first, comparison.second
    rows = tuple(
        (
            line.label if line.figure == "f1" else f"{line.label} ({line.figure})",
            f"{line.support:,.0f}",
            percent(line.first),
            percent(line.second),
            points(line.difference),
            bounds(line.low, line.high),
            chance(line.p),
            chance(line.adjusted),
            chance(line.fold_p),
        )
        for line in judged.lines
    )
    columns = ("Label", "Gold", first, second, "Difference", "95%", "p", "Holm", "p, folds")
    title = f"{_title(comparison)} · {judged.evaluator}: {first} less {second}"
    return Sheet(title, columns, rows, notes=tuple(_notes(comparison, judged.lines)))


def _notes(comparison: Comparison, lines: Sequence[Line]) -> Iterator[str]:
    unit, kinds = comparison.unit, {line.interval for line in lines}
    units = f"{comparison.units:,} {unit}s"
    kind = next((kind for kind in kinds if kind), None)
    if kind in _OVER_FOLDS:
        yield f"Figures in percent, means over folds; difference in points, with the {kind} interval over folds."
    else:
        how = {"bootstrap": "percentiles of ", "bca": "BCa of "}.get(kind or "", "")
        drawn = f"interval: {how}10,000 paired resamples of {units}" if kind else f"no interval: one {unit} only"
        yield f"Figures in percent, counts pooled over folds; difference in points; {drawn}."
    yield f"p: approximate randomisation over {units}, pooled counts; Holm: adjusted over the lines of this table."
    if comparison.folds > 1:
        yield "p, folds: corrected t-test of the differences by fold (Nadeau and Bengio 2003), as a check."
    else:
        yield "One fold: there is no test over folds, and no interval over folds."
    if not any(line.support for line in lines):
        yield "There is no gold: recall and F1 are 0 by definition."


def _documents(comparison: Comparison, shown: Sequence[Disagreement]) -> Sheet:
    first, second = comparison.first, comparison.second
    columns = ("Document", "Fold", *(f"{name} {kind}" for name in (first, second) for kind in ("tp", "fp", "fn")))
    rows = tuple(
        (
            document.document,
            str(document.fold + 1),
            *(str(n) for spans in (document.first, document.second) for n in document.tally(spans).values()),
        )
        for document in shown
    )
    better = sum(document.more_errors < 0 for document in comparison.apart)
    worse = sum(document.more_errors > 0 for document in comparison.apart)
    who = comparison.found
    outputs = (
        f"Exact spans: tp right, fp wrong, fn missed. Outputs differ in {len(comparison.apart):,} of "
        f"{comparison.documents:,} documents: fewer errors by {first} in {better:,}, by {second} in {worse:,}."
    )
    found = (
        f"Gold found by both {who['both']:,}, only {first} {who['first']:,}, only {second} {who['second']:,}, "
        f"neither {who['neither']:,}."
    )
    return Sheet(f"{_title(comparison)}: where they differ most", columns, rows, notes=(outputs, found))


def _texts(comparison: Comparison, shown: Sequence[Disagreement], texts: Texts) -> Sheet:
    rows: list[tuple[str, ...]] = []
    for document in dict.fromkeys(shown):
        sides = (("gold", document.gold), (comparison.first, document.first), (comparison.second, document.second))
        for place, (name, spans) in enumerate(sides):
            text = excerpt(texts[document.document], spans, whole=True).plain
            rows.append((document.document if not place else "", name, text))
    return Sheet(f"{_title(comparison)}: their texts", ("Document", "", "Text"), tuple(rows), text=3)


def to_json(found: Found, limit: int, texts: Mapping[str, Texts] | None = None) -> str:
    """All figures as fractions, the ``limit`` documents that differ most, and what was left out."""
    plain = {
        "schema_version": SCHEMA_VERSION,
        "comparisons": [_plain(c, limit, texts[c.dataset] if texts is not None else None) for c in found.comparisons],
        "left_out": [
            {"dataset": dataset, "split": split, "splits": split, "reason": reason}
            for (dataset, split), reason in found.left_out.items()
        ],
    }
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False)


def _plain(comparison: Comparison, limit: int, texts: Texts | None) -> dict[str, Any]:
    plain = {name: value for name, value in vars(comparison).items() if name not in {"judged", "apart"}}
    plain["splits"] = comparison.split  # the old name, for one minor version
    plain["evaluators"] = {judged.evaluator: [asdict(line) for line in judged.lines] for judged in comparison.judged}
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


def points(value: float) -> str:
    """A difference of fractions in points, with its sign."""
    return f"{100 * value:+.1f}"


def bounds(low: float | None, high: float | None) -> str:
    """The ends of an interval of a difference, in points; empty for none."""
    return "" if low is None or high is None else f"{points(low)} to {points(high)}"


def chance(p: float | None) -> str:
    """A p-value with three decimals; empty for none."""
    if p is None:
        return ""
    return "<0.001" if p < 0.001 else f"{p:.3f}"  # noqa: PLR2004
