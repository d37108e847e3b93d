"""Keys of pretrained checkpoints, which are known before the checkpoints are made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adrbench._system.hashing import FileHashes, content_hash
from adrbench.api import TaggerPlugin
from adrbench.plugins import parameters
from adrbench.plugins.registry import Registry
from adrbench.running.pretraining.plugin import pretraining_of


def key_of(
    plugin: TaggerPlugin, params: Any, how: Any, digest: str, seed: int, folder: Path, registry: Registry
) -> str:
    """The key of a pretrained checkpoint: a hash of code, base checkpoint, settings, texts and seed.

    Parameters of the fine-tuning are no part of it, so all points of a grid share a pre-training. A base checkpoint in
    a folder counts by its bytes, one on the hub by its revision, a preset by the plugin's code, which pins it.

    Args:
        plugin: The tagger's description.
        params: The tagger's parameters, which name the base checkpoint.
        how: The settings of the pre-training.
        digest: The digest of the texts.
        seed: The seed of the pre-training.
        folder: Where relative paths in parameters start.
        registry: The installed plugins.

    Returns:
        The key, 32 hexadecimal digits.
    """
    pretraining = pretraining_of(plugin)
    described = {
        "plugin": plugin.name,
        "version": plugin.version,
        "code": registry.code_hash(pretraining.implementation),
        "parameter": pretraining.parameter,
        "how": parameters.as_json(how),
    }
    return key_from(described, parameters.as_json(params), digest, seed, folder)


def key_from(pretraining: Mapping[str, Any], params: Mapping[str, Any], digest: str, seed: int, folder: Path) -> str:
    """The key of a pretrained checkpoint, from a plugin's description as plain data.

    Args:
        pretraining: ``adrbench.config.description.Described.pretraining``.
        params: The tagger's parameters, which name the base checkpoint.
        digest: The digest of the texts.
        seed: The seed of the pre-training.
        folder: Where relative paths in parameters start.

    Returns:
        The key, 32 hexadecimal digits.
    """
    base = {name: params[name] for name in (pretraining["parameter"], "revision") if name in params}
    content = {
        **{name: pretraining[name] for name in ("plugin", "version", "code", "how")},
        "base": base,
        "files": FileHashes().named_in({"base": base, "how": pretraining["how"]}, folder),
        "texts": digest,
        "seed": seed,
    }
    return content_hash(content)[:32]
