"""Folders of a run among a machine's temporary files: held while they are used, and swept when their run is gone."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

_PREFIX = "adrbench-ray-"
_LOCK = ".lock"


def folder_of(run: str, use: str) -> Path:
    """The place of a run's folder on this machine.

    Args:
        run: Names the run.
        use: What it is for. Several nodes may be on one machine, and share nothing there either.

    Returns:
        The folder, which need not exist.
    """
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{run}-{use}"


def hold(folder: Path) -> IO[str]:
    """Make a folder, and keep others from sweeping it.

    Args:
        folder: The folder.

    Returns:
        What holds it until it is closed, here and in processes that it is handed to.
    """
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            held = (folder / _LOCK).open("w")
            fcntl.flock(held, fcntl.LOCK_SH)
            # It may have been removed before it was held.
            if (folder / _LOCK).stat().st_ino == os.fstat(held.fileno()).st_ino:
                return held
            held.close()


def sweep(run: str) -> None:
    """Remove what other runs left on this machine, if nobody holds it.

    Args:
        run: The run whose folders stay.
    """
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        if lock.parent.name.startswith(f"{_PREFIX}{run}-"):
            continue
        with suppress(OSError):
            # Others' folders, and what a link leads to, are none of our business.
            if lock.is_symlink() or lock.parent.is_symlink() or lock.stat().st_uid != os.getuid():
                continue
            with lock.open("r+") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)
