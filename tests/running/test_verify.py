"""``adrbench verify``: what is wrong with a results folder is found, each time by the check that is for it."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

import adrbench
from adrbench.cli import main
from adrbench.errors import InputError, StoreError
from adrbench.results.predictions import collect, encode
from adrbench.results.store import Store

IDS = [f"s{i}" for i in range(8)]


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a benchmark file, its corpus, and its results: one split, two folds, a dictionary."""
    home = tmp_path_factory.mktemp("verify")
    lines = [
        {"id": name, "text": f"nausea{i % 3} after drug", "spans": [{"start": 0, "end": 7, "label": "ADR"}]}
        for i, name in enumerate(IDS)
    ]
    (home / "corpus.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (home / "b.toml").write_text(
        """
        [benchmark]
        name = "b"
        [[datasets]]
        use = "jsonl"
        path = "corpus.jsonl"
        name = "toy"
        [[splits]]
        kind = "random"
        folds = 2
        [[taggers]]
        id = "dictionary"
        use = "dictionary"
        """
    )
    adrbench.run(home / "b.toml", results=home / "results")
    return home


@pytest.fixture
def home(measured: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(measured, tmp_path / "home"))


def states(home: Path, cells: int = 0) -> dict[str, str]:
    """The state of each check that is not ok, and why."""
    checks = adrbench.verify(home / "results", benchmark=home / "b.toml", cells=cells)
    return {check.name: f"{check.state}: {check.detail}" for check in checks if check.state != "ok"}


def test_a_sound_folder_passes_and_is_not_touched(measured: Path) -> None:
    """Cells that are run again give the same answers."""
    before = {path: path.stat().st_mtime_ns for path in (measured / "results").rglob("*")}
    result = CliRunner().invoke(
        main, ["verify", str(measured / "results"), "--benchmark", str(measured / "b.toml"), "--cells", "1"]
    )
    assert result.exit_code == 0, result.output
    assert result.stdout.count("the same predictions") == 1
    assert "6 figures counted anew" in result.stdout
    assert {path: path.stat().st_mtime_ns for path in (measured / "results").rglob("*")} == before


def test_damage_is_named_and_ends_the_checks(home: Path) -> None:
    """No figure is counted from a damaged file."""
    store = Store(home / "results")
    path = store.path_of_cell(next(store.cell_keys()))
    path.write_bytes(path.read_bytes().replace(b'"fold":', b'"fold" :'))
    told = states(home)
    assert list(told) == ["files"]
    assert str(path) in told["files"]


def test_a_changed_corpus_is_found(home: Path) -> None:
    """A text of the same length, the same gold: its checksum and fingerprint are others."""
    file = home / "corpus.jsonl"
    file.write_text(file.read_text().replace("after drug", "under drug", 1))
    assert states(home) == {"corpus toy": "failed: its files differs from what was kept (and 1 more)"}


def test_folds_that_learn_from_what_they_test_are_found(home: Path) -> None:
    """Written by the store itself, so no checksum tells."""
    store = Store(home / "results")
    [name] = store.names("splits")
    split = store.read_split(name)
    assert split is not None
    store.write_split(name, replace(split, train=(tuple(IDS), tuple(IDS))))
    assert "which it tests" in states(home)["folds"]


def test_a_cell_in_another_place_is_found(home: Path) -> None:
    """The plan takes one fold for the other."""
    store = Store(home / "results")
    plan = store.read_plan()
    [section] = plan.sections
    [row] = section.rows
    turned = replace(row, cells=row.cells[::-1])
    store.write_plan(replace(plan, sections=(replace(section, rows=(turned,)),)))
    assert "is of another place" in states(home)["cells"]


def test_a_cell_that_stands_for_two_folds_has_no_figure(home: Path) -> None:
    """The plan gives its predictions for one fold to the other, too."""
    store = Store(home / "results")
    plan = store.read_plan()
    [section] = plan.sections
    [row] = section.rows
    twice = replace(row, cells=row.cells[:1] * 2)
    store.write_plan(replace(plan, sections=(replace(section, rows=(twice,)),)))
    assert "is of another place" in states(home)["cells"]
    with pytest.raises(StoreError, match="damaged: its predictions are of other documents"):
        adrbench.leaderboard(home / "results")


@pytest.mark.parametrize("documents", [5, 10**12])
def test_predictions_for_more_documents_than_a_fold_has_are_found(home: Path, documents: int) -> None:
    """However many the record claims, no list of them is made, and no command shows the cell's figures."""
    store = Store(home / "results")
    [row] = store.read_plan().sections[0].rows
    record = store.read_cell(row.cells[0])
    assert record is not None
    assert record.answers is not None
    line = store.path_of_cell(record.key).read_bytes().split(b"\n")[2]
    store.write_cell(replace(record, answers=replace(record.answers, documents=documents)), line)
    assert "tests other documents" in states(home)["cells"]
    with pytest.raises(StoreError, match="damaged: its predictions are of other documents"):
        adrbench.leaderboard(home / "results")


def test_other_answers_on_a_machine_of_the_same_kind_fail(home: Path) -> None:
    """Kept predictions that the tagger does not give: forged, or a tagger that draws without its seed."""
    store = Store(home / "results")
    for key in list(store.cell_keys()):
        read = store.read_answers(key)
        split = store.read_split(store.names("splits")[0])
        assert read is not None
        assert split is not None
        test = split.test[read[0].fold]
        answers, line = encode(collect(test, dict.fromkeys(test, ((0, 3, "ADR"),))))
        store.write_cell(replace(read[0], answers=answers), line)
    told = states(home, cells=2)
    assert len(told) == 2
    assert all("4 of 4 documents have other predictions" in detail for detail in told.values())


