"""The rows of a tagger's entry: one, or one for each point of its grid."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from adrbench.api import TaggerPlugin
from adrbench.config.model import PretrainEntry, TaggerEntry, TuneEntry
from adrbench.config.search_space import grid_problems, resolve
from adrbench.errors import closest
from adrbench.plugins.parameters import run_only
from adrbench.plugins.registry import Registry

_PRETRAIN = "pretrain."
DISTILLED, CALIBRATED = "distilled", "calibrated"
"""The taggers that ``distil`` and ``calibrate`` stand for."""


@dataclass(frozen=True)
class Variant:
    """An entry at a point of its grid.

    Attributes:
        id: The name of its row, as in ``minilm[batch_size=8,learning_rate=0.0001]``.
        entry: The entry of the benchmark file.
        use: The plugin that is run: the entry's, or the one that calibrates it.
        params: The parameters at this point, of the plugin that is run.
        pretrain: The ``[taggers.pretrain]`` at this point; None without it.
        point: The grid's values at this point by name; empty without a grid.
    """

    id: str
    entry: TaggerEntry
    use: str
    params: Mapping[str, Any]
    pretrain: PretrainEntry | None
    point: Mapping[str, Any] = field(default_factory=dict)


def variants(entry: TaggerEntry) -> Iterator[Variant]:
    """Every combination of the values of an entry's grid.

    Args:
        entry: The entry of the benchmark file.

    Yields:
        A variant for each combination, the last name varying fastest; a single one if the entry has no grid.
    """
    for variant in _points(entry):
        if entry.distil is not None:
            student = {"use": variant.use, "params": variant.params}
            variant = replace(variant, use=DISTILLED, params={"student": student, **entry.distil.specs})  # noqa: PLW2901
        if entry.calibrate is not None:
            inner = {"use": variant.use, "params": variant.params}
            calibrated = {"tagger": inner, **entry.calibrate.model_dump()}
            variant = replace(variant, use=CALIBRATED, params=calibrated)  # noqa: PLW2901
        yield variant


def with_teachers(entries: Sequence[TaggerEntry]) -> Iterator[tuple[TaggerEntry, str]]:
    """Find the teachers of the taggers of a file.

    Args:
        entries: The taggers of the file.

    Yields:
        Each entry, knowing its teacher, and what is wrong with that; empty: nothing.
    """
    rows = {variant.id: variant for entry in entries if entry.distil is None for variant in _points(entry)}
    plain = {name: row for name, row in rows.items() if row.entry.python is None and not _prepared(row.entry)}
    for entry in entries:
        if entry.distil is None:
            yield entry, ""
            continue
        row = plain.get(entry.distil.teacher)
        if row is None:
            more = " (a teacher can have no tune, pretrain or python)" if entry.distil.teacher in rows else ""
            yield (
                entry,
                f"{entry.distil.teacher!r} is no row that can teach; {closest(entry.distil.teacher, plain)}{more}",
            )
            continue
        distil = entry.distil.taught_by({"use": row.use, "params": dict(row.params)})
        yield entry.model_copy(update={"distil": distil}), ""


def _prepared(entry: TaggerEntry) -> bool:
    return entry.tune is not None or entry.pretrain is not None


def _points(entry: TaggerEntry) -> Iterator[Variant]:
    """The variants of an entry, with the parameters of the entry's own plugin."""
    for values in itertools.product(*entry.grid.values()):
        point = dict(zip(entry.grid, values, strict=True))
        params = {name: value for name, value in point.items() if not name.startswith(_PRETRAIN)}
        first = {name.removeprefix(_PRETRAIN): v for name, v in point.items() if name.startswith(_PRETRAIN)}
        pretrain = entry.pretrain
        if pretrain is not None and first:
            pretrain = PretrainEntry.model_validate_json(json.dumps({**pretrain.model_dump(), **first}), strict=True)
        where = ",".join(f"{name}={_shown(value)}" for name, value in point.items())
        name = f"{entry.id}[{where}]" if point else entry.id
        yield Variant(name, entry, entry.use, {**entry.params, **params}, pretrain, point)


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))


def tagger_problems(plugin: TaggerPlugin, entry: Mapping[str, Any], registry: Registry) -> Iterator[tuple[str, str]]:
    """Check a raw entry against the parameters of its plugin.

    Args:
        plugin: The tagger's description.
        entry: The entry, as TOML has it.
        registry: The installed plugins.

    Yields:
        The problems, as (path in the entry, message).

    Raises:
        PluginError: If the plugin's parameters cannot be checked against.
    """
    params = entry.get("params", {})
    if not isinstance(params, dict):
        return
    _, problems = registry.check(plugin.params, params)
    yield from ((f"params.{path}".removesuffix("."), message) for path, message in problems)
    if not problems:
        yield from _variant_problems(plugin, entry, registry)


