"""The choice among taggers: the cheapest of those that are as good as the best, judged on folds that it did not see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from adrbench._system.seed import DEFAULT_SEED
from adrbench.results.leaderboard.rows import Row
from adrbench.results.recommendation.estimate import Breach, Estimate, FoldCosts, breaches, estimate
from adrbench.results.recommendation.question import Question
from adrbench.results.recommendation.refit import FitTime
from adrbench.scoring.statistics.bootstrap import (
    CountTable,
    Score,
    columns,
    percentile,
    resample,
    sum_rows,
    unit_numbers,
)
from adrbench.scoring.statistics.intervals import Interval, interval
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL

_RESAMPLES = 10_000
# Each fold that is left out takes resamples of its own.
_RESAMPLES_LEFT_OUT = 2_000


@dataclass(frozen=True, eq=False)
class Candidate:
    """A tagger that was measured on every fold.

    Attributes:
        row: Its row of the leaderboard, for the label in question.
        f1: F1 of each fold, fractions.
        recall: Recall of each fold.
        counts: Its counts of each fold, arrays [documents, columns].
        costs: What each cell cost; None where that is not known.
        curve: Fits on smaller parts of the training parts, on the machine of ``costs``.
    """

    row: Row
    f1: tuple[float, ...]
    recall: tuple[float, ...]
    counts: tuple[CountTable, ...]
    costs: tuple[FoldCosts | None, ...]
    curve: tuple[FitTime, ...] = ()

    @property
    def tagger(self) -> str:
        """Its id."""
        return self.row.tagger

    @property
    def used_gpu(self) -> bool:
        """Whether one of its cells used a GPU."""
        return any(cost is not None and cost.peak_gpu_memory_bytes for cost in self.costs)

    @property
    def replayed(self) -> bool:
        """Whether responses of a server were replayed in one of its cells."""
        return any(cost is not None and cost.replayed for cost in self.costs)

    @property
    def machines(self) -> frozenset[str]:
        """The ids of the machines of its cells, one for each class."""
        return frozenset(cost.machine for cost in self.costs if cost is not None)

    @property
    def precisions(self) -> frozenset[str]:
        """What its cells were computed with; empty names where the tagger does not say."""
        return frozenset(cost.precision for cost in self.costs if cost is not None)


@dataclass(frozen=True, eq=False)
class Contest:
    """Taggers that were measured on the same folds.

    Attributes:
        candidates: The taggers.
        units: The unit of each document under test, by fold: its id, or its group in a grouped split.
        columns: The names of the columns of counts.
        score: Figures from summed counts.
        label: The label in question; ``micro``: all of them together.
        words: How many words all documents have.
        test_share: The part of the documents that a fold tests.
    """

    candidates: tuple[Candidate, ...]
    units: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...]
    score: Score
    label: str
    words: int
    test_share: float

    @property
    def folds(self) -> range:
        """The numbers of the folds."""
        return range(len(self.units))

    def differences(
        self, best: Candidate, folds: Sequence[int], resamples: int = _RESAMPLES
    ) -> dict[str, Interval | None]:
        """Bound by how much each tagger is better than the best one, on the same resamples for all of them.

        Args:
            best: The best tagger.
            folds: The folds to use; counts are pooled over them.
            resamples: How many resamples.

        Returns:
            The 95% interval by tagger: percentiles over documents, or groups. None with a single unit.
        """
        numbers = unit_numbers([unit for fold in folds for unit in self.units[fold]])
        tables = [sum_rows(np.concatenate([c.counts[fold] for fold in folds]), numbers) for c in self.candidates]
        if len(tables[0]) < 2:  # noqa: PLR2004 - no spread without two
            return dict.fromkeys((c.tagger for c in self.candidates), None)
        drawn = np.hsplit(resample(np.hstack(tables), resamples, DEFAULT_SEED), len(tables))
        f1 = {c.tagger: self._f1(totals) for c, totals in zip(self.candidates, drawn, strict=True)}
        return {name: percentile(values - f1[best.tagger]) for name, values in f1.items()}

    def _f1(self, totals: CountTable) -> NDArray[np.float64]:
        return np.asarray(self.score(columns(self.columns, totals))[self.label]["f1"], dtype=np.float64)


@dataclass(frozen=True)
class Choice:
    """What is chosen on some folds.

    Attributes:
        chosen: The tagger; None if none keeps the limits.
        best: The one with the highest F1 among those that keep them.
        equivalent: Those that are as good as the best, by the margin; the cheapest is chosen.
        differences: By tagger, the 95% interval of F1 less that of ``best``.
        estimates: By tagger, what it costs; None where that is not known.
        breaches: By tagger, the limits that it does not keep.
    """

    chosen: Candidate | None
    best: Candidate | None
    equivalent: tuple[Candidate, ...]
    differences: Mapping[str, Interval | None]
    estimates: Mapping[str, Estimate | None]
    breaches: Mapping[str, tuple[Breach, ...]]


def choose(contest: Contest, question: Question, folds: Sequence[int], resamples: int = _RESAMPLES) -> Choice:
    """Choose a tagger on some folds.

    Args:
        contest: The taggers.
        question: What is asked.
        folds: The folds that may be looked at.
        resamples: How many resamples the paired intervals take.

    Returns:
        The choice. Of two taggers that cost the same, the better one is chosen; one whose costs are not known is
        chosen only if no other is as good.

    Raises:
        InputError: The price sheet lacks a price.
    """
    estimates = {
        c.tagger: estimate(
            [c.costs[fold] for fold in folds], contest.words, question.documents, question.prices, c.curve
        )
        for c in contest.candidates
    }
    broken = {
        c.tagger: breaches(
            estimates[c.tagger], [c.recall[fold] for fold in folds], question.limits, used_gpu=c.used_gpu
        )
        for c in contest.candidates
    }
    f1 = {c.tagger: fmean(c.f1[fold] for fold in folds) for c in contest.candidates}
    allowed = [c for c in contest.candidates if not broken[c.tagger]]
    best = max(allowed, key=lambda c: f1[c.tagger], default=None)
    if best is None:
        return Choice(None, None, (), {}, estimates, broken)
    apart = contest.differences(best, folds, resamples)
    equivalent = tuple(c for c in allowed if c is best or _within(apart[c.tagger], question.margin))

    def by_cost(candidate: Candidate) -> tuple[bool, float, float]:
        made = estimates[candidate.tagger]
        return made is None, 0.0 if made is None else made.rank, -f1[candidate.tagger]

    return Choice(min(equivalent, key=by_cost), best, equivalent, apart, estimates, broken)


def _within(difference: Interval | None, margin: float) -> bool:
    return difference is not None and difference.low >= -margin


@dataclass(frozen=True)
class Promise:
    """The F1 to expect of a choice: chosen on all folds but one and judged on that one, for each.

    Attributes:
        f1: The mean over folds, a fraction.
        low: The lower end of its 95% interval (``DEFAULT_INTERVAL``).
        high: Its upper end.
        by_fold: The F1 of each fold that was left out.
        picks: How often each tagger was chosen.
        undecided: In how many folds no tagger kept the limits; these are no part of the mean.
    """

    f1: float
    low: float | None
    high: float | None
    by_fold: tuple[float, ...]
    picks: Mapping[str, int]
    undecided: int


def promise(contest: Contest, question: Question) -> Promise | None:
    """Judge the choice on folds that it did not see.

    Args:
        contest: The taggers.
        question: What is asked.

    Returns:
        The F1 to expect; None with one fold, or if no tagger is chosen on any of the others.
    """
    if len(contest.folds) < 2:  # noqa: PLR2004 - a fold to choose on, and one to judge on
        return None
    picks: dict[str, int] = {}
    judged: list[float] = []
    for left_out in contest.folds:
        seen = [fold for fold in contest.folds if fold != left_out]
        chosen = choose(contest, question, seen, _RESAMPLES_LEFT_OUT).chosen
        if chosen is not None:
            picks[chosen.tagger] = picks.get(chosen.tagger, 0) + 1
            judged.append(chosen.f1[left_out])
    if not judged:
        return None
    bounds = interval(DEFAULT_INTERVAL, judged, contest.test_share)
    low, high = (bounds.low, bounds.high) if bounds else (None, None)
    return Promise(fmean(judged), low, high, tuple(judged), picks, len(contest.folds) - len(judged))
