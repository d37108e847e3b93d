"""Discovery: entry points found by name, loaded lazily, guarded, so that a broken plugin never breaks a command."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any, Literal

from adrbench.api import DatasetPlugin, EvaluatorPlugin, TaggerPlugin
from adrbench.errors import PluginError, closest

Group = Literal["taggers", "datasets", "evaluators"]
Description = TaggerPlugin | DatasetPlugin | EvaluatorPlugin
_KINDS: dict[Group, type[Any]] = {"taggers": TaggerPlugin, "datasets": DatasetPlugin, "evaluators": EvaluatorPlugin}


@dataclass(frozen=True)
class Found:
    """A plugin as discovered: its description, or why there is none. ``problem`` may also be a missing library."""

    name: str
    group: Group
    distribution: str
    version: str
    description: Description | None
    problem: str


@cache
def _entry_points(group: Group) -> dict[str, list[EntryPoint]]:
    by_name: dict[str, list[EntryPoint]] = {}
    for entry in importlib.metadata.entry_points(group=f"adrbench.{group}"):
        # An editable install can show the same entry twice.
        entries = by_name.setdefault(entry.name, [])
        if all(known.value != entry.value for known in entries):
            entries.append(entry)
    return by_name


def discover(group: Group) -> Iterator[Found]:
    """Every plugin of a group, by name, broken ones with their reason."""
    for name in sorted(_entry_points(group)):
        entry = _entry_points(group)[name][0]
        distribution = entry.dist.name if entry.dist else "?"
        version = entry.dist.version if entry.dist else "?"
        try:
            description = describe(group, name)
        except PluginError as error:
            yield Found(name, group, distribution, version, None, str(error))
        else:
            missing = lacking(description) if isinstance(description, TaggerPlugin) else None
            yield Found(name, group, distribution, version, description, missing or "")


def names(group: Group) -> list[str]:
    """The names that can be used, without importing anything."""
    return sorted(_entry_points(group))


def describe(group: Group, name: str) -> Any:
    """The description behind a name: a ``TaggerPlugin``, ``DatasetPlugin`` or ``EvaluatorPlugin``, by group.

    Raises ``PluginError`` for an unknown name, one that two distributions claim, or one that cannot be imported.
    """
    entries = _entry_points(group).get(name)
    kind = group.removesuffix("s")
    if not entries:
        raise PluginError(f"unknown {kind} {name!r}; {closest(name, names(group))}")
    if len(entries) > 1:
        claims = " and ".join(f"{e.dist.name if e.dist else '?'} ({e.value})" for e in entries)
        raise PluginError(f"two plugins claim the name {name!r}: {claims}; uninstall one of them")
    entry = entries[0]
    origin = entry.dist.name if entry.dist else entry.value
    try:
        description = entry.load()
    except (Exception, SystemExit) as error:
        raise PluginError(f"{kind} {name!r} ({origin}) cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(description, _KINDS[group]):
        found, wanted = type(description).__name__, _KINDS[group].__name__
        raise PluginError(f"{kind} {name!r} ({origin}): {entry.value} is of the type {found}, not {wanted}")
    return description


def lacking(plugin: TaggerPlugin) -> str | None:
    """Why a tagger's libraries are not at hand, with what to install; None if they are."""
    absent = [module for module in plugin.requires if not _importable(module)]
    if not absent:
        return None
    wanted = plugin.distribution or plugin.name
    return f"needs {', '.join(absent)}: pip install {wanted!r}"


def _importable(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except Exception:  # noqa: BLE001  (to find a submodule its parent is imported, and that may raise anything)
        return False


def implementation(reference: str) -> Any:
    """The class that ``"module:Class"`` names. The heavy import happens here."""
    module, _, name = reference.partition(":")
    return getattr(importlib.import_module(module), name)


@cache
def code_hash(reference: str) -> str:
    """A hash over the Python sources of the package that holds ``"module:Class"``, found without importing it."""
    package = reference.partition(":")[0].partition(".")[0]
    spec = importlib.util.find_spec(package)
    if spec is None:
        raise PluginError(f"{reference}: there is no module {package!r}")
    roots = [Path(place) for place in spec.submodule_search_locations or ()]
    files = sorted(file for root in roots for file in root.rglob("*.py"))
    names_ = [file.relative_to(next(r for r in roots if r in file.parents)).as_posix() for file in files]
    if not files and spec.origin:
        files, names_ = [Path(spec.origin)], [package]
    digest = hashlib.sha256()
    for name, file in zip(names_, files, strict=True):
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]
