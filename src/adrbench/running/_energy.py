"""The energy that a machine says it has used, from counters of its own.

``nvml``: one NVIDIA GPU, all of it, whoever uses it (Volta and newer; not parts of a MIG card). ``rapl``: the processor
packages, without memory, all that runs on them: on a busy machine more than the cell's own share. Linux lets only root
read the latter, unless told otherwise; a counter that cannot be read is none.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from adrbench._system.repetition import repeated

POWERCAP = Path("/sys/class/powercap")
_WATCH_SECONDS = 60.0


class Counter(Protocol):
    """A counter that only grows. ``source`` names what it is read from."""

    source: str

    def joules(self) -> float | None:
        """Its state in joules; None if it cannot be read any more."""
        ...


class Rapl:
    """The packages below a folder of the Linux power capping framework, together. Raises ``OSError`` if unreadable.

    Each counts microjoules up to ``max_energy_range_uj`` and starts again, every ten minutes or so under full load, so
    it must be read more often than that.
    """

    source = "rapl"

    def __init__(self, folder: Path = POWERCAP) -> None:
        # Zones of zones (cores, memory) are inside a package or unlike one; psys is the packages and more, once again.
        zones = [zone for zone in sorted(folder.glob("intel-rapl:*")) if re.fullmatch(r"intel-rapl:\d+", zone.name)]
        self._zones = [zone for zone in zones if _text(zone / "name").startswith("package")]
        if not self._zones:
            raise FileNotFoundError(f"{folder}: no processor package")
        self._ranges = [_number(zone / "max_energy_range_uj") for zone in self._zones]
        self._last = self._read()
        self._total = 0
        self._lock = threading.Lock()

    def _read(self) -> list[int]:
        return [_number(zone / "energy_uj") for zone in self._zones]

    def joules(self) -> float | None:
        """Joules since this counter was made."""
        with self._lock:
            try:
                now = self._read()
            except OSError:
                return None
            for before, after, most in zip(self._last, now, self._ranges, strict=True):
                self._total += after - before if after >= before else after + most - before
            self._last = now
            return self._total / 1e6


class Nvml:
    """A GPU, by its handle in NVIDIA's library."""

    source = "nvml"

    def __init__(self, card: Any) -> None:
        self._card = card

    def joules(self) -> float | None:
        """Joules since the driver was loaded."""
        try:
            import pynvml  # noqa: PLC0415  (only where there is a GPU)

            return float(pynvml.nvmlDeviceGetTotalEnergyConsumption(self._card)) / 1e3
        except Exception:  # noqa: BLE001  (an older GPU, part of one, or a driver that went away)
            return None


def counters(device: str, powercap: Path = POWERCAP) -> tuple[Counter, ...]:
    """What can be read here for a cell that computes on ``device``: its GPU, if that is no processor, and RAPL."""
    available: list[Counter] = []
    if device != "cpu":
        from adrbench._system import machine  # noqa: PLC0415  (most cells need no more than a folder)

        # A cell has one device, the first that CUDA shows it.
        available += [Nvml(card) for card in machine.cards()[:1]]
    with suppress(OSError):
        available.append(Rapl(powercap))
    return tuple(counter for counter in available if counter.joules() is not None)


@contextmanager
def watched(counters: Sequence[Counter], seconds: float = _WATCH_SECONDS) -> Iterator[None]:
    """Read counters every now and then, so that one that starts again does not do so twice unseen."""
    wrapping = [counter for counter in counters if isinstance(counter, Rapl)]
    if not wrapping:
        yield
        return

    def watch() -> None:
        for counter in wrapping:
            counter.joules()

    with repeated(watch, seconds):
        yield


def _text(path: Path) -> str:
    return path.read_text(encoding="ascii", errors="replace").strip()


def _number(path: Path) -> int:
    text = _text(path)
    if not text.isdecimal():
        raise OSError(f"{path}: no number")
    return int(text)
