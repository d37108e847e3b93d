"""The values among which a parameter may be tuned: ranges and choices, as a plugin declares or a file names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FloatRange:
    """Any number from ``low`` to ``high``.

    Attributes:
        low: The lowest value, included.
        high: The highest value, included.
        log: Whether values are drawn evenly on the logarithmic scale; for positive ranges.
    """

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class IntRange:
    """A whole number from ``low`` to ``high``.

    Attributes:
        low: The lowest value, included.
        high: The highest value, included.
        log: Whether values are drawn evenly on the logarithmic scale; for positive ranges and a step of 1.
        step: The distance between neighbouring values.
    """

    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass(frozen=True)
class Categorical:
    """One of a few values, in no order.

    Attributes:
        values: The values.
    """

    values: tuple[Any, ...]


Scale = FloatRange | IntRange | Categorical
