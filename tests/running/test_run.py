"""Runs as a user starts them: real processes, real files, a plugin that goes wrong on purpose."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import stored
from command_line import Done, adrbench
from processes import MARK, started_by

from adrbench.datasets.adr_mini import AdrMini, AdrMiniParams
from adrbench.plugins.registry import Registry
from adrbench.results.store import Store
from adrbench.running.kept import load

HEAD = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
"""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that, on the Python path, is an installed distribution with faulty taggers, and a broken one."""
    site = tmp_path_factory.mktemp("site")
    shutil.copy(Path(__file__).with_name("faulty.py"), site)
    (site / "broken.py").write_text("import a_library_that_nobody_has\n")
    info = site / "faulty-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[adrbench.taggers]\nfaulty = faulty:plugin\nbroken = broken:plugin\n")
    return site


class Bench:
    """A benchmark file with a results folder, and the command line to run it."""

    def __init__(self, folder: Path, site: Path) -> None:
        self.file = folder / "try.toml"
        self.results = folder / "results"
        self.environment = {"PYTHONPATH": str(site), MARK: str(folder)}

    def write(self, *taggers: str, extra: str = "") -> None:
        entries = "".join(
            f'[[taggers]]\nid = "{t or "none"}"\nuse = "faulty"\nparams = {{ way = "{t}" }}\n' for t in taggers
        )
        self.file.write_text(HEAD + entries + extra)

    def run(self, *options: str) -> Done:
        """Run the file; the cells are processes."""
        command = ("run", str(self.file), "--results", str(self.results), "--limit", "60", *options)
        return adrbench(*command, environment=self.environment)

    def start(self) -> subprocess.Popen[str]:
        """Start a run as a process."""
        command = [sys.executable, "-m", "adrbench", "run", str(self.file), "--results", str(self.results)]
        # A shell without job control ignores Ctrl-C in what it starts in the background, these tests perhaps.
        return subprocess.Popen(
            [*command, "--limit", "60"],
            env={**os.environ, **self.environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  (no threads here)
        )

    def leaderboard(self, *options: str) -> Done:
        """Show the leaderboard as JSON."""
        return adrbench("leaderboard", str(self.results), "--format", "json", *options, environment=self.environment)

    def rows(self) -> dict[str, dict[str, object]]:
        done = self.leaderboard()
        assert done.returncode == 0, done.stderr
        return {row["tagger"]: row for row in json.loads(done.stdout) if row["label"] == "micro"}

    def cells(self) -> list[Path]:
        return sorted((self.results / "cells").glob("*/*.jsonl"))

    def processes(self) -> list[psutil.Process]:
        """The cells that are running."""
        return started_by(self.environment[MARK], cells=True)

    def survivors(self) -> list[psutil.Process]:
        """Whatever this has started: cells, their supervisors, and all that they started."""
        return started_by(self.environment[MARK])


@pytest.fixture
def bench(tmp_path: Path, site: Path) -> Bench:
    """A benchmark in a folder of its own."""
    return Bench(tmp_path, site)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory, site: Path) -> tuple[Bench, Done]:
    """A benchmark of two taggers that has been run, and what the run said. Not to be changed."""
    bench = Bench(tmp_path_factory.mktemp("finished"), site)
    bench.write("none", "loud")
    done = bench.run()
    assert done.returncode == 0, done.stderr
    return bench, done


@pytest.fixture
def measured(bench: Bench, finished: tuple[Bench, Done]) -> Bench:
    """The same, for one test to change."""
    before, _ = finished
    shutil.copy(before.file, bench.file)
    shutil.copytree(before.results, bench.results)
    return bench


def wait_for(condition: object, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


WAYS = ("raise", "exit", "segfault", "killed", "label", "outside", "fraction", "short", "unavailable")


@pytest.fixture(scope="module")
def wrong(tmp_path_factory: pytest.TempPathFactory, site: Path) -> tuple[Done, dict[str, dict[str, object]]]:
    """A run, in one fold, of taggers that go wrong in every way and one that does not; and its rows."""
    bench = Bench(tmp_path_factory.mktemp("wrong"), site)
    bench.write(*WAYS, "kinds", "none")
    bench.file.write_text(bench.file.read_text().replace("folds = 2", "test = 0.5"))
    return bench.run(), bench.rows()


@pytest.mark.parametrize(
    ("way", "status", "reason"),
    [
        ("raise", "failed", "ZeroDivisionError: as asked (faulty.py:"),
        ("exit", "failed", "exit code 7"),
        ("segfault", "failed", "SIGSEGV"),
        ("killed", "oom", "killed by the system"),
        ("label", "failed", "'FOREIGN'"),
        ("outside", "failed", "characters"),
        ("fraction", "failed", "whole numbers"),
        ("short", "failed", "answers for"),
        ("unavailable", "skipped", "no weights in this test"),
    ],
)
def test_a_cell_that_goes_wrong_is_a_row_with_its_reason_and_the_others_go_on(
    wrong: tuple[Done, dict[str, dict[str, object]]], way: str, status: str, reason: str
) -> None:
    """Whatever a tagger does, its row says so and the next tagger is measured."""
    done, rows = wrong
    assert (rows[way]["status"], rows[way]["f1"]) == (status, None)
    assert reason in str(rows[way]["reason"])
    assert (rows["none"]["status"], rows["none"]["folds"]) == ("ok", 1)
    assert rows["kinds"]["status"] == "ok"
    assert done.returncode == 3, done.stderr


def test_a_skipped_tagger_is_no_failure(bench: Bench) -> None:
    """The run ends with 0, and every fold of the others is measured."""
    bench.write("unavailable", "none")
    done = bench.run()
    rows = bench.rows()
    assert (rows["unavailable"]["status"], rows["none"]["status"], rows["none"]["folds"]) == ("skipped", "ok", 2)
    assert done.returncode == 0, done.stderr


@pytest.mark.slow  # waits for the end of its patience
def test_a_hanging_tagger_is_really_killed(bench: Bench) -> None:
    """A cell that ignores the polite signal is gone soon after its time, and its status is timeout."""
    bench.write("hang", extra='[limits]\ntimeout = "1s"\n')
    done = bench.run("--fail-fast")
    assert done.returncode == 4
    assert bench.rows()["hang"]["status"] == "timeout"
    assert "1 s" in str(bench.rows()["hang"]["reason"])
    assert not bench.processes()


def test_a_cell_over_its_memory_is_stopped(bench: Bench) -> None:
    """A cell that takes more memory than the file allows ends as oom, with both sizes in the reason."""
    bench.write("memory", extra='[limits]\nmemory = "300MiB"\n')
    bench.run("--fail-fast")
    row = bench.rows()["memory"]
    assert row["status"] == "oom"
    assert "the limit of a cell is 300 MiB" in str(row["reason"])


@pytest.mark.slow  # waits twice for a limit of time
def test_nothing_that_a_cell_does_hurts_the_run_or_outlives_it(bench: Bench) -> None:
    """Daemons, a stopped process, a held interpreter, a flood of output and of words: an honest row each."""
    ways = {"daemon": "ok", "stopped": "timeout", "interpreter": "timeout", "flood": "failed", "megabytes": "failed"}
    bench.write(*ways, "none", extra='[limits]\ntimeout = "6s"\n')
    bench.file.write_text(bench.file.read_text().replace("folds = 2", "test = 0.5"))
    bench.run("--only", "none")  # imports what a run needs
    before = psutil.Process().memory_info().rss
    bench.run()
    assert not bench.survivors()
    rows = bench.rows()
    assert {way: rows[way]["status"] for way in ways} == ways
    assert rows["none"]["status"] == "ok"
    assert psutil.Process().memory_info().rss - before < 50 * 2**20
    assert sum(path.stat().st_size for path in bench.cells()) < 2**20


def test_a_balloon_is_stopped_at_once_with_all_that_it_started(bench: Bench) -> None:
    """It grows by gigabytes a second, ignores the polite signal, and has left a daemon."""
    bench.write("balloon", extra='[limits]\nmemory = "600MiB"\n')
    bench.run("--fail-fast")
    assert not bench.survivors()
    row = bench.rows()["balloon"]
    assert row["status"] == "oom"
    size = float(str(row["reason"]).split(" MiB")[0].rpartition(" ")[2].replace(",", ""))
    assert size < 1800


def test_a_killed_supervisor_leaves_nothing_alive_and_the_run_goes_on(bench: Bench) -> None:
    """Its cell and what that started end with it."""
    extra = '[[taggers]]\nid = "slow"\nuse = "faulty"\nparams = { way = "slow", seconds = 600.0 }\n'
    bench.write("none", extra=extra)
    bench.file.write_text(bench.file.read_text().replace("folds = 2", "test = 0.5"))
    process = bench.start()
    wait_for(lambda: len(bench.cells()) == 1 and bench.processes())
    [cell] = bench.processes()
    parent = cell.parent()
    assert parent is not None
    parent.kill()
    process.communicate(timeout=60)
    assert process.returncode == 3
    assert bench.rows()["slow"]["status"] == "oom"
    assert not bench.survivors()


@pytest.mark.slow  # kills a run as a quick test does, and looks at what else is left
def test_what_a_killed_run_left_is_gone(bench: Bench, tmp_path: Path) -> None:
    """The daemon of its cell ends with it, and the next run removes its scratch."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "adrbench-run-mine").mkdir()  # no mark of ours
    for name, held in (("killed", ".adrbench-scratch.new"), ("theirs", "file")):
        (scratch / f"adrbench-run-{name}").mkdir()
        (scratch / f"adrbench-run-{name}" / held).touch()
        os.utime(scratch / f"adrbench-run-{name}", (0, 0))
    bench.environment["TMPDIR"] = str(scratch)
    bench.write("slow")
    bench.file.write_text(bench.file.read_text().replace('way = "slow"', 'way = "slow", seconds = 600.0'))
    process = bench.start()
    wait_for(bench.processes)
    process.kill()
    process.communicate()
    wait_for(lambda: not bench.survivors())
    assert {path.name for path in scratch.iterdir()} > {"adrbench-run-mine", "adrbench-run-theirs"}
    assert len(list(scratch.iterdir())) == 3
    bench.write("none")
    again = bench.start()
    again.communicate(timeout=60)
    assert again.returncode == 0
    assert sorted(path.name for path in scratch.iterdir()) == ["adrbench-run-mine", "adrbench-run-theirs"]


