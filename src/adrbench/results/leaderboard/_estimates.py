"""Figures of a label over folds, each with its interval: what a row of a leaderboard says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adrbench._system.seed import DEFAULT_SEED
from adrbench.api import Figures
from adrbench.results.leaderboard.rows import RowFigures
from adrbench.scoring.evaluators.figures import QUOTIENTS
from adrbench.scoring.statistics.bootstrap import Score, bca, bootstrap, jackknife, percentile
from adrbench.scoring.statistics.intervals import Interval, interval
from adrbench.scoring.statistics.kinds import IntervalKind, is_over_folds


@dataclass(frozen=True)
class Drawn:
    """Figures of resamples, of all units together, and without each unit in turn."""

    values: Figures
    observed: Figures
    left_out: Figures

    def interval(self, kind: IntervalKind, label: str, figure: str) -> Interval:
        """The interval of a label's figure: percentiles, or bias-corrected and accelerated."""
        values = np.asarray(self.values[label][figure])
        if kind == "bootstrap":
            return percentile(values)
        return bca(values, float(self.observed[label][figure]), np.asarray(self.left_out[label][figure]))


def draw(units: NDArray[np.float64], names: Sequence[str], score: Score) -> Drawn:
    """Resample units, at least two: ``units`` are counts [units, columns], ``names`` those of the columns."""
    observed = score(dict(zip(names, units.sum(axis=0).tolist(), strict=True)))
    return Drawn(bootstrap(units, names, score, seed=DEFAULT_SEED), observed, jackknife(units, names, score))


def estimates(
    label: str, measured: Sequence[Figures], kind: IntervalKind, test_share: float, drawn: Drawn | None
) -> RowFigures:
    """Average the figures of a label over folds.

    Args:
        label: The label.
        measured: The figures of each fold, by label and name. An evaluator may leave out a figure that means nothing
            for it, such as a precision.
        kind: The interval. Over folds it is there from two folds on, over resamples if there are ``drawn`` ones.
        test_share: n_test / (n_train + n_test) of a fold.
        drawn: Resamples of the units of all folds.

    Returns:
        Precision, recall and F1 with their intervals, the support, and the calibration error of scores.
    """
    folds = [figures[label] for figures in measured]
    if "f1" not in folds[0]:
        # A recall alone, of a part of the gold: a fold that has none of it says nothing.
        folds = [fold for fold in folds if fold["support"]] or folds
    by_fold = {name: [float(fold[name]) for fold in folds] for name in QUOTIENTS if name in folds[0]}

    def bounds(name: str) -> Interval | None:
        if is_over_folds(kind):
            return interval(kind, by_fold[name], test_share) if len(by_fold[name]) > 1 else None
        return drawn.interval(kind, label, name) if drawn is not None else None

    found = {name: bounds(name) for name in by_fold}
    low = {name: made.low for name, made in found.items() if made is not None}
    high = {name: made.high for name, made in found.items() if made is not None}
    mean = {name: float(np.mean(values)) for name, values in by_fold.items()}
    return {
        "precision": mean.get("precision"),
        "recall": mean.get("recall"),
        "f1": mean.get("f1"),
        "f1_low": low.get("f1"),
        "f1_high": high.get("f1"),
        "precision_low": low.get("precision"),
        "precision_high": high.get("precision"),
        "recall_low": low.get("recall"),
        "recall_high": high.get("recall"),
        "interval": kind if low else None,
        "support": int(sum(fold["support"] for fold in folds)),
        "fold_f1": tuple(by_fold.get("f1", ())),
        "ece": float(np.mean(errors)) if (errors := [fold["ece"] for fold in folds if fold.get("scored")]) else None,
    }
