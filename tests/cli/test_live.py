"""The live view of a run at a small terminal, and how to see why a cell failed."""

from __future__ import annotations

import io
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stored
from command_line import adrbench

from adrbench.cli.output import tell
from adrbench.cli.progress import LiveView, PlainView, describe_corpus
from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.plugins.registry import Registry
from adrbench.reporting.terminal import SafeConsole
from adrbench.results.leaderboard import Board, leaderboard
from adrbench.results.schema import CellRecord
from adrbench.results.store import Store
from adrbench.running.expected_time import TimeLeft
from adrbench.running.plan import PlannedCell, PlannedRow

GOLD = {f"d{number}": [(0, 4, "ADR")] for number in range(4)}
LOG = "loading\x1b[2J weights\nout of luck"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve taggers on two splits; one of them failed."""
    folder = tmp_path_factory.mktemp("results") / "toy"
    store = Store.create(folder)
    store.write_card("card", stored.card(GOLD, ("ADR",)))
    sections = []
    for split in ("random", "grouped"):
        store.write_split(f"folds-{split}", stored.split((("d0", "d1"), ("d2", "d3"))))
        rows = []
        for tagger in (*(f"tagger-number-{number}" for number in range(11)), "broken"):
            keys = [f"{split}-{tagger}-{fold}" for fold in range(2)]
            for fold, key in enumerate(keys):
                test = (("d0", "d1"), ("d2", "d3"))[fold]
                common: dict[str, Any] = {"tagger": tagger, "split": split, "fold": fold}
                if tagger == "broken":
                    trace = f"Traceback\n  {split} of \x1b[31mred"
                    stored.keep_cell(store, key, reason="ValueError: no", traceback=trace, log=LOG, **common)
                else:
                    stored.keep_cell(store, key, test, {test[0]: GOLD[test[0]]}, **common)
            rows.append(stored.row(tagger, keys))
        sections.append(stored.section(rows, split=split, folds=f"folds-{split}"))
    store.write_plan(stored.plan(sections))
    return folder


@pytest.fixture(scope="module")
def board(results: Path) -> Board:
    """The leaderboard of these results."""
    return leaderboard(Store(results), Registry())


class Frames(io.StringIO):
    """What a terminal is sent, picture by picture."""

    def pictures(self) -> list[list[str]]:
        """The lines of each picture, without colours; a picture begins where the one before it is wiped away."""
        wiped = re.split(r"(?:\r?\x1b\[1?A?\x1b?\[?2K)+|(?:\x1b\[1A\x1b\[2K)+", self.getvalue())
        plain = [re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]|\r", "", one) for one in wiped]
        return [one.split("\n") for one in plain if one.strip()]


def begun(row: PlannedRow, view: LiveView, jobs: int) -> None:
    """Start cells with long names."""
    view.time_left(TimeLeft(10, 500, {"folds": 9}, {}))
    for fold in range(jobs):
        view.started(row, PlannedCell(f"key{fold}", "toy", "grouped", fold, "a-tagger-with-quite-a-long-name"))


@pytest.fixture
def row() -> PlannedRow:
    """A row that the view needs not look at."""
    return PlannedRow.__new__(PlannedRow)


@pytest.mark.parametrize(("width", "height"), [(80, 24), (60, 12), (40, 8), (200, 60)])
@pytest.mark.parametrize("jobs", [1, 30])
def test_progress_is_never_hidden(board: Board, row: PlannedRow, width: int, height: int, jobs: int) -> None:
    """Each picture fits the terminal and ends with the progress; figures are whole, the table is shortened."""
    frames = Frames()
    view = LiveView(SafeConsole(file=frames, force_terminal=True, width=width, height=height))
    with view:
        # In this order the leaderboard is drawn once, not for each cell.
        begun(row, view, jobs)
        view.resumed(board)
        shown = frames.pictures()[-1]
    assert len(shown) <= height
    assert max(map(len, shown)) <= width
    told = "\n".join(shown)
    assert "0/0 cells" in told
    assert "fold 1" in " ".join(told.split())
    if jobs == 30 and height < 60:
        assert "more running" in told
    if height == 24:
        assert "toy · grouped" in told
        # P, R and F1 of a tagger that finds one mention of two in each fold.
        assert re.search(r"tagger-number-\S* +100\.0 +50\.0 +66\.7", told)
        assert "toy · random" not in told
        assert re.search(r"… (\d+ more rows and )?1 more table", told)


def test_a_failed_cell_is_told_above_the_picture(board: Board, row: PlannedRow) -> None:
    """As it happens, whatever room there is."""
    frames = Frames()
    view = LiveView(SafeConsole(file=frames, force_terminal=True, width=80, height=10))
    cell = PlannedCell("grouped-broken-0", "toy", "grouped", 0, "broken")
    with view:
        view.ended(row, cell, failed(), board)
    assert "toy grouped broken fold 1: failed: ValueError: no" in frames.getvalue()


@pytest.mark.parametrize("height", [8, 24])
def test_the_first_failed_cell_says_how_to_see_why(board: Board, row: PlannedRow, height: int) -> None:
    """Once, above the picture, which still fits the terminal; a run may be interrupted before its end."""
    frames = Frames()
    console = SafeConsole(file=frames, force_terminal=True, width=80, height=height)
    view = LiveView(console, results=Path("runs/my toy"))
    hint = "adrbench leaderboard 'runs/my toy' --why broken"
    with view:
        begun(row, view, 2)
        for fold in range(2):
            view.ended(row, PlannedCell(f"grouped-broken-{fold}", "toy", "grouped", fold, "broken"), failed(), board)
        shown = frames.pictures()[-1]
    told = frames.getvalue()
    assert told.count(hint) == 1
    assert told.index("broken fold 1: failed") < told.index(hint) < told.index("broken fold 2: failed")
    # The second failure is told above its picture.
    assert len(shown) <= height + 1
    assert "2/0 cells" in "\n".join(shown)


def test_lines_of_a_log_say_how_to_see_why_once(board: Board, row: PlannedRow) -> None:
    """At the first cell that failed."""
    stream = io.StringIO()
    view = PlainView(SafeConsole(file=stream, width=100), Path("runs/toy"))
    for fold in range(2):
        view.ended(row, PlannedCell(f"grouped-broken-{fold}", "toy", "grouped", fold, "broken"), failed(), board)
    first, hint, second = stream.getvalue().splitlines()
    assert "broken fold 1: failed: ValueError: no" in first
    assert hint.endswith("adrbench leaderboard runs/toy --why broken")
    assert "broken fold 2: failed: ValueError: no" in second


def failed() -> CellRecord:
    """A failed cell."""
    from adrbench.results.schema import CellRecord

    empty: dict[str, Any] = dict.fromkeys(CellRecord.__dataclass_fields__)
    texts = {"key": "k", "dataset": "toy", "split": "grouped", "tagger": "broken", "use": "", "version": "", "code": ""}
    rest = {"fold": 0, "params": {}, "status": "failed", "reason": "ValueError: no", "imported": False}
    return CellRecord(**{**empty, **texts, **rest, "log": "", "traceback": ""})


def test_why_shows_traceback_and_output(results: Path) -> None:
    """Of each way in which a row failed once, with its folds, and nothing that steers the terminal."""
    done = adrbench("leaderboard", str(results), "--why", "broken")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "toy random broken, folds 1, 2: failed: ValueError: no" in done.stdout
    assert r"grouped of \x1b[31mred" in done.stdout
    assert done.stdout.count("What its process printed:") == 2
    assert "loading\\x1b[2J weights\nout of luck" in done.stdout
    assert adrbench("leaderboard", str(results), "--why", "tagger-number-3").stdout == (
        "tagger-number-3: all cells went well\n"
    )
    records = json.loads(adrbench("leaderboard", str(results), "--why", "broken", "--format", "json").stdout)
    assert [(one["split"], one["folds"], one["log"]) for one in records] == [
        ("random", [1, 2], LOG),
        ("grouped", [1, 2], LOG),
    ]
    wrong = adrbench("leaderboard", str(results), "--why", "brokn")
    assert wrong.returncode == 2
    assert "did you mean 'broken'?" in wrong.stderr


def test_a_leaderboard_says_how_to_see_why(results: Path) -> None:
    """Only where a cell failed, and only for people."""
    hint = f"adrbench leaderboard {results} --why broken"
    assert hint in adrbench("leaderboard", str(results)).stdout
    assert "--why" not in adrbench("leaderboard", str(results), "--format", "markdown").stdout


def test_a_row_that_never_ran_says_why(results: Path, tmp_path: Path) -> None:
    """A row that cannot run here has a status and a reason, and no traceback."""
    folder = tmp_path / "toy"
    shutil.copytree(results, folder)
    store = Store(folder)
    plan = store.read_plan()
    skipped = stored.row("gpu-only", ("gpu-0", "gpu-1"), problem=("skipped", "needs a CUDA GPU"))
    [first, *rest] = plan.sections
    store.write_plan(replace(plan, sections=(replace(first, rows=(*first.rows, skipped)), *rest)))
    told = adrbench("leaderboard", str(folder), "--why", "gpu-only").stdout
    assert told == "toy random gpu-only, folds 1, 2: skipped: needs a CUDA GPU\n"


@pytest.mark.parametrize(("labels", "end"), [(20, "L0018, L0019"), (2000, "L0018, L0019 and 1,980 more labels")])
def test_of_many_labels_the_first_are_named(labels: int, end: str, tmp_path: Path) -> None:
    """Thousands of them would hide the lines that follow."""
    spans = [{"start": 0, "end": 4, "label": f"L{number:04}"} for number in range(labels)]
    (tmp_path / "c.jsonl").write_text(json.dumps({"text": "rash", "spans": spans}))
    corpus = load_corpus(DatasetEntry(use="jsonl", path="c.jsonl"), tmp_path, Registry())
    line = describe_corpus(corpus)[0]
    assert line.endswith(end)
    assert len(line) < 250


def test_a_step_that_counts_nothing_ends_without_a_colon(tmp_path: Path) -> None:
    """Which format was recognised is no number."""
    (tmp_path / "c.jsonl").write_text(json.dumps({"text": "rash", "spans": [[0, 4, "ADR"]]}))
    corpus = load_corpus(DatasetEntry(use="auto", path="c.jsonl"), tmp_path, Registry())
    assert "  format recognised: jsonl (c.jsonl: a JSON object a line)" in describe_corpus(corpus)


def test_sentences_are_broken_between_words_at_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """At a terminal no word is cut at its edge; a file or a program gets each sentence as one line."""
    sentence = "For posts, use crf: it has the best F1 of 2 taggers, 28.3 points above dictionary\x1b[2J."
    monkeypatch.setenv("COLUMNS", "40")
    tell(sentence)
    assert capsys.readouterr().out == sentence.replace("\x1b", "\\x1b") + "\n"
    monkeypatch.setenv("FORCE_COLOR", "1")
    tell(sentence)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 40
    assert " ".join(line.strip() for line in lines).split() == sentence.replace("\x1b", "\\x1b").split()
