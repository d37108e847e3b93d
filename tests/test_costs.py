"""What a cell costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adrbench.costs import Meter, peak_gpu_memory_bytes, peak_memory_bytes

MIB = 2**20


def test_phases_are_kept_apart_even_when_they_fail() -> None:
    """Each phase has its wall and processor time; one that raises has, too, and the error goes on."""
    meter = Meter()
    with meter.phase("fit"):
        sum(range(200_000))
    with pytest.raises(RuntimeError), meter.phase("predict"):
        raise RuntimeError
    assert list(meter.seconds) == list(meter.cpu_seconds) == ["fit", "predict"]
    assert meter.seconds["fit"] > 0
    assert all(seconds >= 0 for seconds in (*meter.seconds.values(), *meter.cpu_seconds.values()))


def test_the_peak_is_of_what_was_ever_held() -> None:
    """Memory that was given back still counts."""
    before = peak_memory_bytes()
    block = bytearray(200 * MIB)
    block[::4096] = b"x" * len(block[::4096])
    del block
    assert peak_memory_bytes() >= max(before, 200 * MIB)


def test_a_child_does_not_inherit_its_parents_peak() -> None:
    """A process of its own begins at its own size, however large the one that started it."""
    block = bytearray(400 * MIB)
    block[::4096] = b"x" * len(block[::4096])
    code = "from adrbench.costs import peak_memory_bytes; print(peak_memory_bytes())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(child.stdout) < 200 * MIB < len(block)


def test_no_gpu_memory_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch was never imported there is nothing to report."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert peak_gpu_memory_bytes() is None
