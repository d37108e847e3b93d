"""Grids: the rows of one tagger at many settings, and what of them a table or a figure can hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from adrbench.results.leaderboard.rows import Row

# A grid of so many settings is shown whole; of a larger one so many of the best and of the worst.
FEW, _BEST, _WORST = 6, 3, 2


@dataclass(frozen=True)
class Grid:
    """A tagger's rows at all settings of its grid.

    Attributes:
        tagger_id: Its id in the benchmark file.
        rows: The rows, best first.
    """

    tagger_id: str
    rows: tuple[Row, ...]

    @property
    def axes(self) -> dict[str, tuple[JsonValue, ...]]:
        """The parameters that differ, with their values: numbers in rising order, else as they come in the file."""
        values: dict[str, dict[str, JsonValue]] = {}
        for row in self.rows:
            for name, value in row.grid_point.items():
                values.setdefault(name, {})[repr(value)] = value
        return {name: ordered(found.values()) for name, found in values.items() if len(found) > 1}

    @property
    def best(self) -> Row | None:
        """The setting with the highest F1."""
        return max(self.measured, key=lambda row: row.f1 or 0.0, default=None)

    @property
    def measured(self) -> tuple[Row, ...]:
        """Those with an F1."""
        return tuple(row for row in self.rows if row.f1 is not None)

    def brief(self) -> tuple[Row, ...]:
        """Shorten a large grid.

        Returns:
            All settings of a small grid; the best and worst few of a larger one.
        """
        if len(self.rows) <= FEW:
            return self.rows
        shown = self.measured or self.rows
        if len(shown) <= _BEST + _WORST:
            return shown
        return (*shown[:_BEST], *shown[-_WORST:])


def ordered(values: Iterable[JsonValue]) -> tuple[JsonValue, ...]:
    """Order the values of a parameter.

    Args:
        values: The values.

    Returns:
        Numbers in rising order; other values as they come.
    """
    found = list(values)
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in found):
        found.sort()
    return tuple(found)


def grids(rows: Sequence[Row]) -> list[Grid]:
    """Find the grids among rows.

    Args:
        rows: The rows of one corpus and split.

    Returns:
        The grids, in the order of their first rows.
    """
    return [group for group in grouped(rows) if isinstance(group, Grid)]


def grouped(rows: Sequence[Row]) -> list[Row | Grid]:
    """Gather the rows of each grid.

    Args:
        rows: The rows of one corpus and split.

    Returns:
        The rows in their order, with each grid in the place of its first row.
    """
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row.tagger_id if row.grid_point else f"\0{row.tagger}", []).append(row)
    return [Grid(own[0].tagger_id, tuple(own)) if own[0].grid_point else own[0] for own in found.values()]


def best_only(rows: Sequence[Row], most: int = FEW) -> tuple[Row, ...]:
    """Reduce large grids to their best setting, for a figure.

    Args:
        rows: The rows of one corpus and split.
        most: How many settings a grid may have to be kept whole.

    Returns:
        The rows that remain, in their order.
    """
    left_out = {
        row.tagger for grid in grids(rows) if len(grid.rows) > most for row in grid.rows if row is not grid.best
    }
    return tuple(row for row in rows if row.tagger not in left_out)


def listing(rows: Sequence[Row], *, everything: bool) -> tuple[list[Row], list[str]]:
    """Choose the rows of a table.

    Args:
        rows: The rows of one corpus and split.
        everything: Whether to show large grids whole.

    Returns:
        The rows with figures, those of a grid together, and a line for each grid that is not shown whole.
    """
    shown: list[Row] = []
    lines: list[str] = []
    for one in grouped([row for row in rows if row.has_figures]):
        if isinstance(one, Row):
            shown.append(one)
            continue
        brief = one.rows if everything else one.brief()
        shown += brief
        if hidden := len(one.rows) - len(brief):
            lines.append(f"{one.tagger_id}: … and {hidden:,} more settings: --all")
    return shown, lines
