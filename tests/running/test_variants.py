"""Grids, learning curves and searches, from the file to the leaderboard."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import stored
from click.testing import CliRunner, Result
from scipy.stats import t

from adrbench.cli import main
from adrbench.results.schema import Tuned

HEAD = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
"""
GRID = (
    HEAD
    + """
[[splits]]
kind = "grouped"
folds = 2
[[taggers]]
id = "words"
use = "dictionary"
grid = { fold_case = [true, false], min_precision = [0.0, 0.5] }
[[taggers]]
id = "plain"
use = "dictionary"
params = { min_precision = 0.0 }
[[published]]
dataset = "adr-mini"
splits = "grouped"
tagger = "words[fold_case=true,min_precision=0.5]"
f1 = 50.0
source = "a study"
"""
)
CURVE = (
    HEAD
    + """
[[splits]]
kind = "grouped"
folds = 2
train_fractions = [0.1, 0.5, 1.0]
[[taggers]]
id = "words"
use = "dictionary"
"""
)


def adrbench(*arguments: str) -> Result:
    """The command line, in this process."""
    return CliRunner().invoke(main, list(arguments))


def run(folder: Path, text: str, *options: str) -> Result:
    """Run a benchmark file given as text; results go to the folder ``results``."""
    (folder / "try.toml").write_text(text)
    return adrbench("run", str(folder / "try.toml"), "--results", str(folder / "results"), "--offline", *options)


def rows(folder: Path) -> list[dict[str, Any]]:
    """The leaderboard's rows over all labels."""
    done = adrbench("leaderboard", str(folder / "results"), "--format", "json")
    return [row for row in json.loads(done.stdout) if row["label"] == "micro"]


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the grid was run."""
    folder = tmp_path_factory.mktemp("grid")
    done = run(folder, GRID)
    assert done.exit_code == 0, done.output
    return folder


@pytest.fixture(scope="module")
def curve(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """A folder in which the whole was learnt from, then parts of it; and what the second run gave."""
    folder = tmp_path_factory.mktemp("curve")
    run(folder, CURVE.replace("train_fractions = [0.1, 0.5, 1.0]", ""))
    return folder, run(folder, CURVE)


@pytest.fixture(scope="module")
def tuned_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which a tagger was tuned in the first fold only."""
    folder = tmp_path_factory.mktemp("tuned")
    done = run(folder, TUNE.replace("SCOPE", "first"))
    assert done.exit_code == 0, done.output
    return folder


def test_every_point_of_a_grid_is_a_row(grid: Path) -> None:
    """Each combination is measured under its own name, with its values, beside taggers without a grid."""
    found = {str(row["tagger"]): row for row in rows(grid)}
    assert len(found) == 5
    point = found["words[fold_case=true,min_precision=0.5]"]
    assert (point["tagger_id"], point["grid_point"]) == ("words", {"fold_case": True, "min_precision": 0.5})
    assert point["published_f1"] == 0.5
    assert found["plain"]["grid_point"] == {}
    assert found["plain"]["f1"] == found["words[fold_case=true,min_precision=0.0]"]["f1"]
    assert point["f1"] != found["plain"]["f1"]


def test_a_point_of_a_grid_shares_its_cells_with_the_same_parameters(grid: Path, tmp_path: Path) -> None:
    """A grid that grows measures only what is new."""
    shutil.copytree(grid, tmp_path, dirs_exist_ok=True)
    more = run(tmp_path, GRID.replace("[0.0, 0.5]", "[0.0, 0.25, 0.5]"))
    assert "10 cells are finished already, 4 to run" in more.output


