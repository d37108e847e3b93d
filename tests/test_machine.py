"""The machine that a figure was measured on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adrbench import machine


@pytest.fixture
def _fresh() -> Iterator[None]:
    """Let the machine be looked at anew, now and afterwards."""
    machine.gpus.cache_clear()
    machine.fingerprint.cache_clear()
    yield
    machine.gpus.cache_clear()
    machine.fingerprint.cache_clear()


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("hidden", ["", "-1"])
def test_hidden_gpus_are_none(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    """What CUDA may not see is not counted."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert machine.gpus() == ()
    assert "no GPU" in machine.describe(machine.fingerprint())


@pytest.mark.usefixtures("_fresh")
def test_a_machine_with_other_gpus_is_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The id stands for all facts together; without change it stays."""
    monkeypatch.setattr(machine, "gpus", lambda: ())
    plain = machine.fingerprint()
    machine.fingerprint.cache_clear()
    assert machine.fingerprint() == plain
    machine.fingerprint.cache_clear()
    monkeypatch.setattr(machine, "gpus", lambda: ("NVIDIA H100",))
    assert machine.fingerprint()["id"] != plain["id"]
    assert "NVIDIA H100" in machine.describe(machine.fingerprint())
    monkeypatch.undo()


def test_the_description_says_what_matters() -> None:
    """Processor, cores and memory in one line."""
    facts = machine.fingerprint()
    line = machine.describe(facts)
    assert facts["processor"] in line
    assert f"{facts['cores']} cores, {facts['memory_gib']} GiB" in line
    assert "\n" not in line
