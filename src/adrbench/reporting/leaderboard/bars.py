"""Bars of F1 with its interval."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.reporting.tables import Bar, Column
from adrbench.results.leaderboard.rows import Row

_ROOM, _LEAST_RANGE = 0.08, 0.05


def bar_column(rows: Sequence[Row]) -> tuple[Column, float, float]:
    """Make the column of bars.

    Args:
        rows: The rows of a table.

    Returns:
        The column, and the ends of its scale: fractions, whole percents.
    """
    values = [v for row in rows for v in (row.f1, row.f1_low, row.f1_high, row.published_f1) if v is not None]
    low, high = 0.0, 1.0
    if values:
        room = max(_ROOM * (max(values) - min(values)), _LEAST_RANGE / 2)
        low, high = max(0.0, round(min(values) - room, 2)), min(1.0, round(max(values) + room, 2))
    return Column("f1_bar", f"F1 from {100 * low:.0f} to {100 * high:.0f}", "bar"), low, high


def bar_of(row: Row, low: float, high: float) -> Bar | None:
    """Draw F1, its interval and the paper's F1 on a scale.

    Args:
        row: A row of a leaderboard.
        low: The lower end of the scale, a fraction.
        high: Its upper end.

    Returns:
        The bar; None without any F1.
    """

    def place(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - low) / (high - low), 2)

    middle, published = place(row.f1), place(row.published_f1)
    if middle is None and published is None:
        return None
    return Bar(middle, place(row.f1_low), place(row.f1_high), published)
