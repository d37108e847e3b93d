"""What is kept of a leaderboard for the next look, and that it is never wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import leaderboard
from adrbench.results.leaderboard.score import Scoreboard

if TYPE_CHECKING:
    from tests.results.leaderboard.conftest import Results

ALL_WRONG = {"d0": [(0, 3, "ADR")]}


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder where things are kept, empty."""
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "sections"


def two(results: Results) -> None:
    """Two taggers, one of them with a fold that failed."""
    results.measured("a")
    results.measured("b")
    results.row("c")
    results.cell("c0", 0)
    results.cell("c1", 1, status="failed", reason="ValueError: x")


@pytest.mark.parametrize("kind", ["t", "bootstrap"])
def test_the_second_look_shows_the_same(results: Results, kept: Path, kind: str) -> None:
    """Figures, intervals, ties, costs and reasons are those of the first look, and no new file comes."""
    two(results)
    store = results.plan()
    first = leaderboard(store, Registry(), kind)  # type: ignore[arg-type]
    [file] = kept.iterdir()
    assert leaderboard(store, Registry(), kind) == first  # type: ignore[arg-type]
    assert [*kept.iterdir()] == [file]
    assert {row.tagger: row.ties for row in first.rows if row.label == "micro"} == {"a": "a", "b": "a", "c": ""}


def test_what_is_kept_is_used(results: Results, kept: Path) -> None:
    """A figure changed in the kept file, checksum and all, is the one that is shown: no cell was counted again."""
    two(results)
    store = results.plan()
    leaderboard(store, Registry())
    [file] = kept.iterdir()
    found = json.loads(file.read_text(encoding="utf-8"))["content"]
    found["cells"][0]["figures"]["micro"]["f1"] = 0.25
    type(store).create(file.parents[2] / "other").write("corpora", "x", found)
    file.write_bytes((file.parents[2] / "other" / "corpora" / "x.json").read_bytes())
    assert leaderboard(store, Registry()).rows[0].fold_f1 == (0.25, 1.0)


def test_no_prediction_is_kept(results: Results, kept: Path) -> None:
    """They are in the results folder already, and read from there when they are asked for."""
    two(results)
    store = results.plan()
    leaderboard(store, Registry())
    [file] = kept.iterdir()
    assert "predictions" not in file.read_text(encoding="utf-8")
    scores = Scoreboard(store, Registry())
    scores.board()
    cell = scores.measured(store.read_plan()["sections"][0])["a"][0]
    assert cell.cell["predictions"]["d0"] == [[0, 4, "ADR"]]
    assert cell.counts.sum(axis=0).tolist() == [2.0, 1.0, 1.0, 0.0, 0.0, 1.0]


def test_predictions_that_went_away_are_an_error(results: Results, kept: Path) -> None:
    """A cell deleted after the look is named."""
    two(results)
    store = results.plan()
    leaderboard(store, Registry())
    assert kept.is_dir()
    scores = Scoreboard(store, Registry())
    scores.board()
    (store.folder / "cells" / "a0.json").unlink()
    with pytest.raises(StoreError, match=r"cells/a0\.json is missing or damaged"):
        scores.measured(store.read_plan()["sections"][0])["a"][0].counts.sum()


@pytest.mark.parametrize("what", ["cell", "missing cell", "gold", "folds", "taggers", "evaluator"])
def test_whatever_changes_is_seen(results: Results, kept: Path, what: str) -> None:
    """After a change the board is that of an empty cache, not the kept one."""
    two(results)
    store = results.plan()
    before, evaluator = leaderboard(store, Registry()), ""
    if what == "cell":
        results.cell("a0", 0, predictions=ALL_WRONG)
    elif what == "missing cell":
        (store.folder / "cells" / "a0.json").unlink()
    elif what == "gold":
        card = dict(store.read("corpora", "f" * 16) or {})
        store.write("corpora", "f" * 16, {**card, "gold": {**card["gold"], "d5": []}})
    elif what == "folds":
        store.write("splits", "toy-folds", {"folds": [["d0", "d2"], ["d1", "d3", "d4", "d5"]], "leaks": None})
    elif what == "taggers":
        results.rows[0]["tagger"] = "z"
        results.plan()
    else:
        evaluator = "overlap"
    after = leaderboard(store, Registry(), evaluator=evaluator)
    assert after != before
    for file in kept.iterdir():
        file.unlink()
    assert leaderboard(store, Registry(), evaluator=evaluator) == after


def test_a_damaged_file_is_worked_out_anew(results: Results, kept: Path) -> None:
    """Half a file, or one with a wrong byte, counts as none and is replaced."""
    two(results)
    store = results.plan()
    first = leaderboard(store, Registry())
    [file] = kept.iterdir()
    whole = file.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole.replace(b'"f1":1.0', b'"f1":0.0'), b""):
        file.write_bytes(damaged)
        assert leaderboard(store, Registry()) == first
        assert file.read_bytes() == whole


def test_without_a_place_to_keep_it_all_is_worked_out(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache folder that cannot be written is no error."""
    two(results)
    store = results.plan()
    first = leaderboard(store, Registry())
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "file" / "cache"))
    assert leaderboard(store, Registry()) == first


def test_old_files_go(results: Results, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only so many stay, those used last."""
    monkeypatch.setattr("adrbench.results.leaderboard._score_cache._LIMIT", 2)
    two(results)
    store = results.plan()
    boards = []
    for evaluator in ("exact", "overlap", "overlap:strict"):
        boards.append(leaderboard(store, Registry(), evaluator=evaluator))
        assert boards[0] == leaderboard(store, Registry(), evaluator="exact")
    assert len([*kept.iterdir()]) == 2


def test_a_board_without_ties_keeps_nothing(results: Results, kept: Path) -> None:
    """As it is asked for over and over while a run goes on."""
    two(results)
    Scoreboard(results.plan(), Registry()).board(ties=False)
    assert not kept.exists()
