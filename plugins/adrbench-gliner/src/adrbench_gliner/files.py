"""Where a checkpoint's files are, and which of them are not read. Nothing heavy is imported here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from adrbench.api import Unavailable
from adrbench_gliner.params import GlinerParams
from adrbench_transformer import weights

ENCODER = "encoder_config"


def missing(params: GlinerParams, offline: bool) -> str | None:
    """Check that the checkpoint can be had and may be read. It takes about three seconds at most.

    Args:
        params: The parameters, checked.
        offline: Whether the network must not be used.

    Returns:
        Why the checkpoint cannot be used on this machine, or None.
    """
    if reason := weights.missing(params, offline):
        return reason
    try:
        place = weights.locate(params)
        if isinstance(place, Path):
            safe(place)
    except Unavailable as reason:
        return str(reason)
    return None


def safe(folder: Path) -> None:
    """Check that a folder holds a GLiNER2 checkpoint that brings no code.

    ``gliner2`` passes ``trust_remote_code`` to transformers. A configuration with ``auto_map`` would make it run
    Python files of the checkpoint.

    Args:
        folder: The checkpoint.

    Raises:
        Unavailable: A file is missing or damaged, brings code, or belongs to another architecture.
    """
    weights.safe(folder)
    if not (folder / ENCODER / "config.json").is_file():
        raise Unavailable(f"{folder}: no GLiNER2 checkpoint (no {ENCODER}/config.json)")
    for path in sorted(folder.rglob("*config.json")):
        if _has_auto_map(weights.read(path)):
            raise Unavailable(f"{path}: auto_map names code that would run when the checkpoint is loaded; refused")
    if not (folder / "model.safetensors").is_file():
        raise Unavailable(f"{folder}: no model.safetensors; weights in several files are not read")
    config = weights.read(folder / "config.json")
    architecture = config.get("architecture") or "span"
    if architecture != "span":
        raise Unavailable(f"{folder}: the architecture {architecture!r} is not supported; only 'span' is")


def _has_auto_map(value: Any) -> bool:
    if isinstance(value, dict):
        return "auto_map" in value or any(map(_has_auto_map, value.values()))
    return isinstance(value, list) and any(map(_has_auto_map, value))
