"""Hashes of plain data, and of the files that a benchmark names: others make another cell."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from adrbench._system.variables import expand


def content_hash(content: object) -> str:
    """Hash plain data.

    Args:
        content: What JSON can hold. The order of a mapping's names plays no part.

    Returns:
        The sha256 of its canonical JSON, 64 hexadecimal digits.
    """
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class FileHashes:
    """Hashes of files and folders; each is read once, however many parameters name it."""

    def __init__(self) -> None:
        self._known: dict[Path, str] = {}

    def named_in(self, params: Mapping[str, Any], folder: Path) -> dict[str, str]:
        """Hash the files and folders that parameters name.

        Args:
            params: Plain data. Any string in it may be a path.
            folder: Where relative paths start.

        Returns:
            The sha256 of every file or folder, by the name that it has in ``params``. Environment variables in a name
            are expanded to find the file.
        """
        hashes = {}
        for name, path in files_named_in(params, folder).items():
            # What may not be read is no file of ours.
            with suppress(OSError):
                hashes[name] = self.of(path.resolve())
        return hashes

    def of(self, path: Path) -> str:
        """Hash a file or a folder.

        Args:
            path: The file or folder.

        Returns:
            The sha256 of the bytes of a file, or of the names and bytes of all files of a folder.
        """
        if path not in self._known:
            self._known[path] = _tree_hash(path)
        return self._known[path]


def files_named_in(params: Any, folder: Path) -> dict[str, Path]:
    """Find the files and folders that parameters name.

    Args:
        params: Plain data. Any string in it may be a path.
        folder: Where relative paths start.

    Returns:
        The path of every file or folder, below ``folder`` where its name is relative, by the name that it has in
        ``params``. Environment variables in a name are expanded to find the file.
    """
    return {name: path for name in _strings(params) if (path := _file(name, folder)) is not None}


def with_full_paths(params: Any, folder: Path) -> Any:
    """Write the full path of every file and folder that parameters name, so that they are found from anywhere.

    Args:
        params: Plain data. Any string in it may be a path.
        folder: Where relative paths start.

    Returns:
        The same data with full paths; links are not resolved.
    """
    if isinstance(params, Mapping):
        return {name: with_full_paths(inner, folder) for name, inner in params.items()}
    if isinstance(params, list | tuple):
        return type(params)(with_full_paths(inner, folder) for inner in params)
    path = next(iter(files_named_in(params, folder).values()), None)
    return params if path is None else str(path.absolute())


def tree_files(path: Path) -> list[Path]:
    """List the files that a file or a folder counts for.

    Args:
        path: The file or folder.

    Returns:
        The file itself, or all files below the folder, sorted.
    """
    # What Python keeps beside its sources is there after a run and says nothing.
    listed = sorted(path.rglob("*")) if path.is_dir() else [path]
    return [file for file in listed if file.is_file() and "__pycache__" not in file.relative_to(path).parts]


def file_hash(path: Path) -> str:
    """Hash the bytes of a file.

    Args:
        path: The file.

    Returns:
        The sha256, 64 hexadecimal digits.
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _file(name: str, folder: Path) -> Path | None:
    """The file or folder of a name; None if there is none."""
    # A bare word is a name, not a file that happens to lie about; dots and slashes alone are punctuation.
    if not ("/" in name or "." in name) or not name.strip("./") or name.startswith("package:"):
        return None
    # What is too long for a path, may not be looked at, or is nobody's home, is no file of ours.
    with suppress(OSError, RuntimeError):
        path = folder / Path(expand(name)).expanduser()
        return path if path.exists() else None
    return None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if 0 < len(value) < 4096 and "\0" not in value:  # noqa: PLR2004  (no longer path exists)
            yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _strings(inner)


def _tree_hash(path: Path) -> str:
    digest = hashlib.sha256()
    for file in tree_files(path):
        digest.update(f"{file.relative_to(path).as_posix()} {file_hash(file)}\n".encode())
    return digest.hexdigest()