def test_a_broken_plugin_is_a_row_and_breaks_nothing(bench: Bench) -> None:
    """A plugin that raises on import stands in the leaderboard with what it raised; the others are measured."""
    bench.write("none", extra='[[taggers]]\nid = "b"\nuse = "broken"\n')
    done = bench.run()
    rows = bench.rows()
    assert done.returncode == 3
    assert rows["b"]["status"] == "failed"
    assert "a_library_that_nobody_has" in str(rows["b"]["reason"])
    assert rows["none"]["status"] == "ok"


def test_noise_of_a_tagger_does_not_reach_the_output(finished: tuple[Bench, Done]) -> None:
    """What a tagger prints is not part of the run's output."""
    _, done = finished
    assert "noise on standard output" not in done.stdout
    # The run ends with the first sentence of the recommendation.
    assert "For adr-mini" in done.stdout.partition("Cells: 4 ok.")[2]


def test_finished_cells_with_other_keys_by_now_are_told_beforehand(tmp_path: Path, site: Path) -> None:
    """So many are measured anew, and rows that a run does not measure stay on the leaderboard as they are."""
    bench = Bench(tmp_path, shutil.copytree(site, tmp_path / "site"))
    bench.write("none", "loud")
    bench.run()
    before = bench.rows()
    code = tmp_path / "site" / "faulty.py"
    code.write_text(code.read_text() + "\n# A comment makes no other key.\n")
    assert "other keys" not in bench.run("--dry-run").stdout
    code.write_text(code.read_text() + "\nCHANGED = True\n")
    told = " ".join(bench.run("--dry-run").stdout.split())
    assert "4 finished cells have other keys" in told
    assert "they are measured anew" in told
    one = bench.run("--only", "loud").stdout
    assert "2 finished cells have other keys since the code behind them" in one
    assert "which stay as they are" in one
    rows = bench.rows()
    assert rows["none"] == before["none"]
    assert (rows["loud"]["status"], rows["loud"]["folds"]) == ("ok", 2)
    assert "2 cells are finished already, 2 to run" in bench.run().stdout
    assert "other keys" not in bench.run().stdout


