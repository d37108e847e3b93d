"""What a cell costs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from adrbench.running._costs import Family, Meter, peak_gpu_memory_bytes, peak_memory_bytes

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
    code = "from adrbench.running._costs import peak_memory_bytes; print(peak_memory_bytes())"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(child.stdout) < 200 * MIB < len(block)


def test_no_gpu_memory_without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch was never imported there is nothing to report."""
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert peak_gpu_memory_bytes() is None


HUNGRY = """
import sys, time
block = b"x" * (200 << 20)
while time.process_time() < 0.5: pass
print("done", flush=True)
sys.stdin.read()
"""


def test_children_count_while_they_run_and_when_they_have_ended() -> None:
    """Memory and processor time of a child's child are there before it ends, and stay when it has."""
    family = Family()
    meter = Meter((), family)
    through_a_shell = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, HUNGRY]
    with subprocess.Popen(through_a_shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with meter.phase("running"):
            process.stdout.readline()
        before = family.peak_memory_bytes()
        with meter.phase("ending"):
            process.stdin.close()
            process.wait()
    assert meter.cpu_seconds["running"] >= 0.45
    assert meter.cpu_seconds["ending"] < 0.45
    assert family.peak_memory_bytes() >= before > 200 * MIB
