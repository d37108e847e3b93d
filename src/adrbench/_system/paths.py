"""Folders for downloads and derived files, and writing of files: whole or not at all."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def cache_folder() -> Path:
    """The cache folder: ``ADRBENCH_CACHE``, else the user's cache folder.

    Returns:
        The folder, which need not exist.
    """
    if chosen := os.environ.get("ADRBENCH_CACHE"):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415  (the process of a cell keeps nothing there)

    return Path(platformdirs.user_cache_dir("adrbench"))


def write_atomically(path: Path, content: str | bytes, *, drafts: Path | None = None) -> None:
    """Write a file so that it holds all of the content or what it held before, even if the process is killed.

    Args:
        path: the file.
        content: bytes, or text that becomes UTF-8 with unchanged line ends.
        drafts: a folder of the same file system for what is not whole yet; by default the file's own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if drafts is not None:
        drafts.mkdir(parents=True, exist_ok=True)
    draft = (drafts or path.parent) / f".{path.name}.{os.getpid()}.part"
    try:
        with draft.open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
