"""Parameters of plugins: a frozen dataclass says what is valid, pydantic checks it, strictly."""

from __future__ import annotations

import dataclasses
import json
import reprlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pydantic

from adrbench.errors import PluginError, closest

Location = tuple[str | int, ...]
_SPEC = ["use", "params"]


class Checker:
    """Checks values against one dataclass of parameters.

    Args:
        params: The dataclass.

    Raises:
        PluginError: If ``params`` is no dataclass whose annotations can be checked against.
    """

    def __init__(self, params: type[Any]) -> None:
        name = f"{params.__module__}.{params.__qualname__}"
        if not dataclasses.is_dataclass(params):
            raise PluginError(f"{name}: parameters must be a dataclass")
        config = pydantic.ConfigDict(extra="forbid")
        try:
            self._adapter = pydantic.TypeAdapter(pydantic.dataclasses.dataclass(params, config=config, frozen=True))
            # Tried out at once: an annotation that means nothing may show only now.
            with suppress(pydantic.ValidationError):
                self._adapter.validate_json("{}")
        except Exception as error:
            raise PluginError(f"{name}: cannot be used as parameters ({type(error).__name__}: {error})") from error
        self._names = [field.name for field in dataclasses.fields(params)]

    def check(self, text: str) -> tuple[Any, list[tuple[str, str]]]:
        """Check values.

        Args:
            text: The parameters by name, as ``to_json`` writes them.

        Returns:
            An instance of the dataclass and no problems, or None and the problems as (path, message).
        """
        try:
            # From JSON, where a list may stand for a tuple although the check is strict: 1 is no "1".
            return self._adapter.validate_json(text, strict=True), []
        except pydantic.ValidationError as error:
            return None, explain(error, lambda place: self._names if len(place) == 1 else _SPEC)


def check(params: type[Any], values: Mapping[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    """Check values against a dataclass of parameters. For several checks of one dataclass, make a ``Checker``.

    Args:
        params: The dataclass.
        values: The parameters by name, as TOML or JSON has them.

    Returns:
        An instance of the dataclass and no problems, or None and the problems as (path, message).

    Raises:
        PluginError: If ``params`` is no dataclass whose annotations can be checked against.
    """
    return Checker(params).check(to_json(values))


def to_json(values: Mapping[str, Any]) -> str:
    """Values of parameters as JSON.

    Args:
        values: The parameters by name. A tagger's specification becomes its fields, a path its text.

    Returns:
        The text. Equal texts are the same parameters.
    """
    return json.dumps(values, default=_plain)


def explain(error: pydantic.ValidationError, fields_at: Callable[[Location], list[str]]) -> list[tuple[str, str]]:
    """Turn the errors of pydantic into problems for a reader.

    Args:
        error: The errors.
        fields_at: Gives the valid names at the place of an error.

    Returns:
        The problems as (path, message), each with the wrong value; for an unknown name with the closest valid one.
    """
    problems = error.errors()
    places = [problem["loc"] for problem in problems]
    return [
        _explain(problem, fields_at(problem["loc"]))
        for problem in problems
        # An array is also "too short" when all that is wrong is an item of it: one mistake, one problem.
        if problem["type"] != "too_short"
        or not any(place[:-1][: len(problem["loc"])] == problem["loc"] for place in places)
    ]


def _explain(problem: Any, fields: list[str]) -> tuple[str, str]:
    path = ""
    for part in problem["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    path = path.removeprefix(".")
    match problem["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            message = f"unknown name; {closest(str(problem['loc'][-1]), fields)}"
        case "missing" | "missing_argument":
            message = "is required"
        case "too_short":
            message = f"needs at least {problem['ctx']['min_length']}, has {problem['ctx']['actual_length']}"
        case "value_error":
            message = str(problem["ctx"]["error"])
            # A whole section that contradicts itself is not repeated; a value is.
            if isinstance(problem["input"], str):
                message += f", not {reprlib.repr(problem['input'])}"
        case _:
            message = f"{problem['msg'][0].lower()}{problem['msg'][1:]}, not {reprlib.repr(problem['input'])}"
    return path, message


def as_json(params: Any) -> dict[str, Any]:
    """Every parameter with its value, as plain data.

    Args:
        params: An instance of the parameters.

    Returns:
        The values by sorted name, defaults included.
    """
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(params), default=str, sort_keys=True))
    return plain


def run_only(params: type[Any]) -> frozenset[str]:
    """The parameters that are no part of a cell's key (``adrbench.api.RUN_ONLY``).

    Args:
        params: The dataclass of parameters.

    Returns:
        Their names.
    """
    return frozenset(field.name for field in dataclasses.fields(params) if field.metadata.get("run_only"))


def _plain(value: Any) -> Any:
    """Values that JSON cannot hold: a tagger's specification becomes its fields, a path its text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return str(value)
