"""The rows of a tagger's entry: one, or one for each point of its grid."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError

from adrbench.api import TaggerPlugin
from adrbench.config.model import PretrainEntry, TaggerEntry, TuneEntry
from adrbench.config.search_space import grid_problems, resolve
from adrbench.plugins.parameters import run_only
from adrbench.plugins.registry import Registry

_PRETRAIN = "pretrain."


@dataclass(frozen=True)
class Variant:
    """An entry at a point of its grid.

    Attributes:
        id: The name of its row, as in ``minilm[batch_size=8,learning_rate=0.0001]``.
        entry: The entry of the benchmark file.
        params: The parameters at this point.
        pretrain: The ``[taggers.pretrain]`` at this point; None without it.
        point: The grid's values at this point by name; empty without a grid.
    """

    id: str
    entry: TaggerEntry
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
    for values in itertools.product(*entry.grid.values()):
        point = dict(zip(entry.grid, values, strict=True))
        params = {name: value for name, value in point.items() if not name.startswith(_PRETRAIN)}
        first = {name.removeprefix(_PRETRAIN): v for name, v in point.items() if name.startswith(_PRETRAIN)}
        pretrain = entry.pretrain
        if pretrain is not None and first:
            pretrain = PretrainEntry.model_validate_json(json.dumps({**pretrain.model_dump(), **first}), strict=True)
        where = ",".join(f"{name}={_shown(value)}" for name, value in point.items())
        yield Variant(f"{entry.id}[{where}]" if point else entry.id, entry, {**entry.params, **params}, pretrain, point)


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
    for variant in variants(entry) if entry.grid else ():
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