def test_finished_cells_are_not_run_again_and_failed_ones_are(bench: Bench) -> None:
    """A second run touches no finished cell, and tries the failed ones anew."""
    bench.write("raise", "none")
    bench.run()
    before = {path.name: path.stat().st_mtime_ns for path in bench.cells()}
    again = bench.run()
    changed = {path.name for path in bench.cells() if path.stat().st_mtime_ns != before[path.name]}
    assert "2 cells are finished already, 2 to run" in again.stdout
    assert len(changed) == 2


def test_a_cell_that_two_splits_share_is_run_and_counted_once(bench: Bench) -> None:
    """Where every document is a group of its own, the grouped split brings no cell of its own."""
    bench.write("none", extra='[[splits]]\nkind = "grouped"\nfolds = 2\n')
    whole = bench.file.read_text()
    bench.file.write_text(whole.replace('"adr-mini"', '"adr-mini"\ngroup = { pattern = ".+" }', 1))
    said = bench.run().stdout
    assert "shares its cells" in said
    assert "0 cells are finished already, 2 to run" in said
    assert "[2/2]" in said
    assert len(bench.cells()) == 2


def test_a_damaged_cell_is_run_again(measured: Bench) -> None:
    """A cell file that lost its end is no finished cell: it is measured once more."""
    victim = measured.cells()[0]
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 2])
    assert "3 cells are finished already, 1 to run" in measured.run().stdout
    assert {cell.status for cell in stored.cells(measured.results)} == {"ok"}
    assert victim.with_name(f"{victim.name}.damaged").read_bytes() == whole[: len(whole) // 2]


@pytest.mark.parametrize("kind", ["adrbench.json", "plan.jsonl", "corpora", "words", "splits"])
def test_a_damaged_file_that_can_be_made_again_is_written_anew(measured: Bench, kind: str) -> None:
    """A mark, plan, card, or file of words or folds that lost its end: the leaderboard returns, and no cell is run."""
    bench = measured
    # Under this evaluator a leaderboard reads every one of them.
    shown = bench.leaderboard("--evaluator", "novelty")
    assert (shown.returncode, shown.stderr) == (0, "")
    before = {cell: cell.stat().st_mtime_ns for cell in bench.cells()}
    place = bench.results / kind
    [victim] = [place] if place.is_file() else place.glob("*.jsonl")
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 2])
    refused = bench.leaderboard("--evaluator", "novelty")
    assert refused.returncode == 2
    assert f"{victim.name}: damaged" in "".join(refused.stderr.split("\n"))
    done = bench.run()
    assert done.returncode == 0
    assert "4 cells are finished already, 0 to run" in done.stdout
    assert victim.read_bytes() == whole
    assert bench.leaderboard("--evaluator", "novelty").stdout == shown.stdout
    assert {cell: cell.stat().st_mtime_ns for cell in bench.cells()} == before


