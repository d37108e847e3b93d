"""What a plugin says of its pre-training."""

from __future__ import annotations

from adrbench.api import Pretraining, TaggerPlugin
from adrbench.errors import PluginError


def pretraining_of(plugin: TaggerPlugin) -> Pretraining:
    """How a tagger is pretrained. Raises ``PluginError`` if it cannot be."""
    if plugin.pretraining is None:
        raise PluginError(f"the tagger {plugin.name!r} cannot be pretrained")
    return plugin.pretraining
