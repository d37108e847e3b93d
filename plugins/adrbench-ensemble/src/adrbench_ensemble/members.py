"""The members of an ensemble: installed taggers, by name, with parameters that their own plugins have checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from adrbench.api import Tagger, TaggerPlugin
from adrbench.errors import closest
from adrbench.plugins import parameters
from adrbench.plugins.loading import implementation, lacking
from adrbench.plugins.registry import Registry

ENSEMBLE = "ensemble"
_NAMES = ("use", "params", "code")


def decide(member: Mapping[str, Any]) -> dict[str, Any]:
    """A member with every value decided: ``use``, all its ``params``, and ``code``, its version and its sources' hash.

    So the parameters of an ensemble say all that its answers rest on, and what is named after them (a cell's key) is
    another one when a member has changed. Deciding again changes nothing; a ``code`` that is no longer the one that is
    installed is an error.

    Raises ``ValueError`` for what no member can be, ``PluginError`` if its plugin is there but cannot be used.
    """
    for name in member:
        if name not in _NAMES:
            raise ValueError(f"unknown name {name!r}; {closest(name, _NAMES)}")
    plugin = _plugin(member.get("use"))
    given = member.get("params", {})
    if not isinstance(given, Mapping):
        raise ValueError(f"params of {plugin.name!r} should be a table, not {given!r}")  # noqa: TRY004 (pydantic's)
    params, problems = parameters.check(plugin.params, given)
    if problems:
        raise ValueError("; ".join(f"{plugin.name}: {': '.join(filter(None, problem))}" for problem in problems))
    code = f"{plugin.version} {Registry().code_hash(plugin.implementation)}"
    if member.get("code", code) != code:
        raise ValueError(f"code of {plugin.name!r} is {code!r} here, not {member['code']!r}: another one is installed")
    return {"use": plugin.name, "params": parameters.as_json(params), "code": code}


def _plugin(use: Any) -> TaggerPlugin:
    if not isinstance(use, str):
        raise ValueError(f"'use' should name a tagger, not be {use!r}" if use is not None else "'use' is required")  # noqa: TRY004
    if use == ENSEMBLE:
        raise ValueError(f"{ENSEMBLE!r} cannot be a member of an ensemble; name its members instead")
    registry = Registry()
    names = [name for name in registry.names("taggers") if name != ENSEMBLE]
    if use not in names:
        raise ValueError(f"unknown tagger {use!r}; {closest(use, names)}")
    plugin: TaggerPlugin = registry.describe("taggers", use)
    return plugin


@dataclass(frozen=True)
class Member:
    """A tagger of the ensemble.

    ``name``: its plugin's, with a number from the second one of a plugin on. ``repeat``: how many members before it are
    the same tagger with the same parameters; by so much its seed differs, or they would be of one mind.
    """

    name: str
    plugin: TaggerPlugin
    params: Any
    repeat: int

    def build(self) -> Tagger:
        """A tagger that has seen nothing, warmed up. Its library is imported here."""
        tagger: Any = implementation(self.plugin.implementation)(self.params)
        if hasattr(tagger, "warm_up"):
            tagger.warm_up()
        return tagger  # type: ignore[no-any-return]

    def lacks(self, *, offline: bool) -> str | None:
        """Why it cannot run on this machine, or None."""
        if absent := lacking(self.plugin):
            return f"{self.name} {absent}"
        missing = self.plugin.missing(self.params, offline) if self.plugin.missing else None
        return f"{self.name}: {missing}" if missing else None


def members_of(described: Iterable[Mapping[str, Any]]) -> tuple[Member, ...]:
    """The members that parameters describe. Raises as ``decide``."""
    registry = Registry()
    found: list[Member] = []
    uses: Counter[str] = Counter()
    for decided in map(decide, described):
        plugin: TaggerPlugin = registry.describe("taggers", decided["use"])
        params, _ = registry.check(plugin.params, decided["params"])
        uses[plugin.name] += 1
        name = plugin.name if uses[plugin.name] == 1 else f"{plugin.name}-{uses[plugin.name]}"
        repeat = sum(other.plugin.name == plugin.name and other.params == params for other in found)
        found.append(Member(name, plugin, params, repeat))
    return tuple(found)
