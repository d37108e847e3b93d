"""How long a tagger takes to fit on every document, told from the folds on which it was fitted on a part of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from adrbench.results.machines import classes
from adrbench.results.precisions import precisions
from adrbench.results.schema import CardRecord, CellRecord, Machine, PlanRecord, RowRecord, SectionRecord, SplitRecord
from adrbench.results.store import Store

# Fit times of one size say nothing about growth. A part of a fit does not grow with the annotated text (word vectors,
# clusters, set-up), so the time grows more slowly than in proportion; docs/recommend.md has the measured times.
_GROWTH = 0.8
# Sizes that differ by less than this factor are one size: their times differ by chance.
_APART = 1.25


@dataclass(frozen=True)
class FitTime:
    """The time of one fit.

    Attributes:
        words: How many words were learnt from.
        seconds: Wall time in seconds.
    """

    words: int
    seconds: float


def extrapolated_seconds(fits: Sequence[FitTime], words: int) -> float | None:
    """Predict the time of a fit on more text.

    With sizes that differ (a learning curve), seconds = a + b · words, a and b not negative, by least squares on
    relative errors. With a single size, seconds grow with words to the power of 0.8.

    Args:
        fits: The fits that were timed, on one machine.
        words: How many words the new fit learns from.

    Returns:
        Wall time in seconds; None without a timed fit.
    """
    timed = [fit for fit in fits if fit.words and fit.seconds > 0]
    if not timed:
        return max((fit.seconds for fit in fits), default=None)
    sizes = [fit.words for fit in timed]
    if max(sizes) >= _APART * min(sizes):
        seconds = np.array([fit.seconds for fit in timed])
        line = np.array([[1.0, fit.words] for fit in timed]) / seconds[:, None]
        (start, slope), _ = nnls(line, np.ones(len(timed)))
        return float(start + slope * words)
    return float(np.mean([fit.seconds * (words / fit.words) ** _GROWTH for fit in timed]))


def predicted_refit_seconds(store: Store, tagger: str, dataset: str, split: str) -> float | None:
    """Predict how long the fit on all documents of a corpus takes, from the stored cells of a tagger.

    Cells of the same split at smaller fractions of its training parts (a learning curve) tell how the time grows.
    The search of a tuned tagger, and pre-training, are no part of it.

    Args:
        store: The results folder.
        tagger: The id of the row.
        dataset: The corpus.
        split: The split, as it is called with whole training parts.

    Returns:
        Wall time in seconds, on the machine of the cells; None if no cell has costs, or if they are of several
        classes of machines or several precisions.

    Raises:
        StoreError: The folder lacks a file that its plan refers to, or a file of it is damaged.
    """
    plan = store.read_plan()
    fits: list[FitTime] = []
    measured: list[CellRecord] = []
    machines: list[Machine] = []
    whole = 0
    for section, row in _rows(plan, tagger, dataset, split):
        card, folds = store.need_card(section.card), store.need_split(section.folds)
        whole = sum(card.tokens_of.values())
        for fold, key in enumerate(row.cells):
            cell = store.read_cell(key)
            if cell is not None and cell.status == "ok" and cell.costs is not None and cell.machine is not None:
                measured.append(cell)
                machines.append(cell.machine)
                fits.append(FitTime(learnt_words(card, folds, fold), cell.costs.seconds["fit"]))
    mixed = len(set(classes(machines).values())) > 1 or len(precisions(measured)) > 1
    return extrapolated_seconds(fits, whole) if fits and not mixed else None


def _rows(plan: PlanRecord, tagger: str, dataset: str, split: str) -> Iterator[tuple[SectionRecord, RowRecord]]:
    """The rows of a tagger at every fraction of a split."""
    for section in plan.sections:
        if section.dataset == dataset and split in (section.split, section.full_split):
            yield from ((section, row) for row in section.rows if row.tagger == tagger)


def learnt_words(card: CardRecord, split: SplitRecord, fold: int) -> int:
    """Count the words that a fold is learnt from.

    Args:
        card: The corpus.
        split: The folds.
        fold: The fold, from 0.

    Returns:
        The number of words.
    """
    if split.train is not None:
        return sum(card.tokens_of[name] for name in split.train[fold])
    tested = set(split.test[fold])
    return sum(count for name, count in card.tokens_of.items() if name not in tested)
