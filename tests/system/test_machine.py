"""The machine that a figure was measured on."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import pytest

from adrbench._system import machine


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_hidden_gpus_are_none(monkeypatch: pytest.MonkeyPatch, hidden: str) -> None:
    """What CUDA may not see is not counted."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", hidden)
    assert machine.gpus() == ()
    assert "no GPU" in machine.describe(machine.fingerprint())


class Nvml(ModuleType):
    """Stands for NVIDIA's library on a machine with three GPUs, of which it always sees all."""

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.nvmlInit = lambda: None
        self.nvmlDeviceGetCount = lambda: 3
        self.nvmlDeviceGetHandleByIndex = lambda i: i
        self.nvmlDeviceGetUUID = lambda handle: f"GPU-{'abc'[handle] * 8}-0000"
        self.nvmlDeviceGetHandleByUUID = {"MIG-d": "part"}.__getitem__
        self.nvmlDeviceGetName = lambda handle: f"card {handle}"


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        (None, ("card 0", "card 1", "card 2")),
        ("2", ("card 2",)),
        ("2, 0", ("card 2", "card 0")),
        ("GPU-bbbb,0", ("card 1", "card 0")),
        ("1,-1,0", ("card 1",)),
        ("MIG-d,1", ("card part", "card 1")),
        ("7,0", ()),
        ("-1", ()),
    ],
)
def test_only_visible_gpus_count(monkeypatch: pytest.MonkeyPatch, visible: str | None, names: tuple[str, ...]) -> None:
    """``CUDA_VISIBLE_DEVICES`` chooses as CUDA reads it: by number or UUID, and nothing after a wrong entry."""
    monkeypatch.setitem(sys.modules, "pynvml", Nvml())
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert machine.gpus() == names


def test_the_missing_library_of_gpus_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without it no GPU is found, whatever the machine has; not where there is none to find."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert "pip install 'adrbench[gpu]'" in machine.gpu_advice()
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert machine.gpu_advice() == ""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    monkeypatch.setattr(sys, "platform", "darwin")
    assert machine.gpu_advice() == ""


def test_the_library_of_gpus_is_not_named_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Then there is no GPU, or no driver."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    library = Nvml()
    library.__spec__ = ModuleSpec("pynvml", None)
    monkeypatch.setitem(sys.modules, "pynvml", library)
    assert machine.gpu_advice() == ""


def test_a_machine_with_other_gpus_is_another_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The id stands for all facts together; without change it stays."""
    monkeypatch.setattr(machine, "gpus", lambda: ())
    plain = machine.fingerprint()
    assert machine.fingerprint() == plain
    monkeypatch.setattr(machine, "gpus", lambda: ("NVIDIA H100",))
    assert machine.fingerprint()["id"] != plain["id"]
    assert "NVIDIA H100" in machine.describe(machine.fingerprint())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("AMD EPYC", "AMD EPYC (family 26, model 2)"),
        ("AMD EPYC 7763 64-Core Processor", "AMD EPYC 7763 64-Core Processor"),
        ("AMD EPYC 9R14", "AMD EPYC 9R14"),
        ("Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz", "Intel(R) Core(TM) i7-8650U CPU @ 1.90GHz"),
        ("Intel(R) Xeon(R) Processor @ 2.60GHz", "Intel(R) Xeon(R) Processor @ 2.60GHz (family 26, model 2)"),
        ("QEMU Virtual CPU version 2.5+", "QEMU Virtual CPU version 2.5+ (family 26, model 2)"),
    ],
)
def test_a_processor_whose_model_is_hidden_is_told_by_its_family(name: str, expected: str) -> None:
    """Two generations of a processor have other kernels, so they are no machines of one class."""
    blocks = [f"processor\t: {n}\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: {name}\n" for n in (0, 1)]
    assert machine.processor_name("\n".join(blocks)) == expected


@pytest.mark.parametrize("text", ["", "processor\t: 0\nBogoMIPS\t: 50.00\n", "model name: \ncpu family: 6\nmodel: 1\n"])
def test_a_processor_without_a_name_has_none(text: str) -> None:
    """Arm's file has no model name."""
    assert machine.processor_name(text) == ""


def test_the_description_says_what_matters() -> None:
    """Processor, cores and memory in one line."""
    facts = machine.fingerprint()
    line = machine.describe(facts)
    assert facts["processor"] in line
    assert f"{facts['cores']} cores, {facts['memory_gib']} GiB" in line
    assert "\n" not in line
