"""Where downloads and derived files are kept on this machine, and how a file is written whole or not at all."""

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


def write_atomically(path: Path, text: str) -> None:
    """Write UTF-8 text so that the file holds all of it or what it held before, even if the process is killed.

    Args:
        path: The file. Its folder is made if need be.
        text: The text.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise
