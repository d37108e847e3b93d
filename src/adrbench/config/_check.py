"""Checks of a benchmark file against the installed plugins, and of its sections against each other."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from adrbench.api import TaggerPlugin
from adrbench.api.evaluator import AVERAGE
from adrbench.config import interpreters
from adrbench.config.model import FIGURES, NEEDS, Benchmark, Published, TaggerEntry
from adrbench.config.published import known_labels, label_problems
from adrbench.config.variants import tagger_problems, variants
from adrbench.datasets.recognition import AUTO
from adrbench.datasets.text import splitters
from adrbench.errors import InputError, PluginError, Unavailable, closest
from adrbench.plugins.registry import Group, Registry
from adrbench.scoring.evaluators.build import describe_evaluator


def _entries(raw: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    listed = raw.get(section)
    for i, entry in enumerate(listed if isinstance(listed, list) else []):
        if isinstance(entry, dict):
            yield f"{section}[{i}]", entry


Answers = dict[tuple[str, bool], interpreters.Answer]


def plugin_problems(
    raw: Mapping[str, Any], folder: Path, registry: Registry, answers: Answers, *, offline: bool
) -> Iterator[tuple[str, str]]:
    """Names that no plugin has, and parameters that a plugin does not take. A file with other problems is checked too.

    Args:
        raw: The file, as TOML has it.
        folder: Where relative paths start.
        registry: The installed plugins.
        answers: Filled with the answers of other interpreters, so that they are asked once.
        offline: Use no network.

    Yields:
        The problems, as (path, message).
    """
    for where, entry in _entries(raw, "datasets"):
        yield from _use_problems("datasets", where, entry, registry)
        stand_in = entry.get("stand_in")
        if isinstance(stand_in, str) and stand_in not in registry.names("datasets"):
            yield f"{where}.stand_in", registry.unknown("datasets", stand_in)
        if isinstance(entry.get("words"), str) and (wrong := splitters.problem(entry["words"])):
            yield f"{where}.words", wrong
    for where, entry in _entries(raw, "taggers"):
        if isinstance(entry.get("python"), str) and isinstance(entry.get("use"), str):
            problems = _foreign_problems(entry, folder, registry, answers, offline=offline)
            yield from ((f"{where}.{path}", message) for path, message in problems)
        else:
            yield from _use_problems("taggers", where, entry, registry)
    header = raw.get("benchmark")
    evaluators = header.get("evaluators", []) if isinstance(header, dict) else []
    for i, name in enumerate(evaluators if isinstance(evaluators, list) else []):
        plain = name.partition(":")[0] if isinstance(name, str) else None
        if plain is None:
            continue
        if plain not in registry.names("evaluators"):
            yield f"benchmark.evaluators[{i}]", registry.unknown("evaluators", plain)
            continue
        try:
            describe_evaluator(registry, name)
        except PluginError as error:
            yield f"benchmark.evaluators[{i}]", str(error)


def _use_problems(group: Group, where: str, entry: Mapping[str, Any], registry: Registry) -> Iterator[tuple[str, str]]:
    name = entry.get("use")
    if not isinstance(name, str):
        return
    if group == "datasets" and name == AUTO:
        if "path" not in entry:
            yield f"{where}.path", 'use = "auto" needs the path of what is to be recognised'
        return
    if name not in registry.names(group):
        yield f"{where}.use", registry.unknown(group, name)
        return
    params = entry.get("params", {})
    if not isinstance(params, dict):
        return
    try:
        plugin = registry.describe(group, name)
        if isinstance(plugin, TaggerPlugin):
            yield from ((f"{where}.{path}", message) for path, message in tagger_problems(plugin, entry, registry))
            return
        _, problems = registry.check(plugin.params, params)
    except PluginError:
        # A plugin that is there but broken is a row with its reason, not an error of the file.
        return
    for path, message in problems:
        yield f"{where}.params.{path}".removesuffix("."), message


def _foreign_problems(
    entry: Mapping[str, Any], folder: Path, registry: Registry, answers: Answers, *, offline: bool
) -> Iterator[tuple[str, str]]:
    """Check an entry whose plugin is in another interpreter. The plan reports an unfit interpreter."""
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
        answer = interpreters.ask(path, plain, folder, registry, offline=offline)
    except InputError as error:
        yield "grid", str(error)
        return
    answers[str(entry.get("id")), offline] = answer
    yield from answer.problems


def name_problems(benchmark: Benchmark, registry: Registry) -> Iterator[tuple[str, str]]:
    """Names that are not unique, and references to names that no section has.

    Args:
        benchmark: The benchmark.
        registry: The installed plugins.

    Yields:
        The problems, as (path, message).
    """
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
    reference = benchmark.benchmark.reference
    if reference and reference not in {*taggers, *rows}:
        yield "benchmark.reference", f"{reference!r} is not in this file; {closest(reference, [*taggers, *rows])}"
    corpora = [*datasets, AVERAGE] if len(datasets) > 1 else datasets
    yield from _need_problems(benchmark)
    yield from _calibrate_problems(benchmark)
    for i, row in enumerate(benchmark.published):
        for field, name, valid in (
            ("dataset", row.dataset, corpora),
            ("split", row.split, shown),
            *([("tagger", row.tagger, [*taggers, *rows])] if row.tagger else []),
        ):
            if name not in valid:
                yield f"published[{i}].{field}", f"{name!r} is not in this file; {closest(name, valid)}"
        if row.system in {*taggers, *rows}:
            yield f"published[{i}].system", f"{row.system!r} is a tagger of this file: write tagger = {row.system!r}"
    known = {
        name: labels
        for name, entry in zip(datasets, benchmark.datasets, strict=True)
        if (labels := known_labels(entry, registry))
    }
    yield from label_problems(benchmark, known, registry)
    yield from _figure_problems(benchmark.published)


def _need_problems(benchmark: Benchmark) -> Iterator[tuple[str, str]]:
    """Needs that are neither known nor resources of the limits."""
    known = [*NEEDS, *benchmark.limits.resources]
    for i, tagger in enumerate(benchmark.taggers):
        for place, need in enumerate(tagger.needs):
            if need not in known:
                yield f"taggers[{i}].needs[{place}]", f"{need!r} is no resource of [limits]; {closest(need, known)}"


def _calibrate_problems(benchmark: Benchmark) -> Iterator[tuple[str, str]]:
    """Scores that are calibrated but not asked for."""
    for i, tagger in enumerate(benchmark.taggers):
        if tagger.calibrate is not None and not benchmark.benchmark.scores:
            yield f"taggers[{i}].calibrate", "has no effect without scores = true in [benchmark]"


def _figure_problems(published: Sequence[Published]) -> Iterator[tuple[str, str]]:
    """Published figures that are fractions instead of percentages, and rows that occur twice."""
    for i, row in enumerate(published):
        for field in FIGURES:
            figure = getattr(row, field)
            if figure is not None and 0 < figure <= 1:
                yield f"published[{i}].{field}", f"should be in percent, as in 58.91, not {figure}"
    rows = [
        ", ".join((row.dataset, row.split, row.tagger or row.system, *([row.label] if row.label != "micro" else [])))
        for row in published
    ]
    for i, first in _repeated(rows):
        field = "tagger" if published[i].tagger else "system"
        yield f"published[{i}].{field}", f"there are figures for {rows[i]} already, in published[{first}]"


def _repeated(names: Sequence[str]) -> Iterator[tuple[int, int]]:
    """The positions of repeated names, each with the position of the first occurrence."""
    for i, name in enumerate(names):
        first = names.index(name)
        if first < i:
            yield i, first
