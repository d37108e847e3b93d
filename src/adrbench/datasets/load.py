"""Datasets by name: reading one, and telling where its files are without reading them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Dataset, DatasetInfo, DatasetPlugin, Reading
from adrbench.errors import ConfigError, CorpusError, CorpusMissing, PluginError
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry


@dataclass(frozen=True)
class LocalCopy:
    """A corpus on this machine. ``place``: where it is; empty if it is not here; None if its reader cannot tell.

    ``reason``: why it is not here. ``problem``: what is wrong with its plugin; ``info`` is None then.
    """

    name: str
    summary: str
    info: DatasetInfo | None = None
    place: str | None = None
    reason: str = ""
    problem: str = ""


def local_copy(plugin: DatasetPlugin) -> LocalCopy:
    """Look for a corpus on this machine, without reading it.

    Args:
        plugin: Its description.

    Returns:
        Where it is. Whatever its class raises is the copy's ``problem``, no error.
    """
    try:
        reader: type[Dataset] = implementation(plugin.implementation)
        info = reader.info
        if plugin.embedded:
            return LocalCopy(plugin.name, plugin.summary, info, "embedded")
        at_hand = getattr(reader(), "at_hand", None)
        try:
            place = at_hand() if at_hand is not None else None
        except CorpusMissing as error:
            return LocalCopy(plugin.name, plugin.summary, info, "", str(error))
        except CorpusError as error:
            return LocalCopy(plugin.name, plugin.summary, info, "", f"not as it should be: {error}")
    except Exception as error:  # noqa: BLE001  (a plugin of somebody else may raise anything)
        return LocalCopy(plugin.name, plugin.summary, problem=f"{type(error).__name__}: {error}")
    return LocalCopy(plugin.name, plugin.summary, info, place)


def read_dataset(
    registry: Registry,
    name: str,
    params: dict[str, object] | None = None,
    path: Path | None = None,
    offline: bool = False,
) -> Reading:
    """Read a corpus, without any filter.

    Args:
        registry: The installed plugins.
        name: The name of the corpus or format.
        params: Its parameters, unchecked.
        path: Its files; None leaves it to the reader to find them.
        offline: Forbid downloads.

    Returns:
        What its reader gives.

    Raises:
        PluginError: If there is no such reader, or if it cannot be imported.
        ConfigError: For parameters that it does not take.
        CorpusError: For files that it cannot read.
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
