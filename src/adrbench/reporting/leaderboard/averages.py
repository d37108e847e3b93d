"""Figures of all corpora in one table, with their average: a column for each tagger, ours and as published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adrbench.reporting.tables import Column, TableCell, TableView
from adrbench.results.leaderboard.averages import absent_rows, averages, corpora_of, splits_of_several
from adrbench.results.leaderboard.rows import Board, Row

_FIGURES = (("precision", "P"), ("recall", "R"), ("f1", "F1"))
_SEVERAL = 2
_OURS = (
    "average: the plain mean over the {} corpora that were run, of taggers that are measured on all of them; grids are "
    "left out."
)
_PAPERS = "(paper): as published; its average is over the paper's own corpora."


def averages_tables(board: Board) -> list[TableView]:
    """Show precision, recall and F1 of every corpus side by side, split by split.

    Args:
        board: The leaderboard.

    Returns:
        A table for each split that several corpora have.
    """
    return [made for split in splits_of_several(board) if (made := averages_table(board, split))]


def averages_table(board: Board, split: str) -> TableView | None:
    """Show precision, recall and F1 of every corpus of a split, and their average.

    Args:
        board: The leaderboard.
        split: The split.

    Returns:
        Three rows for each corpus; None for a single corpus, and if none has a figure.
    """
    sections = corpora_of(board, split)
    if len(sections) < _SEVERAL:
        return None
    measured = len(sections)
    settings = {row.tagger for rows in sections.values() for row in rows if row.grid_point}
    sections |= absent_rows(board, split) | {"average": list(averages(board, split))}
    # An average is of no one point, so it is told by its name.
    every = [row for rows in sections.values() for row in rows if row.tagger not in settings]
    ours = list(dict.fromkeys(row.tagger for row in every if row.f1 is not None))
    papers = list(dict.fromkeys(row.tagger for row in every if row.is_published))
    if not ours and not papers:
        return None
    columns = (
        Column("dataset", "Corpus"),
        Column("figure", ""),
        *(Column(f"measured {name}", name, "percent") for name in ours),
        *(Column(f"published {name}", f"{name} (paper)", "percent") for name in papers),
    )
    made = []
    for dataset, rows in sections.items():
        found = {row.tagger: row for row in rows}
        for figure, name in _FIGURES:
            values = [*_values(found, ours, figure), *_values(found, papers, f"published_{figure}")]
            best = max((value for value in values[: len(ours)] if value is not None), default=None)
            cells = (
                column.cell(value, strong=figure == "f1" and value is not None and value == best)
                for column, value in zip(columns[2:], values, strict=True)
            )
            made.append((TableCell(dataset), TableCell(name), *cells))
    notes = (_OURS.format(measured), *([_PAPERS] if papers else []))
    return TableView(f"All corpora · {split}", columns, tuple(made), notes=notes, identity=2)


def _values(rows: Mapping[str, Row], names: Sequence[str], figure: str) -> list[float | None]:
    return [getattr(rows[name], figure) if name in rows else None for name in names]
