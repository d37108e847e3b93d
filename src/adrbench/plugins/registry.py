"""Plugins by name: entry points found, descriptions loaded lazily and guarded, so that a broken one breaks no command.

A ``Registry`` is what one command, or one Python call, knows of what is installed. It is made once and handed down.
"""

from __future__ import annotations

import difflib
import importlib.metadata
import reprlib
import sys
from collections.abc import Iterator, Mapping
from contextlib import chdir, redirect_stdout
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from adrbench._system.key_code import modules_hash
from adrbench._system.version import __version__
from adrbench.api import API_VERSION, DatasetPlugin, EvaluatorPlugin, ExecutorPlugin, TaggerPlugin, TaggerSpec
from adrbench.errors import PluginError, closest
from adrbench.plugins._code_hash import code_hash
from adrbench.plugins._compatibility import other_api, unmet
from adrbench.plugins._first_party import first_party
from adrbench.plugins.loading import install_command, lacking

if TYPE_CHECKING:
    from adrbench.plugins.parameters import Checker

Group = Literal["taggers", "datasets", "evaluators", "executors"]
GROUPS: tuple[Group, ...] = ("taggers", "datasets", "evaluators", "executors")
State = Literal["ready", "missing", "mismatch", "clash", "broken", "slow"]
Description = TaggerPlugin | DatasetPlugin | EvaluatorPlugin | ExecutorPlugin
_KINDS: Mapping[Group, type[Any]] = {
    "taggers": TaggerPlugin,
    "datasets": DatasetPlugin,
    "evaluators": EvaluatorPlugin,
    "executors": ExecutorPlugin,
}
_FIELDS: Mapping[str, type[Any]] = {
    **dict.fromkeys(("name", "family", "version", "summary", "implementation", "distribution", "api"), str),
    "cost": int,
    "requires": tuple,
    "params": type,
}


@dataclass(frozen=True)
class InstalledPlugin:
    """An installed plugin: its description, or why it has none.

    Attributes:
        name: The plugin's name.
        group: ``taggers``, ``datasets``, ``evaluators`` or ``executors``.
        distribution: The installed distribution that it comes from.
        version: The version of that distribution.
        description: The plugin's description; None if it cannot be used.
        problem: Why it is not ready; empty if it is.
        state: ``ready``; ``missing`` a library; ``mismatch`` of versions; ``clash`` of names; ``broken``; or ``slow``
            to import.
        remedy: The command that mends the problem; empty if none is known.
    """

    name: str
    group: Group
    distribution: str
    version: str
    description: Description | None
    problem: str = ""
    state: State = "ready"
    remedy: str = ""


class Unfit(PluginError):  # noqa: N818  (says what it is, as the other errors that name a state do)
    """A plugin is of another version, or two plugins have the same name.

    Args:
        message: What is wrong.
        state: The state of the plugin.
        remedy: The command that mends it.
    """

    def __init__(self, message: str, state: State, remedy: str) -> None:
        self.state = state
        self.remedy = remedy
        super().__init__(f"{message}; {remedy}")


@dataclass(frozen=True)
class _Distribution:
    """The metadata of an installed distribution. ``unmet``: its requirement of another adrbench, if any."""

    name: str
    version: str
    unmet: str | None


