"""Published figures beside ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from adrbench.reporting.leaderboard.cells import bounds, row_cell, value_of
from adrbench.reporting.leaderboard.columns import COLUMNS, LABEL
from adrbench.reporting.leaderboard.headings import title
from adrbench.reporting.tables import Column, TableCell, TableView
from adrbench.results.leaderboard.rows import Board, Row

# Ours, then the paper's: what both have stands one above the other in no table, so each column says whose it is.
_OURS = tuple(
    replace(COLUMNS[key], header=header, shown=True)
    for key, header in (("precision", "P"), ("recall", "R"), ("f1", "F1"), ("support", "Gold"), ("fit_seconds", "Fit"))
)
_PAPERS = (
    Column("published_precision", "Paper P", "percent", "precision of the paper"),
    Column("published_precision_interval", "95%", "interval", "its interval"),
    Column("published_recall", "Paper R", "percent", "recall of the paper"),
    Column("published_recall_interval", "95%", "interval", "its interval"),
    COLUMNS["published_f1"],
    Column("published_f1_interval", "95%", "interval", "its interval"),
    replace(COLUMNS["published_support"], shown=True),
    Column("published_fit_seconds", "Paper fit", "duration", "the time of a fit in the paper"),
)
DIFFERENCE = Column("difference", "Difference", "points", "ours less the paper's F1, in points")


def published_table(board: Board, rows: Sequence[Row]) -> TableView | None:
    """Show all published figures of a corpus and split beside ours.

    Args:
        board: The leaderboard.
        rows: The rows of one corpus and split.

    Returns:
        A row for each tagger or system and label that a paper has; None without any. Sources are notes.
    """
    here = (rows[0].dataset, rows[0].split)
    own = [row for row in board.rows if (row.dataset, row.split) == here and row.is_published]
    if not own:
        return None
    timed = any(row.published_fit_seconds is not None for row in own)
    measured = [column for column in _OURS if any(value_of(row, column.key) is not None for row in own)]
    ours = [column for column in measured if timed or column.key != "fit_seconds"]
    papers = [column for column in _PAPERS if any(_published_cell(column, row).text for row in own)]
    columns = (COLUMNS["tagger"], LABEL, *ours, *papers, *([DIFFERENCE] if "f1" in [c.key for c in ours] else []))
    made = tuple(tuple(_published_cell(column, row) for column in columns) for row in own)
    sources = sorted({row.published_source for row in own})
    notes = tuple(f"{source}." for source in sources)
    return TableView(f"{title(rows)}: published figures", columns, made, notes=notes, identity=2)


def _published_cell(column: Column, row: Row) -> TableCell:
    if column.key == DIFFERENCE.key:
        both = row.f1 is not None and row.published_f1 is not None
        return column.cell((row.f1 or 0.0) - (row.published_f1 or 0.0) if both else None)
    if column.kind == "interval":
        return column.cell(text=bounds(row, column.key.removesuffix("_interval")))
    return row_cell(column, row)
