"""Processes that a test has started, directly or not."""

from __future__ import annotations

from contextlib import suppress

import psutil

_CELL = ["-P", "-m", "adrbench.running._cell"]
MARK = "STARTED_BY_TEST"
"""The environment variable that tells them; whatever a process starts inherits it."""


def started_by(name: str, *, cells: bool = False) -> list[psutil.Process]:
    """Processes that live and have ``MARK`` set to a name. ``cells``: only those that are a cell's."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if (
                process.environ().get(MARK) == name
                and process.status() != psutil.STATUS_ZOMBIE
                and (not cells or process.cmdline()[1:4] == _CELL)
            ):
                found.append(process)
    return found


def lives(pid: int) -> bool:
    """Whether a process is there and is not only waiting for its parent to take note of its end."""
    with suppress(psutil.NoSuchProcess):
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    return False
