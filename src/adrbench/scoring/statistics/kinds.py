"""The intervals that there are. Apart from the statistics, whose libraries take long to import."""

from __future__ import annotations

from typing import Literal, TypeGuard, get_args

FoldKind = Literal["t", "z", "nadeau-bengio"]
ResampledKind = Literal["bootstrap", "bca"]
IntervalKind = FoldKind | ResampledKind

OVER_FOLDS: tuple[FoldKind, ...] = get_args(FoldKind)
RESAMPLED: tuple[ResampledKind, ...] = get_args(ResampledKind)
INTERVALS: tuple[IntervalKind, ...] = (*OVER_FOLDS, *RESAMPLED)


def is_over_folds(kind: IntervalKind) -> TypeGuard[FoldKind]:
    """Whether an interval is one about the mean of fold scores.

    Args:
        kind: Which interval.

    Returns:
        False for intervals of resampled documents.
    """
    return kind in OVER_FOLDS
