"""Forecasts from learning curves as a view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adrbench.reporting.formatting import count, percent
from adrbench.reporting.tables import Column, Display, TableCell, TableView, table
from adrbench.results.forecast import FARTHEST, LEVEL, Forecast, TargetForecast
from adrbench.results.leaderboard.rows import together

FIGURES = (
    f"F1 in percent as a mean over folds, with an {100 * LEVEL:.0f}% interval: F1(n) = a - b n^(-c), resampled over "
    "folds and documents (or groups), widened by the error that such laws make."
)
DOCUMENTS = (
    "Docs are training documents of a fold: 2x is twice those of the largest fraction, of the same kind and annotated "
    "as these were."
)
_TARGET = (
    "Docs for a target: where the forecast reaches it, and in brackets where the two ends of the interval do; > means "
    f"that it is not reached within {FARTHEST:g} times the documents."
)


def forecast_view(forecasts: Sequence[Forecast]) -> Display:
    """Show forecasts: a table for each split of a corpus.

    Args:
        forecasts: The forecasts, all with the same multiples and the same target.

    Returns:
        The tables, with the reasons of refusals below, and notes on what the figures are.
    """
    places = dict.fromkeys((one.dataset, one.split) for one in forecasts)
    tables = [forecast_table([one for one in forecasts if (one.dataset, one.split) == place]) for place in places]
    has_target = any(one.target is not None for one in forecasts)
    return Display(tuple(tables), (FIGURES, DOCUMENTS, *([_TARGET] if has_target else [])))


def forecast_table(forecasts: Sequence[Forecast], caption: str = "", *, narrow: bool = False) -> TableView:
    """Show the forecasts of a split of a corpus.

    Args:
        forecasts: The forecasts of each tagger.
        narrow: Put intervals in small print beneath their figures.
        caption: What must be said wherever the table stands alone.

    Returns:
        A row for each tagger, with the reasons of refusals as problems.
    """
    first = forecasts[0]
    problems = together((one.tagger, "no forecast", one.refusal) for one in forecasts if one.refusal)
    return table(
        f"{first.dataset} · {first.split} · F1 forecast for more training documents",
        tuple(_columns(forecasts)),
        (_values(one, narrow=narrow) for one in forecasts),
        problems=tuple(problems),
        caption=caption,
    )


def _columns(forecasts: Sequence[Forecast]) -> Iterator[Column]:
    yield from (Column(name, name, shown=False) for name in ("dataset", "split", "evaluator"))
    yield Column("tagger", "Tagger")
    yield Column("documents", "Docs", "count", says="training documents at the largest fraction")
    yield Column("f1", "F1 now", "percent", says="F1 at the largest fraction")
    for times in dict.fromkeys(point.times for one in forecasts for point in one.points):
        key = f"f1_at_{times:g}x"
        yield Column(key, f"{times:g}x", "percent", says=f"F1 with {times:g} times the training documents")
        yield Column(f"{key}_low", "low", "percent", shown=False)
        yield Column(f"{key}_high", "high", "percent", shown=False)
        yield Column(f"documents_at_{times:g}x", "documents", "count", shown=False)
    target = next((one.target for one in forecasts if one.target is not None), None)
    if target is not None:
        yield Column("target", f"Docs for {percent(target.f1)}", "interval")
        yield Column("target_f1", "target", "percent", shown=False)
        yield Column("target_documents", "documents", "count", shown=False)
        yield Column("target_documents_low", "low", "count", shown=False)
        yield Column("target_documents_high", "high", "count", shown=False)
    yield Column("limit", "limit", "percent", says="the F1 that the law rises to", shown=False)
    yield Column("exponent", "exponent", "number", says="the law's exponent", shown=False)
    yield Column("misfit", "misfit", "percent", says="root mean square of the law's residuals", shown=False)
    yield Column("refusal", "refusal", shown=False)


def _values(forecast: Forecast, *, narrow: bool) -> dict[str, object]:
    """The values of the columns by key."""
    names = ("dataset", "split", "evaluator", "tagger", "limit", "exponent", "misfit", "refusal")
    values = {name: getattr(forecast, name) for name in names}
    if forecast.f1:
        values |= {"documents": forecast.documents[-1], "f1": forecast.f1[-1]}
    for point in forecast.points:
        key = f"f1_at_{point.times:g}x"
        shown, bounds = percent(point.f1), f"{percent(point.low)}–{percent(point.high)}"
        cell = TableCell(shown, point.f1, note=bounds) if narrow else TableCell(f"{shown} ({bounds})", point.f1)
        values |= {key: cell}
        values |= {
            f"{key}_low": point.low,
            f"{key}_high": point.high,
            f"documents_at_{point.times:g}x": point.documents,
        }
    target = forecast.target
    if target is not None:
        values |= {"target": TableCell(_needed(target)), "target_f1": target.f1, "target_documents": target.documents}
        values |= {"target_documents_low": target.low, "target_documents_high": target.high}
    return values


def _needed(target: TargetForecast) -> str:
    """The documents that a target needs, with the interval, unless even its better end is too far away."""

    def text(documents: float | None) -> str:
        return f">{count(target.farthest)}" if documents is None else count(documents)

    if target.low is None:
        return text(None)
    return f"{text(target.documents)} ({text(target.low)}–{text(target.high)})"
