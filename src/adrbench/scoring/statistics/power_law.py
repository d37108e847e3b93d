"""Power laws of learning curves: F1(n) = a - b n^(-c) for n training documents.

Errors of learners fall as a power of the training text over wide ranges: Hestness et al. (2017), Deep learning scaling
is predictable, empirically; for curves of NLP tasks, Kolachina et al. (2012), ACL. Other families fit some curves
better (Viering and Loog, 2022, The shape of learning curves, IEEE TPAMI), so a forecast needs room for model error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Values = NDArray[np.float64]

# Exponents that are tried. Below the first, a law cannot be told from a logarithm; above the last, from a step.
_EXPONENTS = np.geomspace(0.05, 2.0, 120)
_HIGHEST = 1.0  # no F1 lies above


@dataclass(frozen=True)
class PowerLaws:
    """Laws ``limit - gain * (n / unit) ** -exponent``, one for each curve.

    Attributes:
        limit: The figure that the curve rises to, an array [curves].
        gain: The distance to it at ``unit`` documents, 0 or more, an array [curves].
        exponent: How fast the distance shrinks, an array [curves].
        misfit: The root of the weighted mean of squared residuals, in the unit of the figure, an array [curves].
        unit: The largest number of documents that was fitted.
    """

    limit: Values
    gain: Values
    exponent: Values
    misfit: Values
    unit: float

    def at(self, documents: ArrayLike) -> Values:
        """Evaluate the laws.

        Args:
            documents: Numbers of training documents, above 0, an array [numbers].

        Returns:
            The figures, an array [curves, numbers].
        """
        shares = np.atleast_1d(np.asarray(documents, dtype=np.float64)) / self.unit
        found: Values = self.limit[:, None] - self.gain[:, None] * shares ** -self.exponent[:, None]
        return found


def fit_power_laws(documents: Sequence[float], curves: Values) -> PowerLaws:
    """Fit a power law to each curve by weighted least squares.

    A point weighs as much as it has documents: a forecast goes on from the large end, and small training parts give the
    noisiest figures. For a given exponent the other two parameters have a closed form, so the exponent is searched on
    a grid. Limits above 1 and falling curves are not allowed: the nearest law within these bounds is taken.

    Args:
        documents: Numbers of training documents, rising, above 0.
        curves: Figures as fractions, an array [curves, numbers].

    Returns:
        The laws.

    Raises:
        ValueError: There are fewer than three numbers, they do not rise, or shapes do not match.
    """
    counts = np.asarray(documents, dtype=np.float64)
    if counts.ndim != 1 or len(counts) < 3 or counts[0] <= 0 or (np.diff(counts) <= 0).any():  # noqa: PLR2004
        raise ValueError(f"needs three or more rising numbers of documents, not {list(documents)}")
    if curves.ndim != 2 or curves.shape[1] != len(counts):  # noqa: PLR2004 - curves by numbers
        raise ValueError(f"needs a figure for each of {len(counts)} numbers of documents, not the shape {curves.shape}")
    weights = counts / counts.sum()
    basis = (counts / counts[-1]) ** -_EXPONENTS[:, None]  # [exponents, numbers]
    centred = basis - (basis @ weights)[:, None]
    mean = curves @ weights
    gain = np.maximum(-((curves - mean[:, None]) * weights @ centred.T) / (centred**2 @ weights), 0.0)
    limit = mean[:, None] + gain * (basis @ weights)
    # Where the best limit is too high, the best law with the highest limit takes its place.
    above = limit > _HIGHEST
    bounded = np.maximum(((_HIGHEST - curves) * weights) @ basis.T / (basis**2 @ weights), 0.0)
    limit, gain = np.where(above, _HIGHEST, limit), np.where(above, bounded, gain)  # [curves, exponents]
    residuals = curves[:, None, :] - (limit[..., None] - gain[..., None] * basis)
    squares = residuals**2 @ weights
    best = squares.argmin(axis=1)
    rows = np.arange(len(curves))
    misfit = np.sqrt(squares[rows, best])
    return PowerLaws(limit[rows, best], gain[rows, best], _EXPONENTS[best], misfit, float(counts[-1]))
