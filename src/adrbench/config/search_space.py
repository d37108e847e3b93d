"""Search spaces: those that plugins declare, those of the benchmark file, and checks of both."""

from __future__ import annotations

import dataclasses
import importlib.util
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from adrbench.api import TaggerPlugin
from adrbench.api.space import Categorical, FloatRange, IntRange, Scale
from adrbench.errors import closest
from adrbench.plugins.registry import Registry

Space = Mapping[str, Scale]
Problem = tuple[str, str]
_Objections = Callable[[Any], list[str]]

_TABLE = ("low", "high", "log", "step")


def resolve(
    plugin: TaggerPlugin, params: Mapping[str, Any], override: Mapping[str, Any], registry: Registry
) -> tuple[dict[str, Scale], list[Problem]]:
    """The search space of a tagger, and its problems.

    Every end of a range and every value of a list must be valid for the plugin by itself. Invalid combinations show as
    failed trials.

    Args:
        plugin: The tagger's description.
        params: The parameters that the benchmark file fixes.
        override: The file's space: for each parameter a table ``{low, high, log, step}`` or a list of values. If it
            names parameters, only these are searched; otherwise those that the plugin declares and ``params`` does not
            fix.
        registry: The installed plugins.

    Returns:
        The scale of each searched parameter, and the problems as (path, message). A range becomes an ``IntRange`` if
        the parameter takes whole numbers only.
    """
    fields = [field.name for field in dataclasses.fields(plugin.params)]
    space: dict[str, Scale] = {}
    problems: list[Problem] = []

    def objections_to(name: str) -> _Objections:
        def objections(value: Any) -> list[str]:
            _, wrong = registry.check(plugin.params, {**params, name: value})
            return [message for path, message in wrong if path == name or path.startswith((f"{name}.", f"{name}["))]

        return objections

    for name, given in (override or plugin.space).items():
        where = f"space.{name}"
        if name not in fields:
            problems.append((where, f"unknown name; {closest(name, fields)}"))
        elif name not in params:
            objections = objections_to(name)
            scale, wrong = (
                (given, []) if isinstance(given, FloatRange | IntRange | Categorical) else _read(given, objections)
            )
            if scale is not None and not wrong:
                wrong = list(_unfit(scale, objections))
            problems += [(where + place, message) for place, message in wrong]
            if scale is not None and not wrong:
                space[name] = scale
        elif override:
            problems.append((where, "is fixed in params too; remove it there or here"))
    if not space and not problems:
        fixed = "params fix all that the plugin declares" if plugin.space else f"{plugin.name} declares no ranges"
        problems.append(("space", f"nothing to search: {fixed}; give ranges or lists of values for its parameters"))
    return space, problems


def _read(given: Any, objections: _Objections) -> tuple[Scale | None, list[Problem]]:
    """A scale from the file's table or list."""
    if isinstance(given, list | tuple):
        return Categorical(_frozen(given)), []
    if not isinstance(given, Mapping):
        return None, [("", f"needs a table with low and high, or a list of values, not {given!r}")]
    problems = list(_malformed(given))
    if problems:
        return None, problems
    low, high, log, step = given["low"], given["high"], given.get("log", False), given.get("step")
    # A field that takes an end but nothing between it and the next whole number is one of whole numbers.
    if low == int(low) and high == int(high) and not objections(int(low)) and objections(low + 0.5):
        return IntRange(int(low), int(high), log, 1 if step is None else step), []
    if step is not None:
        return None, [(".step", "is for whole numbers; give a list of values instead")]
    return FloatRange(float(low), float(high), log), []


