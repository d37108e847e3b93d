"""Reads a TOML file into a checked benchmark, or reports all of its problems at once."""

from __future__ import annotations

import json
import re
import tomllib
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from adrbench.config import shipped
from adrbench.config._check import Answers, name_problems, plugin_problems
from adrbench.config.model import Benchmark
from adrbench.config.toml_file import TomlFile
from adrbench.config.variants import with_teachers
from adrbench.errors import ConfigError, closest
from adrbench.plugins import parameters
from adrbench.plugins.registry import Registry

# Sections of which there may be several: easily written with one pair of brackets.
_LISTS = ("datasets", "splits", "taggers", "published")


_USE = re.compile(r"taggers\[\d+\]\.use")
# Fields of a benchmark that no file has.
_OURS = ("folder", "answers", "file")


def read_benchmark(path: Path, registry: Registry, *, offline: bool = False) -> Benchmark:
    """Read and check a benchmark file, parameters of plugins included.

    Args:
        path: The file, or the name of a benchmark that comes with adrbench. A file of this path comes before a name.
        registry: The installed plugins.
        offline: Use no network.

    Returns:
        The benchmark.

    Raises:
        ConfigError: With every problem of the file: where it is, what is wrong, and the closest valid name.
    """
    where = str(path)
    if not path.is_file() and where in shipped.names():
        return read_shipped(where, registry, offline=offline)
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except FileNotFoundError as error:
        raise ConfigError(where, [shipped.no_such_file(path)]) from error
    except OSError as error:
        raise ConfigError(where, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(where, [f"not UTF-8 (line {line}, byte 0x{error.object[error.start]:02x})"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, [f"not TOML: {error}"]) from error
    except RecursionError as error:
        raise ConfigError(where, ["nested too deeply"]) from error
    return check_benchmark(raw, where, path.parent, registry, text, offline=offline)


def read_shipped(name: str, registry: Registry, *, offline: bool = False) -> Benchmark:
    """Read and check a benchmark that comes with adrbench.

    Args:
        name: Its name, one of ``adrbench.config.shipped.names()``.
        registry: The installed plugins.
        offline: Use no network.

    Returns:
        The benchmark. It names no relative path, and its cells work in the current folder. A tagger that is not
        installed is a row with that reason, because the file cannot be changed.

    Raises:
        ConfigError: If a corpus or evaluator that it names is not installed.
    """
    text = shipped.text(name)
    return check_benchmark(tomllib.loads(text), name, Path(), registry, text, offline=offline, is_shipped=True)


def check_benchmark(
    raw: Mapping[str, Any],
    where: str,
    folder: Path,
    registry: Registry,
    text: str = "",
    *,
    offline: bool = False,
    is_shipped: bool = False,
) -> Benchmark:
    """Check a benchmark given as plain data.

    Args:
        raw: What the file holds.
        where: What it is called in messages.
        folder: Where relative paths start.
        registry: The installed plugins.
        text: The file as it is written, if it is one.
        offline: Use no network.
        is_shipped: Whether it comes with adrbench. A tagger that is not installed is no problem then.

    Returns:
        The benchmark.

    Raises:
        ConfigError: With every problem, each with its line and its path.
    """
    file = TomlFile(where, text)
    problems: list[tuple[str, str]] = []
    benchmark: Benchmark | None = None
    answers: Answers = {}
    problems += [(name, f"unknown name; {closest(name, _fields(Benchmark))}") for name in _OURS if name in raw]
    raw = {name: value for name, value in raw.items() if name not in _OURS}
    try:
        # Through JSON, where an array may stand for a tuple even in strict mode.
        benchmark = Benchmark.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError as error:
        for path, message in parameters.explain(error, _fields_at):
            hint = f"is one table, [{path}], and should be a list of them: write [[{path}]]"
            problems.append((path, hint if path in _LISTS and isinstance(raw.get(path), dict) else message))
    of_plugins = plugin_problems(raw, folder, registry, answers, offline=offline)
    problems += [problem for problem in of_plugins if not (is_shipped and _USE.fullmatch(problem[0]))]
    if benchmark is not None:
        problems += name_problems(benchmark, registry)
        taught = list(with_teachers(benchmark.taggers))
        problems += [(f"taggers[{i}].distil.teacher", wrong) for i, (_, wrong) in enumerate(taught) if wrong]
        benchmark = benchmark.model_copy(update={"taggers": tuple(entry for entry, _ in taught)})
    if problems or benchmark is None:
        raise file.error((path, f"{path}: {message}") for path, message in problems)
    return benchmark.model_copy(update={"folder": folder, "answers": answers, "file": file})


def _fields(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name not in _OURS]


def _fields_at(loc: Sequence[str | int]) -> list[str]:
    """The valid names at the place of an error: walk the models along its path."""
    model: Any = Benchmark
    for part in loc[:-1]:
        if isinstance(part, str) and isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(part)
            model = _model_in(field.annotation) if field else None
    return _fields(model) if isinstance(model, type) and issubclass(model, BaseModel) else []


def _model_in(annotation: Any) -> Any:
    inner = typing.get_args(annotation)
    return next((model for part in inner if (model := _model_in(part))), None) if inner else annotation
