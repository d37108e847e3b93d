"""The intervals that there are. Apart from the statistics, whose libraries take long to import."""

from __future__ import annotations

from typing import Literal, TypeGuard, get_args

FoldKind = Literal["t", "z", "nadeau-bengio"]
ResampledKind = Literal["bootstrap", "bca"]
IntervalKind = FoldKind | ResampledKind

OVER_FOLDS: tuple[FoldKind, ...] = get_args(FoldKind)
RESAMPLED: tuple[ResampledKind, ...] = get_args(ResampledKind)
INTERVALS: tuple[IntervalKind, ...] = (*OVER_FOLDS, *RESAMPLED)

DEFAULT_INTERVAL: FoldKind = "nadeau-bengio"
"""Of a figure: what covers 95% under real cross-validation (``benchmarks/coverage.py``, docs/statistics.md)."""
DEFAULT_DIFFERENCE: ResampledKind = "bootstrap"
"""Of a difference of two taggers as they were fitted: it asks what the paired test on the same documents asks."""


def is_over_folds(kind: IntervalKind) -> TypeGuard[FoldKind]:
    """Whether an interval is one about the mean of fold scores.

    Args:
        kind: Which interval.

    Returns:
        False for intervals of resampled documents.
    """
    return kind in OVER_FOLDS
