"""Deprecated names: they work as before, and say what to use instead, since when, and when they go."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Deprecation:
    """A name that will go.

    Attributes:
        value: The object that it still stands for.
        instead: The name to use.
        since: The ``API_VERSION`` that first warns.
        gone: The first ``API_VERSION`` without the name.
    """

    value: Any
    instead: str
    since: str
    gone: str


def deprecated_names(module: str, names: Mapping[str, Deprecation]) -> Callable[[str], Any]:
    """A ``__getattr__`` for a module: using one of these names is a ``DeprecationWarning``.

    Args:
        module: The module's name, for the messages.
        names: The deprecated names, which the module itself no longer has.

    Returns:
        A function that gives the value of a deprecated name, and raises ``AttributeError`` for any other name.
    """

    def __getattr__(name: str) -> Any:  # noqa: N807  (it is one)
        deprecation = names.get(name)
        if deprecation is None:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        warn(f"{module}.{name}", deprecation.instead, deprecation.since, deprecation.gone)
        return deprecation.value

    return __getattr__


def warn(name: str, instead: str, since: str, gone: str) -> None:
    """Warn that ``name`` is deprecated, at the line that called the caller of this function.

    Args:
        name: The deprecated name, with its module or class.
        instead: The name to use.
        since: The ``API_VERSION`` that first warns.
        gone: The first ``API_VERSION`` without the name.
    """
    text = f"{name} is deprecated since {since} and goes with {gone}: use {instead}"
    warnings.warn(text, DeprecationWarning, stacklevel=3)
