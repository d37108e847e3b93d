"""Two taggers on the same documents: is their difference real?

Tables of counts are [units, columns], the same units in the same order for both taggers; a unit is a document or a
whole group (``adrbench.scoring.statistics.bootstrap.by_unit``). ``figure`` names what is compared: a label and
a name of the figures that ``score`` gives.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from statistics import fmean, stdev

import numpy as np
from scipy.special import stdtr

from adrbench.scoring.statistics.bootstrap import CountTable, Score, bca, chunks, columns, percentile, resample
from adrbench.scoring.statistics.intervals import Interval, train_ratio
from adrbench.scoring.statistics.kinds import ResampledKind

Figure = tuple[str, str]

MICRO_F1: Figure = ("micro", "f1")
_EXACT = 2**22
# Resamples that are multiplied at once: their random bits, as numbers, stay in the processor's cache.
_AT_ONCE = 128
# How many bits of each byte are 1.
_ONES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).sum(axis=1, dtype=np.uint8)


def randomisations(
    first: CountTable,
    second: CountTable,
    names: Sequence[str],
    score: Score,
    figures: Sequence[Figure],
    *,
    resamples: int = 10_000,
    seed: int,
) -> list[float]:
    """Test two taggers by approximate randomisation on pooled counts, several figures on the same swaps.

    If the taggers were alike, swapping their outputs on any unit would change nothing. So each unit is swapped with
    probability 1/2; p = (1 + number of swaps with |difference| at least as large as the observed) / (1 + resamples).
    Sources: Noreen (1989), Computer-intensive methods for testing hypotheses; Yeh (2000), COLING. The 1s keep p valid
    and above 0: Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9.

    Args:
        first: Counts of the first tagger, an array [units, columns].
        second: Counts of the second tagger on the same units.
        names: The names of the columns.
        score: Figures from summed counts.
        figures: The label and the name of each figure.
        resamples: How many swaps.
        seed: The seed of the swaps.

    Returns:
        The two-sided p-value of each figure.

    Raises:
        ValueError: The two arrays have different shapes.
    """
    _check_paired(first, second)
    both, apart = (first + second).sum(axis=0), first - second

    def apart_by(signed: CountTable) -> CountTable:
        # Half the sum plus and minus half the signed differences are the two swapped totals.
        return abs(_differences((both + signed) / 2, (both - signed) / 2, names, score, figures))

    observed = apart_by(apart.sum(axis=0)[None, :])
    extreme = (apart_by(_flipped([apart], resamples, seed)[0].T) >= observed - 1e-12).sum(axis=1)
    return [float(p) for p in (1 + extreme) / (1 + resamples)]


def difference_intervals(
    first: CountTable,
    second: CountTable,
    names: Sequence[str],
    score: Score,
    figures: Sequence[Figure],
    *,
    kind: ResampledKind = "bootstrap",
    level: float = 0.95,
    resamples: int = 10_000,
    seed: int,
) -> list[Interval | None]:
    """Bound the differences of figures, first minus second, by a paired bootstrap over units.

    Both taggers are scored on the same resamples, for every figure, so the difficulty of a unit cancels out. Sources:
    Efron and Tibshirani (1993), An introduction to the bootstrap; Berg-Kirkpatrick, Burkett and Klein (2012), EMNLP.

    Args:
        first: Counts of the first tagger, an array [units, columns].
        second: Counts of the second tagger on the same units.
        names: The names of the columns.
        score: Figures from summed counts.
        figures: The label and the name of each figure.
        kind: Percentiles, or ``bca``.
        level: The level of the intervals.
        resamples: How many resamples.
        seed: The seed of the draws.

    Returns:
        The interval of each figure; None below two units.

    Raises:
        ValueError: The two arrays have different shapes.
    """
    _check_paired(first, second)
    if len(first) < 2:  # noqa: PLR2004 - no spread without two
        return [None] * len(figures)
    pairs = np.hstack([first, second])

    def differences(totals: CountTable) -> CountTable:
        ours, theirs = np.hsplit(totals, 2)
        return _differences(ours, theirs, names, score, figures)

    drawn = differences(resample(pairs, resamples, seed))
    if kind == "bootstrap":
        return [percentile(values, level) for values in drawn]
    total = pairs.sum(axis=0)
    observed, left_out = differences(total[None, :])[:, 0], differences(total - pairs)
    return [bca(*found, level) for found in zip(drawn, observed, left_out, strict=True)]


def nadeau_bengio_test(differences: Sequence[float], test_share: float) -> float | None:
    """Test differences over folds by the corrected resampled t-test.

    t = m / (s · √(1/k + n_test / n_train)) with k - 1 degrees of freedom. Source: Nadeau and Bengio (2003), Inference
    for the generalization error, Machine Learning 52.

    Args:
        differences: The difference in each of the k folds.
        test_share: n_test / (n_train + n_test).

    Returns:
        The two-sided p-value; None below two folds. Differences that are all the same have p 0, or 1 if they are 0.

    Raises:
        ValueError: A difference is no finite number.
    """
    if not all(map(math.isfinite, differences)):
        raise ValueError(f"differences must be finite numbers, got {list(differences)}")
    ratio, k = train_ratio(test_share), len(differences)
    if k < 2:  # noqa: PLR2004 - no spread without two
        return None
    mean, error = fmean(differences), stdev(differences) * math.sqrt(1 / k + ratio)
    if error == 0:
        return 0.0 if mean else 1.0
    return 2 * float(stdtr(k - 1, -abs(mean / error)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values by Holm's step-down procedure. Comparing each with α keeps the family-wise error at α.

    The i-th smallest of n is multiplied by n - i + 1, never below the one before it, at most 1. Source: Holm (1979), A
    simple sequentially rejective multiple test procedure, Scandinavian Journal of Statistics 6.

    Args:
        p_values: The p-values.

    Returns:
        The adjusted p-values, in the same order.
    """
    adjusted = [0.0] * len(p_values)
    largest = 0.0
    for rank, i in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[i]))
        adjusted[i] = largest
    return adjusted


