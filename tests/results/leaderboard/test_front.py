"""The Pareto front of F1, time and memory, and the spread of costs over folds."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import stdev

import command_line
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trial import Trial

import adrbench
from adrbench.results.leaderboard.front import dominates, undominated

POINTS = st.lists(st.tuples(*[st.integers(0, 3)] * 3), min_size=1, max_size=12)


@given(POINTS)
def test_the_front_holds_what_nothing_dominates(points: list[tuple[int, ...]]) -> None:
    """No point of the front is dominated, and each other one is dominated by a point of the front."""
    front = undominated(points)
    assert front
    assert not any(dominates(one, points[place]) for place in front for one in points)
    others = set(range(len(points))) - set(front)
    assert all(any(dominates(points[place], points[other]) for place in front) for other in others)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The best, the cheapest, a small one between them, and taggers that are on no front."""
    trial = Trial(tmp_path / "results")
    trial.tagger("best", 1, fit=100.0, memory=4.0)
    trial.tagger("beaten", 2, fit=200.0, memory=4.0)
    trial.tagger("small", 2, fit=300.0, memory=0.5)
    trial.tagger("cheapest", 9, fit=1.0, memory=[1.0, 2.0, 1.5])
    trial.tagger("elsewhere", 9, fit=500.0, memory=9.0, machines=("two",))
    trial.tagger("mixed", 0, machines=("one", "two"))
    trial.row("pending")
    return trial.plan()


def test_front_shows_what_no_other_tagger_beats(folder: Path) -> None:
    """Each of the others is named with the one that beats it; another machine is another front."""
    done = command_line.adrbench("leaderboard", str(folder), "--front", "--format", "json")
    taggers = {row["tagger"] for row in json.loads(done.stdout)}
    assert taggers == {"best", "small", "cheapest", "elsewhere"}
    shown = " ".join(command_line.adrbench("leaderboard", str(folder), "--front").stdout.split())
    assert "Not on the front: beaten; best is as good, as fast and as small." in shown
    assert "Not on the front: mixed, pending; without F1 or costs of one machine." in shown
    assert {row.tagger for row in adrbench.leaderboard(folder, front=True).rows} == taggers


def test_costs_have_their_spread_over_folds(folder: Path) -> None:
    """Peaks of 1, 2 and 1.5 GiB: the largest, and a standard deviation of half a GiB, in every format."""
    [row] = [row for row in adrbench.leaderboard(folder).rows if (row.tagger, row.label) == ("cheapest", "micro")]
    assert row.cost.peak_memory_bytes_sd == pytest.approx(stdev([2**30, 2 * 2**30, 1.5 * 2**30]))
    assert row.cost.fit_seconds_sd == 0
    for format_name in ("rich", "markdown", "latex", "html"):
        done = command_line.adrbench(
            "leaderboard", str(folder), "--format", format_name, environment={"COLUMNS": "160"}
        )
        assert "2.0 ±0.50 GiB" in done.stdout.replace(r"$\pm$", "±")
    done = command_line.adrbench("leaderboard", str(folder), "--format", "csv")
    assert "peak_memory_bytes_sd" in done.stdout


def test_one_fold_has_no_spread(tmp_path: Path) -> None:
    """A single cell says nothing of other folds."""
    trial = Trial(tmp_path / "results", 1)
    trial.tagger("crf", 1)
    done = command_line.adrbench("leaderboard", str(trial.plan()), "--format", "markdown")
    assert "| 10 | 1.00 |" in done.stdout
    assert "standard deviation" not in done.stdout
