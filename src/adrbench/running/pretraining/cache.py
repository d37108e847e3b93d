"""A pretrained checkpoint that is made once, whole or not at all, and found again by what went into it."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adrbench._system.paths import cache_folder, write_atomically
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
    """The tagger's parameters with the pretrained checkpoint in place of the one they name, and how it was made.

    Made if it is not in the cache; whoever comes while another process makes it waits for that. The second value has
    ``key``, ``seconds`` (summed over interruptions), ``steps``, ``sentences``, ``loss`` (pairs) and, in ``facts``, what
    else the plugin tells; it is that of the making, whoever made it. Raises what the plugin raises.
    """
    folder = cache_folder() / "pretraining" / key
    meta = make(plugin, params, how, texts, key, context, folder)
    facts = {name: value for name, value in meta.items() if name not in _COMMON}
    return continued(plugin, params, folder), {**{name: meta[name] for name in _COMMON}, "facts": facts}


def continued(plugin: TaggerPlugin, params: Any, folder: Path) -> Any:
    """The tagger's parameters with the checkpoint in ``folder`` in place of the one that they name."""
    pretraining = pretraining_of(plugin)
    if pretraining.continued is not None:
        return pretraining.continued(params, folder)
    return dataclasses.replace(params, **{pretraining.parameter: str(folder)})


def make(
    plugin: TaggerPlugin, params: Any, how: Any, texts: Path, key: str, context: Context, folder: Path
) -> dict[str, Any]:
    """Pretrain into ``folder``, unless that is done; go on with what was interrupted. Gives how it was made.

    The work is done beside it, in ``.NAME.part``, so ``folder`` is there only when it is whole. ``key`` names the
    settings.

    Raises ``InputError`` if ``folder`` or the work beside it is of other settings or something else, or cannot be
    written, and what the plugin raises.
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
    draft.replace(folder)
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
