"""Discovery: entry points found by name, loaded lazily, guarded, so that a broken plugin never breaks a command."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import reprlib
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, EntryPoint
from typing import Any, Literal

from adrbench._system.code_hash import package_hash
from adrbench._system.key_code import COMMAND, modules_hash
from adrbench._system.version import __version__
from adrbench.api import API_VERSION, DatasetPlugin, EvaluatorPlugin, TaggerPlugin
from adrbench.errors import PluginError, closest
from adrbench.plugins._compatibility import other_api, unmet

Group = Literal["taggers", "datasets", "evaluators"]
GROUPS: tuple[Group, ...] = ("taggers", "datasets", "evaluators")
State = Literal["ready", "missing", "mismatch", "clash", "broken", "slow"]
Description = TaggerPlugin | DatasetPlugin | EvaluatorPlugin
_KINDS: dict[Group, type[Any]] = {"taggers": TaggerPlugin, "datasets": DatasetPlugin, "evaluators": EvaluatorPlugin}


@dataclass(frozen=True)
class Found:
    """A plugin as discovered: its description, or why there is none.

    ``distribution`` and ``version``: what is installed. ``state``: ``ready``; ``missing`` a library; a ``mismatch`` of
    versions; a ``clash`` of names; ``broken``; too ``slow`` to import. ``problem`` says why it is not ready, and
    ``remedy`` what to do about it, where that is known.
    """

    name: str
    group: Group
    distribution: str
    version: str
    description: Description | None
    problem: str
    state: State = "ready"
    remedy: str = ""


class Unfit(PluginError):  # noqa: N818  (says what it is, as the other errors that name a state do)
    """A plugin of other versions, or one of two with the same name: a ``state``, and the ``remedy``."""

    def __init__(self, message: str, state: State, remedy: str) -> None:
        self.state = state
        self.remedy = remedy
        super().__init__(f"{message}; {remedy}")


# The metadata of a distribution is a file to be parsed, the same for all of its plugins.
@cache
def _name_and_version(dist: Distribution) -> tuple[str, str]:
    metadata = dist.metadata
    return metadata["Name"], metadata["Version"]


@cache
def _unmet(dist: Distribution) -> str | None:
    return unmet(dist.requires or ())


@dataclass(frozen=True)
class _Claim:
    """A distribution's claim to a name."""

    entry: EntryPoint

    @property
    def distribution(self) -> str:
        return _name_and_version(self.entry.dist)[0] if self.entry.dist else "?"

    @property
    def version(self) -> str:
        return _name_and_version(self.entry.dist)[1] if self.entry.dist else "?"

    @property
    def unmet(self) -> str | None:
        """The other adrbench that it asks for, if this one does not do."""
        return _unmet(self.entry.dist) if self.entry.dist else None


_FIELDS: dict[str, type[Any]] = {
    **dict.fromkeys(("name", "family", "version", "summary", "implementation", "distribution", "api"), str),
    "cost": int,
    "requires": tuple,
    "params": type,
}


@cache
def _entry_points(group: Group) -> dict[str, list[_Claim]]:
    by_name: dict[str, list[_Claim]] = {}
    for entry in importlib.metadata.entry_points(group=f"adrbench.{group}"):
        # An editable install can show the same entry twice.
        claims = by_name.setdefault(entry.name, [])
        claim = _Claim(entry)
        if all((known.entry.value, known.distribution) != (entry.value, claim.distribution) for known in claims):
            claims.append(claim)
    return by_name


def discover(group: Group) -> Iterator[Found]:
    """Every plugin of a group, by name, broken ones with their reason."""
    for name in names(group):
        yield look(group, name)


def look(group: Group, name: str) -> Found:
    """What there is to say of a plugin that is installed. Whatever its import raises is its reason."""
    distribution, version = installed(group, name)
    try:
        description = describe(group, name)
    except Unfit as error:
        return Found(name, group, distribution, version, None, str(error), error.state, error.remedy)
    except PluginError as error:
        return Found(name, group, distribution, version, None, str(error), "broken")
    problem = lacking(description) if isinstance(description, TaggerPlugin) else None
    if problem is None:
        return Found(name, group, distribution, version, description, "")
    return Found(name, group, distribution, version, description, problem, "missing", _install(description))


