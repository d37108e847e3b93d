"""The kit as functions: a plugin's name in, a verdict for each check out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Literal

from adrbench.errors import ConfigError, InputError, PluginError, closest
from adrbench.plugins.registry import Group, Registry
from adrbench.testing._datasets import DATASET
from adrbench.testing._evaluators import EVALUATOR
from adrbench.testing._process import Request, run_checks
from adrbench.testing._taggers import TAGGER
from adrbench.testing._verdict import Check, Probes, Verdict, judged

Kind = Literal["tagger", "dataset", "evaluator"]
_PROBES: dict[Kind, Probes[Any]] = {"tagger": TAGGER, "dataset": DATASET, "evaluator": EVALUATOR}
_GROUPS: dict[Kind, Group] = {"tagger": "taggers", "dataset": "datasets", "evaluator": "evaluators"}
TIMEOUT_SECONDS = 120.0


def checks_of(kind: Kind) -> tuple[Check, ...]:
    """List the checks of a kind of plugin.

    Args:
        kind: The kind.

    Returns:
        The checks, in the order in which they are made.
    """
    return _PROBES[kind].checks()


def kinds_of(name: str) -> tuple[Kind, ...]:
    """Find out which kinds of plugin have a name.

    Args:
        name: A plugin's name, for an evaluator also ``NAME:VARIANT``.

    Returns:
        The kinds, one at least.

    Raises:
        PluginError: There is no such plugin. The message has the closest name.
    """
    plain, registry = name.partition(":")[0], Registry()
    kinds = tuple(kind for kind, group in _GROUPS.items() if plain in registry.names(group))
    if not kinds:
        valid = [known for group in _GROUPS.values() for known in registry.names(group)]
        raise PluginError(f"there is no plugin {plain!r}; {closest(plain, valid)}")
    return kinds


def check_tagger(
    name: str,
    params: Mapping[str, Any] | None = None,
    expected: Mapping[str, str] | None = None,
    *,
    only: Collection[str] = (),
    timeout: float = TIMEOUT_SECONDS,
    responses: Path | str | None = None,
) -> list[Verdict]:
    """Check an installed tagger, in processes of its own.

    Args:
        name: The tagger's name.
        params: Parameters as a benchmark file would give them; small ones for a heavy method.
        expected: Known failures: the reason by check id. An expected failure that does not happen is a failure.
        only: Ids of the checks to make. Empty: all.
        timeout: Seconds that a fit or a prediction may take.
        responses: The folder from which responses of a server are replayed, and where more are kept, for a tagger that
            asks one. None: each is asked for once.

    Returns:
        A verdict for each check, in order.

    Raises:
        PluginError: There is no such tagger.
        ConfigError: The parameters are not valid.
        InputError: ``expected`` or ``only`` names an unknown check, or the tagger records no responses.
    """
    return _check("tagger", name, params, expected, only, timeout, responses=responses)


def check_dataset(
    name: str,
    params: Mapping[str, Any] | None = None,
    expected: Mapping[str, str] | None = None,
    *,
    path: Path | str | None = None,
    only: Collection[str] = (),
    timeout: float = TIMEOUT_SECONDS,
) -> list[Verdict]:
    """Check an installed corpus reader, in processes of its own.

    Args:
        name: The reader's name.
        params: Parameters as a benchmark file would give them.
        expected: Known failures: the reason by check id. An expected failure that does not happen is a failure.
        path: The corpus, or the files of a format. None: the reader finds the corpus itself.
        only: Ids of the checks to make. Empty: all.
        timeout: Seconds that a check may take.

    Returns:
        A verdict for each check, in order.

    Raises:
        PluginError: There is no such reader.
        ConfigError: The parameters are not valid.
        InputError: ``expected`` or ``only`` names an unknown check.
    """
    return _check("dataset", name, params, expected, only, timeout, str(Path(path).absolute()) if path else None)


def check_evaluator(
    name: str,
    params: Mapping[str, Any] | None = None,
    expected: Mapping[str, str] | None = None,
    *,
    only: Collection[str] = (),
    timeout: float = TIMEOUT_SECONDS,
) -> list[Verdict]:
    """Check an installed evaluator, in processes of its own.

    Args:
        name: The evaluator's name, for all its variants, or ``NAME:VARIANT``.
        params: Must be empty, since evaluators take no parameters.
        expected: Known failures: the reason by check id. An expected failure that does not happen is a failure.
        only: Ids of the checks to make. Empty: all.
        timeout: Seconds that a check may take.

    Returns:
        A verdict for each check, in order.

    Raises:
        PluginError: There is no such evaluator or variant.
        ConfigError: There are parameters.
        InputError: ``expected`` or ``only`` names an unknown check.
    """
    return _check("evaluator", name, params, expected, only, timeout)


def check_plugin(
    name: str,
    params: Mapping[str, Any] | None = None,
    expected: Mapping[str, str] | None = None,
    *,
    path: Path | str | None = None,
    only: Collection[str] = (),
    timeout: float = TIMEOUT_SECONDS,
    responses: Path | str | None = None,
) -> dict[Kind, list[Verdict]]:
    """Check an installed plugin of any kind, in processes of its own.

    Args:
        name: The plugin's name, for an evaluator also ``NAME:VARIANT``.
        params: Parameters as a benchmark file would give them.
        expected: Known failures: the reason by check id. An expected failure that does not happen is a failure.
        path: The corpus, or the files of a format; for a dataset only.
        only: Ids of the checks to make. Empty: all.
        timeout: Seconds that a fit or a prediction may take.
        responses: The folder of recorded responses, as ``check_tagger`` takes it; for a tagger only.

    Returns:
        The verdicts of each kind of plugin that has the name.

    Raises:
        PluginError: There is no such plugin.
        ConfigError: The parameters are not valid.
        InputError: An argument does not fit the kind of the plugin, or names an unknown check.
    """
    kinds = kinds_of(name)
    for what, given, kind in (("path", path, "dataset"), ("responses", responses, "tagger")):
        if given is not None and kind not in kinds:
            raise InputError(f"{what} is for {kind}s, and {name!r} is a {kinds[0]}; leave it out")
    if len(kinds) > 1 and (params or only or expected):
        raise InputError(
            f"{name!r} is a {' and a '.join(kinds)}: parameters, only and expected need a name that is only one of them"
        )
    made: dict[Kind, list[Verdict]] = {}
    for kind in kinds:
        place = str(Path(path).absolute()) if path is not None and kind == "dataset" else None
        kept = responses if kind == "tagger" else None
        made[kind] = _check(kind, name, params, expected, only, timeout, place, kept)
    return made


def _check(
    kind: Kind,
    name: str,
    params: Mapping[str, Any] | None,
    expected: Mapping[str, str] | None,
    only: Collection[str],
    timeout: float,
    path: str | None = None,
    responses: Path | str | None = None,
) -> list[Verdict]:
    checks, expected = checks_of(kind), expected or {}
    known = [check.id for check in checks]
    for check in (*expected, *only):
        if check not in known:
            raise InputError(f"a {kind} has no check {check!r}; {closest(check, known)}")
    registry = Registry()
    _exists(kind, name, registry)
    _fit(kind, name, params or {}, registry)
    chosen = [check for check in checks if not only or check.id in only]
    if responses is not None and not registry.describe("taggers", name).records:
        raise InputError(f"the tagger {name!r} records no responses; leave the folder for them out")
    kept = str(Path(responses).absolute()) if responses is not None else None
    request = Request(kind, name, dict(params or {}), path, kept)
    return [judged(verdict, expected) for verdict in run_checks(request, chosen, timeout)]


def _exists(kind: Kind, name: str, registry: Registry) -> None:
    if kind == "evaluator" and ":" in name:
        from adrbench.scoring.evaluators.build import describe_evaluator  # noqa: PLC0415

        describe_evaluator(registry, name)
    valid = registry.names(_GROUPS[kind])
    plain = name.partition(":")[0] if kind == "evaluator" else name
    if plain not in valid:
        raise PluginError(f"unknown {kind} {plain!r}; {closest(plain, valid)}")


def _fit(kind: Kind, name: str, params: Mapping[str, Any], registry: Registry) -> None:
    """Check the parameters. Raises ``ConfigError`` unless the plugin takes them."""
    if not params:
        return
    if kind == "evaluator":
        raise ConfigError(name, [f"an evaluator takes no parameters: remove {', '.join(params)}"])
    description = registry.describe(_GROUPS[kind], name)
    _, problems = registry.check(description.params, params)
    if problems:
        raise ConfigError(name, [f"params.{place}: {message}" for place, message in problems])
