"""A cache of pretrained checkpoints: each is made once, whole or not at all, and found by its key."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adrbench._system.paths import checkpoints_folder, move, write_atomically
from adrbench.api import Context, TaggerPlugin
from adrbench.errors import InputError
from adrbench.plugins.loading import implementation
from adrbench.running.pretraining.plugin import pretraining_of

_COMMON = ("key", "seconds", "steps", "sentences", "loss")
_META, _STARTED, _SPENT = "pretrained.json", "started.json", "spent.json"
# Time is noted so often; a kill loses that much of it.
_NOTE_SECONDS = 5.0


def pretrained(
    plugin: TaggerPlugin, params: Any, how: Any, texts: Path, key: str, context: Context
) -> tuple[Any, dict[str, Any]]:
    """Put a pretrained checkpoint in place of the checkpoint that a tagger's parameters name.

    It is made if it is not in the cache. If another process makes it, this one waits.

    Args:
        plugin: The tagger's description.
        params: The tagger's parameters.
        how: The settings of the pre-training.
        texts: The file of texts, as ``Collected.write`` writes it.
        key: The key of the checkpoint.
        context: The conditions of the cell.

    Returns:
        The new parameters, and how the checkpoint was made: ``key``, ``seconds`` (interrupted work included),
        ``steps``, ``sentences``, ``loss`` (pairs of step and loss) and ``facts`` (what else the plugin reports).

    Raises:
        InputError: If the cache cannot be written.
        Exception: Whatever the plugin raises.
    """
    folder = checkpoints_folder() / key
    meta = make(plugin, params, how, texts, key, context, folder)
    facts = {name: value for name, value in meta.items() if name not in _COMMON}
    return continued(plugin, params, folder), {**{name: meta[name] for name in _COMMON}, "facts": facts}


def continued(plugin: TaggerPlugin, params: Any, folder: Path) -> Any:
    """Put the checkpoint in a folder in place of the checkpoint that a tagger's parameters name.

    Args:
        plugin: The tagger's description.
        params: The tagger's parameters.
        folder: The folder of the checkpoint.

    Returns:
        The new parameters.

    Raises:
        PluginError: If the tagger cannot be pretrained.
    """
    pretraining = pretraining_of(plugin)
    if pretraining.continued is not None:
        return pretraining.continued(params, folder)
    return dataclasses.replace(params, **{pretraining.parameter: str(folder)})


def make(
    plugin: TaggerPlugin, params: Any, how: Any, texts: Path, key: str, context: Context, folder: Path
) -> dict[str, Any]:
    """Pretrain into a folder, unless that is done. Interrupted work is continued.

    The work is done in ``.NAME.part`` beside the folder, so the folder exists only when it is complete.

    Args:
        plugin: The tagger's description.
        params: The tagger's parameters.
        how: The settings of the pre-training.
        texts: The file of texts, as ``Collected.write`` writes it.
        key: The key of the checkpoint.
        context: The conditions of the cell.
        folder: The folder of the checkpoint.

    Returns:
        How it was made: ``key``, ``seconds``, and what the plugin reports.

    Raises:
        InputError: If the folder or the unfinished work has another key or other content, or cannot be written.
        Exception: Whatever the plugin raises.
    """
    draft = folder.with_name(f".{folder.name}.part")
    with _locked(folder, context):
        meta = _finished(folder, key)
        if meta is not None:
            return meta
        done = _read(draft / _META)
        if isinstance(done, dict) and done.get("key") == key:
            # Killed on the very last step.
            return _publish(draft, folder, done)
        _claim(draft, key)
        spent = _spent(draft)
        began = time.monotonic()
        noted = began

        def note(done: float, total: float, what: str = "") -> None:
            nonlocal noted
            now = time.monotonic()
            if now - noted >= _NOTE_SECONDS:
                noted = now
                write_atomically(draft / _SPENT, json.dumps(spent + now - began))
            context.progress(done, total, f"pre-training, {what}" if what else "pre-training")

        run = implementation(pretraining_of(plugin).implementation)
        told = run(params, how, texts, draft, dataclasses.replace(context, progress=note))
        meta = {"key": key, "seconds": spent + time.monotonic() - began, **told}
        write_atomically(draft / _META, json.dumps(meta))
        return _publish(draft, folder, meta)


def _publish(draft: Path, folder: Path, meta: dict[str, Any]) -> dict[str, Any]:
    for name in (_SPENT, _STARTED):
        (draft / name).unlink(missing_ok=True)
    move(draft, folder)
    return meta


@contextmanager
def _locked(folder: Path, context: Context) -> Iterator[None]:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        file = folder.with_name(f".{folder.name}.lock").open("w")
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror})") from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            context.progress(0, 1, "waiting for another process to pretrain")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _finished(folder: Path, key: str) -> dict[str, Any] | None:
    """How ``folder`` was made, or None if there is nothing yet."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    meta = _read(folder / _META)
    if not isinstance(meta, dict) or "key" not in meta:
        raise InputError(f"{folder}: holds something else; give a folder that is new or empty")
    if meta["key"] != key:
        raise InputError(f"{folder}: holds a checkpoint of other settings, texts or code; give another folder")
    return meta


def _claim(draft: Path, key: str) -> None:
    """Make the working folder, or make sure that it is of the same settings."""
    started = _read(draft / _STARTED)
    if draft.exists() and started is None and any(draft.iterdir()):
        raise InputError(f"{draft}: holds something else; remove it")
    if isinstance(started, Mapping) and started.get("key") != key:
        raise InputError(
            f"{draft}: holds unfinished work with other settings, texts or code; "
            "give those to go on, remove it, or give another folder"
        )
    try:
        draft.mkdir(exist_ok=True)
        write_atomically(draft / _STARTED, json.dumps({"key": key}))
    except OSError as error:
        raise InputError(f"{draft}: cannot be written ({error.strerror})") from error


def _spent(draft: Path) -> float:
    seconds = _read(draft / _SPENT)
    return float(seconds) if isinstance(seconds, (int, float)) else 0.0


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
