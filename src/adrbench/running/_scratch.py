"""The folder for what a run's cells read and write on the way; that of a run that was killed is removed by the next."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PREFIX = "adrbench-run-"
_LOCK = ".adrbench-scratch"
_UNMARKED_SECONDS = 24 * 3600


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make an empty folder, and remove those of runs that are gone.

    Yields:
        The folder; it is removed when the context closes.
    """
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    try:
        # Held as long as this process lives, and by no child: files are not inherited.
        # It gets its name when it is held: another run that starts now must not take the folder for one that is gone.
        with (folder / f"{_LOCK}.new").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            (folder / f"{_LOCK}.new").rename(folder / _LOCK)
            yield folder
    finally:
        remove(folder)


def remove(folder: Path) -> None:
    """Remove a folder with all that a cell may have put there: deeper than Python removes, or closed to its owner.

    Args:
        folder: The folder. A link in its place is removed, and what that leads to stays.
    """
    with suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if not os.path.lexists(folder):
        return
    if not folder.is_symlink():
        _call("chmod", "-R", "u+rwx", "--", str(folder))
    _call("rm", "-rf", "--", str(folder))


def _call(*command: str) -> None:
    with suppress(OSError):
        subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)  # noqa: S603  (our own)


def _sweep() -> None:
    """Remove folders with our mark whose run holds them no longer."""
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        with suppress(OSError):
            # Others' folders, and what a link leads to, are none of our business.
            if lock.is_symlink() or lock.parent.is_symlink() or lock.stat().st_uid != os.getuid():
                continue
            with lock.open("r+") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                remove(lock.parent)
    _sweep_unmarked()


def _sweep_unmarked() -> None:
    """Remove folders of runs that were killed before they had marked them. They are empty then, and stay so."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            facts = folder.lstat()
            ours = stat.S_ISDIR(facts.st_mode) and facts.st_uid == os.getuid()
            # No run takes a day to mark its folder.
            if ours and time.time() - facts.st_mtime > _UNMARKED_SECONDS:
                (folder / f"{_LOCK}.new").unlink(missing_ok=True)
                folder.rmdir()  # which fails if anything is in it
