"""From an entry of the benchmark file to a corpus: its reader, its filters, and its stand-in when it cannot be had."""

from __future__ import annotations

from pathlib import Path

from adrbench.api import Dataset, DatasetPlugin, Reading
from adrbench.errors import ConfigError, PluginError
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry


def read_dataset(
    registry: Registry,
    name: str,
    params: dict[str, object] | None = None,
    path: Path | None = None,
    offline: bool = False,
) -> Reading:
    """What the reader called ``name`` finds, before any filter.

    Raises ``PluginError`` if there is no such reader or it cannot be imported, ``ConfigError`` for parameters that it
    does not take, ``CorpusError`` for what it cannot read.
    """
    plugin: DatasetPlugin = registry.describe("datasets", name)
    checked, problems = registry.check(plugin.params, params or {})
    if problems:
        raise ConfigError(name, [f"params.{place}: {message}" for place, message in problems])
    try:
        reader: type[Dataset] = implementation(plugin.implementation)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"dataset {name!r}: {plugin.implementation} cannot be imported: {reason}") from error
    return reader().load(checked, path, offline)