def test_a_learning_curve_learns_from_parts(curve: tuple[Path, Result]) -> None:
    """Each fraction is a section of its own on the same tests; the whole keeps the split's name and its cells."""
    folder, done = curve
    assert done.exit_code == 0, done.output
    assert "2 cells are finished already, 4 to run" in done.output
    found = {str(row["split"]): row for row in rows(folder)}
    assert list(found) == ["grouped at 10%", "grouped at 50%", "grouped"]
    assert {row["full_split"] for row in found.values()} == {"grouped"}
    learnt = [row["train_documents"] for row in found.values()]
    assert learnt == sorted(learnt)
    assert learnt[-1] == 414
    assert abs(learnt[0] - 41.4) < 10
    recalls = [row["recall"] for row in found.values()]
    assert recalls == sorted(recalls)
    assert recalls[0] < recalls[-1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            GRID.replace("fold_case = [", "fold_cse = ["),
            "taggers[0].grid.fold_cse[0]: unknown name; did you mean 'fold_case'?",
        ),
        (GRID.replace("[0.0, 0.5]", '[0.0, "x"]'), "taggers[0].grid.min_precision[1]"),
        (GRID.replace("[0.0, 0.5]", "[0.5, 0.5]"), "taggers[0].grid.min_precision: has a value twice"),
        (GRID.replace("[0.0, 0.5]", "[]"), "taggers[0].grid.min_precision: needs at least 1, has 0"),
        (
            GRID.replace("grid = {", "params = { fold_case = true }\ngrid = {"),
            "taggers[0].grid.fold_case: has a value in params already",
        ),
        (GRID.replace("fold_case = [", '"pretrain.steps" = ['), "there is no [taggers.pretrain] to vary"),
        (
            GRID.replace('id = "plain"', 'id = "plain"\npretrain = { text = ["corpus"] }'),
            "taggers[1].pretrain: dictionary cannot be pretrained",
        ),
        (GRID.replace("min_precision=0.5]", "min_precision=0.7]"), "published[0].tagger"),
        (CURVE.replace("0.5, 1.0]", "0.05]"), "train_fractions should grow"),
        (CURVE.replace("0.5, 1.0]", "1.5]"), "splits[0].train_fractions[1]"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    """What cannot be meant is refused with its place before anything is measured."""
    done = run(tmp_path, text)
    assert done.exit_code == 2
    assert message in done.output.replace("\n", " ")
    assert not (tmp_path / "results").exists()


TUNE = (
    HEAD
    + """
[[splits]]
kind = "grouped"
folds = 2
[[taggers]]
id = "words"
use = "dictionary"
tune = { trials = 4, sampler = "random", scope = "SCOPE", space = { min_precision = { low = 0.0, high = 1.0 } } }
"""
)


def tuned(folder: Path) -> list[Tuned]:
    """What the cells say of their studies, by fold."""
    cells = sorted(stored.cells(folder / "results"), key=lambda cell: cell.fold)
    return [cell.tuned for cell in cells if cell.tuned is not None]


@pytest.mark.slow
def test_a_tagger_is_tuned_in_each_fold(tmp_path: Path) -> None:
    """Each fold has a study of its own; the cell is fitted with its best values, and says what the study cost."""
    done = run(tmp_path, TUNE.replace("SCOPE", "fold"))
    assert done.exit_code == 0, done.output
    [row] = rows(tmp_path)
    first, second = tuned(tmp_path)
    assert first.study != second.study
    for study in (first, second):
        assert len(study.trials) == 4
        assert study.value == max(trial.value or 0.0 for trial in study.trials)
    assert row["tuned"] == [first.params, second.params]
    assert row["tune_seconds"] == pytest.approx(first.seconds + second.seconds)
    plain = (
        TUNE.replace("SCOPE", "fold").partition("tune =")[0]
        + f"params = {{ min_precision = {first.params['min_precision']} }}\n"
    )
    other = tmp_path / "other"
    other.mkdir()
    run(other, plain)
    assert rows(other)[0]["fold_f1"][0] == row["fold_f1"][0]


@pytest.mark.slow
def test_a_tagger_is_tuned_once(tuned_once: Path) -> None:
    """With the scope of the first fold, its best values are used in all, and the study is paid for once."""
    [row] = rows(tuned_once)
    first, second = tuned(tuned_once)
    assert first == second
    assert row["tune_seconds"] == pytest.approx(first.seconds)
    assert len(list((tuned_once / "results" / "studies").glob("*.log"))) == 1
    again = run(tuned_once, TUNE.replace("SCOPE", "first"))
    assert "2 cells are finished already, 0 to run" in again.output


def test_a_study_that_fails_fails_the_folds_that_wait_for_it(tmp_path: Path) -> None:
    """Where no trial succeeds, each fold says why; nothing is measured with values that nobody chose."""
    done = run(tmp_path, TUNE.replace("SCOPE", "first").replace("folds = 2", "folds = 2\ntrain_fractions = [0.001]"))
    assert done.exit_code == 4
    assert "nothing can be held out for tuning" in done.output.replace("\n", " ")
    assert "its parameters are chosen in fold 1" in done.output.replace("\n", " ")


@pytest.mark.parametrize(
    ("space", "message"),
    [
        ("min_precison = { low = 0.0, high = 1.0 }", "taggers[0].tune.space.min_precison: unknown name"),
        ("min_precision = { low = 1.0, high = 0.0 }", "taggers[0].tune.space.min_precision"),
        ("min_precision = { low = 0.0, high = 7.0 }", "taggers[0].tune.space.min_precision"),
        ("min_precision = [0.0, 9.0]", "taggers[0].tune.space.min_precision"),
    ],
)
def test_a_space_that_cannot_be_searched_is_refused(tmp_path: Path, space: str, message: str) -> None:
    """Ranges and choices that the plugin would not take are errors of the file."""
    text = TUNE.replace("SCOPE", "fold").replace("min_precision = { low = 0.0, high = 1.0 }", space)
    done = run(tmp_path, text)
    assert done.exit_code == 2
    assert message in done.output.replace("\n", " ")


def test_trials_may_have_values_of_their_own(tuned_once: Path, tmp_path: Path) -> None:
    """What ``[taggers.tune] params`` says holds in the trials and not in the fit."""
    before = tuned(tuned_once)[0]
    other = tmp_path / "other"
    other.mkdir()
    done = run(
        other, TUNE.replace("SCOPE", "first").replace("tune = {", "tune = { params = { training_terms = false },")
    )
    assert done.exit_code == 0, done.output
    after = tuned(other)[0]
    assert before.value > 0
    assert after.value == 0
    assert rows(other)[0]["f1"] > 0


@pytest.mark.parametrize("space", ["", ", space = { min_precision = { low = 0.0, high = 1.0 } }"])
def test_what_is_searched_is_not_fixed_in_the_trials(tmp_path: Path, space: str) -> None:
    """A value that the search would overwrite is an error, whoever says what is searched."""
    tune = f"tune = {{ params = {{ min_precision = 0.1 }}{space} }}"
    done = run(tmp_path, TUNE.partition("tune =")[0] + tune)
    assert done.exit_code == 2
    assert "taggers[0].tune.params.min_precision: is searched too" in done.output.replace("\n", " ")


def test_intervals_know_how_little_was_learnt_from(curve: tuple[Path, Result]) -> None:
    """Nadeau and Bengio's interval goes by the documents that were learnt from, few at a small fraction."""
    done = adrbench("leaderboard", str(curve[0] / "results"), "--format", "json", "--interval", "nadeau-bengio")
    for row in json.loads(done.stdout):
        if row["label"] != "micro":
            continue
        deviation = abs(row["fold_f1"][0] - row["fold_f1"][1]) / 2**0.5
        half = t.ppf(0.975, 1) * deviation * (1 / 2 + 828 / 2 / row["train_documents"]) ** 0.5
        assert row["f1_low"] == pytest.approx(max(row["f1"] - half, 0), abs=0.01)
        assert row["f1_high"] == pytest.approx(min(row["f1"] + half, 1), abs=0.01)
