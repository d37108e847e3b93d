"""The figures of taggers by label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from adrbench.api.evaluator import AVERAGES
from adrbench.reporting.leaderboard.cells import row_cell, value_of
from adrbench.reporting.leaderboard.columns import COLUMNS, LABEL, with_room
from adrbench.reporting.leaderboard.headings import title
from adrbench.reporting.tables import TableView
from adrbench.results.leaderboard.grids import listing
from adrbench.results.leaderboard.rows import Board, Row

_BY_LABEL = (
    "tagger",
    "precision",
    "precision_interval",
    "recall",
    "recall_interval",
    "f1",
    "f1_interval",
    "support",
    "published_f1",
    "published_support",
)
_MEASURED = frozenset(_BY_LABEL) - {"published_f1", "published_support"}


def labels_tables(
    board: Board, rows: Sequence[Row], *, everything: bool, intervals: bool = False, caption: str = ""
) -> list[TableView]:
    """Show the figures of the same taggers by label, frequent labels first, then the averages over labels.

    Args:
        board: The leaderboard.
        rows: The rows of one corpus and split.
        everything: All settings of large grids.
        intervals: Columns for the intervals of precision and recall even where there is little room.
        caption: What must be said wherever the table stands alone.

    Returns:
        The table, unless there is a single label; and a table of tags for each evaluator that gives them.
    """
    shown = {row.tagger: place for place, row in enumerate(listing(rows, everything=everything)[0])}
    here = (rows[0].dataset, rows[0].split)
    own = [row for row in board.rows if (row.dataset, row.split) == here and row.tagger in shown and row.has_figures]
    card = board.corpora.get(rows[0].dataset)
    labels = card.labels if card else {row.label for row in own if row.evaluator == rows[0].evaluator} - {*AVERAGES}
    tagged = [row for row in own if row.label not in {*labels, *AVERAGES}]
    kinds = {f"tag ({name})": [row for row in tagged if row.evaluator == name] for name in _evaluators(tagged)}
    if len(labels) > 1:
        kinds = {"label": [row for row in own if row.label in {*labels, *AVERAGES}]} | kinds
    return [_by_label(kind, found, rows, shown, intervals, caption) for kind, found in kinds.items() if found]


def _evaluators(rows: Iterable[Row]) -> list[str]:
    return list(dict.fromkeys(row.evaluator for row in rows))


def _by_label(
    kind: str, own: list[Row], rows: Sequence[Row], shown: Mapping[str, int], intervals: bool, caption: str
) -> TableView:
    support: dict[str, int] = {}
    # What a paper counted only where nothing was measured; averages last, in their own order.
    measured = any(row.support is not None for row in own)
    for row in own:
        often = (row.support if measured else row.published_support) or 0
        at_end = -AVERAGES.index(row.label) - 1 if row.label in AVERAGES else often
        support[row.label] = max(support.get(row.label, at_end), at_end)
    own.sort(key=lambda row: (-support[row.label], row.label, shown[row.tagger]))
    known = {key for key in ("published_f1", "published_support") if any(value_of(row, key) is not None for row in own)}
    keys = [key for key in _BY_LABEL if key in known or key in _MEASURED]
    columns = [LABEL, *(replace(with_room(COLUMNS[key], intervals=intervals), shown=True) for key in keys)]
    made = tuple(tuple(row_cell(column, row) for column in columns) for row in own)
    return TableView(f"{title(rows)}: by {kind}", tuple(columns), made, identity=2, caption=caption)
