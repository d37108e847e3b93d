"""How long a run takes, told beforehand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from command_line import adrbench
from hypothesis import given
from hypothesis import strategies as st

from adrbench._system import machine
from adrbench.api import ExpectedTime
from adrbench.config import read_benchmark
from adrbench.plugins.expected_times import first_party_time
from adrbench.plugins.registry import Registry
from adrbench.results.schema import CellRecord, Costs, Machine
from adrbench.results.store import Store
from adrbench.running.expected_time import Expected, ExpectedTimes
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedRow
from adrbench.running.prepare import prepare

RESULTS = Path(__file__).parents[2] / "results"
FILE = """
[benchmark]
name = "times"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 3
[[splits]]
kind = "grouped"
folds = 3
[[taggers]]
id = "crf"
use = "crf"
[[taggers]]
id = "dictionary"
use = "dictionary"
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Two taggers on two splits of the packaged corpus, three folds each."""
    return planned(tmp_path_factory.mktemp("plan"), FILE)


def planned(folder: Path, text: str) -> Plan:
    """The plan of a benchmark file."""
    (folder / "times.toml").write_text(text)
    return prepare(read_benchmark(folder / "times.toml", Registry()), Options(), None, lambda _: None, Registry())


def row_of(plan: Plan, tagger: str, split: str = "random") -> PlannedRow:
    """A row of a plan."""
    return next(row for row in plan.rows if (row.tagger, row.splits) == (tagger, split))


def measured(row: PlannedRow, fold: int, seconds: float, **phases: float) -> CellRecord:
    """A cell of a row that learnt for so many seconds on this machine."""
    times = {"import": 0.0, "warm_up": 0.0, "fit": seconds, "predict": 0.0, **phases}
    here: dict[str, Any] = {**machine.fingerprint(), "gpus": ()}
    sample = read_any_cell()
    return replace(
        sample,
        key=row.cells[fold].key,
        costs=Costs(times, times, 0, None, None, (), {}),
        wall_seconds=sum(times.values()),
        machine=Machine(**here),
    )


@cache
def read_any_cell() -> CellRecord:
    """A cell that is ok, whose costs are to be replaced."""
    store = Store(RESULTS / "ade")
    cell = store.read_cell(store.read_plan().sections[0].rows[0].cells[0])
    assert cell is not None
    return cell


def estimate(times: ExpectedTimes, row: PlannedRow, fold: int) -> Expected:
    """The estimate of a cell that is not unknown."""
    told = times.of(row, row.cells[fold])
    assert told is not None
    assert 0 <= told.low <= told.high
    return told


def test_an_estimate_stands_on_the_best_that_is_known(plan: Plan) -> None:
    """Declared times, then the other split, then finished folds of the row itself; each range is narrower."""
    times = ExpectedTimes(plan, None, Registry())
    here, other = row_of(plan, "crf"), row_of(plan, "crf", "grouped")
    first = estimate(times, here, 1)
    times.ended(other, other.cells[0], measured(other, 0, 100.0))
    second = estimate(times, here, 1)
    times.ended(here, here.cells[0], measured(here, 0, 100.0))
    third = estimate(times, here, 1)
    assert [first.basis, second.basis, third.basis] == ["declared", "tagger", "folds"]
    for told in (second, third):
        assert told.low < 100 < told.high
    assert first.high / first.low > second.high / second.low > third.high / third.low
    assert estimate(times, row_of(plan, "dictionary"), 0).basis == "declared"


@given(st.floats(0.1, 1e5), st.integers(1, 3))
def test_finished_folds_tell_the_others(plan: Plan, seconds: float, folds: int) -> None:
    """Whatever the time: folds of one size take about the same."""
    times, row = ExpectedTimes(plan, None, Registry()), row_of(plan, "crf")
    for fold in range(folds):
        times.ended(row, row.cells[fold], measured(row, fold, seconds))
    told = estimate(times, row, 2)
    assert told.low < seconds < told.high < 2 * seconds


def test_folds_that_differ_make_a_wider_range(plan: Plan) -> None:
    """The slowest and the fastest are within it."""
    times, row = ExpectedTimes(plan, None, Registry()), row_of(plan, "crf")
    for fold, seconds in enumerate((10.0, 60.0)):
        times.ended(row, row.cells[fold], measured(row, fold, seconds))
    told = estimate(times, row, 2)
    assert told.low <= 10
    assert told.high >= 60


def test_the_time_left_is_that_of_the_cells_left(plan: Plan) -> None:
    """It falls as cells end. Two at a time take at best half of it, at worst as long."""
    times, row = ExpectedTimes(plan, None, Registry()), row_of(plan, "crf")
    cells = [(row, cell) for cell in row.cells]
    times.ended(row, row.cells[0], measured(row, 0, 100.0))
    three, two, none = times.left(cells), times.left(cells[1:]), times.left([])
    assert three.high > two.high > none.high == 0
    assert (three.cells, two.cells, none.cells) == ({"folds": 3}, {"folds": 2}, {})
    both = times.left(cells[1:], jobs=2)
    assert both.low == pytest.approx(two.low / 2, rel=0.1)
    assert both.high == two.high


def test_nothing_is_made_up(plan: Plan) -> None:
    """A tagger that declares nothing, or not for these parameters, is unknown; the limit of a cell bounds it."""
    times, row = ExpectedTimes(plan, None, Registry()), row_of(plan, "crf")
    silent = replace(row, expected_time=None)
    assert times.of(silent, silent.cells[0]) is None
    assert ExpectedTimes(plan, None, Registry()).left([(silent, silent.cells[0])]).unknown == {"crf": 1}
    declared = ExpectedTime(fit=1, predict=1, holds={"window": 9})
    other = replace(row, expected_time=declared)
    assert ExpectedTimes(plan, None, Registry()).of(other, other.cells[0]) is None
    same = replace(row, expected_time=replace(declared, holds={"window": row.params["window"]}))
    assert ExpectedTimes(plan, None, Registry()).of(same, same.cells[0]) is not None


def test_the_limit_of_a_cell_bounds_its_estimate(tmp_path: Path) -> None:
    """It would be stopped then."""
    plan = planned(tmp_path, f'{FILE}[limits]\ntimeout = "50s"\n')
    times, row = ExpectedTimes(plan, None, Registry()), row_of(plan, "crf")
    times.ended(row, row.cells[0], measured(row, 0, 1000.0))
    told = estimate(times, row, 1)
    assert (told.low, told.high) == (50, 50)


def test_a_study_takes_its_trials_and_a_grid_tells_of_its_points(tmp_path: Path) -> None:
    """A tuned row takes longer than the plain one; the second point of a grid is known from the first."""
    tuned = '[[taggers]]\nid = "tuned"\nuse = "crf"\n[taggers.tune]\ntrials = 7\n'
    points = '[[taggers]]\nid = "points"\nuse = "crf"\n[taggers.grid]\nc1 = [0.01, 0.1]\n'
    plan = planned(tmp_path, FILE + tuned + points)
    times = ExpectedTimes(plan, None, Registry())
    plain, study = estimate(times, row_of(plan, "crf"), 0), estimate(times, row_of(plan, "tuned"), 0)
    assert study.high > 3 * plain.high
    assert study.low > plain.low
    # The second point has the settings of the plain row, so that its folds tell more than those of the first.
    first, second = row_of(plan, "points[c1=0.01]"), row_of(plan, "points[c1=0.1]")
    times.ended(first, first.cells[0], measured(first, 0, 30.0))
    told = estimate(times, second, 0)
    assert told.basis == "grid"
    assert told.low < 30 < told.high


def test_a_run_tells_the_time_left(tmp_path: Path) -> None:
    """Before it begins, after each cell, and in a dry run, which also knows what is finished."""
    (tmp_path / "times.toml").write_text(FILE)
    run = ["run", "times.toml", "--limit", "60", "--folds", "2"]
    before = " ".join(adrbench(*run, "--dry-run", folder=tmp_path).stdout.split())
    assert "by declared times (8)" in before
    done = adrbench(*run, "--only", "dictionary", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("time left: ")] == [
        line for line in lines if line.endswith("by declared times (4)")
    ]
    ended = [line for line in lines if line.startswith("[")]
    assert [line.endswith(" left") for line in ended] == [True, True, True, False]
    after = " ".join(adrbench(*run, "--dry-run", folder=tmp_path).stdout.split())
    assert "by declared times (4)" in after
    assert after.count("finished") >= 2


def test_damage_is_no_reason_to_know_nothing(tmp_path: Path, plan: Plan) -> None:
    """An estimate passes over files that a run would mend."""
    store = Store.create(tmp_path / "results")
    (store.folder / "plan.jsonl").write_text("nonsense")
    times = ExpectedTimes(plan, store, Registry())
    assert estimate(times, row_of(plan, "crf"), 0).basis == "declared"


def alone(cell: CellRecord) -> bool:
    """Whether a cell had a processor for itself: the time of others says nothing of the next."""
    assert cell.costs is not None
    return sum(cell.costs.cpu_seconds.values()) > 0.8 * sum(cell.costs.seconds.values())


def stored_rows() -> Iterator[tuple[str, Plan, PlannedRow, list[CellRecord]]]:
    """The rows of the reference results whose benchmarks can be planned here, with their cells."""
    for name in ("ade", "diseases"):
        plan = prepare(read_benchmark(Path(name), Registry()), Options(), None, lambda _: None, Registry())
        store = Store(RESULTS / name)
        cells = {(s.dataset, s.split, r.tagger): r.cells for s in store.read_plan().sections for r in s.rows}
        for row in plan.rows:
            found = [store.read_cell(key) for key in cells.get((row.dataset, row.splits, row.tagger), ())]
            if row.cells and found and all(cell is not None and cell.status == "ok" and alone(cell) for cell in found):
                here: dict[str, Any] = {**machine.fingerprint(), "gpus": ()}
                yield name, plan, row, [replace(c, machine=Machine(**here)) for c in found if c is not None]


@pytest.mark.slow  # every reference benchmark is planned on its real corpora
@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the real corpora")
def test_estimates_hold_the_reference_results() -> None:
    """The time of every reference row lies in what was told of it: as declared, and by other folds and splits."""
    rows = list(stored_rows())
    assert len(rows) >= 8
    wrong = []
    for name, plan, row, cells in rows:
        real = sum(cell.wall_seconds or 0 for cell in cells)
        declared = ExpectedTimes(plan, None, Registry()).left([(row, cell) for cell in row.cells])
        # Nobody declares how long pre-training takes: that depends on the text.
        bounds = [(declared, real)] if row.pretrain is None else []
        assert bool(declared.unknown) == (row.pretrain is not None), row.tagger
        for count in range(1, len(cells)):
            times = ExpectedTimes(plan, None, Registry())
            for cell, record in zip(row.cells[:count], cells[:count], strict=True):
                times.ended(row, cell, record)
            left = times.left([(row, cell) for cell in row.cells[count:]])
            bounds.append((left, sum(record.wall_seconds or 0 for record in cells[count:])))
        for name_, _, other, others in rows:
            if name_ == name and other.tagger == row.tagger and other != row:
                times = ExpectedTimes(plan, None, Registry())
                for cell, record in zip(other.cells, others, strict=True):
                    times.ended(other, cell, record)
                # One pre-training is for all splits: cells that come later do not do it.
                fits = real - sum(cell.costs.seconds.get("pretrain", 0.0) for cell in cells if cell.costs is not None)
                bounds.append((times.left([(row, cell) for cell in row.cells]), fits))
        wrong += [
            (name, row.tagger, row.splits, left, took) for left, took in bounds if not left.low <= took <= left.high
        ]
    assert wrong == []


def test_the_declared_times_are_those_of_first_party_taggers() -> None:
    """A table of the core, so that a better guess leaves the keys of cells as they are."""
    registry = Registry()
    for name in ("bilstm-crf", "crf", "dictionary", "transformer"):
        declared = first_party_time(name)
        assert declared is not None
        assert min(declared.fit, declared.predict, declared.start) > 0
        assert set(declared.holds) <= set(vars(registry.describe("taggers", name).params()))
    assert first_party_time("of somebody else") is None
