"""Names that will go: they work as before, and say what to use instead and since when."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Departure:
    """A name on its way out.

    ``value``: what it still stands for. ``instead``: what to use. ``since``: the ``API_VERSION`` that first warns;
    ``gone``: the one that has it no more, with another first part.
    """

    value: Any
    instead: str
    since: str
    gone: str


def departures(module: str, leaving: Mapping[str, Departure]) -> Callable[[str], Any]:
    """A ``__getattr__`` for a module from which these names have gone: using one is a ``DeprecationWarning``.

    Any other name is an ``AttributeError``, as without it.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807  (it is one)
        departure = leaving.get(name)
        if departure is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        text = f"{module}.{name} goes with version {departure.gone}: use {departure.instead} (since {departure.since})"
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return departure.value

    return __getattr__
