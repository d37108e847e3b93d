"""How many threads compute at the same time, seen from outside the process."""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress

import psutil

# Processor time is told in hundredths of a second.
_WINDOW_SECONDS = 0.25
_LEAST_SECONDS = 0.05


class ThreadWatch:
    """Looks at a process and its children now and then.

    Within a window of time, the effective number of threads is (sum of t)² / sum of t², where t is the processor time
    of each: 2 for two that work alike, nearly 1 for one that works and one that feeds it. On a busy machine both get
    less time, but alike, so the number is the same: that is why it isn't processor time by wall time.

    A process and its child may take turns, as a program does with what it answers. So the threads of the process and
    those of its descendants are counted apart, and both together only as far as they keep several processors busy.
    """

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._last: dict[tuple[int, int], float] = {}
        self._looked = 0.0
        self._windows: list[tuple[float, float]] = []

    def look(self) -> None:
        """End a window if it is time to."""
        now = time.monotonic()
        if now - self._looked < _WINDOW_SECONDS:
            return
        before, self._looked = self._looked, now
        times = _processor_times(self._pid)
        if self._last:
            used = {thread: seconds - self._last.get(thread, 0.0) for thread, seconds in times.items()}
            total = sum(used.values())
            if total >= _LEAST_SECONDS:
                own, others = (
                    [t for (pid, _), t in used.items() if (pid == self._pid) is which] for which in (True, False)
                )
                together = min(_effective(used.values()), total / (now - before))
                self._windows.append((total, max(_effective(own), _effective(others), together)))
        self._last = times or self._last

    @property
    def threads(self) -> float:
        """The effective number of threads, windows weighted by the processor time in them; 0 if nothing was seen."""
        total = sum(seconds for seconds, _ in self._windows)
        return sum(seconds * number for seconds, number in self._windows) / total if total else 0.0


def _effective(seconds: Collection[float]) -> float:
    squares = sum(one**2 for one in seconds)
    return sum(seconds) ** 2 / squares if squares else 0.0


def _processor_times(pid: int) -> dict[tuple[int, int], float]:
    times: dict[tuple[int, int], float] = {}
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            # Not every system tells.
            with suppress(psutil.Error, NotImplementedError):
                times |= {(one.pid, thread.id): thread.user_time + thread.system_time for thread in one.threads()}
    return times
