"""Ties of a leaderboard: which taggers of a section the paired tests cannot tell apart."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from adrbench._system.seed import DEFAULT_SEED
from adrbench.results.leaderboard.gold import Gold, Scored
from adrbench.results.leaderboard.rows import Row
from adrbench.scoring.statistics.bootstrap import sum_rows, unit_numbers
from adrbench.scoring.statistics.paired import pairwise
from adrbench.scoring.statistics.ties import letters, tie_groups

_ALPHA = 0.05


def comparable(rows: Sequence[Row]) -> dict[str, Row]:
    """Of the rows of a section those of taggers measured on every fold, for all labels together, best first."""
    # Points of a grid are settings of one tagger, and many: all pairs of them would leave the test no power.
    here = [
        row for row in rows if row.label == "micro" and row.status == "ok" and row.f1 is not None and not row.grid_point
    ]
    return {row.tagger: row for row in sorted(here, key=lambda row: -(row.f1 or 0.0))}


def compare(
    here: Collection[str], measured: Mapping[str, Sequence[Scored]], gold: Gold, *, grouped: bool
) -> dict[tuple[str, str], float]:
    """The p-values of all pairs: paired tests on pooled counts of all folds, Holm over all pairs."""
    if len(here) < 2:  # noqa: PLR2004
        return {}
    cells = {name: scored for name, scored in measured.items() if name in here}
    # Every tagger was tested on the same documents in the same order.
    first = next(iter(cells.values()))
    units = numbered(first, gold, grouped=grouped)
    tables = {}
    for name, scored in cells.items():
        counts = np.concatenate([cell.counts for cell in scored])
        columns, counts, score = gold.compared(first[0].columns, counts)
        tables[name] = sum_rows(counts, units)
    return pairwise(tables, columns, score, seed=DEFAULT_SEED)


def numbered(scored: Sequence[Scored], gold: Gold, *, grouped: bool) -> NDArray[np.int64]:
    """The number of the unit of each document of all folds: the document, or its group when the split keeps those."""
    ids = [i for cell in scored for i in cell.test]
    return unit_numbers([gold.groups[i] for i in ids] if grouped else ids)


def with_ties(rows: list[Row], here: Mapping[str, Row], p: Mapping[tuple[str, str], float]) -> list[Row]:
    """The rows, those ``here`` with the letters of their tie groups."""
    if not p:
        return rows
    groups = tie_groups(list(here), lambda a, b: p[a, b] < _ALPHA)
    marked = {id(row): letters(groups[name]) for name, row in here.items()}
    return [replace(row, ties=marked[id(row)]) if id(row) in marked else row for row in rows]
