"""The cells of a row of a leaderboard."""

from __future__ import annotations

from typing import Any

from adrbench.reporting.formatting import percent_between, with_spread
from adrbench.reporting.leaderboard.columns import COSTS
from adrbench.reporting.tables import Column, TableCell
from adrbench.results.leaderboard.rows import Row


def row_cell(column: Column, row: Row, *, strong: bool = False) -> TableCell:
    """Make the cell of a column for a row.

    Args:
        column: One of ``COLUMNS``, or F1 by another evaluator.
        row: A row of a leaderboard.
        strong: Whether its F1 is among the best.

    Returns:
        The cell.
    """
    match column.key:
        case "tagger":
            return TableCell(name_of(row), note=row.family)
        case "f1":
            return column.cell(row.f1, strong=strong and row.f1 is not None)
        case "precision_interval" | "recall_interval" | "f1_interval":
            figure = column.key.removesuffix("_interval")
            low, high = getattr(row, f"{figure}_low"), getattr(row, f"{figure}_high")
            # Sorted by how wide it is.
            return column.cell(None if low is None or high is None else high - low, bounds(row, figure))
        case "machine":
            return column.cell(text="several" if len(row.machines) > 1 else next(iter(row.machines), ""))
        case key if key.startswith("f1 "):
            return column.cell(row.other_f1.get(key.removeprefix("f1 ")))
        case key:
            return cost_cell(column, row) if f"{key}_sd" in COSTS else column.cell(value_of(row, key))


def cost_cell(column: Column, row: Row) -> TableCell:
    """Show a cost with its spread over folds.

    Args:
        column: The column of the cost.
        row: A row of a leaderboard.

    Returns:
        The cost, with its standard deviation where two folds or more were measured.
    """
    value = value_of(row, column.key)
    text = "" if value is None else with_spread(column.kind, value, getattr(row.cost, f"{column.key}_sd"))
    return column.cell(value, text, brief=with_spread(column.kind, value, None) if text else "")


def value_of(row: Row, key: str) -> Any:
    """Look up what a row has for a column.

    Args:
        row: A row of a leaderboard.
        key: The key of the column, of a figure or a cost.

    Returns:
        The value; None where there is nothing to show.
    """
    value = getattr(row.cost if key in COSTS else row, key)
    # A process that never touched a GPU has none of its memory.
    return value or None if key == "peak_gpu_memory_bytes" else value


def bounds(row: Row, figure: str = "f1") -> str:
    """Show the interval of a figure in percent.

    Args:
        row: A row of a leaderboard.
        figure: ``precision``, ``recall`` or ``f1``.

    Returns:
        ± half its width if it is symmetric about the figure, otherwise its two ends; empty without an interval.
    """
    return percent_between(getattr(row, figure), getattr(row, f"{figure}_low"), getattr(row, f"{figure}_high"))


def name_of(row: Row) -> str:
    """Name the tagger of a row.

    Args:
        row: A row of a leaderboard.

    Returns:
        Its id; in brackets whether it was tuned, how many folds were measured if not all, and whether it was imported.
    """
    partial = f" ({row.folds}/{row.folds_planned})" if 0 < row.folds < row.folds_planned else ""
    return f"{row.tagger}{' (tuned)' if row.tuned else ''}{partial}{' (imported)' if row.imported else ''}"
