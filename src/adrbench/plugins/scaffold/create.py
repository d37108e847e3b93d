"""Writes the distribution of a new plugin, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.plugins.scaffold._distribution import distribution
from adrbench.plugins.scaffold._names import Kind, check_name


def create(kind: Kind, name: str, registry: Registry, folder: Path | None = None, author: str = "") -> tuple[str, ...]:
    """Write the distribution of a working plugin, for its author to go on from.

    Args:
        kind: The kind of plugin.
        name: The plugin's name.
        registry: The installed plugins.
        folder: The folder to write, which must be new or empty; None: ``NAME`` in the working directory.
        author: The author, for the licence.

    Returns:
        The paths of the files in the folder.

    Raises:
        InputError: If the name is not valid or taken, or the folder is not empty or cannot be written.
    """
    check_name(name, kind, registry)
    if not author.isprintable():
        raise InputError(f"an author's name is one line of text, not {author!r}")
    files = distribution(kind, name, author)
    _write(files, Path(name) if folder is None else folder)
    return tuple(files)


def _write(files: Mapping[str, str], folder: Path) -> None:
    try:
        there = folder.exists() or folder.is_symlink()
        if there and not folder.is_dir():
            raise InputError(f"{folder} is a file, not a folder; give another --folder")
        if there and any(folder.iterdir()):
            raise InputError(f"{folder} is not empty; give another --folder")
        target = folder.resolve()
        if not target.parent.is_dir():
            raise InputError(f"{folder}: there is no folder {target.parent}; make it first")
        with TemporaryDirectory(prefix=".adrbench-new-", dir=target.parent) as beside:
            made = Path(beside) / "made"
            for path, text in files.items():
                file = made / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            if there:
                # Somebody may stand in it, so it stays the folder that it is.
                _fill(target, made)
            else:
                made.rename(target)
    except OSError as error:
        raise InputError(f"{folder} cannot be written: {error.strerror or error}") from error


def _fill(target: Path, made: Path) -> None:
    moved: list[Path] = []
    try:
        for entry in sorted(made.iterdir()):
            moved += [entry.rename(target / entry.name)]
    except OSError:
        for entry in moved:
            entry.rename(made / entry.name)
        raise
