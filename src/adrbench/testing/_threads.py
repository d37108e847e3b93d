"""How many threads want to compute at the same time, seen from outside the process."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from statistics import fmean

from adrbench._system.processes import descendants


class ThreadWatch:
    """Counts the running threads of a process and its children now and then; 0 without ``/proc`` (no Linux).

    A thread that waits for a processor counts as running, so other load on the machine makes no difference.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._running: list[int] = []

    def look(self) -> None:
        """Count the threads that run now."""
        if running := sum(map(_running_threads, (self._pid, *descendants(self._pid)))):
            self._running.append(running)

    @property
    def threads(self) -> float:
        """The mean number of threads, of the moments at which any ran; 0 if none was seen to."""
        return fmean(self._running) if self._running else 0.0


def _running_threads(pid: int) -> int:
    running = 0
    for stat in Path(f"/proc/{pid}/task").glob("*/stat"):
        # The state follows the name, which stands in parentheses and may hold any character.
        with suppress(OSError):
            running += stat.read_text(encoding="utf-8", errors="replace").rpartition(") ")[2].startswith("R")
    return running
