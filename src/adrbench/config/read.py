"""From a TOML file to a checked benchmark, or to all of its problems at once."""

from __future__ import annotations

import json
import tomllib
import typing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from adrbench import interpreters, parameters, plugins
from adrbench.api import TaggerPlugin
from adrbench.config.model import Benchmark, Published, TaggerEntry
from adrbench.config.variants import problems as variant_problems
from adrbench.config.variants import variants
from adrbench.errors import ConfigError, InputError, PluginError, Unavailable, closest
from adrbench.evaluation.build import describe_evaluator

# Sections of which there may be several: easily written with one pair of brackets.
_LISTS = ("datasets", "splits", "taggers", "published")


def read_benchmark(path: Path) -> Benchmark:
    """Read and check a benchmark file, parameters of plugins included.

    Raises ``ConfigError`` with every problem of the file: where it is, what is wrong, and the closest valid name.
    """
    where = str(path)
    try:
        raw = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError as error:
        raise ConfigError(where, ["no such file"]) from error
    except OSError as error:
        raise ConfigError(where, [f"cannot be read: {error.strerror}"]) from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise ConfigError(where, [f"not UTF-8 (line {line}, byte 0x{error.object[error.start]:02x})"]) from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(where, [f"not TOML: {error}"]) from error
    return check_benchmark(raw, where, path.parent)


def check_benchmark(raw: Mapping[str, Any], where: str, folder: Path) -> Benchmark:
    """Check a benchmark given as plain data. Raises ``ConfigError`` with every problem, each with its path."""
    problems: list[str] = []
    benchmark: Benchmark | None = None
    interpreters.forget()
    if "folder" in raw:
        problems.append(f"folder: unknown name; {closest('folder', _fields(Benchmark))}")
        raw = {name: value for name, value in raw.items() if name != "folder"}
    try:
        # Through JSON, where an array may stand for a tuple even in strict mode.
        benchmark = Benchmark.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError as error:
        for path, message in parameters.explain(error, _fields_at):
            hint = f"is one table, [{path}], and should be a list of them: write [[{path}]]"
            problems.append(f"{path}: {hint if path in _LISTS and isinstance(raw.get(path), dict) else message}")
    problems += [f"{path}: {message}" for path, message in _plugin_problems(raw, folder)]
    if benchmark is not None:
        problems += [f"{path}: {message}" for path, message in _name_problems(benchmark)]
    if problems or benchmark is None:
        raise ConfigError(where, problems)
    return benchmark.model_copy(update={"folder": folder})


def _fields(model: type[BaseModel]) -> list[str]:
    return [name for name in model.model_fields if name != "folder"]


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
    return next((found for part in inner if (found := _model_in(part))), None) if inner else annotation


