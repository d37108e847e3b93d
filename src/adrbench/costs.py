"""What a cell costs: wall and processor time and energy of its phases, and the peak memory of its own process."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from adrbench.energy import Counter, watched


class Meter:
    """Meters the phases of a cell. ``seconds`` and ``cpu_seconds`` hold wall and processor time by phase.

    ``counters``: where energy is read (``adrbench.energy.counters``).
    """

    def __init__(self, counters: Sequence[Counter] = ()) -> None:
        self.seconds: dict[str, float] = {}
        self.cpu_seconds: dict[str, float] = {}
        self._counters = list(counters)
        self._joules: dict[str, dict[str, float]] = {}

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Meter what happens inside, children that have ended included in the processor time."""
        with watched(self._counters):
            joules = [counter.joules() for counter in self._counters]
            wall, cpu = time.perf_counter(), _processor_time()
            try:
                yield
            finally:
                self.seconds[name] = time.perf_counter() - wall
                self.cpu_seconds[name] = _processor_time() - cpu
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
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def peak_memory_bytes() -> int:
    """The most resident memory this process ever had.

    ``VmHWM`` where the kernel has it: unlike ``ru_maxrss`` it starts anew when a process becomes another program, so
    the parent's memory is not counted.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def peak_gpu_memory_bytes() -> int | None:
    """The most GPU memory that torch reserved in this process; None where torch or a GPU was not used."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_available() or not torch.cuda.is_initialized():
        return None
    return int(torch.cuda.max_memory_reserved())