# Spans and facts by the conditions that it is given.
PLIABLE = """
from dataclasses import dataclass
from adrbench.api import Span, TaggerPlugin

@dataclass(frozen=True)
class Params:
    pass

class Pliable:
    def __init__(self, params):
        pass

    def fit(self, train, context):
        self.context = context

    def predict(self, documents):
        end = 1 + self.context.threads + 3 * (self.context.device != "cpu")
        return [[Span(0, min(end, 7), self.context.labels[0])] for document in documents]

    def facts(self):
        return {"bfloat16": int(self.context.device != "cpu")}

plugin = TaggerPlugin("pliable", "f", "1", Params, "pliable:Pliable")
"""


@pytest.fixture
def pliable(install: Callable[..., Path], home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A benchmark of a tagger that answers by its device and its threads, not run yet."""
    module = install("adrbench-pliable", "pliable", PLIABLE, "[adrbench.taggers]\npliable = pliable:plugin\n")
    monkeypatch.setenv("PYTHONPATH", str(module.parent))
    text = (home / "b.toml").read_text().replace("dictionary", "pliable")
    (home / "b.toml").write_text(text)
    shutil.rmtree(home / "results")
    return home


def with_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let this process see a GPU."""
    library = ModuleType("pynvml")
    for name, value in (("Init", None), ("DeviceGetCount", 1), ("DeviceGetName", "card")):
        setattr(library, f"nvml{name}", lambda *_, value=value: value)
    library.nvmlDeviceGetHandleByIndex = lambda place: place  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pynvml", library)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


def test_cells_have_the_device_that_they_were_measured_on(pliable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not the GPU that is there, too; another device may be asked for, and explains a difference."""
    with_gpu(monkeypatch)
    adrbench.run(pliable / "b.toml", results=pliable / "results", device="cpu")
    assert states(pliable, cells=2) == {}
    called = ["verify", str(pliable / "results"), "--benchmark", str(pliable / "b.toml"), "--cells", "2", "--device"]
    result = CliRunner().invoke(main, [*called, "cuda"])
    assert "in bfloat16 and before in float32 (at most" in result.stdout


def test_cells_have_as_many_threads_as_when_they_were_measured(pliable: Path) -> None:
    """Two at a time have half of the cores each."""
    adrbench.run(pliable / "b.toml", results=pliable / "results", jobs=2)
    assert states(pliable, cells=2) == {}


def test_a_difference_in_another_precision_is_bounded(pliable: Path) -> None:
    """As on another machine: the records say that another precision was computed with, and what it gave."""
    adrbench.run(pliable / "b.toml", results=pliable / "results")
    store = Store(pliable / "results")
    for key in list(store.cell_keys()):
        read = store.read_answers(key)
        split = store.read_split(store.names("splits")[0])
        assert read is not None
        assert split is not None
        assert read[0].costs is not None
        test = split.test[read[0].fold]
        answers, line = encode(collect(test, dict.fromkeys(test, ((1, 2, "ADR"),))))
        costs = replace(read[0].costs, facts={"bfloat16": 1})
        store.write_cell(replace(read[0], answers=answers, costs=costs), line)
    checks = adrbench.verify(pliable / "results", benchmark=pliable / "b.toml", cells=2)
    again = [check for check in checks if check.name.endswith("again")]
    assert [check.state for check in again] == ["ok", "ok"]
    assert all("in float32 and before in bfloat16 (at most 1.00 is allowed)" in check.detail for check in again)


def test_an_unknown_device_is_refused(measured: Path) -> None:
    """From Python; the command line names its own."""
    with pytest.raises(InputError, match="device 'gpu': should be auto, cpu or cuda"):
        adrbench.verify(measured / "results", device="gpu")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("splits", "folds"),
    [
        ('kind = "random"\ntest = 0.5', None),
        ('kind = "random"\nrepeats = 2', 2),
        ('kind = "random"\n[[splits]]\nkind = "random"\nname = "once"\ntest = 0.5', 2),
    ],
)
def test_splits_are_made_again_as_they_were(splits: str, folds: int | None, home: Path) -> None:
    """A single division, repeats, and both kinds in one file, with --folds or without."""
    text = (home / "b.toml").read_text().replace('kind = "random"', splits).replace("folds = 2\n", "")
    (home / "b.toml").write_text(text)
    shutil.rmtree(home / "results")
    adrbench.run(home / "b.toml", results=home / "results", folds=folds)
    assert states(home) == {}


@pytest.mark.parametrize(("part", "told"), [("train", "learnt from"), ("dev", "for development")])
def test_other_parts_of_a_split_are_found(part: str, told: str, home: Path) -> None:
    """Not only those that are tested: a fold that learns from less, or has another development part."""
    text = (home / "b.toml").read_text().replace("folds = 2", "test = 0.25\ndev = 0.25")
    (home / "b.toml").write_text(text)
    shutil.rmtree(home / "results")
    adrbench.run(home / "b.toml", results=home / "results")
    store = Store(home / "results")
    [name] = store.names("splits")
    split = store.read_split(name)
    assert split is not None
    assert split.train is not None
    parts: dict[str, Any] = {part: (split.train[0][:1],)}
    store.write_split(name, replace(split, **parts))
    assert f"other documents are {told}" in states(home)["splits of toy"]


def test_cells_need_the_benchmark_file(measured: Path) -> None:
    """It says what a cell is."""
    result = CliRunner().invoke(main, ["verify", str(measured / "results"), "--cells", "1"])
    assert result.exit_code == 2
    assert "--cells needs --benchmark FILE" in result.stderr
