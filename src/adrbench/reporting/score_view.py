"""Scores of any system's output as a view: a row a label, as classification reports have them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from adrbench.api.evaluator import AVERAGES
from adrbench.reporting.formatting import percent
from adrbench.reporting.leaderboard.cells import bounds
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.headings import interval_names
from adrbench.reporting.tables import Column, Display, TableCell, TableView, figures, table
from adrbench.results.external import ExternalScore
from adrbench.results.leaderboard.rows import Row
from adrbench.scoring.evaluators.figures import QUOTIENTS
from adrbench.scoring.statistics.kinds import RESAMPLED

_SHOWN = frozenset((*QUOTIENTS, "support", "predicted", "tp"))
_COLUMNS = (
    Column("label", "Label"),
    *(
        COLUMNS[key]
        for key in ("precision", "precision_interval", "recall", "recall_interval", "f1", "f1_interval", "support")
    ),
    *figures("Predicted", "Right", kind="count"),
)
ZERO = "A quotient with the denominator 0 is 0.0: so it is without gold, without predictions, and without both."


def score_view(scores: Sequence[ExternalScore], notes: Sequence[str], *, intervals: bool = False) -> Display:
    """Show the scores of external output as classification reports do.

    Args:
        scores: The scores, by evaluator.
        notes: Lines below all tables.
        intervals: Columns for the intervals of precision and recall even where there is little room.

    Returns:
        Percent by label, then the averages.
    """
    tables = []
    columns = tuple(replace(column, spare=column.spare and not intervals) for column in _COLUMNS)
    for score in scores:
        ordered = sorted(score.rows, key=lambda row: (row.label in AVERAGES, _place(row.label)))
        rows = (_cells(row, score) for row in ordered)
        heading = f"{score.evaluator}: {_title(score.rows[0])}{interval_names(score.rows)}"
        tables.append(table(heading, columns, rows, notes=(_interval(score),)))
        tables += _further(score)
    return Display(tuple(tables), (*notes, ZERO))


def _place(label: str) -> int:
    return AVERAGES.index(label) if label in AVERAGES else 0


def _title(row: Row) -> str:
    names = " · ".join(name for name in (row.dataset, row.split, row.tagger) if name)
    return names + (f" · mean over {row.folds} folds" if row.folds > 1 else "")


def _interval(score: ExternalScore) -> str:
    row = score.rows[0]
    if row.interval is None:
        return f"No interval: {score.no_interval or 'there is nothing to take it of'}."
    over = "documents or sentences, pooled" if row.interval in RESAMPLED else "folds"
    return f"P, R, F1 in percent; 95%: interval, {row.interval} over {over}."


def _cells(row: Row, score: ExternalScore) -> tuple[Any, ...]:
    figures_of = score.figures[row.label]
    counts = (_number(name, figures_of[name]) if name in figures_of else "" for name in ("support", "predicted", "tp"))
    figures_with_bounds = (one for name in QUOTIENTS for one in (getattr(row, name), TableCell(bounds(row, name))))
    return row.label, *figures_with_bounds, *counts


def _further(score: ExternalScore) -> Iterator[TableView]:
    """What the evaluator gives beyond the usual figures, where it is not 0; what it breaks down twice is left out."""
    labels = [label for label in score.figures if label not in AVERAGES[1:]]
    names = [
        name
        for name in score.figures[labels[0]]
        if name not in _SHOWN
        and name.count("/") < 2  # noqa: PLR2004
        and any(score.figures[label].get(name) for label in labels)
    ]
    if names:
        rows = ((name, *(_number(name, score.figures[label].get(name, 0)) for label in labels)) for name in names)
        columns = (Column("figure", ""), *figures(*labels))
        yield table(f"{score.evaluator}: further figures", columns, rows)


def _number(name: str, value: Any) -> str:
    """A count as it is, a fraction in percent."""
    return percent(value) if name.startswith((*QUOTIENTS, "share")) else f"{value:,.10g}"