def _variant_problems(plugin: TaggerPlugin, raw: Mapping[str, Any], registry: Registry) -> Iterator[tuple[str, str]]:
    """What is wrong with the grid, the search and the pre-training of a raw entry, as (path in the entry, message).

    Only for an entry whose ``params`` are fine by themselves; what is not even of the right form is left to the model.
    """
    try:
        entry = TaggerEntry.model_validate_json(json.dumps(raw, default=str), strict=True)
    except ValidationError:
        return
    wrong = list(_grid_problems(plugin, entry, registry))
    yield from wrong or _point_problems(plugin, entry, registry)
    if entry.pretrain is not None and plugin.pretraining is None:
        yield "pretrain", f"{plugin.name} cannot be pretrained, so it would have no effect"
    elif entry.pretrain is not None and plugin.pretraining is not None:
        _, wrong = registry.check(plugin.pretraining.params, entry.pretrain.params)
        yield from ((f"pretrain.{path}", message) for path, message in wrong)
    if entry.distil is not None and entry.calibrate is not None:
        yield "calibrate", "cannot be combined with [taggers.distil]"
    if entry.distil is not None and entry.python is not None:
        yield "distil", "cannot be combined with python: teacher and student share a process"
    for key in ("calibrate", "distil"):
        for table in ("tune", "pretrain") if getattr(entry, key) is not None else ():
            if getattr(entry, table) is not None:
                yield key, f"cannot be combined with [taggers.{table}]; give the tagger the values that it found"
    if entry.tune is not None:
        yield from ((f"tune.{path}", message) for path, message in _tune_problems(plugin, entry, entry.tune, registry))


def _tune_problems(
    plugin: TaggerPlugin, entry: TaggerEntry, tune: TuneEntry, registry: Registry
) -> Iterator[tuple[str, str]]:
    fixed = {**entry.params, **{name: values[0] for name, values in entry.grid.items() if "." not in name}}
    space, wrong = resolve(plugin, fixed, tune.model_dump()["space"], registry)
    yield from wrong or (grid_problems(space, tune.trials) if tune.sampler == "grid" else [])
    _, wrong = registry.check(plugin.params, {**fixed, **tune.params})
    yield from ((f"params.{path}", message) for path, message in wrong)
    for name in sorted(run_only(plugin.params) & space.keys()):
        yield f"space.{name}", "changes no answer, so there is nothing to search"
    for name in sorted(tune.params.keys() & space.keys()):
        yield f"params.{name}", "is searched too, so it would have no effect"
    if entry.pretrain is not None and plugin.pretraining is not None:
        named = {plugin.pretraining.parameter, "revision"}
        for place, names in (("space", named & space.keys()), ("params", named & tune.params.keys())):
            for name in sorted(names):
                yield f"{place}.{name}", "names a checkpoint, but [taggers.pretrain] makes the checkpoint that is used"


def _point_problems(plugin: TaggerPlugin, entry: TaggerEntry, registry: Registry) -> Iterator[tuple[str, str]]:
    """The first point of the grid whose values, each fine alone, are not so together."""
    for variant in _points(entry) if entry.grid else ():
        _, wrong = registry.check(plugin.params, variant.params)
        if not wrong and variant.pretrain is not None and plugin.pretraining is not None:
            _, wrong = registry.check(plugin.pretraining.params, variant.pretrain.params)
        if wrong:
            yield "grid", f"{variant.id}: {': '.join(part for part in wrong[0] if part)}"
            return


def _grid_problems(plugin: TaggerPlugin, entry: TaggerEntry, registry: Registry) -> Iterator[tuple[str, str]]:
    for name, values in entry.grid.items():
        place = f"grid.{name}"
        pretrain = name.startswith(_PRETRAIN)
        plain = name.removeprefix(_PRETRAIN)
        if pretrain and (entry.pretrain is None or plugin.pretraining is None):
            yield place, "there is no [taggers.pretrain] to vary"
            continue
        if not pretrain and name in entry.params:
            yield place, "has a value in params already"
        if len({_shown(value) for value in values}) < len(values):
            yield place, "has a value twice"
        if pretrain and plain in {"text", "test_text"}:
            yield place, "cannot be varied in a grid; give the tagger a second [[taggers]] entry"
            continue
        if pretrain and plain == "sentences":
            whole = [isinstance(value, int) and not isinstance(value, bool) and value > 0 for value in values]
            yield from (
                (f"{place}[{i}]", "should be a whole number above 0") for i, fine in enumerate(whole) if not fine
            )
            continue
        if not pretrain and name in run_only(plugin.params):
            yield place, "changes no answer, so all points would be the same cells"
            continue
        checked = plugin.pretraining.params if pretrain and plugin.pretraining else plugin.params
        rest = entry.pretrain.params if pretrain and entry.pretrain else entry.params
        for i, value in enumerate(values):
            _, wrong = registry.check(checked, {**rest, plain: value})
            yield from ((f"{place}[{i}]", message) for _, message in wrong[:1])
