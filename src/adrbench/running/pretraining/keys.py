"""The name of what a pre-training gives, known before it is done."""

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
    """The name of what pre-training gives: a hash over code, checkpoint, settings, texts and seed, and nothing else.

    Parameters of the fine-tuning are no part of it, so all points of a grid share one pre-training. A checkpoint in a
    folder counts by its bytes, one on the hub by its revision, a preset by the plugin's code, which pins it.
    ``digest``: of the collected texts. ``folder``: where a relative path of the parameters starts.
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
    """The same from what is known of a plugin as plain data: ``adrbench.config.description.Described.pretraining``."""
    base = {name: params[name] for name in (pretraining["parameter"], "revision") if name in params}
    content = {
        **{name: pretraining[name] for name in ("plugin", "version", "code", "how")},
        "base": base,
        "files": FileHashes().named_in({"base": base, "how": pretraining["how"]}, folder),
        "texts": digest,
        "seed": seed,
    }
    return content_hash(content)[:32]