class Registry:
    """The installed plugins. Each lookup is kept as long as this object.

    Nothing is looked up in advance, so a new registry costs nothing. Plugins that are installed later need a new one.
    """

    def __init__(self) -> None:
        self._entries: dict[Group, dict[str, list[EntryPoint]]] = {}
        self._distributions: dict[Distribution, _Distribution] = {}
        self._descriptions: dict[tuple[Group, str], Any] = {}
        self._codes: dict[str, str] = {}
        self._cores: dict[tuple[str, ...], str] = {}
        self._checkers: dict[type[Any], Checker] = {}
        self._checked: dict[tuple[type[Any], str], tuple[Any, list[tuple[str, str]]]] = {}
        self._missing: dict[tuple[str, str, Path, bool], str | None] = {}

    def names(self, group: Group) -> list[str]:
        """The names of the installed plugins of a group. Nothing is imported.

        Args:
            group: ``taggers``, ``datasets``, ``evaluators`` or ``executors``.

        Returns:
            The names, sorted.
        """
        return sorted(self._in(group))

    def installed(self, group: Group, name: str) -> tuple[str, str]:
        """The distribution that an installed plugin comes from.

        Args:
            group: The plugin's group.
            name: The plugin's name.

        Returns:
            The distribution's name and its version. If several claim the plugin's name, all of them, joined by "and".
        """
        distributions = [self._distribution(entry) for entry in self._claims(group, name)]
        versions = dict.fromkeys(one.version for one in distributions)
        return " and ".join(one.name for one in distributions), " and ".join(versions)

    def unknown(self, group: Group, name: str) -> str:
        """Say that no installed plugin of a group has a name, and which distribution or name is meant.

        Args:
            group: The group.
            name: The unknown name.

        Returns:
            One line, for an error message.
        """
        kind, installed, known = group.removesuffix("s"), self.names(group), first_party(group)
        nearest = next(iter(difflib.get_close_matches(name, [*installed, *known], n=1)), "")
        if nearest in installed or nearest not in known:
            return f"unknown {kind} {name!r}; {closest(name, installed)}"
        meant = "" if nearest == name else f"did you mean {nearest!r}? "
        return f"unknown {kind} {name!r}; {meant}it comes with {known[nearest]}: pip install {known[nearest]}"

    def distribution_of(self, group: Group, name: str) -> str | None:
        """The installed distribution that has a plugin.

        Args:
            group: The plugin's group.
            name: The plugin's name.

        Returns:
            The distribution's name, or None.
        """
        return next((self._distribution(entry).name for entry in self._claims(group, name) if entry.dist), None)

    def discover(self, group: Group) -> Iterator[InstalledPlugin]:
        """Look at every plugin of a group.

        Args:
            group: The group.

        Yields:
            The plugins by name; those that cannot be used with the reason.
        """
        for name in self.names(group):
            yield self.look(group, name)

    def look(self, group: Group, name: str) -> InstalledPlugin:
        """Look at an installed plugin. An exception in its import becomes its problem.

        Args:
            group: The plugin's group.
            name: The plugin's name.

        Returns:
            The plugin with its state.
        """
        distribution, version = self.installed(group, name)
        try:
            description = self.describe(group, name)
        except Unfit as error:
            return InstalledPlugin(name, group, distribution, version, None, str(error), error.state, error.remedy)
        except PluginError as error:
            return InstalledPlugin(name, group, distribution, version, None, str(error), "broken")
        problem = lacking(description) if isinstance(description, TaggerPlugin | ExecutorPlugin) else None
        if problem is None:
            return InstalledPlugin(name, group, distribution, version, description)
        remedy = install_command(description)
        return InstalledPlugin(name, group, distribution, version, description, problem, "missing", remedy)

    def describe(self, group: Group, name: str) -> Any:
        """Import the description of a plugin.

        Args:
            group: The plugin's group.
            name: The plugin's name.

        Returns:
            A ``TaggerPlugin``, ``DatasetPlugin``, ``EvaluatorPlugin`` or ``ExecutorPlugin``, by group.

        Raises:
            PluginError: If the name is unknown, two distributions claim it, or the description cannot be imported.
        """
        if (group, name) not in self._descriptions:
            self._descriptions[group, name] = self._load(group, name)
        return self._descriptions[group, name]

    def check(self, params: type[Any], values: Mapping[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
        """Check values against a dataclass of parameters.

        A ``TaggerSpec`` among them is checked against the parameters of that tagger, and completed. Values that were
        checked before give the same instance, so a benchmark that is read and planned is checked once.

        Args:
            params: The dataclass.
            values: The parameters by name, as TOML or JSON has them.

        Returns:
            An instance of ``params`` and no problems, or None and the problems as (path, message).

        Raises:
            PluginError: If ``params`` is no dataclass whose annotations can be checked against, or if a tagger that it
                names is installed but cannot be used.
        """
        # Scoring needs no pydantic.
        from adrbench.plugins.composition import complete  # noqa: PLC0415
        from adrbench.plugins.parameters import Checker, to_json  # noqa: PLC0415

        text = to_json(values)
        if (params, text) not in self._checked:
            if params not in self._checkers:
                self._checkers[params] = Checker(params)
            checked, problems = self._checkers[params].check(text)
            if checked is not None:
                problems = complete(checked, self._check_spec)
            self._checked[params, text] = (None, problems) if problems else (checked, [])
        return self._checked[params, text]

    def missing(self, plugin: TaggerPlugin, values: Mapping[str, Any], folder: Path, *, offline: bool) -> str | None:
        """What a tagger lacks on this machine, asked once: it may be a question to a server, or weights to be read.

        Args:
            plugin: The tagger's description.
            values: Valid parameters by name.
            folder: Where relative paths among them start.
            offline: Whether no network may be used.

        Returns:
            The reason, or None.
        """
        from adrbench.plugins.composition import missing  # noqa: PLC0415
        from adrbench.plugins.parameters import to_json  # noqa: PLC0415

        asked = (plugin.name, to_json(values), folder, offline)
        if asked not in self._missing:
            # As in a cell's process.
            with chdir(folder):
                self._missing[asked] = missing(plugin, self.check(plugin.params, values)[0], offline=offline)
        return self._missing[asked]

    def code_hash(self, reference: str) -> str:
        """The hash of the sources of an implementation, read once.

        Args:
            reference: ``"module:Class"``.

        Returns:
            The hash, in hexadecimal digits.

        Raises:
            PluginError: If there is no such module.
        """
        if reference not in self._codes:
            self._codes[reference] = code_hash(reference)
        return self._codes[reference]

    def core_hash(self, modules: tuple[str, ...]) -> str:
        """The hash of some modules of adrbench, read once.

        Args:
            modules: Their names.

        Returns:
            The hash, in hexadecimal digits.
        """
        if modules not in self._cores:
            self._cores[modules] = modules_hash(modules)
        return self._cores[modules]

    def _check_spec(self, spec: TaggerSpec) -> tuple[TaggerSpec, list[tuple[str, str]]]:
        """Check the specification of a tagger that another one builds: its name, its parameters, and its code."""
        from adrbench.plugins.composition import CheckedSpec  # noqa: PLC0415

        names = self.names("taggers")
        if spec.use not in names:
            return spec, [("use", f"unknown tagger {spec.use!r}; {closest(spec.use, names)}")]
        plugin: TaggerPlugin = self.describe("taggers", spec.use)
        checked, wrong = self.check(plugin.params, spec.params)
        problems = [(f"params.{place}", message) for place, message in wrong]
        code = f"{plugin.version} {self.code_hash(plugin.implementation)}"
        if spec.code not in {"", code}:
            message = f"{spec.use!r} is {code} here, not {spec.code}: another one is installed"
            problems.append(("params", message))
        return (spec, problems) if problems else (CheckedSpec(plugin, checked, code), [])

    def _in(self, group: Group) -> Mapping[str, list[EntryPoint]]:
        if not self._entries:
            entries = importlib.metadata.entry_points()
            for each in GROUPS:
                by_name = self._entries.setdefault(each, {})
                for entry in entries.select(group=f"adrbench.{each}"):
                    by_name.setdefault(entry.name, []).append(entry)
        return self._entries[group]

    def _claims(self, group: Group, name: str) -> list[EntryPoint]:
        """All entry points of a name. An editable install can show the same entry twice."""
        entries = self._in(group).get(name, [])
        if len(entries) <= 1:
            return entries
        unique: dict[tuple[str, str], EntryPoint] = {}
        for entry in entries:
            unique.setdefault((entry.value, self._distribution(entry).name), entry)
        return list(unique.values())

    def _distribution(self, entry: EntryPoint) -> _Distribution:
        """The metadata of an entry point's distribution, parsed once for all of its plugins."""
        if entry.dist is None:
            return _Distribution("?", "?", None)
        if entry.dist not in self._distributions:
            metadata = entry.dist.metadata
            # The extras of adrbench name adrbench.
            needs = [] if metadata["Name"] == "adrbench" else entry.dist.requires or []
            facts = _Distribution(metadata["Name"], metadata["Version"], unmet(needs))
            self._distributions[entry.dist] = facts
        return self._distributions[entry.dist]

    def _load(self, group: Group, name: str) -> Any:
        """Import a description, and check that it is one for this adrbench."""
        claims, kind = self._claims(group, name), group.removesuffix("s")
        if not claims:
            raise PluginError(self.unknown(group, name))
        if len(claims) > 1:
            rivals = " and ".join(f"{self._distribution(entry).name} ({entry.value})" for entry in claims)
            raise Unfit(f"two plugins claim the name {name!r}: {rivals}", "clash", "uninstall one of them")
        entry, distribution = claims[0], self._distribution(claims[0])
        origin = distribution.name if entry.dist else entry.value
        if distribution.unmet:
            # Before its import, which may go wrong in any way where it was made for something else.
            reason = f"needs {distribution.unmet}, and this is {__version__}"
            where = f"{kind} {name!r} ({origin} {distribution.version})"
            raise Unfit(f"{where} {reason}", "mismatch", f"pip install -U adrbench {origin}")
        try:
            # Standard output may be a table or JSON that somebody reads.
            with redirect_stdout(sys.stderr):
                description = entry.load()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = f"cannot be imported: {type(error).__name__}: {error}"
            raise PluginError(f"{kind} {name!r} ({origin}) {reason}") from error
        if wrong := _wrong(group, name, entry.value, description):
            raise PluginError(f"{kind} {name!r} ({origin}): {wrong}")
        if other := other_api(description.api, API_VERSION):
            raise Unfit(f"{kind} {name!r} ({origin}) {other}", "mismatch", f"pip install -U adrbench {origin}")
        return description


def _wrong(group: Group, name: str, value: str, description: Any) -> str | None:
    """Say why a description is not valid for its group, or give None."""
    if not isinstance(description, _KINDS[group]):
        return f"{value} is of the type {type(description).__name__}, not {_KINDS[group].__name__}"
    for field, wanted in _FIELDS.items():
        if hasattr(description, field) and not isinstance(getattr(description, field), wanted):
            return f"its {field} should be a {wanted.__name__}, not {reprlib.repr(getattr(description, field))}"
    if group in {"taggers", "executors"} and description.name != name:
        # A tagger's is part of a cell's key: two methods under one would be taken for each other.
        return f"its description calls it {description.name!r}"
    return None