@pytest.mark.slow
def test_kill_9_loses_the_running_cell_only(bench: Bench) -> None:
    """After kill -9 of the run its cell dies too, nothing is half-written, and the next run does what is missing."""
    bench.write("none", extra='[[taggers]]\nid = "slow"\nuse = "faulty"\nparams = { way = "slow", seconds = 3.0 }\n')
    process = bench.start()
    wait_for(lambda: len(bench.cells()) == 2 and bench.processes())
    process.kill()
    process.communicate()
    wait_for(lambda: not bench.processes())
    assert len(bench.cells()) == 2
    assert not list(bench.results.rglob("*.part"))
    assert bench.rows()["slow"]["status"] == "pending"
    again = bench.run()
    assert "2 cells are finished already, 2 to run" in again.stdout
    assert bench.rows()["slow"]["status"] == "ok"


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_an_interrupted_run_ends_cleanly_and_says_how_to_go_on(bench: Bench, number: signal.Signals) -> None:
    """Ctrl-C and SIGTERM end the running cell, keep the finished ones, and name the command to resume with."""
    bench.write("none", extra='[[taggers]]\nid = "slow"\nuse = "faulty"\nparams = { way = "slow", seconds = 600.0 }\n')
    process = bench.start()
    wait_for(lambda: len(bench.cells()) == 2 and bench.processes())
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "to go on: adrbench run" in errors
    assert "Traceback" not in errors
    assert not bench.processes()
    assert len(bench.cells()) == 2


