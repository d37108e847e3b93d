"""Parameters of plugins: a frozen dataclass says what is valid, pydantic checks it, strictly."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pydantic

from adrbench.errors import PluginError, closest


@cache
def _checker(params: type[Any]) -> pydantic.TypeAdapter[Any]:
    if not dataclasses.is_dataclass(params):
        raise PluginError(f"{params.__module__}.{params.__qualname__}: parameters must be a dataclass")
    config = pydantic.ConfigDict(extra="forbid")
    return pydantic.TypeAdapter(pydantic.dataclasses.dataclass(params, config=config, frozen=True))


def check(params: type[Any], values: Mapping[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    """An instance of ``params`` and no problems, or None and the problems as (path, message)."""
    try:
        # Through JSON, for there a list may stand for a tuple although the check is strict: 1 is no "1".
        return _checker(params).validate_json(json.dumps(values, default=str), strict=True), []
    except pydantic.ValidationError as error:
        fields = [field.name for field in dataclasses.fields(params)]
        return None, [explain(problem, fields) for problem in error.errors()]


def explain(problem: Any, fields: list[str]) -> tuple[str, str]:
    """A pydantic error as (path, message): what is wrong, with the value, and for an unknown name the closest one."""
    path = ""
    for part in problem["loc"]:
        path += f"[{part}]" if isinstance(part, int) else f".{part}"
    path = path.removeprefix(".")
    match problem["type"]:
        case "extra_forbidden" | "unexpected_keyword_argument":
            message = f"unknown name; {closest(str(problem['loc'][-1]), fields)}"
        case "missing" | "missing_argument":
            message = "is required"
        case _:
            message = f"{problem['msg'][0].lower()}{problem['msg'][1:]}, not {problem['input']!r}"
    return path, message


def as_json(params: Any) -> dict[str, Any]:
    """Every parameter with its value, defaults included, as plain data with sorted names."""
    plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(params), default=str, sort_keys=True))
    return plain
