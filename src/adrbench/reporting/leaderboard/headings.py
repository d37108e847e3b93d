"""The titles of tables: which rows they have, and what holds for all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from adrbench.datasets.ceiling import HIGH_ENOUGH
from adrbench.reporting.formatting import percent
from adrbench.results.leaderboard.rows import Row


def title(rows: Sequence[Row]) -> str:
    """Describe a table's rows: corpus, split, folds, gold, the kind of their intervals, the ceiling of the words.

    Args:
        rows: The rows of one corpus and split, at least one.

    Returns:
        The title, with the document limit and the replaced corpus where there are such.
    """
    row = rows[0]
    folds = f"{row.folds_planned} fold{'s' if row.folds_planned != 1 else ''}"
    text = f"{row.dataset} · {row.split} · {folds} · {'all gold' if row.gold == 'all' else 'flat gold'}"
    if row.limit is not None:
        text += f" · only {row.limit:,} documents"
    if row.stand_in_for:
        text += f" · standing in for {row.stand_in_for}"
    return f"{text}{interval_names(rows)}{ceiling(row)}"


def interval_names(rows: Iterable[Row]) -> str:
    """Name the intervals of some rows, for a headline.

    Args:
        rows: Rows of a leaderboard.

    Returns:
        Such as `` · 95% nadeau-bengio``; empty where no row has an interval.
    """
    kinds = dict.fromkeys(row.interval for row in rows if row.interval)
    return f" · 95% {' or '.join(kinds)}" if kinds else ""


def ceiling(row: Row) -> str:
    """Say what a word tagger without mistakes reaches, for a headline.

    Args:
        row: A row of a leaderboard.

    Returns:
        Such as `` · exact-span ceiling F1 85.7 (P 87.5, R 83.9)``; empty from 99.5 on, or where it is not known.
    """
    if row.ceiling_f1 is None or row.ceiling_f1 >= HIGH_ENOUGH:
        return ""
    figures = f"P {percent(row.ceiling_precision)}, R {percent(row.ceiling_recall)}"
    return f" · exact-span ceiling F1 {percent(row.ceiling_f1)} ({figures})"
