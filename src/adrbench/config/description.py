"""Descriptions of rows as plain data, for a plugin may be installed in another interpreter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from adrbench._system.key_code import ANSWERS, TUNING
from adrbench._system.variables import expand, unset
from adrbench.api import ExpectedTime, TaggerPlugin
from adrbench.config.search_space import as_plain, resolve
from adrbench.config.search_space import missing as missing_for_studies
from adrbench.errors import InputError, PluginError
from adrbench.plugins import parameters
from adrbench.plugins.composition import key_values, specs
from adrbench.plugins.expected_times import first_party_time
from adrbench.plugins.loading import lacking
from adrbench.plugins.registry import Registry

if TYPE_CHECKING:
    from adrbench.config.variants import Variant

Problem = tuple[Literal["skipped", "failed"], str]
"""Why cells cannot be run here: their status, and the reason."""


@dataclass(frozen=True)
class Endpoint:
    """A server that a tagger, or one that it builds, sends texts to.

    Attributes:
        parameter: The parameter that says where it is.
        url: Its value, environment variables not expanded; empty: nothing is said.
        allowed: Whether the file allows texts to leave this machine, with ``allow_external = true``.
    """

    parameter: str
    url: str
    allowed: bool


@dataclass(frozen=True)
class Described:
    """A tagger's plugin at a point of its grid, with every value decided.

    Attributes:
        name: The plugin's name.
        family: The plugin's family.
        version: The version that the plugin declares.
        cost: The plugin's cost; cheap rows run first.
        code: The hash of the plugin's sources.
        core: The hash of the adrbench modules that run in a cell's process (``adrbench._system.key_code``).
        params: The parameters.
        key_params: The parameters that are part of the key.
        tune: The search with its space; None without a search.
        pretraining: What the plugin makes of ``[taggers.pretrain]``; None without it. ``how`` holds its settings and
            ``parameter`` names the checkpoint; ``plugin``, ``version`` and ``code`` identify the program.
        lacking: The libraries that are not installed, those of a search included; None if all are.
        missing: The problem that the plugin itself reports on this machine; None if it reports none.
        expected_time: How long it takes, as declared; None if nobody says.
        records: Whether it, or a tagger that it builds, asks a server whose responses are recorded.
        endpoints: The servers that texts are sent to.
        asking: Each tagger among these that asks a server: its name (``use``) and those of its parameters that are part
            of the key (``params``).
    """

    name: str
    family: str
    version: str
    cost: int
    code: str
    core: str
    params: Mapping[str, Any]
    key_params: Mapping[str, Any]
    tune: Mapping[str, Any] | None
    pretraining: Mapping[str, Any] | None
    lacking: str | None
    missing: Problem | None
    expected_time: ExpectedTime | None = None
    records: bool = False
    endpoints: tuple[Endpoint, ...] = ()
    asking: tuple[Mapping[str, Any], ...] = ()


def describe(variant: Variant, folder: Path, offline: bool, registry: Registry) -> Described:
    """Describe a row by the plugins of this interpreter.

    Args:
        variant: The row.
        folder: Where relative paths in parameters start.
        offline: Use no network.
        registry: The installed plugins.

    Returns:
        The description.

    Raises:
        PluginError: If the plugin cannot be used.
        InputError: If the row's parameters are not valid.
    """
    plugin: TaggerPlugin = registry.describe("taggers", variant.use)
    code = registry.code_hash(plugin.implementation)
    params, problems = registry.check(plugin.params, variant.params)
    if problems:
        raise InputError(f"{variant.id}: {problems[0][0]}: {problems[0][1]}")
    tune = _tune(plugin, variant, registry)
    # A tagger that only adds to another one is of that one's family.
    kind = plugin if plugin.family else next(spec.plugin for spec in specs(params))
    asking = tuple(_asking(plugin, params))
    return Described(
        name=plugin.name,
        family=kind.family,
        version=plugin.version,
        cost=kind.cost,
        code=code,
        core=registry.core_hash(ANSWERS + (TUNING if tune is not None else ())),
        params=parameters.as_json(params),
        key_params=key_values(params),
        tune=tune,
        pretraining=_pretraining(plugin, variant, registry),
        lacking=lacking(plugin) or (missing_for_studies() if tune is not None else None),
        missing=_missing(plugin, variant.params, folder, offline, registry),
        expected_time=plugin.expected_time or first_party_time(plugin.name),
        records=bool(asking),
        endpoints=tuple(_endpoints(plugin, params)),
        asking=asking,
    )


def _asking(plugin: TaggerPlugin, params: Any) -> Iterator[dict[str, Any]]:
    for one, values in ((plugin, params), *((spec.plugin, spec.checked) for spec in specs(params))):
        if one.records:
            yield {"use": one.name, "params": key_values(values)}


def _endpoints(plugin: TaggerPlugin, params: Any) -> Iterator[Endpoint]:
    inner = ((f"{spec.use}: ", spec.plugin, spec.checked) for spec in specs(params))
    for prefix, one, values in (("", plugin, params), *inner):
        if one.endpoint:
            allowed = getattr(values, "allow_external", False) is True
            yield Endpoint(f"{prefix}{one.endpoint}", str(getattr(values, one.endpoint) or ""), allowed)


def _tune(plugin: TaggerPlugin, variant: Variant, registry: Registry) -> dict[str, Any] | None:
    """What is searched for a row and how. Raises ``PluginError`` if that cannot be searched."""
    entry = variant.entry.tune
    if entry is None:
        return None
    space, problems = resolve(plugin, variant.params, entry.model_dump()["space"], registry)
    if problems:
        raise PluginError(f"{variant.id}: {problems[0][0]}: {problems[0][1]}")
    return {**entry.model_dump(), "space": as_plain(space)}


def _pretraining(plugin: TaggerPlugin, variant: Variant, registry: Registry) -> dict[str, Any] | None:
    if variant.pretrain is None:
        return None
    if plugin.pretraining is None:
        raise InputError(f"{variant.id}: {plugin.name} cannot be pretrained")
    how, problems = registry.check(plugin.pretraining.params, variant.pretrain.params)
    if problems:
        raise InputError(f"{variant.id}: pretrain.{problems[0][0]}: {problems[0][1]}")
    return {
        "how": parameters.as_json(how),
        "parameter": plugin.pretraining.parameter,
        "plugin": plugin.name,
        "version": plugin.version,
        "code": registry.code_hash(plugin.pretraining.implementation),
        "words": plugin.pretraining.words,
    }


def _missing(
    plugin: TaggerPlugin, params: Mapping[str, Any], folder: Path, offline: bool, registry: Registry
) -> Problem | None:
    """The problem that the plugin reports for these parameters. An exception of the plugin is a failure."""
    if lacks := unset(params):
        return "skipped", f"needs the environment variable {', '.join(lacks)}, which is not set"
    # Without its libraries it need not be able to tell.
    if lacking(plugin):
        return None
    try:
        reason = registry.missing(plugin, expand(params), folder, offline=offline)
    except Exception as error:  # noqa: BLE001  (a broken plugin is a row with its reason; the others go on)
        return "failed", f"tagger {plugin.name!r} cannot say what it lacks: {type(error).__name__}: {error}"
    return ("skipped", reason) if reason else None