def names(group: Group) -> list[str]:
    """The names that can be used, without importing anything."""
    return sorted(_entry_points(group))


def installed(group: Group, name: str) -> tuple[str, str]:
    """The distribution that an installed plugin comes from, and its version; all of those that claim its name."""
    claims = _entry_points(group)[name]
    versions = dict.fromkeys(claim.version for claim in claims)
    return " and ".join(claim.distribution for claim in claims), " and ".join(versions)


def distribution_of(group: Group, name: str) -> str | None:
    """The installed distribution that has a plugin of this name, or None."""
    return next((claim.distribution for claim in _entry_points(group).get(name, ()) if claim.entry.dist), None)


def describe(group: Group, name: str) -> Any:
    """The description behind a name: a ``TaggerPlugin``, ``DatasetPlugin`` or ``EvaluatorPlugin``, by group.

    Raises ``PluginError`` for an unknown name, one that two distributions claim, or one that cannot be imported.
    """
    claims = _entry_points(group).get(name)
    kind = group.removesuffix("s")
    if not claims:
        raise PluginError(f"unknown {kind} {name!r}; {closest(name, names(group))}")
    if len(claims) > 1:
        who = " and ".join(f"{claim.distribution} ({claim.entry.value})" for claim in claims)
        raise Unfit(f"two plugins claim the name {name!r}: {who}", "clash", "uninstall one of them")
    claim, entry = claims[0], claims[0].entry
    origin = claim.distribution if entry.dist else entry.value
    if claim.unmet:
        # Before its import, which may go wrong in any way where it was made for something else.
        reason = f"{kind} {name!r} ({origin} {claim.version}) needs {claim.unmet}, and this is {__version__}"
        raise Unfit(reason, "mismatch", f"pip install -U adrbench {origin}")
    try:
        # Standard output may be a table or JSON that somebody reads.
        with redirect_stdout(sys.stderr):
            description = entry.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(f"{kind} {name!r} ({origin}) cannot be imported: {type(error).__name__}: {error}") from error
    if wrong := _wrong(group, name, entry.value, description):
        raise PluginError(f"{kind} {name!r} ({origin}): {wrong}")
    if other := other_api(description.api, API_VERSION):
        raise Unfit(f"{kind} {name!r} ({origin}) {other}", "mismatch", f"pip install -U adrbench {origin}")
    return description


def _wrong(group: Group, name: str, value: str, description: Any) -> str | None:
    """What is no description of the kind, or holds what none may hold."""
    if not isinstance(description, _KINDS[group]):
        return f"{value} is of the type {type(description).__name__}, not {_KINDS[group].__name__}"
    for field, wanted in _FIELDS.items():
        if hasattr(description, field) and not isinstance(getattr(description, field), wanted):
            return f"its {field} should be a {wanted.__name__}, not {reprlib.repr(getattr(description, field))}"
    if group == "taggers" and description.name != name:
        # The description's name is part of a cell's key: two methods under one would be taken for each other.
        return f"its description calls it {description.name!r}"
    return None


def lacking(plugin: TaggerPlugin) -> str | None:
    """Why a tagger's libraries are not at hand, with what to install; None if they are."""
    absent = _absent(plugin)
    return f"needs {', '.join(absent)}: {_install(plugin)}" if absent else None


def _absent(plugin: TaggerPlugin) -> list[str]:
    return [module for module in plugin.requires if not _importable(module)]


def _install(plugin: TaggerPlugin) -> str:
    return f"pip install {(plugin.distribution or plugin.name)!r}"


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
    """The hash of the package that holds ``"module:Class"``, found without importing it. See ``package_hash``."""
    module = reference.partition(":")[0]
    if module in COMMAND:
        # A tagger that comes with adrbench is not another one for every change to adrbench.
        return modules_hash(COMMAND)
    try:
        return package_hash(module.partition(".")[0])
    except ModuleNotFoundError as error:
        raise PluginError(f"{reference}: {error}") from error


@cache
def core_hash(modules: tuple[str, ...]) -> str:
    """The hash of some modules of adrbench, each read once."""
    return modules_hash(modules)
