"""The executor that the options of a run ask for: this machine, or the engine of a plugin."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adrbench.api import ExecutorPlugin, Unavailable
from adrbench.errors import ConfigError, InputError, closest
from adrbench.plugins.loading import implementation, lacking
from adrbench.plugins.registry import Registry
from adrbench.running.executors.local import LocalExecutor
from adrbench.running.executors.remote import RemoteExecutor

LOCAL = "local"
_OPTION = "--executor"

Executor = LocalExecutor | RemoteExecutor


def check_executor(name: str, values: Mapping[str, Any], registry: Registry) -> tuple[ExecutorPlugin, Any] | None:
    """Check the name of an executor and its options.

    Args:
        name: The name.
        values: Its options by name.
        registry: The installed plugins.

    Returns:
        The plugin and its parameters; None for this machine.

    Raises:
        ConfigError: If the name or an option is unknown, or a value is not valid.
        InputError: If its library is not installed, or it cannot be used here.
    """
    if name == LOCAL:
        if values:
            raise ConfigError(f"{_OPTION} {LOCAL}", [f"{option}: it has no options" for option in values])
        return None
    if name not in (names := registry.names("executors")):
        known = registry.unknown("executors", name)
        # Its own names are those of installed plugins only.
        known = known if "pip install" in known else f"unknown executor {name!r}; {closest(name, [LOCAL, *names])}"
        raise ConfigError(_OPTION, [known])
    plugin: ExecutorPlugin = registry.describe("executors", name)
    params, problems = registry.check(plugin.params, values)
    if problems:
        raise ConfigError(f"{_OPTION} {name}", [f"{path}: {message}" for path, message in problems])
    reason = lacking(plugin) or (plugin.missing(params) if plugin.missing is not None else None)
    if reason:
        raise InputError(f"{_OPTION} {name}: {reason}")
    return plugin, params


@contextmanager
def opened(
    name: str,
    values: Mapping[str, Any],
    registry: Registry,
    *,
    jobs: int | None,
    gpus: Sequence[str],
    scratch: Path,
    on_refused: Callable[[str, str], None],
) -> Iterator[Executor]:
    """Open an executor. When the context closes, nothing of it goes on.

    Args:
        name: Its name.
        values: Its options by name.
        registry: The installed plugins.
        jobs: How many cells run at a time; None: one on this machine, elsewhere as many as there is room for.
        gpus: The GPUs of this machine.
        scratch: A folder for the files of cells that run on this machine.
        on_refused: Called with the name of a node that gets no cells, and why.

    Yields:
        The executor.

    Raises:
        InputError: If it cannot be used.
    """
    checked = check_executor(name, values, registry)
    if checked is None:
        yield LocalExecutor(jobs or 1, gpus, scratch)
        return
    plugin, params = checked
    try:
        engine = implementation(plugin.implementation)(params)
        engine.__enter__()
    except Unavailable as error:
        raise InputError(f"{_OPTION} {name}: {error}") from error
    try:
        yield RemoteExecutor(engine, jobs, on_refused)
    finally:
        engine.__exit__(None, None, None)
