"""The pre-training that a plugin declares."""

from __future__ import annotations

from adrbench.api import Pretraining, TaggerPlugin
from adrbench.errors import PluginError


def pretraining_of(plugin: TaggerPlugin) -> Pretraining:
    """The pre-training that a tagger declares.

    Args:
        plugin: The tagger's description.

    Returns:
        The description of its pre-training.

    Raises:
        PluginError: If the tagger cannot be pretrained.
    """
    if plugin.pretraining is None:
        raise PluginError(f"the tagger {plugin.name!r} cannot be pretrained")
    return plugin.pretraining
