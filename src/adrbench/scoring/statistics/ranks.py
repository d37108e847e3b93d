"""Several taggers on several corpora: mean ranks, and whether they differ.

F1 on one corpus and F1 on another are not on one scale, so taggers are ranked on each corpus, and the ranks are
averaged. Scores are tables [corpora, taggers], every tagger on every corpus. Method and names are those of Demšar
(2006), Statistical comparisons of classifiers over multiple data sets, Journal of Machine Learning Research 7.

These tests count corpora: with two or three of them no difference can be shown, however large it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from adrbench.scoring.statistics.ties import tie_groups

CountTable = NDArray[np.float64]


@dataclass(frozen=True)
class Friedman:
    """The test that all taggers are alike: ``chi_square`` with its ``p``, and the sharper ``f`` with its ``f_p``."""

    chi_square: float
    p: float
    f: float
    f_p: float


@dataclass(frozen=True)
class Ranking:
    """Taggers by mean rank, best first, over so many ``corpora``.

    ``critical_difference``: mean ranks at least so far apart differ at 5%. ``groups``: the numbers of the groups that
    each tagger is in, the best one's first; taggers that share a group do not differ (the bars of the diagram).
    """

    taggers: tuple[str, ...]
    mean_ranks: tuple[float, ...]
    corpora: int
    friedman: Friedman
    critical_difference: float
    groups: tuple[tuple[int, ...], ...]


def rank(taggers: Sequence[str], scores: CountTable, level: float = 0.95) -> Ranking:
    """Rank taggers over corpora, a higher score being better.

    Args:
        taggers: Distinct names.
        scores: An array [corpora, taggers].
        level: The level of the critical difference, a fraction.

    Returns:
        The taggers by mean rank, with Friedman's test, the critical difference and the groups.

    Raises:
        ValueError: Fewer than two taggers or two corpora, or a score that is no finite number.
    """
    table = ranks(scores)
    if table.shape[1] != len(taggers):
        raise ValueError(f"{len(taggers)} taggers for {table.shape[1]} columns of scores")
    means = dict(zip(taggers, table.mean(axis=0).tolist(), strict=True))
    ordered = sorted(means, key=means.__getitem__)
    least = critical_difference(len(taggers), len(table), level)
    groups = tie_groups(ordered, lambda better, worse: means[worse] - means[better] >= least)
    return Ranking(
        tuple(ordered),
        tuple(means[name] for name in ordered),
        len(table),
        friedman(table),
        least,
        tuple(groups[name] for name in ordered),
    )


def ranks(scores: CountTable) -> CountTable:
    """The rank of each tagger on each corpus, 1 for the highest score; equal scores share the mean of their ranks.

    Args:
        scores: An array [corpora, taggers].

    Returns:
        Ranks, an array [corpora, taggers].

    Raises:
        ValueError: Fewer than two taggers or two corpora, or a score that is no finite number.
    """
    if scores.ndim != 2 or min(scores.shape) < 2 or not np.isfinite(scores).all():  # noqa: PLR2004 - see the message
        raise ValueError(f"needs finite scores of two taggers or more on two corpora or more; got {scores.shape}")
    higher = (scores[:, None, :] > scores[:, :, None]).sum(axis=2)
    equal = (scores[:, None, :] == scores[:, :, None]).sum(axis=2)
    return np.asarray(higher + (equal + 1) / 2, dtype=np.float64)


def friedman(table: CountTable) -> Friedman:
    """Friedman's test on ranks [N corpora, k taggers], with R the mean ranks.

    χ² = 12 N / (k (k + 1)) · (Σ R² - k (k + 1)² / 4), with k - 1 degrees of freedom. As in scipy, and not in Demšar,
    it is divided by 1 - Σ(t³ - t) / (N k (k² - 1)), each t the number of taggers that share a rank on a corpus. Where
    all taggers are equal everywhere, χ² is 0. It is rough with fewer than about ten corpora: ``f_p`` is the better
    figure then.
    Sources: Friedman (1937), Journal of the American Statistical Association 32; for ties, Conover (1999), Practical
    nonparametric statistics, chapter 5.

    Args:
        table: Ranks, an array [corpora, taggers].

    Returns:
        χ² and F with their p-values.
    """
    n, k = table.shape
    # All in one: the spread of mean ranks by the spread of ranks, which ties make smaller.
    spread = float((table**2).sum()) - n * k * (k + 1) ** 2 / 4
    between = float(((table.sum(axis=0) - n * (k + 1) / 2) ** 2).sum())
    chi_square = (k - 1) * between / spread if spread > 0 else 0.0
    f, f_p = iman_davenport(chi_square, n, k)
    return Friedman(chi_square, float(chdtrc(k - 1, chi_square)), f, f_p)


def iman_davenport(chi_square: float, corpora: int, taggers: int) -> tuple[float, float]:
    """F and its p-value from Friedman's χ², which is too cautious.

    F = (N - 1) χ² / (N (k - 1) - χ²), with k - 1 and (k - 1)(N - 1) degrees of freedom. Source: Iman and Davenport
    (1980), Communications in Statistics 9.

    Args:
        chi_square: Friedman's χ².
        corpora: N, how many corpora.
        taggers: k, how many taggers.

    Returns:
        F and p. Where all corpora agree, F is infinite and p is 0.
    """
    rest = corpora * (taggers - 1) - chi_square
    if rest <= 1e-9 * corpora * taggers:
        return math.inf, 0.0
    f = (corpora - 1) * chi_square / rest
    return f, float(fdtrc(taggers - 1, (taggers - 1) * (corpora - 1), f))


def critical_difference(taggers: int, corpora: int, level: float = 0.95) -> float:
    """Nemenyi's critical difference: mean ranks at least so far apart differ, all pairs being compared.

    q · √(k (k + 1) / (6 N)), q the ``level`` quantile of the studentised range of k groups with infinite degrees of
    freedom, by √2. Sources: Nemenyi (1963), Distribution-free multiple comparisons; Demšar (2006), table 5.

    Args:
        taggers: k, how many taggers.
        corpora: N, how many corpora.
        level: The level, a fraction.

    Returns:
        The critical difference, in ranks.
    """
    from scipy.stats import studentized_range  # noqa: PLC0415 - a second to import, for this one quantile

    quantile = float(studentized_range.ppf(level, taggers, math.inf)) / math.sqrt(2)
    return quantile * math.sqrt(taggers * (taggers + 1) / (6 * corpora))
