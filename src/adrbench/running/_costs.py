"""What a cell costs: wall and processor time and energy of its phases, and its peak memory; with child processes."""

from __future__ import annotations

import os
import resource
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from adrbench._system.processes import descendants, peak_bytes, processor_seconds
from adrbench.running._energy import Counter, watched

_LOOK_SECONDS = 0.1


class Meter:
    """Meters the phases of a cell. ``seconds`` and ``cpu_seconds`` hold wall and processor time by phase.

    ``counters``: where energy is read (``adrbench.running._energy.counters``). ``family``: who watches
    the child processes.
    """

    def __init__(self, counters: Sequence[Counter] = (), family: Family | None = None) -> None:
        self._family = family
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}
        self._counters = list(counters)
        self._joules: dict[str, dict[str, float]] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Meter what happens inside, child processes included in the processor time, running or ended."""
        with watched(self._counters):
            joules = [counter.joules() for counter in self._counters]
            wall, cpu = time.perf_counter(), _processor_time()
            try:
                yield
            finally:
                self.seconds[name] = time.perf_counter() - wall
                # A child that left the family took its time with it.
                self.cpu_seconds[name] = max(0.0, _processor_time() - cpu)
                if self._family is not None:
                    self._family.look()
                spent = zip(self._counters, joules, [counter.joules() for counter in self._counters], strict=True)
                self._joules[name] = {
                    counter.source: after - before
                    for counter, before, after in spent
                    if before is not None and after is not None
                }

    @property
    def energy_from(self) -> list[str]:
        """The sources that could tell for every phase: ``nvml`` (the GPU), ``rapl`` (the processor packages)."""
        sources = (counter.source for counter in self._counters)
        return [source for source in sources if all(source in told for told in self._joules.values())]

    @property
    def energy_joules(self) -> dict[str, float] | None:
        """Energy by phase, of these sources together; None where no source could tell."""
        sources = self.energy_from
        if not sources:
            return None
        return {name: sum(told[source] for source in sources) for name, told in self._joules.items()}


def _processor_time() -> float:
    """Seconds of this process, of its descendants that run, and of those that have ended."""
    times = os.times()
    return (
        times.user
        + times.system
        + times.children_user
        + times.children_system
        + sum(map(processor_seconds, descendants()))
    )


class Family:
    """Watches the memory of a process's children, a few times a second, on a thread that ends with the process.

    The kernel keeps the peak of each process that lives, so only a child that lives for less than a tenth of a second,
    or grows in its last one, is seen smaller than it was. (What the kernel keeps of ended children, ``ru_maxrss``, is
    of no use: it includes the parent from which a child was made.)
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._peak = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.look()
            time.sleep(_LOOK_SECONDS)

    def look(self) -> None:
        """Read the peaks of all children that live now."""
        together = sum(map(peak_bytes, descendants()))
        with self._lock:
            self._peak = max(self._peak, together)

    def peak_memory_bytes(self) -> int:
        """The peaks of children that lived at one time, added up: the most of these sums, 0 if there were none.

        An upper bound of what they held together: their peaks need not fall together, and what they share counts for
        each.
        """
        self.look()
        return self._peak


def peak_memory_bytes() -> int:
    """The most resident memory this process ever had, children apart.

    ``VmHWM`` where the kernel has it: unlike ``ru_maxrss`` it starts anew when a process becomes another program, so
    the parent's memory is not counted.
    """
    if peak := peak_bytes("self"):
        return peak
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def peak_gpu_memory_bytes() -> int | None:
    """The most GPU memory that torch reserved in this process; None where torch or a GPU was not used."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.max_memory_reserved())
