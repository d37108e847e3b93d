"""How far the folds of a tagger lie apart."""

from __future__ import annotations

from functools import partial
from statistics import stdev
from typing import Any

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.dots import Estimate, intervals
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.formatting import percent
from adrbench.reporting.leaderboard.cells import bounds
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.headings import interval_names
from adrbench.reporting.tables import Column, TableCell, figures, table
from adrbench.results.leaderboard import Row


def spread(source: Source) -> Section:
    """Show how F1 varies over folds.

    Args:
        source: The results folder to report on.

    Returns:
        A figure of F1, interval and folds for each corpus and split with at least two measured folds.
    """
    blocks = tuple(
        Block(place.name, figures=(figure(place),))
        for place in source.places
        if any(len(row.fold_f1) > 1 for row in place.measured)
    )
    lines = ("A disc is the mean over folds, the bar its interval, a ring one fold; letters are the tie groups.",)
    return Section("folds", "Spread over folds", blocks, lines, "" if blocks else "no split has two measured folds")


def figure(place: Place) -> Figure:
    """Draw F1 of all taggers at a place.

    Args:
        place: A corpus and split with at least one measured tagger.

    Returns:
        Mean F1, its interval and each fold, best tagger first.
    """
    rows = place.measured
    folds = max(len(row.fold_f1) for row in rows)
    columns = (
        *(COLUMNS[key] for key in ("tagger", "f1", "f1_interval", "ties")),
        Column("standard_deviation", "Standard deviation", "percent"),
        *figures(*(f"Fold {n + 1}" for n in range(folds)), kind="percent"),
    )
    return Figure(
        place.figure("f1"),
        f"F1 with interval, {place.name}{interval_names(rows)}",
        f"F1 in percent of {len(rows)} taggers, best first: mean over folds with its interval, and each of {folds} "
        f"folds. Best: {rows[0].tagger} with {percent(rows[0].f1)}.",
        table(f"F1 by fold in percent, {place.name}", columns, (_row(row, folds) for row in rows)),
        partial(intervals, estimates=[estimate(row) for row in rows], label="F1, %"),
        0.75 + 0.34 * rows_taken([row.tagger for row in rows]),
    )


def estimate(row: Row, name: str = "") -> Estimate:
    """Put the F1 of a row into percent, for a chart.

    Args:
        row: A row with an F1.
        name: How it is called; empty: by its tagger.

    Returns:
        Mean, interval, folds and tie groups.
    """
    low, high = (None if value is None else 100 * value for value in (row.f1_low, row.f1_high))
    return Estimate(name or row.tagger, 100 * (row.f1 or 0.0), low, high, tuple(100 * f for f in row.fold_f1), row.ties)


def _row(row: Row, folds: int) -> tuple[Any, ...]:
    apart = TableCell(f"{100 * (value := stdev(row.fold_f1)):.2f}", value) if len(row.fold_f1) > 1 else None
    unmeasured = [None] * (folds - len(row.fold_f1))
    return (row.tagger, row.f1, bounds(row), row.ties, apart, *row.fold_f1, *unmeasured)