def _entries(raw: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = raw.get(section)
    for i, entry in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(entry, dict):
            yield f"{section}[{i}]", entry


def _plugin_problems(raw: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """Names that no plugin has, and parameters that a plugin does not take: looked for even when the rest is wrong."""
    for where, entry in _entries(raw, "datasets"):
        yield from _use_problems("datasets", where, entry)
        stand_in = entry.get("stand_in")
        if isinstance(stand_in, str) and stand_in not in plugins.names("datasets"):
            yield f"{where}.stand_in", f"unknown dataset {stand_in!r}; {closest(stand_in, plugins.names('datasets'))}"
    for where, entry in _entries(raw, "taggers"):
        if isinstance(entry.get("python"), str) and isinstance(entry.get("use"), str):
            yield from ((f"{where}.{path}", message) for path, message in _foreign_problems(entry, folder))
        else:
            yield from _use_problems("taggers", where, entry)
    header = raw.get("benchmark")
    evaluators = header.get("evaluators", []) if isinstance(header, dict) else []
    for i, name in enumerate(evaluators if isinstance(evaluators, list) else []):
        plain = name.partition(":")[0] if isinstance(name, str) else None
        if plain is None:
            continue
        if plain not in plugins.names("evaluators"):
            hint = closest(plain, plugins.names("evaluators"))
            yield f"benchmark.evaluators[{i}]", f"unknown evaluator {plain!r}; {hint}"
            continue
        try:
            describe_evaluator(name)
        except PluginError as error:
            yield f"benchmark.evaluators[{i}]", str(error)


def _use_problems(group: plugins.Group, where: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = entry.get("use")
    if not isinstance(name, str):
        return
    if name not in plugins.names(group):
        yield f"{where}.use", f"unknown {group.removesuffix('s')} {name!r}; {closest(name, plugins.names(group))}"
        return
    params = entry.get("params", {})
    if not isinstance(params, dict):
        return
    try:
        plugin = plugins.describe(group, name)
        _, problems = parameters.check(plugin.params, params)
    except PluginError:
        # A plugin that is there but broken is a row with its reason, not an error of the file.
        return
    if isinstance(plugin, TaggerPlugin):
        yield from ((f"{where}.{path}", message) for path, message in tagger_problems(plugin, entry))
        return
    for path, message in problems:
        yield f"{where}.params.{path}".removesuffix("."), message


def tagger_problems(plugin: TaggerPlugin, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What is wrong with a raw entry by what its plugin takes, as (path in the entry, message).

    Raises ``PluginError`` if the plugin's parameters cannot be checked against.
    """
    params = entry.get("params", {})
    if not isinstance(params, dict):
        return
    _, problems = parameters.check(plugin.params, params)
    yield from ((f"params.{path}".removesuffix("."), message) for path, message in problems)
    if not problems:
        yield from variant_problems(plugin, entry)


def _foreign_problems(entry: Mapping[str, Any], folder: Path) -> Iterator[tuple[str, str]]:
    """The same of an entry whose plugin is in another interpreter; one that is not fit is a row with its reason."""
    try:
        path = interpreters.find(entry["python"], folder)
    except InputError as error:
        yield "python", str(error)
        return
    except Unavailable:
        # A row with that reason.
        return
    try:
        plain = TaggerEntry.model_validate_json(json.dumps(entry, default=str), strict=True).model_dump(
            mode="json", exclude_unset=True
        )
    except ValidationError:
        plain = dict(entry)
    try:
        yield from interpreters.ask(path, plain, folder, offline=False).problems
    except InputError as error:
        yield "grid", str(error)


def _name_problems(benchmark: Benchmark) -> Iterator[tuple[str, str]]:
    """Names that must be unique, and names that must be those of another section."""
    taggers = [tagger.id for tagger in benchmark.taggers]
    datasets = [dataset.name or dataset.use for dataset in benchmark.datasets]
    for i, first in _repeated(benchmark.benchmark.evaluators):
        yield f"benchmark.evaluators[{i}]", f"{benchmark.benchmark.evaluators[i]!r} is there already, as [{first}]"
    splits = [split.label for split in benchmark.splits]
    shown = [split.label_at(fraction) for split in benchmark.splits for fraction in split.train_fractions]
    rows = [variant.id for tagger in benchmark.taggers for variant in variants(tagger)]
    for section, field, names in (
        ("taggers", "id", taggers),
        ("datasets", "name", datasets),
        ("splits", "name", splits),
    ):
        for i, first in _repeated(names):
            yield f"{section}[{i}].{field}", f"{names[i]!r} is already the {field} of {section}[{first}]"
    for i, row in enumerate(benchmark.published):
        for field, name, valid in (
            ("dataset", row.dataset, datasets),
            ("splits", row.splits, shown),
            ("tagger", row.tagger, [*taggers, *rows]),
        ):
            if name not in valid:
                yield f"published[{i}].{field}", f"{name!r} is not in this file; {closest(name, valid)}"
    yield from _figure_problems(benchmark.published)


def _figure_problems(published: Sequence[Published]) -> Iterator[tuple[str, str]]:
    """Published figures that are fractions, and those that are there twice."""
    for i, row in enumerate(published):
        for field in ("precision", "recall", "f1"):
            figure = getattr(row, field)
            if figure is not None and 0 < figure <= 1:
                yield f"published[{i}].{field}", f"should be in percent, as in 58.91, not {figure}"
    rows = [
        ", ".join((row.dataset, row.splits, row.tagger, *([row.label] if row.label != "micro" else [])))
        for row in published
    ]
    for i, first in _repeated(rows):
        yield f"published[{i}].tagger", f"there are figures for {rows[i]} already, in published[{first}]"


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a name is that was there before, with where it was first."""
    for i, name in enumerate(names):
        first = names.index(name)
        if first < i:
            yield i, first
