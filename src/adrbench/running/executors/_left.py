"""What a cell's process leaves in its folder: read as the work of a stranger, who may have put anything there."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from adrbench._system.paths import write_atomically

# Thousands of trials have less.
_MOST_OF_JOURNAL = 2**26


class TooLarge(ValueError):  # noqa: N818  (what is the matter, not only that something is)
    """A file has more bytes than it may have."""


def read_left(path: Path, most: int) -> bytes | None:
    """Read a file that a cell has left.

    Args:
        path: The file.
        most: The largest number of bytes.

    Returns:
        Its content. None if there is no regular file: a link could lead anywhere, and a pipe would be waited for.

    Raises:
        TooLarge: If it has more bytes.
        OSError: If it cannot be read.
    """
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    with os.fdopen(number, "rb") as file:
        facts = os.fstat(number)
        if not stat.S_ISREG(facts.st_mode):
            return None
        if facts.st_size <= most:
            content = file.read(most + 1)
            # It may have grown.
            if len(content) <= most:
                return content
    raise TooLarge(f"it has more than {most:,} bytes")


def wrong_in_model(folder: Path) -> str | None:
    """Say why a model that a cell has left cannot be kept.

    Args:
        folder: Its folder.

    Returns:
        The reason: it has something that is no file and no folder. A link could lead to anything of the user's. None if
        it can be kept.
    """
    for root, folders, files in os.walk(folder):
        for name in (*folders, *files):
            mode = os.lstat(os.path.join(root, name)).st_mode  # noqa: PTH118  (it may be deep)
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
                return f"its model has {name!r}, which is neither a file nor a folder"
    return None


class Journal:
    """The journal of a cell's study: the cell writes it in its own folder, and what it writes is kept by the run.

    Args:
        kept: Where it is kept, with the trials of earlier runs.
        folder: A folder of the cell's, which is made.
    """

    def __init__(self, kept: Path, folder: Path) -> None:
        folder.mkdir()
        self.path = folder / kept.name
        self._kept = kept
        if kept.is_file():
            self.path.write_bytes(kept.read_bytes())
        self._seen = self._state()

    def keep(self) -> None:
        """Keep what is new."""
        state = self._state()
        if state == self._seen:
            return
        self._seen = state
        # Where the disk is full, the cell's result says so; what is kept of the study stays.
        with suppress(OSError, TooLarge):
            content = read_left(self.path, _MOST_OF_JOURNAL)
            if content is not None:
                write_atomically(self._kept, content)
                return
            # A study without a single success is put aside, so that the next run tries again.
            failed = f"{self._kept.name}.failed"
            if (self.path.parent / failed).is_file():
                self._kept.replace(self._kept.with_name(failed))

    def _state(self) -> tuple[int, int, int] | None:
        with suppress(OSError):
            found = self.path.lstat()
            return found.st_ino, found.st_size, found.st_mtime_ns
        return None
