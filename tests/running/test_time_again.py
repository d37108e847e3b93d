"""Finished cells are run again to see how their costs vary, and their answers are compared."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import stored
from command_line import Done, adrbench

import adrbench as package
from adrbench.results.merge import merge
from adrbench.results.store import Store
from adrbench.results.timings import Repeated, pooled

# Answers by the files in a folder that the environment names.
FICKLE = """
import os
from dataclasses import dataclass
from adrbench.api import Span, TaggerPlugin

@dataclass(frozen=True)
class Params:
    pass

class Fickle:
    def __init__(self, params):
        pass

    def fit(self, train, context):
        if os.path.exists(os.environ["FICKLE"] + "/fail"):
            raise ValueError("no luck")
        self.label = context.labels[0]

    def predict(self, documents):
        end = 2 if os.path.exists(os.environ["FICKLE"] + "/moved") else 1
        return [[Span(0, end, self.label)] for document in documents]

plugin = TaggerPlugin(name="fickle", family="f", version="1", params=Params, implementation="fickle:Fickle")
"""
BENCHMARK = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "fickle"
use = "fickle"
"""


class Bench:
    """A benchmark that was run once."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.folder = folder
        self.results = folder / "runs/try"
        self.site = site

    def run(self, *options: str) -> Done:
        environment = {"PYTHONPATH": str(self.site), "FICKLE": str(self.folder)}
        return adrbench("run", "try.toml", "--limit", "40", *options, environment=environment, folder=self.folder)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, on the Python path, is an installed distribution with the tagger."""
    site = tmp_path_factory.mktemp("fickle")
    (site / "fickle.py").write_text(FICKLE)
    info = site / "adrbench_fickle-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: adrbench-fickle\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[adrbench.taggers]\nfickle = fickle:plugin\n")
    return site


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory, site: Path) -> Path:
    """The folder of a benchmark that was run once. Not to be changed."""
    bench = Bench(tmp_path_factory.mktemp("once"), site)
    (bench.folder / "try.toml").write_text(BENCHMARK)
    assert bench.run().returncode == 0
    return bench.folder


@pytest.fixture
def bench(tmp_path: Path, site: Path, once: Path) -> Bench:
    """The same, for one test to change."""
    return Bench(shutil.copytree(once, tmp_path / "bench"), site)


def test_timings_are_stored_apart(bench: Bench, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Cells stay as they are; the same command takes no more timings, a higher number the rest; merged, they stay."""
    before = stored.cells(bench.results)
    done = bench.run("--time-again", "2")
    assert done.returncode == 0, done.stderr
    assert "4 further timings of finished cells to take" in done.stdout
    assert "Timed again" in done.stdout
    assert stored.cells(bench.results) == before
    [row] = package.Results(bench.results).timings
    assert (row.tagger, row.cells, row.timings, row.other_answers, row.elsewhere) == ("fickle", 2, 3, 0, 0)
    assert row.fit_seconds.mean >= 0
    assert row.peak_memory_bytes.mean > 2**20
    assert "0 further timings" in bench.run("--time-again", "2").stdout
    assert "2 further timings" in bench.run("--time-again", "3").stdout
    into = tmp_path_factory.mktemp("merged") / "all"
    report = bench.folder / "report.html"
    assert adrbench("report", str(bench.results), "--html", str(report)).returncode == 0
    assert "Costs of cells that were run again" in report.read_text()
    merge([bench.results], into)
    assert package.Results(into).timings == package.Results(bench.results).timings


def test_other_answers_are_told(bench: Bench) -> None:
    """With exit code 1, now and whenever the timings are asked for again."""
    (bench.folder / "moved").touch()
    done = bench.run("--time-again", "1")
    assert done.returncode == 1
    assert done.stdout.count("OTHER ANSWERS than at first") == 2
    [row] = package.Results(bench.results).timings
    assert row.other_answers == 2
    assert bench.run("--time-again", "1").returncode == 1


def test_a_cell_that_fails_the_second_time_keeps_its_figures(bench: Bench) -> None:
    """Its reason is told, with exit code 3; it is not tried in each round."""
    before = stored.cells(bench.results)
    (bench.folder / "fail").touch()
    done = bench.run("--time-again", "3")
    assert done.returncode == 3
    assert done.stdout.count("failed: ValueError: no luck") == 2
    assert stored.cells(bench.results) == before
    assert package.Results(bench.results).timings == ()


def test_timings_of_another_machine_are_in_no_figure(bench: Bench) -> None:
    """They are counted."""
    bench.run("--time-again", "1")
    store = Store(bench.results)
    for key in store.cell_keys():
        record = store.read_timings(key)
        assert record is not None
        [timing] = record.timings
        moved = type(timing)(**{**vars(timing), "machine": stored.machine("other")})
        store.write_timings(type(record)(key, (moved,)))
    [row] = package.Results(bench.results).timings
    assert (row.cells, row.timings, row.elsewhere, row.fit_seconds.spread) == (0, 1, 2, 0.0)


def test_spread_is_pooled_over_cells() -> None:
    """Differences between cells are no part of it."""
    assert pooled([[1.0, 3.0], [101.0, 103.0]]) == Repeated(52.0, 2**0.5)
    assert pooled([[5.0]]) == Repeated(5.0, 0.0)
