"""Folds of a row on several machines: of one class, their costs stand; of several, every format says so."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import command_line
import pytest
import stored
from trial import Trial

import adrbench
from adrbench.results.machines import classes, same_class
from adrbench.results.schema import Machine

HALF = {"bfloat16": 1}
FULL = {"bfloat16": 0}
REMARK = "mixed mixes machines: one in 2 folds and two in 1 fold; so it has no costs."


def twin(memory: int, **changes: Any) -> Machine:
    """A machine of which only the size of its memory, and so its id, is its own."""
    return stored.machine(f"m{memory}", processor="CPU", memory_gib=memory, **changes)


def shown(folder: Path, form: str) -> str:
    return command_line.adrbench("leaderboard", str(folder), "--format", form).stdout


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({}, True),
        ({"memory_gib": 16}, True),
        ({"memory_gib": 14}, True),
        ({"memory_gib": 17}, False),
        ({"memory_gib": None}, False),
        ({"processor": "Other"}, False),
        ({"cores": 4}, False),
        ({"gpus": ("H200",)}, False),
    ],
)
def test_machines_are_of_one_class_if_only_memory_differs_by_a_rounding(other: dict[str, Any], same: bool) -> None:
    one = stored.machine("one", processor="CPU", memory_gib=15)
    two = stored.machine("two", **{"processor": "CPU", "memory_gib": 15, **other})
    assert same_class(one, two) is same
    assert same_class(two, one) is same


def test_a_class_is_no_wider_than_a_rounding() -> None:
    """A chain of sizes, each near the next, is several classes, in whatever order they come."""
    machines = [twin(memory) for memory in (17, 15, 18, 16)]
    assert classes(machines) == {"m15": "m15", "m16": "m15", "m17": "m17", "m18": "m17"}


def test_a_row_on_two_machines_of_one_class_has_costs(tmp_path: Path) -> None:
    """They are named by one id, so that costs of rows compare, in `recommend` as well."""
    trial = Trial(tmp_path / "results")
    trial.tagger("crf", 2, machines=(twin(15), twin(16)))
    trial.tagger("other", 20, machines=(twin(16),))
    folder = trial.plan()
    board = adrbench.leaderboard(folder)
    rows = {row.tagger: row for row in board.rows if row.label == "micro"}
    assert [rows[name].cost.machine for name in ("crf", "other")] == ["m15", "m15"]
    assert (rows["crf"].cost.fit_seconds, rows["crf"].machines) == (10.0, {"m15": 3})
    assert list(board.machines) == ["m15"]
    assert "mixes machines" not in shown(folder, "markdown")
    [advice] = adrbench.recommend(folder)
    assert not any("machine" in warning for warning in advice.warnings)
    assert advice.tagger == "crf"


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A row on two classes of machines, and one that is measured on one of them."""
    trial = Trial(tmp_path / "results")
    trial.tagger("mixed", 2, machines=("one", "two"))
    trial.tagger("crf", 2)
    return trial.plan()


@pytest.mark.parametrize("form", ["rich", "markdown", "latex"])
def test_a_row_on_two_classes_has_a_remark_below_the_table(mixed: Path, form: str) -> None:
    assert REMARK in " ".join(shown(mixed, form).split())


def test_a_row_on_two_classes_has_no_costs_in_data(mixed: Path) -> None:
    """Data have the folds by machine instead."""
    rows = {row["tagger"]: row for row in json.loads(shown(mixed, "json")) if row["label"] == "micro"}
    assert (rows["mixed"]["machine"], rows["mixed"]["fit_seconds"]) == (None, None)
    assert rows["mixed"]["machines"] == {"one": 2, "two": 1}
    assert (rows["crf"]["machine"], rows["crf"]["machines"]) == ("one", {"one": 3})
    [line, *_] = [row for row in csv.DictReader(io.StringIO(shown(mixed, "csv"))) if row["tagger"] == "mixed"]
    assert (line["machine"], json.loads(line["machines"])) == ("", {"one": 2, "two": 1})


def test_the_report_has_the_same_remark(mixed: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    command_line.adrbench("report", str(mixed), "--html", str(page))
    assert REMARK in page.read_text()


@pytest.mark.parametrize(
    ("how", "warning"),
    [
        ({"machines": ("one", "two")}, "The folds of mixed ran on 2 kinds of machine, so its costs are not known"),
        ({"facts": [HALF, FULL, HALF]}, "The folds of mixed ran in several precisions, so its costs are not known"),
    ],
)
def test_mixed_costs_are_recommended_with_a_warning_only(tmp_path: Path, how: dict[str, Any], warning: str) -> None:
    """A tagger as good with costs that are known comes first; alone at the top, the mixed one is named with it."""
    trial = Trial(tmp_path / "results")
    trial.tagger("mixed", 2, fit=0.1, **how)
    trial.tagger("crf", 2)
    [advice] = adrbench.recommend(trial.plan())
    assert advice.tagger == "crf"
    assert any(warning in one for one in advice.warnings)
    alone = Trial(tmp_path / "alone")
    alone.tagger("mixed", 2, **how)
    alone.tagger("crf", 20)
    [advice] = adrbench.recommend(alone.plan())
    assert advice.tagger == "mixed"
    assert any(warning in one for one in advice.warnings)
