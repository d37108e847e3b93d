"""Maps from a score to the share of mentions that is right at that score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

_LEAST = 1e-6
_RANGE = 100.0


@dataclass(frozen=True)
class Temperature:
    """The logit of a score divided by a temperature.

    Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern neural networks, ICML; here on the score of a
    mention, not on the logits of all labels. It has one parameter, keeps the order of scores, and leaves 0.5 where it
    is.

    Attributes:
        value: The temperature; above 1 it draws scores towards 0.5.
    """

    value: float

    @classmethod
    def fit(cls, scores: Sequence[float], right: Sequence[bool]) -> Self:
        """Find the temperature with the highest likelihood.

        Args:
            scores: Scores of mentions, fractions.
            right: Whether each is right.

        Returns:
            The map; the temperature lies between 1/100 and 100.
        """
        import numpy as np  # noqa: PLC0415  (a process that fits no map pays nothing)
        from scipy.optimize import minimize_scalar  # noqa: PLC0415
        from scipy.special import logit  # noqa: PLC0415

        # The sign is that of the outcome: the loss of a mention is log(1 + exp(-margin / T)).
        margins = logit(np.clip(scores, _LEAST, 1 - _LEAST)) * np.where(right, 1.0, -1.0)

        def loss(log_temperature: float) -> float:
            return float(np.logaddexp(0, -margins / np.exp(log_temperature)).mean())

        ends = (-np.log(_RANGE), np.log(_RANGE))
        return cls(float(np.exp(minimize_scalar(loss, bounds=ends, method="bounded").x)))

    def __call__(self, scores: Sequence[float]) -> list[float]:
        """Map scores.

        Args:
            scores: Scores, fractions.

        Returns:
            The mapped scores, in the same order.
        """
        import numpy as np  # noqa: PLC0415
        from scipy.special import expit, logit  # noqa: PLC0415

        mapped: list[float] = expit(logit(np.clip(scores, _LEAST, 1 - _LEAST)) / self.value).tolist()
        return mapped

    def to_json(self) -> dict[str, Any]:
        """Turn the map into plain data.

        Returns:
            The fields.
        """
        return {"value": self.value}


@dataclass(frozen=True)
class Isotonic:
    """The rising function with the least squared error, linear between its points.

    Zadrozny and Elkan (2002), Transforming classifier scores into accurate multiclass probability estimates, KDD;
    computed by scikit-learn. Scores outside of those seen get the value of the nearest one. Different scores can
    become equal.

    Attributes:
        points: Scores, rising.
        values: The share right at each of them, never falling.
    """

    points: tuple[float, ...]
    values: tuple[float, ...]

    @classmethod
    def fit(cls, scores: Sequence[float], right: Sequence[bool]) -> Self:
        """Find the function.

        Args:
            scores: Scores of mentions, fractions, at least one.
            right: Whether each is right.

        Returns:
            The map.
        """
        from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415

        fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit(scores, list(map(float, right)))
        return cls(tuple(map(float, fitted.X_thresholds_)), tuple(map(float, fitted.y_thresholds_)))

    def __call__(self, scores: Sequence[float]) -> list[float]:
        """Map scores.

        Args:
            scores: Scores, fractions.

        Returns:
            The mapped scores, in the same order.
        """
        import numpy as np  # noqa: PLC0415

        mapped: list[float] = np.interp(scores, self.points, self.values).tolist()
        return mapped

    def to_json(self) -> dict[str, Any]:
        """Turn the map into plain data.

        Returns:
            The fields.
        """
        return {"points": list(self.points), "values": list(self.values)}


Map = Temperature | Isotonic


def fit_map(method: str, scores: Sequence[float], right: Sequence[bool]) -> Map | None:
    """Learn a map.

    Args:
        method: ``temperature`` or ``isotonic``.
        scores: Scores of mentions, fractions.
        right: Whether each is right.

    Returns:
        The map; None without a mention to learn from.
    """
    if not scores:
        return None
    return Temperature.fit(scores, right) if method == "temperature" else Isotonic.fit(scores, right)


def from_json(plain: dict[str, Any] | None) -> Map | None:
    """Make a map of plain data.

    Args:
        plain: What ``to_json`` gave; None: no map.

    Returns:
        The map, or None.
    """
    if plain is None:
        return None
    return Temperature(plain["value"]) if "value" in plain else Isotonic(tuple(plain["points"]), tuple(plain["values"]))
