"""Energy counters, on a folder made like the kernel's, and on a stand-in for NVIDIA's library."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.running._costs import Meter
from adrbench.running._energy import Counter, Nvml, Rapl, counters, watched

RANGE = 1_000_000


def zone(folder: Path, place: str, name: str, energy: int = 0) -> Path:
    """A zone as the kernel shows it, of a range of one joule."""
    made = folder / f"intel-rapl:{place}"
    made.mkdir(parents=True)
    (made / "name").write_text(f"{name}\n")
    (made / "max_energy_range_uj").write_text(f"{RANGE}\n")
    use(made, energy)
    return made


def use(made: Path, energy: int) -> None:
    """Set what a zone shows, in microjoules."""
    (made / "energy_uj").write_text(f"{energy}\n")


def test_packages_are_summed_and_nothing_counts_twice(tmp_path: Path) -> None:
    """Two packages count; a zone of a package and the whole platform do not."""
    made = [
        zone(tmp_path, *names) for names in (("0", "package-0"), ("1", "package-1"), ("0:0", "core"), ("2", "psys"))
    ]
    rapl = Rapl(tmp_path)
    for one, energy in zip(made, (200_000, 300_000, 150_000, 900_000), strict=True):
        use(one, energy)
    assert rapl.joules() == pytest.approx(0.5)


@given(st.lists(st.integers(0, RANGE - 1), min_size=1, max_size=20))
def test_a_counter_that_starts_again_goes_on(tmp_path_factory: pytest.TempPathFactory, steps: list[int]) -> None:
    """Read once a turn at least, the sum is that of all steps, however often it starts again."""
    made = zone(tmp_path_factory.mktemp("rapl"), "0", "package-0", 700_000)
    rapl, shown = Rapl(made.parent), 700_000
    for step in steps:
        shown = (shown + step) % RANGE
        use(made, shown)
        rapl.joules()
    assert rapl.joules() == pytest.approx(sum(steps) / 1e6)


@pytest.mark.parametrize("broken", ["no folder", "no number", "no zone"])
def test_what_cannot_be_read_is_no_counter(tmp_path: Path, broken: str) -> None:
    """Neither a missing folder nor a file that holds no number is an error of the cell's."""
    if broken == "no number":
        (zone(tmp_path, "0", "package-0") / "energy_uj").write_text("?")
    elif broken == "no zone":
        zone(tmp_path, "0:0", "core")
    folder = tmp_path / "none" if broken == "no folder" else tmp_path
    assert counters("cpu", folder) == ()
    assert Meter(counters("cpu", folder)).energy_joules is None


def test_the_meter_tells_energy_by_phase(tmp_path: Path) -> None:
    """Each phase has its own joules, one that raises too; what happens between phases is nobody's."""
    made = zone(tmp_path, "0", "package-0")
    meter = Meter(counters("cpu", tmp_path))
    with meter.phase("fit"):
        use(made, 250_000)
    use(made, 400_000)

    def fail() -> None:
        use(made, 100_000)
        raise RuntimeError

    with pytest.raises(RuntimeError), meter.phase("predict"):
        fail()
    assert meter.energy_joules == pytest.approx({"fit": 0.25, "predict": 0.7})
    assert meter.energy_from == ["rapl"]


def test_a_source_that_fails_on_the_way_tells_nothing(tmp_path: Path) -> None:
    """Half of a cell's energy is no figure."""
    made = zone(tmp_path, "0", "package-0")
    meter = Meter(counters("cpu", tmp_path))
    with meter.phase("fit"):
        use(made, 250_000)
    with meter.phase("predict"):
        (made / "energy_uj").unlink()
    assert (meter.energy_joules, meter.energy_from) == (None, [])


def test_a_counter_is_watched_while_something_long_goes_on(tmp_path: Path) -> None:
    """It starts again twice in one phase, and both turns are seen."""
    made = zone(tmp_path, "0", "package-0")
    read = threading.Event()

    class Seen(Rapl):
        def joules(self) -> float | None:
            found = super().joules()
            read.set()
            return found

    rapl = Seen(tmp_path)
    with watched([rapl], 0.001):
        for shown in (600_000, 200_000, 800_000, 400_000):
            # A file is empty for a moment while it is written anew, and then says nothing.
            (tmp_path / "next").write_text(str(shown))
            (tmp_path / "next").replace(made / "energy_uj")
            for _ in range(2):
                # The first reading may have begun before the file was replaced.
                read.clear()
                assert read.wait(120)
    assert rapl.joules() == pytest.approx(2.4)


class Library(ModuleType):
    """Stands for NVIDIA's library with two GPUs, of which the second has used 3,000 millijoules."""

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.used = {1: 3000}
        self.nvmlInit = lambda: None
        self.nvmlDeviceGetCount = lambda: 2
        self.nvmlDeviceGetHandleByIndex = lambda i: i
        self.nvmlDeviceGetTotalEnergyConsumption = self.used.__getitem__


def test_the_gpu_of_the_cell_counts_beside_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the visible GPUs the first one, in millijoules; both sources are named and summed."""
    library = Library()
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,0")
    made = zone(tmp_path, "0", "package-0")
    meter = Meter(counters("cuda:0", tmp_path))
    with meter.phase("fit"):
        library.used[1] = 5000
        use(made, 500_000)
    assert meter.energy_joules == pytest.approx({"fit": 2.5})
    assert meter.energy_from == ["nvml", "rapl"]


def test_a_gpu_that_cannot_tell_leaves_the_processor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An older GPU, or a part of one, is no source."""
    monkeypatch.setitem(sys.modules, "pynvml", Library())
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    zone(tmp_path, "0", "package-0")
    found: tuple[Counter, ...] = counters("cuda:0", tmp_path)
    assert [counter.source for counter in found] == ["rapl"]
    assert Nvml(0).joules() is None


def test_a_cell_on_the_processor_does_not_ask_for_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NVIDIA's library is not even loaded."""
    monkeypatch.delitem(sys.modules, "pynvml", raising=False)
    assert counters("cpu", tmp_path) == ()
    assert "pynvml" not in sys.modules