def pairwise(
    tables: Mapping[str, CountTable],
    names: Sequence[str],
    score: Score,
    *,
    figure: Figure = MICRO_F1,
    resamples: int = 10_000,
    seed: int,
) -> dict[tuple[str, str], float]:
    """Test every pair of taggers by ``randomisations``, adjusted by ``holm``.

    All pairs share their swaps. The p-value of each pair is still its own, and Holm's procedure does not depend on how
    the p-values are related.

    Args:
        tables: Counts by tagger, arrays [units, columns] of the same units.
        names: The names of the columns.
        score: Figures from summed counts.
        figure: The label and the name of the figure to compare.
        resamples: How many swaps.
        seed: The seed of the swaps.

    Returns:
        The adjusted p-values, under both orders of each pair.

    Raises:
        ValueError: Two arrays have different shapes.
    """
    for one, other in itertools.pairwise(tables.values()):
        _check_paired(one, other)
    pairs = list(itertools.combinations(tables, 2))
    if not pairs:
        return {}
    first, *others = tables.values()
    totals = {name: rows.sum(axis=0) for name, rows in tables.items()}
    # All are compared with the first, whose own differences are zeros.
    flipped = _flipped([rows - first for rows in others], resamples, seed)
    swapped = dict(zip(tables, [np.zeros_like(flipped[0]), *flipped], strict=True))

    def apart_by(both: CountTable, signed: CountTable) -> CountTable:
        return abs(_differences((both + signed) / 2, (both - signed) / 2, names, score, [figure])[0])

    p = []
    for a, b in pairs:
        both = totals[a] + totals[b]
        observed = apart_by(both, (totals[a] - totals[b])[None, :])
        extreme = (apart_by(both, (swapped[a] - swapped[b]).T) >= observed - 1e-12).sum()
        p.append(float((1 + extreme) / (1 + resamples)))
    adjusted = dict(zip(pairs, holm(p), strict=True))
    return adjusted | {(b, a): value for (a, b), value in adjusted.items()}


def _flipped(tables: Sequence[CountTable], resamples: int, seed: int) -> CountTable:
    """Sums of rows with random signs, the same signs for all tables: [tables, columns, resamples].

    It does not depend on the units' order, nor on the sign of a unit's rows: they are brought into one order first.
    """
    stack = np.hstack(tables)
    rows = stack[stack.any(axis=1)]
    rows = rows * np.sign(rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)])[:, None]
    rows = rows[np.lexsort(rows.T)]
    # Single precision is exact for whole and half numbers of this size, and three times as fast.
    exact = np.array_equal(2 * rows, np.rint(2 * rows)) and abs(rows).sum(axis=0).max(initial=0) < _EXACT
    # A byte has the signs of eight rows. Where these are all the same, as many are, it is enough to count its ones.
    eights = np.pad(rows, ((0, -len(rows) % 8), (0, 0))).reshape(-1, 8, rows.shape[1])
    alike = (eights == eights[:, :1]).all(axis=(1, 2))
    weights = np.concatenate([*eights[~alike], eights[alike, 0]], dtype=np.float32 if exact else np.float64)
    rng = np.random.default_rng(seed)
    kept = []
    for size in chunks(resamples, len(rows)):
        drawn = rng.integers(256, size=(size, len(eights)), dtype=np.uint8)
        for start in range(0, size, _AT_ONCE):
            signs = drawn[start : start + _AT_ONCE]
            bits = np.unpackbits(signs.compress(~alike, axis=1), axis=1), _ONES.take(signs.compress(alike, axis=1))
            kept.append(np.concatenate(bits, axis=1, dtype=weights.dtype) @ weights)
    flipped: CountTable = np.concatenate(kept).T.astype(np.float64, order="C") * 2 - rows.sum(axis=0)[:, None]
    return flipped.reshape(len(tables), -1, resamples)


def _differences(
    ours: CountTable, theirs: CountTable, names: Sequence[str], score: Score, figures: Sequence[Figure]
) -> CountTable:
    """First less second by figure: [figures, rows]."""
    first, second = score(columns(names, ours)), score(columns(names, theirs))
    found = [np.asarray(first[label][name]) - np.asarray(second[label][name]) for label, name in figures]
    return np.array([np.broadcast_to(values, len(ours)) for values in found]).reshape(len(figures), len(ours))


def _check_paired(first: CountTable, second: CountTable) -> None:
    if first.shape != second.shape or first.ndim != 2:  # noqa: PLR2004 - units by columns
        raise ValueError(f"the taggers must have the same units and columns, not {first.shape} and {second.shape}")
