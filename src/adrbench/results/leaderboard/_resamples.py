"""Figures of resamples: what an interval over documents is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adrbench._system.seed import DEFAULT_SEED
from adrbench.api import Figures
from adrbench.scoring.statistics.bootstrap import Score, bca, bootstrap, jackknife, percentile
from adrbench.scoring.statistics.intervals import Interval
from adrbench.scoring.statistics.kinds import IntervalKind


@dataclass(frozen=True)
class Drawn:
    """Figures of resamples, of all units together, and without each unit in turn."""

    values: Figures
    observed: Figures
    left_out: Figures

    def interval(self, kind: IntervalKind, label: str) -> Interval:
        """The interval of a label's F1: percentiles, or bias-corrected and accelerated."""
        values = np.asarray(self.values[label]["f1"])
        if kind == "bootstrap":
            return percentile(values)
        return bca(values, float(self.observed[label]["f1"]), np.asarray(self.left_out[label]["f1"]))


def draw(units: NDArray[np.float64], names: Sequence[str], score: Score) -> Drawn:
    """Resample units, at least two: ``units`` are counts [units, columns], ``names`` those of the columns."""
    observed = score(dict(zip(names, units.sum(axis=0).tolist(), strict=True)))
    return Drawn(bootstrap(units, names, score, seed=DEFAULT_SEED), observed, jackknife(units, names, score))