def test_two_runs_cannot_write_to_one_folder(bench: Bench) -> None:
    """While a run holds a results folder, another one is refused with exit code 2."""
    bench.write(extra='[[taggers]]\nid = "slow"\nuse = "faulty"\nparams = { way = "slow", seconds = 600.0 }\n')
    process = bench.start()
    try:
        wait_for(bench.processes)
        second = bench.run()
        assert second.returncode == 2
        assert "another run is writing" in second.stderr
    finally:
        process.terminate()
        process.communicate()


def test_jobs_run_side_by_side_with_the_same_scores(measured: Bench, tmp_path: Path) -> None:
    """Two cells at a time give the predictions of one at a time."""
    alone = {row["tagger"]: row["fold_f1"] for row in measured.rows().values()}
    measured.results = tmp_path / "other"
    measured.run("--jobs", "2")
    assert {row["tagger"]: row["fold_f1"] for row in measured.rows().values()} == alone


def test_only_keeps_what_other_taggers_measured(bench: Bench) -> None:
    """A run of one tagger leaves the rows of the others in the leaderboard."""
    bench.write("none", "loud")
    bench.run("--only", "none")
    assert set(bench.rows()) == {"none"}
    bench.run("--only", "loud")
    assert set(bench.rows()) == {"none", "loud"}


def test_a_dry_run_writes_nothing(bench: Bench) -> None:
    """A dry run names every row and makes no results folder."""
    bench.write("none")
    done = bench.run("--dry-run")
    assert done.returncode == 0
    assert "Nothing was run" in done.stdout
    assert not bench.results.exists()


def test_results_hold_no_text_of_the_corpus(bench: Bench) -> None:
    """No sentence of the corpus is in any file of the results folder."""
    from adrbench.config import DatasetEntry
    from adrbench.config.corpora import load_corpus

    bench.write("none", "raise")
    bench.run()
    texts = [a.document.text for a in load_corpus(DatasetEntry(use="adr-mini"), Path(), Registry()).documents]
    stored = "".join(path.read_text(encoding="utf-8") for path in bench.results.rglob("*.json*"))
    assert not [text for text in texts if text in stored]


def test_the_step_summary_gets_the_leaderboard(measured: Bench, tmp_path: Path) -> None:
    """Where a CI job offers a summary file, the leaderboard is appended to it as Markdown."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n")
    measured.environment["GITHUB_STEP_SUMMARY"] = str(summary)
    measured.run()
    assert summary.read_text().startswith("before\n**adr-mini · random · 2 folds")
    assert "| none |" in summary.read_text()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--only", "nome"), "did you mean 'none'?"),
        (("--splits", "groupd"), "'groupd' is not in the benchmark file; valid: random"),
        (("--device", "cuda"), "no CUDA GPU is visible"),
    ],
)
def test_wrong_options_are_refused_with_the_closest_valid_name(
    bench: Bench, options: tuple[str, ...], message: str
) -> None:
    """A name that the file does not have is an error with exit code 2, and no cell is run."""
    bench.environment["CUDA_VISIBLE_DEVICES"] = ""
    bench.write("none")
    done = bench.run(*options)
    assert (done.returncode, bench.cells()) == (2, [])
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="macOS has no CUDA")
def test_a_gpu_that_cannot_be_looked_for_names_the_extra(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where NVIDIA's library is not installed."""
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setitem(sys.modules, "pynvml", None)
    bench.write("none")
    done = bench.run("--device", "cuda")
    assert done.returncode == 2
    assert "no CUDA GPU is visible; valid here: auto, cpu" in done.stderr
    assert "pip install 'adrbench[gpu]'" in done.stderr


