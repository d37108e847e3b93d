"""The bootstrap on counts: which figures other samples of documents would have given.

Counts are additive, so a resample is a weighted sum of the rows of a table of counts, and no span is looked at again.
The unit that is drawn is a row: a document, or a whole group (``by_unit``) when documents of a group hang together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from adrbench.api import Counts, Figures
from adrbench.scoring.statistics.intervals import Interval

CountTable = NDArray[np.float64]
Values = NDArray[np.float64]
Score = Callable[[Mapping[str, Any]], Figures]

LEAST_UNITS = 20
"""Fewer units say too little about how units vary: five of them have only 126 different resamples."""

_DRAWS_AT_ONCE = 2_000_000  # keeps a chunk of weights below 16 MB


def table(counts: Sequence[Counts]) -> tuple[tuple[str, ...], CountTable]:
    """The counts of documents as a table.

    Args:
        counts: One document's counts each, by name.

    Returns:
        The column names, and an array [documents, columns] in the order given.

    Raises:
        ValueError: The documents do not all have the same names.
    """
    names = tuple(counts[0]) if counts else ()
    if any(c.keys() != counts[0].keys() for c in counts):
        raise ValueError("the documents have counts of different names: they come from different evaluators")
    rows = np.array([[c[name] for name in names] for c in counts], dtype=np.float64)
    return names, rows.reshape(len(counts), len(names))


def by_unit(counts: CountTable, units: Sequence[str]) -> CountTable:
    """Sum the rows that share a unit.

    So whole groups are drawn, and a document that was tested several times (repeated folds) is drawn as one.

    Args:
        counts: An array [documents, columns].
        units: The unit of each row.

    Returns:
        An array [units, columns], sorted by unit.

    Raises:
        ValueError: There is not one unit for each row.
    """
    if len(units) != len(counts):
        raise ValueError(f"{len(units)} units for {len(counts)} rows of counts")
    return sum_rows(counts, unit_numbers(units))


def unit_numbers(units: Sequence[str]) -> NDArray[np.int64]:
    """Number the distinct units.

    Args:
        units: The unit of each row.

    Returns:
        For each row, the place of its unit among the distinct ones, sorted.
    """
    return np.unique(np.asarray(units, dtype=np.str_), return_inverse=True)[1]


def sum_rows(counts: CountTable, numbers: NDArray[np.int64]) -> CountTable:
    """Sum the rows that share a number: ``by_unit`` for units that are numbered already.

    Args:
        counts: An array [documents, columns].
        numbers: The unit of each row, from 0 without a gap.

    Returns:
        An array [units, columns].
    """
    rows = int(numbers.max(initial=-1)) + 1
    sums = [np.bincount(numbers, weights=column, minlength=rows) for column in counts.T]
    return np.array(sums, dtype=np.float64).reshape(len(sums), rows).T


def bootstrap(counts: CountTable, names: Sequence[str], score: Score, *, resamples: int = 10_000, seed: int) -> Figures:
    """The figures of resampled tables.

    Each resample draws as many units as there are, with replacement, and scores their summed counts. Sources: Efron
    (1979), Bootstrap methods: another look at the jackknife, Annals of Statistics 7; over documents, as here,
    Berg-Kirkpatrick, Burkett and Klein (2012), EMNLP.

    Args:
        counts: An array [units, columns].
        names: The names of the columns.
        score: Figures from summed counts.
        resamples: How many resamples.
        seed: The seed of the draws.

    Returns:
        What ``score`` gives, each value an array [resamples].

    Raises:
        ValueError: A table of another shape, values that are no finite numbers, or fewer than two units, which have no
            spread.
    """
    return score(columns(names, resample(counts, resamples, seed)))


def resample(counts: CountTable, resamples: int, seed: int) -> CountTable:
    """Draw resamples with replacement and sum their counts.

    Units with equal counts are exchangeable, so the draw is of how often each *distinct* row comes: the same
    distribution from a few dozen multinomial cells instead of thousands. It does not depend on the order of the units.

    Args:
        counts: An array [units, columns].
        resamples: How many resamples.
        seed: The seed of the draws.

    Returns:
        Summed counts, an array [resamples, columns].

    Raises:
        ValueError: A table of another shape, values that are no finite numbers, or fewer than two units.
    """
    if counts.ndim != 2 or len(counts) < 2 or not np.isfinite(counts).all():  # noqa: PLR2004 - see the message
        raise ValueError(f"needs a table of finite counts, two units or more; got the shape {counts.shape}")
    rows, often = np.unique(counts, axis=0, return_counts=True)
    rng = np.random.default_rng(seed)
    drawn = [rng.multinomial(len(counts), often / len(counts), size) @ rows for size in chunks(resamples, len(rows))]
    return np.concatenate(drawn)


def percentile(values: Values, level: float = 0.95) -> Interval:
    """The percentile interval of a bootstrap distribution: its (1 ± level) / 2 quantiles.

    It is always inside the figure's own range. Source: Efron and Tibshirani (1993), An introduction to the bootstrap,
    chapter 13.

    Args:
        values: The figure of each resample.
        level: The level, a fraction.

    Returns:
        The interval in the unit of the values.
    """
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high), "bootstrap", level)


def bca(values: Values, observed: float, left_out: Values, level: float = 0.95) -> Interval:
    """The bias-corrected and accelerated interval of a bootstrap distribution.

    The ends are not the quantiles α = (1 ± level) / 2 but

        Φ(z0 + (z0 + z(α)) / (1 - a (z0 + z(α))))

    z0 = Φ⁻¹ of the share of ``values`` below ``observed`` (those equal count half) corrects for bias. The acceleration
    a = Σd³ / (6 (Σd²)^1.5), d = mean of ``left_out`` less each of it, corrects for a spread that changes with the
    figure. Where no value lies on one side of ``observed``, half a value is taken to. Without any spread it is the
    percentile interval. Source: Efron (1987), Better bootstrap confidence intervals, Journal of the American
    Statistical Association 82.

    Args:
        values: The figure of each resample.
        observed: The figure of the units themselves.
        left_out: The figure without each unit in turn (``jackknife``).
        level: The level, a fraction.

    Returns:
        The interval in the unit of the values.
    """
    half = 0.5 / len(values)
    share = np.clip(((values < observed).mean() + (values <= observed).mean()) / 2, half, 1 - half)
    bias = float(ndtri(share))
    apart = left_out.mean() - left_out
    squares = float((apart**2).sum())
    acceleration = float((apart**3).sum()) / (6 * squares**1.5) if squares > 0 else 0.0

    def end(alpha: float) -> float:
        moved = bias + float(ndtri(alpha))
        shrunk = 1 - acceleration * moved
        # Beyond that pole the formula turns round: the end is then the last value there is.
        place = float(ndtr(bias + moved / shrunk)) if shrunk > 0 else float(moved > 0)
        return float(np.quantile(values, place))

    return Interval(end((1 - level) / 2), end((1 + level) / 2), "bca", level)


def jackknife(counts: CountTable, names: Sequence[str], score: Score) -> Figures:
    """The figures without each unit in turn.

    Of counts, all of it is one subtraction. Source: Quenouille (1956), Notes on bias in estimation, Biometrika 43.

    Args:
        counts: An array [units, columns].
        names: The names of the columns.
        score: Figures from summed counts.

    Returns:
        What ``score`` gives, each value an array [units].
    """
    return score(columns(names, counts.sum(axis=0) - counts))


def columns(names: Sequence[str], rows: CountTable) -> dict[str, Values]:
    """The columns of a table by name, ready for an evaluator's ``score``.

    Args:
        names: The names of the columns.
        rows: An array [any, columns].

    Returns:
        An array [any] for each name.
    """
    return dict(zip(names, rows.T, strict=True))


def chunks(resamples: int, width: int) -> Iterator[int]:
    """Cut a number of resamples so that the draws of one chunk fit into little memory.

    Args:
        resamples: How many resamples in all.
        width: How many draws one resample takes.

    Yields:
        Sizes of chunks that add up to ``resamples``.
    """
    size = max(1, _DRAWS_AT_ONCE // max(1, width))
    for start in range(0, resamples, size):
        yield min(size, resamples - start)