def _malformed(table: Mapping[str, Any]) -> Iterator[Problem]:
    """What is no range, whatever the parameter."""
    for name in table:
        if name not in _TABLE:
            yield f".{name}", f"unknown name; {closest(str(name), _TABLE)}"
    for end in ("low", "high"):
        if end not in table:
            yield f".{end}", "is required"
        elif not (_is_number(table[end]) and math.isfinite(table[end])):
            yield f".{end}", f"needs a finite number, not {table[end]!r}"
    if not isinstance(table.get("log", False), bool):
        yield ".log", f"needs true or false, not {table['log']!r}"
    step = table.get("step")
    if step is not None and not (_is_number(step) and isinstance(step, int) and step >= 1):
        yield ".step", f"needs a whole number from 1, not {step!r}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _unfit(scale: Scale, objections: _Objections) -> Iterator[Problem]:
    """What is wrong with a scale in itself, then with its values for the parameter."""
    if isinstance(scale, Categorical):
        yield from _unfit_choice(scale.values, objections)
        return
    if scale.low >= scale.high:
        yield ".low", f"must be below high, {scale.high!r}, not {scale.low!r}; fix a single value in params"
        return
    if scale.log and scale.low <= 0:
        yield ".low", f"must be above 0 on a logarithmic scale, not {scale.low!r}"
    if isinstance(scale, IntRange):
        if scale.log and scale.step != 1:
            yield ".step", f"must be 1 on a logarithmic scale, not {scale.step}"
        rest = (scale.high - scale.low) % scale.step
        if rest:
            nearest = scale.high - rest
            yield ".high", f"{scale.high} is not reached from {scale.low} in steps of {scale.step}; {nearest} is"
    for end, value in (("low", scale.low), ("high", scale.high)):
        yield from ((f".{end}", message) for message in objections(value))


def _unfit_choice(values: Sequence[Any], objections: _Objections) -> Iterator[Problem]:
    if not values:
        yield "", "needs at least one value"
    for i, value in enumerate(values):
        if _is_number(value) and not math.isfinite(value):
            yield f"[{i}]", f"needs a finite number, not {value!r}"
        first = next((j for j in range(i) if _same(value, values[j])), None)
        if first is not None:
            yield f"[{i}]", f"{value!r} is there already, as [{first}]"
        yield from ((f"[{i}]", message) for message in objections(value))


def _same(one: Any, other: Any) -> bool:
    """Equal, and of one type: 1, 1.0 and true are three values."""
    return type(one) is type(other) and bool(one == other)


def points(space: Space) -> int | None:
    """Count the points of a grid over a space.

    Args:
        space: The scale of each parameter.

    Returns:
        The number of points; None if a range is continuous or logarithmic.
    """
    count = 1
    for scale in space.values():
        if isinstance(scale, FloatRange) or (isinstance(scale, IntRange) and scale.log):
            return None
        count *= len(steps(scale))
    return count


def steps(scale: Categorical | IntRange) -> tuple[Any, ...] | range:
    """The grid values of a scale.

    Args:
        scale: The scale.

    Returns:
        The values in order.
    """
    return scale.values if isinstance(scale, Categorical) else range(scale.low, scale.high + 1, scale.step)


def grid_problems(space: Space, trials: int) -> list[Problem]:
    """Say why a space cannot be searched as a grid.

    Args:
        space: The scale of each parameter.
        trials: The largest number of trials.

    Returns:
        The problems, as (path, message).
    """
    problems = [
        (f"space.{name}", "a range has too many points; give a list of values, or use sampler = 'random'")
        for name, scale in space.items()
        if points({name: scale}) is None
    ]
    count = points(space)
    if count is not None and count > trials:
        problems.append(
            (
                "trials",
                f"the grid has {count} points, more than {trials} trials; for a part of them use sampler = 'random'",
            )
        )
    return problems


def as_plain(space: Space) -> dict[str, dict[str, Any]]:
    """A search space as JSON can hold it.

    Args:
        space: The scale of each parameter.

    Returns:
        A table for each parameter, by sorted name.
    """
    kinds = {FloatRange: "real", IntRange: "whole", Categorical: "choice"}
    return {
        name: {"kind": kinds[type(scale)], **_thawed(dataclasses.asdict(scale))}
        for name, scale in sorted(space.items())
    }


def from_plain(plain: Mapping[str, Mapping[str, Any]]) -> dict[str, Scale]:
    """Read the search space that ``as_plain`` wrote.

    Args:
        plain: A table for each parameter.

    Returns:
        The scale of each parameter. Lists among the values of a ``Categorical`` become tuples.
    """
    kinds: dict[str, type[Scale]] = {"real": FloatRange, "whole": IntRange, "choice": Categorical}
    return {
        name: kinds[table["kind"]](**{key: _frozen(value) for key, value in table.items() if key != "kind"})
        for name, table in plain.items()
    }


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list | tuple) else value


def _thawed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _thawed(inner) for name, inner in value.items()}
    return [_thawed(inner) for inner in value] if isinstance(value, list | tuple) else value


def missing() -> str | None:
    """Say why no search can run on this machine.

    Returns:
        The library that is missing and the command that installs it, or None.
    """
    return None if importlib.util.find_spec("optuna") else "needs optuna: pip install 'adrbench[tune]'"
