"""Confidence intervals of a mean over folds.

Notation: k scores with mean m and standard deviation s (k - 1 in the denominator).

``t``, ``z`` and ``nadeau_bengio`` take scores of any unit, differences included, and are never cut. ``interval``, which
the leaderboard calls, takes fractions and cuts at 0 and 1: no fraction lies outside, so nothing is lost but the
impossible part. None of them can know what one fold hides: below two scores there is no interval (``None``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean, stdev

from scipy.special import stdtrit

from adrbench.errors import closest
from adrbench.scoring.statistics.kinds import OVER_FOLDS, FoldKind, IntervalKind


@dataclass(frozen=True)
class Interval:
    """A confidence interval: its ends in the unit of the scores, how it was made, and its level (0.95: 95%)."""

    low: float
    high: float
    kind: IntervalKind
    level: float


def interval(kind: FoldKind, scores: Sequence[float], test_share: float, level: float = 0.95) -> Interval | None:
    """The interval of ``kind`` about the mean of fold scores, cut to [0, 1].

    Args:
        kind: Which interval.
        scores: One score a fold, fractions.
        test_share: n_test / (n_train + n_test), the part of the documents that one fold tests. Only ``nadeau-bengio``
            uses it.
        level: The level, a fraction: 0.95 for 95%.

    Returns:
        The interval, or ``None`` if there are fewer than two scores.

    Raises:
        ValueError: An unknown kind, a score that is no finite number, or a share or level not between 0 and 1.
    """
    uncut = about_mean(kind, scores, test_share, level)
    return uncut and Interval(max(0.0, uncut.low), min(1.0, uncut.high), kind, level)


def about_mean(kind: FoldKind, scores: Sequence[float], test_share: float, level: float = 0.95) -> Interval | None:
    """The interval of ``kind`` about the mean of fold scores in any unit, differences included.

    Args:
        kind: Which interval.
        scores: One score a fold.
        test_share: n_test / (n_train + n_test). Only ``nadeau-bengio`` uses it.
        level: The level, a fraction.

    Returns:
        The interval in the unit of the scores, or ``None`` if there are fewer than two.

    Raises:
        ValueError: An unknown kind, a score that is no finite number, or a share or level not between 0 and 1.
    """
    match kind:
        case "t":
            return t(scores, level)
        case "z":
            return z(scores, level)
        case "nadeau-bengio":
            return nadeau_bengio(scores, test_share, level)
        case _:
            raise ValueError(f"unknown interval {kind!r}: {closest(kind, OVER_FOLDS)}")


def t(scores: Sequence[float], level: float = 0.95) -> Interval | None:
    """Student's interval: m ± t · s / √k, t the quantile with k - 1 degrees of freedom.

    It treats the folds as independent. They are not, since their training parts overlap, so it is somewhat too narrow
    for a claim about new training data. Source: Student (1908), The probable error of a mean, Biometrika 6.

    Args:
        scores: One score a fold, in any unit.
        level: The level, a fraction.

    Returns:
        The interval in the unit of the scores, or ``None`` if there are fewer than two.

    Raises:
        ValueError: A score that is no finite number, or a level not between 0 and 1.
    """
    return _about_mean("t", scores, level, extra=0.0)


def z(scores: Sequence[float], level: float = 0.95) -> Interval | None:
    """The normal interval, as many papers print it: m ± 1.96 · s / √k at 95%.

    It is too narrow with few folds: with five it covers what Student's interval covers at 88%. It is there to compare
    with published figures, such as those of Symeonidou et al. (2019).

    Args:
        scores: One score a fold, in any unit.
        level: The level, a fraction.

    Returns:
        The interval in the unit of the scores, or ``None`` if there are fewer than two.

    Raises:
        ValueError: A score that is no finite number, or a level not between 0 and 1.
    """
    return _about_mean("z", scores, level, extra=0.0)


def nadeau_bengio(scores: Sequence[float], test_share: float, level: float = 0.95) -> Interval | None:
    """The corrected resampled interval: m ± t · s · √(1/k + n_test / n_train), with k - 1 degrees of freedom.

    The second term makes up for training parts that overlap. Source: Nadeau and Bengio (2003), Inference for the
    generalization error, Machine Learning 52.

    Args:
        scores: One score a fold, in any unit.
        test_share: n_test / (n_train + n_test): 0.2 in five folds.
        level: The level, a fraction.

    Returns:
        The interval in the unit of the scores, or ``None`` if there are fewer than two.

    Raises:
        ValueError: A score that is no finite number, or a share or level not between 0 and 1.
    """
    return _about_mean("nadeau-bengio", scores, level, extra=train_ratio(test_share))


def train_ratio(test_share: float) -> float:
    """The size of a fold's test part relative to its training part.

    Args:
        test_share: n_test / (n_train + n_test).

    Returns:
        n_test / n_train.

    Raises:
        ValueError: The share does not lie between 0 and 1.
    """
    if not 0 < test_share < 1:
        raise ValueError(f"the share of documents under test must lie between 0 and 1, not {test_share}")
    return test_share / (1 - test_share)


def _about_mean(kind: FoldKind, scores: Sequence[float], level: float, extra: float) -> Interval | None:
    """Mean ± quantile · s · √(1/k + extra)."""
    if not 0 < level < 1:
        raise ValueError(f"the level of an interval must lie between 0 and 1, not {level}")
    if not all(map(math.isfinite, scores)):
        raise ValueError(f"scores must be finite numbers, got {list(scores)}")
    k = len(scores)
    if k < 2:  # noqa: PLR2004 - no spread without two
        return None
    upper = (1 + level) / 2
    quantile = NormalDist().inv_cdf(upper) if kind == "z" else float(stdtrit(k - 1, upper))
    mean, half = fmean(scores), quantile * stdev(scores) * math.sqrt(1 / k + extra)
    return Interval(mean - half, mean + half, kind, level)
