"""From one format of a corpus to another, whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from adrbench._system.paths import move, output_target, replace_folder
from adrbench.api import DatasetPlugin, Reading
from adrbench.errors import CorpusError, InputError, PluginError, closest
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry


@dataclass(frozen=True)
class Written:
    """What was written: ``size`` in bytes, of so many ``files``; ``lost``: what the format cannot hold, counted."""

    size: int
    files: int
    lost: Mapping[str, int]


def writers(registry: Registry) -> list[str]:
    """List the formats that can be written.

    Args:
        registry: The installed plugins; broken ones are passed over.

    Returns:
        Their names, sorted.
    """
    return [
        plugin.name
        for plugin in registry.discover("datasets")
        if isinstance(plugin.description, DatasetPlugin) and plugin.description.writer
    ]


def writer_of(format_name: str, registry: Registry) -> DatasetPlugin:
    """Find the plugin that writes a format.

    Args:
        format_name: The name of the format.
        registry: The installed plugins.

    Returns:
        Its description.

    Raises:
        InputError: If there is no such format, or if it cannot be written.
    """
    names = writers(registry)
    if format_name not in registry.names("datasets"):
        raise InputError(f"unknown format {format_name!r}; {closest(format_name, names)}")
    plugin: DatasetPlugin = registry.describe("datasets", format_name)
    if not plugin.writer:
        raise InputError(f"{format_name} cannot be written; formats that can: {', '.join(names)}")
    return plugin


def check_target(out: Path, source: Path | None, force: bool) -> None:
    """Check that writing replaces nothing by accident.

    Args:
        out: Where something is to be written.
        source: What is read.
        force: Whether ``out`` may be replaced.

    Raises:
        InputError: If ``out`` is ``source``, lies inside or around it, or exists and may not be replaced.
    """
    if source is not None and source.exists():
        one, other = out.resolve(), source.resolve()
        if one == other or one in other.parents or other in one.parents:
            raise InputError(f"{out}: is what is read, or lies inside or around it; write elsewhere")
    if not force and not output_target(out)[1] and (out.exists() or out.is_symlink()):
        raise InputError(f"{out}: exists already; --force replaces it")


def write(reading: Reading, plugin: DatasetPlugin, out: Path) -> Written:
    """Write a reading, whole or not at all, replacing what an earlier conversion wrote.

    Args:
        reading: What is written.
        plugin: The format.
        out: A file, or a folder, as the format has it.

    Returns:
        The size of what was written, and counts of what the format cannot hold.

    Raises:
        CorpusError: For what the format cannot hold at all.
        InputError: If ``out`` cannot be written, or holds files of another kind.
        PluginError: If the writer cannot be imported.
    """
    try:
        writer = implementation(plugin.writer)
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"dataset {plugin.name!r}: {plugin.writer} cannot be imported: {reason}") from error
    try:
        target, direct = output_target(out)
        if not direct:
            target.parent.mkdir(parents=True, exist_ok=True)
        # Beside its place, so that to move it there is one step; under its own name, for a writer goes by the suffix.
        beside = None if direct else target.parent
        with tempfile.TemporaryDirectory(dir=beside, prefix=f".{target.name}-") as folder:
            draft = Path(folder) / out.name
            try:
                lost = writer(reading, draft)
            except CorpusError as error:
                raise type(error)(str(error).replace(str(draft), str(out))) from error
            files = [file for file in sorted(draft.rglob("*")) if file.is_file()] if draft.is_dir() else [draft]
            written = Written(sum(file.stat().st_size for file in files), len(files), dict(lost))
            if direct:
                _pass_on(out, draft)
            else:
                _replace(target, draft, Path(folder) / "former")
    except OSError as error:
        raise InputError(f"{out}: cannot be written ({error.strerror or error})") from error
    return written


def _pass_on(out: Path, draft: Path) -> None:
    """Write a file to a FIFO or a device."""
    if draft.is_dir():
        raise InputError(f"{out}: is no folder, and a folder is to be written; choose another name")
    with draft.open("rb") as content, out.open("wb") as file:
        shutil.copyfileobj(content, file)


def _replace(out: Path, draft: Path, aside: Path) -> None:
    """Move the draft into place; a folder that stands there goes aside first, and back if the move fails."""
    if not out.is_dir():
        if draft.is_dir() and out.exists():
            raise InputError(f"{out}: is a file, and a folder is to be written; take it away or choose another name")
        move(draft, out)
        return
    if not draft.is_dir():
        raise InputError(f"{out}: is a folder, and a file is to be written; take it away or choose another name")
    ours = {file.suffix for file in draft.rglob("*") if file.is_file()}
    for file in out.rglob("*"):
        if not file.is_dir() and file.suffix not in ours:
            raise InputError(f"{out}: holds {file.relative_to(out)}, which is not of this form; not replaced")
    replace_folder(out, draft, aside)
