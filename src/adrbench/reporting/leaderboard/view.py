"""The leaderboard as a view and as text: for each corpus and split its tables, then the legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from adrbench.reporting.leaderboard.averages import averages_tables
from adrbench.reporting.leaderboard.curves import curve_table
from adrbench.reporting.leaderboard.labels import labels_tables
from adrbench.reporting.leaderboard.legend import legend_lines, provenance_lines
from adrbench.reporting.leaderboard.papers import published_table
from adrbench.reporting.leaderboard.ranking import section_table
from adrbench.reporting.rendering import render, render_records
from adrbench.reporting.tables import Display, TableView
from adrbench.results.leaderboard.averages import averages, splits_of_several
from adrbench.results.leaderboard.curves import sections
from adrbench.results.leaderboard.rows import Board, Row


def leaderboard_view(
    board: Board,
    *,
    everything: bool = False,
    labels: bool = False,
    provenance: bool = False,
    intervals: bool = False,
    published: bool = False,
    corpora: bool = False,
    legend: bool = True,
) -> Display:
    """Show the leaderboard: for each corpus and split a table, its learning curve, and its figures by label.

    Args:
        board: The leaderboard.
        everything: All settings of large grids instead of only the best and worst few.
        labels: A table of the figures by label for each corpus and split that has several, and one of tags such as
            ``B-ADR`` for each evaluator that gives them.
        provenance: Which plugin, version and code is behind each tagger, below the tables.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        published: A table of all published figures, with their intervals, supports and times.
        corpora: A table of all corpora of a split side by side, with their average.
        legend: What the figures are, below the tables.

    Returns:
        The tables, and notes that hold for all of them.
    """
    tables: list[TableView] = []
    caption = " ".join(legend_lines(board)[:2])
    for rows, curve in sections(board):
        tables.append(section_table(board, rows, everything=everything, intervals=intervals, caption=caption))
        if curve is not None:
            tables.append(curve_table(curve, everything=everything, caption=caption))
        if labels:
            tables += labels_tables(board, rows, everything=everything, intervals=intervals, caption=caption)
        if published and (papers := published_table(board, rows)):
            tables.append(papers)
    tables += averages_tables(board) if corpora else []
    notes = [f"{name}: left out: {reason}" for name, reason in board.absent.items()]
    notes += legend_lines(board) if legend else []
    notes += provenance_lines(board) if provenance else []
    return Display(tuple(tables), tuple(notes))


def leaderboard_text(board: Board, format_name: str, *, corpora: bool = False, **options: bool) -> str:
    """Write the leaderboard in a text format. JSON and CSV have every row, the others those of ``leaderboard_view``.

    Args:
        board: The leaderboard.
        format_name: One of ``tables.FORMATS`` but ``rich``.
        corpora: A table of all corpora of a split; in JSON and CSV rows of the corpus ``average``.
        options: Further options of ``leaderboard_view``.

    Returns:
        The text.
    """
    if format_name not in {"json", "csv"}:
        return render(leaderboard_view(board, corpora=corpora, **options), format_name)
    means = [row for split in splits_of_several(board) for row in averages(board, split)] if corpora else []
    return render_records(_records([*board.rows, *means], nested=format_name == "json"), format_name)


def _records(rows: Iterable[Row], *, nested: bool) -> Iterator[dict[str, Any]]:
    """Rows for JSON, or for CSV, which holds no nested values: fractions, seconds, bytes by the keys of ``COLUMNS``."""
    for row in rows:
        record = row.flat()
        if not nested:
            others = " ".join(f"{name}={value}" for name, value in row.other_f1.items())
            record |= {"other_f1": others, "others": others}
        yield record
