"""The taggers of one corpus and split, ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adrbench.reporting.leaderboard.bars import bar_column, bar_of
from adrbench.reporting.leaderboard.cells import row_cell, value_of
from adrbench.reporting.leaderboard.columns import COLUMNS, COSTS, with_room
from adrbench.reporting.leaderboard.headings import title
from adrbench.reporting.leaderboard.remarks import remarks
from adrbench.reporting.tables import Column, TableCell, TableView
from adrbench.results.leaderboard.grids import listing
from adrbench.results.leaderboard.rows import Board, Row, unmeasured

# What a terminal without room for all leaves out, in this order.
_LEFT_OUT = (
    "documents_per_second", "completion_tokens_per_1000", "prompt_tokens_per_1000", "energy_joules", "machine",
    "pretrain_seconds", "tune_seconds", "predict_seconds", "peak_gpu_memory_bytes", "fit_seconds", "ece",
    "peak_memory_bytes",
)  # fmt: skip
# Columns that stand in a table only if one of its rows has something to show.
_WHERE_KNOWN = frozenset({"published_f1", "ece", *COSTS} - {"machine"})


def section_table(
    board: Board, rows: Sequence[Row], *, everything: bool, intervals: bool = False, caption: str = ""
) -> TableView:
    """Show the rows of one corpus and split, with notes.

    Args:
        board: The leaderboard.
        rows: The rows of one corpus and split.
        everything: All settings of large grids.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        caption: What must be said wherever the table stands alone.

    Returns:
        The table.
    """
    shown, more = listing(rows, everything=everything)
    notes = (*more, *remarks(rows), *board.notes.get((rows[0].dataset, rows[0].split), ()))
    made = ranked_table(title(rows), shown, machines=len(board.machines) > 1, intervals=intervals, caption=caption)
    return replace(made, notes=notes, problems=tuple(unmeasured(rows)))


def ranked_table(
    heading: str, rows: Sequence[Row], *, machines: bool = False, intervals: bool = False, caption: str = ""
) -> TableView:
    """Show rows as a table in which the best, and those not significantly worse, are strong.

    Args:
        heading: The title of the table.
        rows: The rows, best first.
        machines: Whether there are several machines, and so a column for them.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        caption: What must be said wherever the table stands alone.

    Returns:
        The table. Costs and published figures have a column only if a row has them.
    """
    bar, low, high = bar_column(rows)
    others = [
        Column(f"f1 {name}", f"F1 {name}", "percent", f"F1 by the evaluator {name}") for name in _other_names(rows)
    ]
    known = {key for key in _WHERE_KNOWN if any(value_of(row, key) is not None for row in rows)}
    columns: list[Column] = []
    for key, column in COLUMNS.items():
        if column.shown and (key not in _WHERE_KNOWN or key in known) and (key != "machine" or machines):
            columns.append(bar if key == "f1_bar" else _optional(with_room(column, intervals=intervals)))
            columns += others if key == "ties" else []
    best = set(rows[0].ties) if rows else set()
    made = tuple(
        tuple(
            row_cell(column, row, strong=row is rows[0] or bool(best & set(row.ties)))
            if column.kind != "bar"
            else TableCell(value=row.f1, bar=bar_of(row, low, high))
            for column in columns
        )
        for row in rows
    )
    return TableView(heading, tuple(columns), made, sorted_by=columns.index(COLUMNS["f1"]), caption=caption)


def _optional(column: Column) -> Column:
    return replace(column, optional=len(_LEFT_OUT) - _LEFT_OUT.index(column.key)) if column.key in _LEFT_OUT else column


def _other_names(rows: Sequence[Row]) -> list[str]:
    # Its F1 is that of exact match; what it adds has a column of its own.
    return list(dict.fromkeys(name for row in rows for name in row.other_f1 if name != "calibration"))
