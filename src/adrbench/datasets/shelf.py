"""What is known of corpora without reading any: their cards, and where they lie on this machine."""

from __future__ import annotations

from dataclasses import dataclass

from adrbench.api import Dataset, DatasetInfo, DatasetPlugin
from adrbench.errors import CorpusError, CorpusMissing
from adrbench.plugins.loading import implementation


@dataclass(frozen=True)
class LocalCopy:
    """A corpus on the shelf. ``place``: where it is; empty if it is not here; None if its reader cannot tell.

    ``reason``: why it is not here. ``problem``: its plugin is broken; ``info`` is None then.
    """

    name: str
    summary: str
    info: DatasetInfo | None = None
    place: str | None = None
    reason: str = ""
    problem: str = ""


def look(plugin: DatasetPlugin) -> LocalCopy:
    """Look for a corpus. Whatever its class does wrong is a problem of the holding, not an error."""
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
