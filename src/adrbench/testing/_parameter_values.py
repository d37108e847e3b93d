"""Other values that a parameter may take: from the space that the plugin declares, else by its type."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Union, get_args, get_origin

from adrbench.api import Categorical, TaggerPlugin
from adrbench.plugins import parameters

_MOST = 2


def other_values(plugin: TaggerPlugin, values: Mapping[str, Any], words: str) -> dict[str, list[Any]]:
    """For each parameter a few valid values that differ from the present one, as plain data.

    ``values``: all parameters as they are. ``words``: a file of words, for parameters that are strings.
    """
    hints = typing.get_type_hints(plugin.params, include_extras=False)
    checker = parameters.Checker(plugin.params)
    found: dict[str, list[Any]] = {}
    for field in dataclasses.fields(plugin.params):
        now = values[field.name]
        scale = plugin.space.get(field.name)
        declared = (
            [] if scale is None else list(scale.values) if isinstance(scale, Categorical) else [scale.low, scale.high]
        )
        fitting: list[Any] = []
        for value in (*declared, *_by_type(hints[field.name], now, words)):
            if len(fitting) == _MOST:
                break
            if value == now and isinstance(value, bool) == isinstance(now, bool):
                continue
            if value not in fitting and not checker.check(parameters.to_json({**values, field.name: value}))[1]:
                fitting.append(value)
        found[field.name] = fitting
    return found


def _by_type(hint: Any, now: Any, words: str) -> Iterator[Any]:
    origin = get_origin(hint)
    if origin in {Union, types.UnionType}:
        for inner in get_args(hint):
            yield from _by_type(inner, now, words)
    elif origin is Literal:
        yield from get_args(hint)
    elif hint is type(None):
        yield None
    elif hint is bool:
        yield not now
    elif hint is int:
        base = now if isinstance(now, int) else 1
        yield from (base + 1, base * 2, base - 1, 0, 2, 8, 32, 256)
    elif hint is float:
        size = float(now) if isinstance(now, (int, float)) else 0.1
        yield from (size / 2, size * 2, size + 0.25, 0.5, 0.1, 0.0, 1.0)
    elif hint is str:
        yield from (words, "ADR", "other")
    elif origin in {tuple, list}:
        inner = [value for value in _by_type(get_args(hint)[0], None, words) if value is not None]
        yield from ([value] for value in inner[:_MOST])
        yield []
