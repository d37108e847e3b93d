"""The values among which a parameter may be tuned: ranges and choices, as a plugin declares or a file names them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FloatRange:
    """Any number from ``low`` to ``high``, both included. ``log``: even on the logarithmic scale, for positive ones."""

    low: float
    high: float
    log: bool = False


@dataclass(frozen=True)
class IntRange:
    """A whole number from ``low`` to ``high``, both included, in steps of ``step``; ``log`` takes a step of 1."""

    low: int
    high: int
    log: bool = False
    step: int = 1


@dataclass(frozen=True)
class Categorical:
    """One of these values, in no order."""

    values: tuple[Any, ...]


Scale = FloatRange | IntRange | Categorical
