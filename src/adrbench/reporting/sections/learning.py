"""Learning curves: F1 against how many documents are learnt from, and what more of them would give."""

from __future__ import annotations

from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Source, slug
from adrbench.reporting.charts.lines import Dot, Line, learning, legend_height
from adrbench.reporting.forecast_view import DOCUMENTS, FIGURES, forecast_table
from adrbench.reporting.formatting import percent
from adrbench.reporting.leaderboard.curves import curve_table, curve_taggers
from adrbench.results.forecast import LEAST_FRACTIONS, Forecast, forecast_tagger
from adrbench.results.leaderboard import Row
from adrbench.results.leaderboard.curves import Curve, curves

_LINES = (
    (
        "Each training part is cut to a share of itself; smaller shares lie within larger ones, and the test parts "
        "stay as they are. The bars are the intervals, moved aside a little where they would cover each other."
    ),
)
# Of a grid its best setting alone, as in the figure.
_FORECAST = f"{FIGURES} {DOCUMENTS}"


def learning_curves(source: Source) -> Section:
    """Plot F1 against the number of training documents.

    Args:
        source: The results folder to report on.

    Returns:
        A figure for each split that was trained on several fractions.
    """
    blocks = []
    for curve in curves(source.board).values():
        lines = _lines(curve)
        if lines:
            notes = tuple(f"{who}: {status}, {reason}" for who, status, reason in curve.unmeasured())
            forecasts = _forecasts(source, curve)
            tables = (forecast_table(forecasts, caption=_FORECAST, narrow=True).for_people(),) if forecasts else ()
            if forecasts:
                refused = (f"{one.tagger}: no forecast: {one.refusal}" for one in forecasts if one.refusal)
                notes = (*notes, *refused)
            heading = f"{curve.dataset} · {curve.split}"
            blocks.append(Block(heading, tables=tables, figures=(_figure(curve, lines),), notes=notes))
    forecast = (_FORECAST,) if any(block.tables for block in blocks) else ()
    return Section("learning", "Learning curves", tuple(blocks), (*_LINES, *forecast))


def _forecasts(source: Source, curve: Curve) -> list[Forecast]:
    """Forecasts of a curve with enough fractions, for the taggers of its figure."""
    own = [one for one in source.plan.sections if (one.dataset, one.full_split) == (curve.dataset, curve.split)]
    if len(own) < LEAST_FRACTIONS:
        return []
    sections = sorted(own, key=lambda section: section.fraction)
    found = [forecast_tagger(source.scores, sections, tagger) for tagger in curve_taggers(curve, everything=False)]
    return [one for one in found if one.f1]


def _lines(curve: Curve) -> list[Line]:
    found = []
    for tagger in curve_taggers(curve, everything=False):
        rows = curve.rows[tagger]
        dots = tuple(_dot(_place(curve, fraction), row) for fraction, row in rows.items() if row.f1 is not None)
        if dots:
            found.append(Line(tagger, dots))
    return found


def _place(curve: Curve, fraction: float) -> float:
    """Where a fraction stands: by documents where all are counted, else by percent."""
    counts = [curve.documents(one) for one in curve.fractions]
    count = curve.documents(fraction)
    return 100 * fraction if None in counts or count is None else max(count, 1.0)


def _dot(x: float, row: Row) -> Dot:
    low, high = (None if value is None else 100 * value for value in (row.f1_low, row.f1_high))
    return Dot(x, 100 * (row.f1 or 0.0), low, high)


def _figure(curve: Curve, lines: list[Line]) -> Figure:
    counted = all(curve.documents(one) is not None for one in curve.fractions)
    label = "training documents, logarithmic" if counted else "share of the training documents in percent, logarithmic"
    words = [(place := _place(curve, one), f"{place:,.0f}" if counted else f"{place:g}") for one in curve.fractions]
    table = curve_table(curve, everything=False)
    return Figure(
        slug(curve.dataset, curve.split, "learning"),
        f"F1 against training documents, {curve.dataset} · {curve.split}",
        f"F1 in percent with interval, a line for each of {len(lines)} taggers, against {label}. {_said(lines)}",
        table,
        partial(learning, lines=lines, label=label, words=words),
        2.9 + legend_height([line.name for line in lines]),
    )


def _said(lines: list[Line]) -> str:
    return " ".join(
        f"{line.name}: from {percent(line.dots[0].y / 100)} to {percent(line.dots[-1].y / 100)}." for line in lines
    )
