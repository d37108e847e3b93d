"""How the costs of a tagger vary when the same cells are run again (`adrbench run --time-again`)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from adrbench.results.machines import same_class
from adrbench.results.schema import CellRecord, TimingRecord
from adrbench.results.store import Store


@dataclass(frozen=True)
class Repeated:
    """Mean and spread of a cost over repetitions.

    Attributes:
        mean: Mean over cells and repetitions.
        spread: Standard deviation of one repetition of a cell about the mean of that cell, pooled over cells.
    """

    mean: float
    spread: float


@dataclass(frozen=True)
class RowTimings:
    """The timings of a tagger on a split of a corpus, the first ones included.

    Attributes:
        dataset: The corpus.
        split: The split.
        tagger: The id of the row.
        cells: How many cells were run again on the machine of their first run.
        timings: How often each of them was timed, the first time included; the smallest number.
        fit_seconds: Wall time of the fit in seconds.
        predict_seconds: Wall time of the prediction in seconds.
        peak_memory_bytes: Peak resident memory.
        other_answers: How many further runs gave other answers than the first.
        elsewhere: How many further runs were on another machine; they are in no figure.
    """

    dataset: str
    split: str
    tagger: str
    cells: int
    timings: int
    fit_seconds: Repeated
    predict_seconds: Repeated
    peak_memory_bytes: Repeated
    other_answers: int
    elsewhere: int


def timings(store: Store) -> tuple[RowTimings, ...]:
    """Gather the timings of a results folder.

    Args:
        store: The results folder.

    Returns:
        The rows whose cells were run again, in the order of the plan.

    Raises:
        StoreError: Nothing was run yet, or a file is damaged.
    """
    found = []
    for section in store.read_plan().sections:
        for row in section.rows:
            repeated = list(_repeated(store, row.cells))
            if repeated:
                found.append(_row(section.dataset, section.split, row.tagger, repeated))
    return tuple(found)


def _repeated(store: Store, keys: Sequence[str]) -> Iterator[tuple[CellRecord, tuple[TimingRecord, ...]]]:
    for key in keys:
        cell, further = store.read_cell(key), store.read_timings(key)
        if cell is not None and cell.status == "ok" and cell.costs is not None and further is not None:
            yield cell, further.timings


def _row(
    dataset: str, split: str, tagger: str, repeated: Sequence[tuple[CellRecord, tuple[TimingRecord, ...]]]
) -> RowTimings:
    further = [one for _, timings in repeated for one in timings]
    here = [
        [
            cell.costs,
            *(one.costs for one in timings if cell.machine is not None and same_class(one.machine, cell.machine)),
        ]
        for cell, timings in repeated
        if cell.costs is not None
    ]
    known = sum(len(costs) - 1 for costs in here)
    return RowTimings(
        dataset,
        split,
        tagger,
        cells=sum(len(costs) > 1 for costs in here),
        timings=min(map(len, here)),
        fit_seconds=pooled([[one.seconds["fit"] for one in costs] for costs in here]),
        predict_seconds=pooled([[one.seconds["predict"] for one in costs] for costs in here]),
        peak_memory_bytes=pooled([[float(one.peak_memory_bytes) for one in costs] for costs in here]),
        other_answers=sum(not one.same_answers for one in further),
        elsewhere=len(further) - known,
    )


def pooled(cells: Sequence[Sequence[float]]) -> Repeated:
    """Pool the repetitions of several cells.

    >>> pooled([[1.0, 3.0], [10.0, 12.0]])
    Repeated(mean=6.5, spread=1.4142135623730951)

    Args:
        cells: The repetitions of each cell, at least one.

    Returns:
        The mean of the cells' means, and the spread of one repetition; 0 if nothing was repeated.
    """
    means = [float(np.mean(cell)) for cell in cells]
    freedom = sum(len(cell) - 1 for cell in cells)
    squares = sum((value - mean) ** 2 for cell, mean in zip(cells, means, strict=True) for value in cell)
    return Repeated(float(np.mean(means)), sqrt(squares / freedom) if freedom else 0.0)