def test_a_folder_of_something_else_is_refused_and_left_alone(bench: Bench) -> None:
    """A results folder that holds other things is an error, and they stay as they were."""
    bench.write("none")
    bench.results.mkdir()
    (bench.results / "thesis.txt").write_text("mine")
    done = bench.run()
    assert done.returncode == 2
    assert "not a results folder" in done.stderr
    assert [path.name for path in bench.results.iterdir()] == ["thesis.txt"]


def test_more_folds_than_documents_is_an_error(bench: Bench) -> None:
    """Too many folds for the corpus end with both numbers and exit code 2."""
    bench.write("none")
    done = bench.run("--folds", "61")
    assert done.returncode == 2
    assert "61 folds need at least 61 documents; there are 60" in done.stderr


def test_kept_models_can_be_loaded(bench: Bench) -> None:
    """With --keep-models every cell leaves a kept tagger; a finished cell without one is fitted again."""
    bench.file.write_text(f'{HEAD}[[taggers]]\nid = "terms"\nuse = "dictionary"\n')
    bench.run()
    again = bench.run("--keep-models").stdout
    assert "0 cells are finished already, 2 to run" in again
    assert "2 of these are finished, but their models were not kept: they are fitted again" in again
    models = sorted((bench.results / "models").iterdir())
    assert [model.name for model in models] == [cell.stem for cell in bench.cells()]
    store = Store(bench.results)
    for model in models:
        kept, answers = load(model), store.read_answers(model.name)
        assert answers is not None
        cell, predictions = answers
        training = kept.record.training
        assert training is not None
        assert (kept.record.tagger, training.split, training.fold) == ("terms", "random", cell.fold)
        assert training.documents == 30
        assert kept.record.costs == cell.costs
        tested = store.read_split(store.read_plan().sections[0].folds)
        assert tested is not None
        texts = {r.id: r.text for r in AdrMini().load(AdrMiniParams(), None, offline=True).records}
        documents = [kept.document(name, texts[name]) for name in tested.test[cell.fold]]
        assert predictions is not None
        assert [tuple(spans) for spans in kept.predict(documents)] == list(predictions.by_document)
    done = bench.run("--keep-models").stdout
    assert "2 cells are finished already, 0 to run" in done
    assert "fitted again" not in done


def test_relative_paths_in_parameters_start_at_the_benchmark_file(bench: Bench) -> None:
    """A term list beside the benchmark file is found from any folder, and its bytes are part of the cell's key."""
    terms = bench.file.with_name("terms.txt")
    terms.write_text("a term that never occurs\n")
    bench.file.write_text(
        f'{HEAD}[[taggers]]\nid = "dictionary"\nuse = "dictionary"\nparams = {{ term_lists = ["terms.txt"] }}\n'
    )
    assert bench.run().returncode == 0
    assert bench.rows()["dictionary"]["status"] == "ok"
    assert "2 cells are finished already" in bench.run().stdout
    terms.write_text("another term that never occurs\n")
    assert "0 cells are finished already" in bench.run().stdout


def test_a_run_that_cannot_begin_leaves_nothing_behind(bench: Bench) -> None:
    """An error in corpus, folds or options is found before a results folder is made."""
    bench.write("none")
    for options in (("--folds", "61"), ("--only", "nome")):
        assert bench.run(*options).returncode == 2
    bench.file.write_text(bench.file.read_text().replace('"adr-mini"', '"adr-mini"\nlabels = ["DRUGG"]'))
    done = bench.run()
    assert (done.returncode, bench.results.exists()) == (2, False)
    assert "did you mean 'DRUG'?" in done.stderr


def test_files_beside_the_benchmark_are_not_imported(bench: Bench) -> None:
    """A script beside the benchmark file that has the name of a library does not take its place in a cell."""
    bench.write("none")
    bench.file.with_name("json.py").write_text("raise SystemExit('the wrong json')\n")
    assert bench.run().returncode == 0
    assert bench.rows()["none"]["status"] == "ok"


def test_figures_outlive_a_run_for_models(bench: Bench) -> None:
    """Run once more for their models, finished cells keep their figures though their tagger cannot be saved."""
    bench.write("none")
    bench.run()
    before = bench.rows()["none"]
    done = bench.run("--keep-models")
    assert done.returncode == 4
    assert "has no save(folder)" in done.stdout
    assert bench.rows()["none"] == before
    assert before["status"] == "ok"
