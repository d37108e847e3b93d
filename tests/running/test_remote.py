"""Cells that an engine takes elsewhere: the same keys and answers as here, and all that they write comes back."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from click.testing import CliRunner, Result
from far_cells import answers
from neighbour import NeighbourParams
from neighbour import plugin as neighbour
from processes import lives

import adrbench
from adrbench._system.hashing import with_full_paths
from adrbench._system.paths import checkpoints_folder
from adrbench.api import Document, Parcel, Resources, delivered_place, keep_file, perform
from adrbench.cli import main
from adrbench.errors import ConfigError, InputError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import Board
from adrbench.results.predictions import encode
from adrbench.results.schema import CellRecord
from adrbench.results.store import Store
from adrbench.running._job import Job
from adrbench.running._material import write_documents
from adrbench.running._records import machine_here
from adrbench.running.executors import _parcel
from adrbench.running.executors._conditions import Conditions, ask, difference
from adrbench.running.executors.choice import check_executor
from adrbench.running.executors.local import Task
from adrbench.running.plan import PlannedCell, PlannedRow
from adrbench.running.run import View

Install = Callable[..., Path]

HEAD = """
[benchmark]
name = "far"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "grouped"
folds = 2
"""
TAGGERS = """
[[taggers]]
id = "listed"
use = "dictionary"
params = { term_lists = ["./terms.txt"] }
[[taggers]]
id = "tuned"
use = "dictionary"
[taggers.tune]
trials = 2
"""


@pytest.fixture
def engine(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine, installed; on its nodes too."""
    site = install("adrbench-neighbour", "nothing", "", "[adrbench.executors]\nneighbour = neighbour:plugin\n").parent
    # Whatever other tests and libraries have put on the path of this process is on that of its nodes.
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), *filter(None, sys.path)]))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A benchmark file beside what it names."""
    path = tmp_path / "bench" / "far.toml"
    path.parent.mkdir()
    path.write_text(HEAD + TAGGERS)
    (path.parent / "terms.txt").write_text("headache\nnausea\n")
    return path


def command(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_cells_have_the_keys_and_answers_that_they_have_here(file: Path, tmp_path: Path) -> None:
    """Files that parameters name travel; studies and kept models come back; the node is what the record says."""
    here, far = tmp_path / "here", tmp_path / "far"
    adrbench.run(file, results=here)
    done = adrbench.run(file, results=far, executor="neighbour", keep_models=True)
    assert done.statuses == {"ok": 4}
    assert answers(here) == answers(far)
    assert None not in answers(far).values()
    kept = {path.name for path in (far / "models").iterdir()}
    assert kept == set(answers(far))
    assert len(list((far / "studies").glob("*.log"))) == 2
    store = Store(far)
    for key in kept:
        cell = store.read_cell(key)
        assert cell is not None
        assert cell.jobs in {1, 2}
        assert cell.wall_seconds
        assert cell.environment == (Store(here).read_cell(key) or cell).environment
    # The study is continued where it ended: nothing is tried again.
    again = command("run", str(file), "--results", str(far), "--executor", "neighbour")
    assert (again.exit_code, "4 ok" in again.output) == (0, True), again.output


@pytest.mark.usefixtures("engine")
def test_no_cell_ends_before_it_has_started(file: Path, tmp_path: Path) -> None:
    """A view is told of the start of a cell that is back sooner than word of its start."""
    begun: list[str] = []
    over: list[str] = []

    class Told(View):
        def started(self, row: PlannedRow, cell: PlannedCell) -> None:
            begun.append(cell.key)

        def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
            assert cell.key in begun
            over.append(cell.key)

    options: dict[str, Any] = {"executor": "neighbour", "executor_options": {"silent": True}, "only": ["listed"]}
    adrbench.run(file, results=tmp_path / "far", view=Told(), **options)
    assert len(set(begun)) == len(begun) == len(over) == 2


@pytest.mark.usefixtures("engine")
def test_what_goes_wrong_on_a_node_is_the_status_of_its_cell(file: Path, tmp_path: Path) -> None:
    """With reason and log, as on this machine."""
    text = HEAD + '[[taggers]]\nid = "bad"\nuse = "command"\nparams = { command = ["python3", "./bad.py"] }\n'
    file.write_text(text)
    (file.parent / "bad.py").write_text("raise SystemExit('no such luck')\n")
    done = command("run", str(file), "--results", str(tmp_path / "far"), "--executor", "neighbour")
    assert done.exit_code == 4, done.output
    cells = [Store(tmp_path / "far").read_cell(key) for key in answers(tmp_path / "far")]
    assert {cell.status for cell in cells if cell} == {"failed"}
    assert all("no such luck" in cell.reason + cell.log for cell in cells if cell)


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_an_engine_that_is_gone_loses_running_cells_only(file: Path, tmp_path: Path) -> None:
    """The command says how to go on, and does."""
    far = tmp_path / "far"
    start = ("run", str(file), "--results", str(far), "--executor", "neighbour")
    done = command(*start, "--executor-option", "lost_after=2")
    assert done.exit_code == 3
    assert f"adrbench: the neighbours have moved\nFinished cells are kept in {far}" in done.output
    assert sum(found is not None for found in answers(far).values()) == 2
    assert command(*start).exit_code == 0
    assert None not in answers(far).values()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--executor", "neighbor"], "unknown executor 'neighbor'; did you mean 'neighbour'?"),
        (["--address", "here"], "--executor local: 1 problem\n  address: it has no options"),
        (["--executor", "neighbour", "--address", "abroad"], "--executor neighbour: nobody lives at abroad"),
        (
            ["--executor", "neighbour", "--executor-option", "larges=1"],
            "larges: unknown name; did you mean 'largest'?",
        ),
        (["--executor", "neighbour", "--executor-option", "largest=much"], "largest: input should be a valid integer"),
        (["--executor", "neighbour", "--executor-option", "largest"], "give it as NAME=VALUE"),
        (
            ["--executor", "neighbour", "--executor-option", "largest=0"],
            "no cell can run there: no node has 1 processors; the largest has 0",
        ),
    ],
)
def test_a_wrong_executor_or_option_is_an_error_before_anything_is_written(
    file: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = command("run", str(file), "--results", str(tmp_path / "far"), *arguments)
    assert done.exit_code == 2
    assert message in done.output
    assert not (tmp_path / "far").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("engine")
def test_a_row_that_no_node_can_run_is_skipped(file: Path, tmp_path: Path) -> None:
    """The others are measured."""
    text = file.read_text() + "[limits.resources]\nbig = 1\n"
    file.write_text(text.replace('id = "listed"', 'id = "listed"\nneeds = ["big"]'))
    done = adrbench.run(file, results=tmp_path / "far", executor="neighbour")
    assert done.statuses == {"ok": 2, "skipped": 2}
    assert adrbench.run(file, results=tmp_path / "here").statuses == {"ok": 2, "skipped": 2}
    file.write_text(text.replace('id = "listed"', 'id = "listed"\nneeds = ["bug"]'))
    with pytest.raises(ConfigError, match=r"taggers\[0\].needs\[0\]: 'bug' is no resource of \[limits\]"):
        adrbench.run(file, results=tmp_path / "far")


def test_the_engine_of_a_python_call_is_checked_too(file: Path, tmp_path: Path) -> None:
    """An engine that is not installed comes with the names that are."""
    with pytest.raises(InputError, match="unknown executor 'locale'; did you mean 'local'"):
        adrbench.run(file, results=tmp_path / "far", executor="locale")


@pytest.mark.usefixtures("engine")
def test_an_installed_engine_is_listed() -> None:
    row = Registry().look("executors", "neighbour")
    assert (row.state, row.distribution, row.description) == ("ready", "adrbench-neighbour", neighbour)
    checked = check_executor("neighbour", {"largest": 2}, Registry())
    assert checked is not None
    assert vars(checked[1]) == vars(NeighbourParams(largest=2))
    assert check_executor("local", {}, Registry()) is None


NOTING = """
import json
from dataclasses import dataclass
from pathlib import Path
from adrbench.api import Delivery, ExecutorPlugin


@dataclass(frozen=True)
class Params:
    file: str = ""


class Noting:
    def __init__(self, params):
        self.params = params

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def unmet(self, resources):
        return None

    def run(self, parcels, events, jobs):
        digests = {}
        for parcel in parcels:
            digests[parcel.key] = parcel.digest
            Path(self.params.file).write_text(json.dumps(digests))
            yield Delivery(parcel.key, reason="it was only noted")


plugin = ExecutorPlugin("noting", "notes digests", Params, "noting:Noting", api="1.2")
"""
STUDENTS = """
[[taggers]]
id = "teacher"
use = "dictionary"
[[taggers]]
id = "one"
use = "dictionary"
[taggers.distil]
teacher = "teacher"
text = "texts.txt"
sentences = 1
[[taggers]]
id = "two"
use = "dictionary"
[taggers.distil]
teacher = "teacher"
text = "texts.txt"
"""


def test_a_cell_is_the_same_task_whatever_else_its_run_has_to_do(file: Path, tmp_path: Path, install: Install) -> None:
    """A run that goes on, where other rows have finished, finds its cells again by the digest."""
    install("adrbench-noting", "noting", NOTING, "[adrbench.executors]\nnoting = noting:plugin\n")
    file.write_text(HEAD + STUDENTS)
    (file.parent / "texts.txt").write_text("I had nausea and a headache.\nThe rash came back after a week.\n")
    digests = []
    for number, only in enumerate((["one", "two"], ["two"])):
        noted = tmp_path / f"noted-{number}"
        options: dict[str, Any] = {"executor": "noting", "executor_options": {"file": str(noted)}, "only": only}
        adrbench.run(file, results=tmp_path / f"far-{number}", **options)
        digests.append(json.loads(noted.read_text()))
    every, some = digests
    assert len(some) == 2
    assert some.items() <= every.items()


def task(folder: Path, **params: object) -> Task:
    """A task that names files, in a folder."""
    texts = [Document(name, "Headache.", ((0, 8), (8, 9)), name) for name in ("one", "two")]
    write_documents(folder / "texts.jsonl", texts)
    write_documents(folder / "unlabelled.jsonl", [])
    job = Job(
        key="k" * 32,
        use="dictionary",
        params=params,
        documents=str(folder / "texts.jsonl"),
        unlabelled=str(folder / "unlabelled.jsonl"),
        train={"one": [[0, 4, "./list.txt"]]},
        development={},
        test=["two"],
        held_back_groups=[],
        labels=["ADR"],
        seed=1,
        grouped=False,
        device="cpu",
        threads=1,
        offline=False,
        keep_model=False,
    )
    return Task(job.key, replace(job, params=with_full_paths(params, folder)), None, None)


def arrive(parcel: Parcel, node: Path) -> Path:
    """Bring a parcel's files to a node."""
    for digest, path in parcel.files.items():
        keep_file(node / "files", digest, [path.read_bytes()])
    work = node / "work"
    work.mkdir()
    return work


def test_files_and_folders_that_parameters_name_travel_by_their_hash(tmp_path: Path) -> None:
    """In the job on the node their places are others; what only looks like a path in gold is left alone."""
    home, node = tmp_path / "home", tmp_path / "node"
    (home / "model" / "inner").mkdir(parents=True)
    (home / "list.txt").write_text("headache\n")
    (home / "model" / "weights.bin").write_bytes(b"0" * 1000)
    (home / "model" / "inner" / "copy.bin").write_bytes(b"0" * 1000)
    (home / "run.sh").write_text("#!/bin/sh\n")
    (home / "run.sh").chmod(0o755)
    sent = task(home, lists=["./list.txt"], model=f"{home}/model", command=["./run.sh", "--fast"], name="list")
    parcel = _parcel.Packer().pack(sent, Resources(cpus=2))
    # Equal weights are one file.
    assert len(parcel.files) == 5
    unpacked = _parcel.unpack(parcel.content, node / "files", arrive(parcel, node))
    params = unpacked.task.job.params
    assert Path(params["lists"][0]).read_text() == "headache\n"
    assert Path(params["lists"][0]).name == "list.txt"
    assert sorted(p.relative_to(params["model"]).as_posix() for p in Path(params["model"]).rglob("*.bin")) == [
        "inner/copy.bin",
        "weights.bin",
    ]
    assert os.access(params["command"][0], os.X_OK)
    assert (params["command"][1], params["name"]) == ("--fast", "list")
    assert unpacked.task.job.train == {"one": [[0, 4, "./list.txt"]]}
    assert not str(unpacked.task).count(str(home))


def test_a_digest_names_what_is_asked_for_wherever_its_files_are(tmp_path: Path) -> None:
    """Another content, another timeout or a model to be kept is something else."""
    digests = []
    for name, words in (("here", "headache\n"), ("there", "headache\n"), ("other", "nausea\n")):
        home = tmp_path / name
        home.mkdir()
        (home / "list.txt").write_text(words)
        sent = task(home, lists=["./list.txt"])
        asked = (sent, replace(sent, timeout=1.0), replace(sent, job=replace(sent.job, keep_model=True)))
        digests.append([_parcel.Packer().pack(one, Resources()).digest for one in asked])
    assert digests[0] == digests[1]
    assert len({*digests[0], *digests[2]}) == 6


def test_what_is_too_large_to_travel_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the same path and of the same size; else the node says so."""
    monkeypatch.setattr(_parcel, "MOST_BYTES", 10)
    home, node = tmp_path / "home", tmp_path / "node"
    home.mkdir()
    (home / "large.bin").write_bytes(b"0" * 11)
    parcel = _parcel.Packer().pack(task(home, model="./large.bin"), Resources())
    assert len(parcel.files) == 2
    work = arrive(parcel, node)
    unpacked = _parcel.unpack(parcel.content, node / "files", work)
    assert unpacked.task.job.params == {"model": str(home / "large.bin")}
    (home / "large.bin").write_bytes(b"0" * 12)
    (node / "other").mkdir()
    with pytest.raises(OSError, match="is too large to travel, and this node has no such file"):
        _parcel.unpack(parcel.content, node / "files", node / "other")


def test_what_a_task_writes_comes_back_to_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A study goes there as far as it got; a checkpoint that is not in the cache yet comes back, and goes to others."""
    home, node, delivery = tmp_path / "home", tmp_path / "node", tmp_path / "delivery"
    home.mkdir()
    (home / "study.log").write_text("first\n")
    monkeypatch.setenv("ADRBENCH_CACHE", str(home / "cache"))
    plain = task(home)
    job = replace(plain.job, tune={"space": {"list": ["lists/a.txt"]}}, pretrain={"key": "c0ffee"})
    (home / "a.txt").write_text("headache\n")
    sent = replace(plain, job=job, journal=home / "study.log", files={"lists/a.txt": home / "a.txt"})
    parcel = _parcel.Packer().pack(sent, Resources())
    work = arrive(parcel, node)
    monkeypatch.setenv("ADRBENCH_CACHE", str(node / "cache"))
    unpacked = _parcel.unpack(parcel.content, node / "files", work)
    there = unpacked.task.journal
    assert there is not None
    assert unpacked.task.job.tune == job.tune
    assert unpacked.task.files["lists/a.txt"].read_text() == "headache\n"
    assert (there.name, there.read_text()) == ("study.log", "first\n")
    there.write_text("first\nsecond\n")
    made = checkpoints_folder() / "c0ffee"
    made.mkdir(parents=True)
    (made / "weights.bin").write_bytes(b"1")
    (made / "link").symlink_to("/etc/passwd")
    delivery.mkdir()
    _parcel.send_back(unpacked, None, delivery)
    monkeypatch.setenv("ADRBENCH_CACHE", str(home / "cache"))
    assert _parcel.take_back(sent, delivery) is None
    assert (home / "study.log").read_text() == "first\nsecond\n"
    assert [path.name for path in (home / "cache" / "pretraining" / "c0ffee").iterdir()] == ["weights.bin"]
    [again] = [one for one in _parcel.Packer().pack(sent, Resources()).files.values() if one.suffix == ".bin"]
    assert again.read_bytes() == b"1"


def test_a_checkpoint_that_comes_back_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its name is, too: a power cut leaves it whole, or not there."""
    home, returned = tmp_path / "home", tmp_path / "delivery" / "returned" / "checkpoint"
    for folder in (home, returned):
        folder.mkdir(parents=True)
    monkeypatch.setenv("ADRBENCH_CACHE", str(home / "cache"))
    (returned / "weights.bin").write_bytes(b"1")
    plain = task(home)
    sent = replace(plain, job=replace(plain.job, pretrain={"key": "c0ffee"}))
    place, synced, fsync = checkpoints_folder() / "c0ffee", [], os.fsync

    def note(number: int) -> None:
        synced.append((os.fstat(number).st_ino, place.exists()))
        fsync(number)

    monkeypatch.setattr(os, "fsync", note)
    _parcel.take_back(sent, tmp_path / "delivery")
    expected = [(place / "weights.bin", False), (place, False), (place.parent, True)]
    assert synced == [(path.stat().st_ino, named) for path, named in expected]


def test_responses_of_all_cells_go_there_and_those_of_the_task_come_back(tmp_path: Path) -> None:
    home, node, delivery = tmp_path / "home", tmp_path / "node", tmp_path / "delivery"
    (home / "responses").mkdir(parents=True)
    delivery.mkdir()
    plain = task(home)
    own = f"{plain.key}.jsonl"
    for name in (own, "other.jsonl"):
        (home / "responses" / name).write_text("paid\n")
    sent = replace(plain, job=replace(plain.job, responses=str(home / "responses")))
    parcel = _parcel.Packer().pack(sent, Resources())
    unpacked = _parcel.unpack(parcel.content, node / "files", arrive(parcel, node))
    assert unpacked.task.job.responses is not None
    there = Path(unpacked.task.job.responses)
    assert (there / "other.jsonl").read_text() == "paid\n"
    with (there / own).open("a") as file:
        file.write("paid as well\n")
    (there / "other.jsonl").write_text("forged\n")
    _parcel.send_back(unpacked, None, delivery)
    _parcel.take_back(sent, delivery)
    assert (home / "responses" / own).read_text() == "paid\npaid as well\n"
    assert (home / "responses" / "other.jsonl").read_text() == "paid\n"


def test_nodes_are_compared_by_what_a_cell_hangs_on() -> None:
    """What is installed there only does not matter."""
    ours = Conditions("3.11.4", {"numpy": "2.4.6", "crf": "1"}, "core", "1 code")
    assert not difference(replace(ours, packages={**ours.packages, "jupyter": "1"}), ours)
    assert difference(replace(ours, packages={"numpy": "2.4.5"}), ours) == (
        "numpy 2.4.5 instead of 2.4.6, no crf (1 at home)"
    )
    assert difference(replace(ours, python="3.12.0"), ours) == "Python 3.12.0 instead of 3.11.4"
    assert "another code of the tagger" in difference(replace(ours, plugin="1 other"), ours)
    assert difference(replace(ours, core="other"), ours) == "another adrbench"
    assert ask("dictionary") == ask("dictionary", sys.executable)


def test_a_node_that_differs_is_refused_and_runs_nothing(tmp_path: Path) -> None:
    """By the program itself, whatever the engine thinks."""
    home, node = tmp_path / "home", tmp_path / "node"
    home.mkdir()
    parcel = _parcel.Packer().pack(task(home), Resources())
    arrive(parcel, node)
    other = json.loads(parcel.content)
    other["conditions"]["packages"]["numpy"] = "0.1"
    refused = perform(json.dumps(other).encode(), node / "files", node / "delivery")
    assert refused.startswith("numpy ")
    assert refused.endswith(" instead of 0.1")
    assert [path.name for path in (node / "delivery").iterdir()] == ["report.json"]


def test_a_node_whose_process_cannot_begin_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such as one with half an installation: another node may do better."""
    home, node = tmp_path / "home", tmp_path / "node"
    home.mkdir()
    parcel = _parcel.Packer().pack(task(home), Resources())
    arrive(parcel, node)
    (tmp_path / "psutil.py").write_text("raise ImportError('half of it')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    refused = perform(parcel.content, node / "files", node / "delivery")
    assert refused == "the node's process ended with exit code 1: ImportError: half of it"


def test_a_task_that_has_begun_and_whose_process_dies_is_no_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Elsewhere it may die in the same way."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    home, node = tmp_path / "home", tmp_path / "node"
    home.mkdir()
    (home / "sleeps.py").write_text("import time\ntime.sleep(600)\n")
    sleeping = task(home, command=[sys.executable, "./sleeps.py"])
    parcel = _parcel.Packer().pack(replace(sleeping, job=replace(sleeping.job, use="command")), Resources())
    arrive(parcel, node)
    with ThreadPoolExecutor(1) as pool:
        performed = pool.submit(perform, parcel.content, node / "files", node / "delivery")
        next(_sleepers(str(tmp_path / "tmp")))
        [process] = [one for one in psutil.Process().children() if str(node / "files") in one.cmdline()]
        process.kill()
        with pytest.raises(RuntimeError, match="ended with exit code -9"):
            performed.result()


SLEEPER = """
import sys
from pathlib import Path
from adrbench.api import perform
perform(Path(sys.argv[1]).read_bytes(), Path(sys.argv[2]), Path(sys.argv[3]))
"""


@pytest.mark.parametrize("ignored", ["", "INT HUP QUIT"], ids=["usual", "under nohup"])
def test_a_task_ends_with_the_process_that_performs_it(tmp_path: Path, ignored: str) -> None:
    """Even by kill -9: neither process nor folder is left."""
    home, node = tmp_path / "home", tmp_path / "node"
    home.mkdir()
    (home / "sleeps.py").write_text("import time\ntime.sleep(600)\n")
    sleeping = task(home, command=[sys.executable, "./sleeps.py"])
    parcel = _parcel.Packer().pack(replace(sleeping, job=replace(sleeping.job, use="command")), Resources())
    arrive(parcel, node)
    (tmp_path / "parcel").write_bytes(parcel.content)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    started = subprocess.Popen(
        [
            *("sh", "-c", f"trap '' {ignored}\nexec \"$@\"" if ignored else 'exec "$@"', "sh"),
            *(sys.executable, "-c", SLEEPER, tmp_path / "parcel", node / "files", node / "delivery"),
        ],
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        sleeper = next(_sleepers(str(temporary)))
        started.kill()
        started.wait()
        _until(lambda: not lives(sleeper.pid))
        _until(lambda: not any(temporary.iterdir()))
    finally:
        started.kill()
        started.wait()


def _sleepers(mark: str) -> Iterator[psutil.Process]:
    """The processes that run the program of a task below a folder, once there are any."""
    for _ in range(600):
        for process in psutil.process_iter(["cmdline"]):
            line = process.info["cmdline"] or []
            if any(mark in part and part.endswith("sleeps.py") for part in line):
                yield process
        time.sleep(0.1)


def _until(true: Callable[[], bool]) -> None:
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("it never came true")


def test_a_file_that_arrives_damaged_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="arrived with the hash"):
        keep_file(tmp_path, "0" * 64, [b"other"])
    assert not any(tmp_path.iterdir())


def test_a_file_may_arrive_twice_at_a_time(tmp_path: Path) -> None:
    """Two tasks of one node want the same file; one has written it before the other begins to."""
    content = b"a file of a parcel"
    digest = hashlib.sha256(content).hexdigest()
    pieces: list[bytes] = []

    def slowly() -> Iterator[bytes]:
        yield content[:5]
        pieces.extend(keep_file(tmp_path, digest, [content]).read_bytes().split())
        yield content[5:]

    assert keep_file(tmp_path, digest, slowly()).read_bytes() == content
    assert pieces == content.split()
    assert [path.name for path in tmp_path.iterdir()] == [digest]


@pytest.mark.parametrize("name", ["../x", "/x", "a/../../x", "", "a//b", "."])
def test_no_name_of_a_node_leads_out_of_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="leads out of its folder"):
        delivered_place(tmp_path, name)


@pytest.mark.usefixtures("engine")
def test_an_engine_that_knows_nothing_of_groups_is_refused_for_same_machine(file: Path, tmp_path: Path) -> None:
    """By the command and from Python, before anything is written; the message names what can."""
    start = ("run", str(file), "--results", str(tmp_path / "far"), "--executor", "neighbour", "--same-machine")
    for options in ((), ("--dry-run",)):
        done = command(*start, *options)
        assert done.exit_code == 2
        assert "executor neighbour cannot keep the folds of a row on one machine; these can: local" in done.output
        assert "leave --same-machine out" in done.output
    with pytest.raises(ConfigError, match="neighbour cannot keep"):
        adrbench.run(file, results=tmp_path / "far", executor="neighbour", same_machine=True)
    assert not (tmp_path / "far").exists()


@pytest.fixture
def grouping(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine, which says that it runs a group on one node: it has only one kind."""
    monkeypatch.setattr("neighbour.plugin", replace(neighbour, same_node=True))


def elsewhere(results: Path, *, first: int, **changes: Any) -> list[str]:
    """Let the first cells of the row ``listed`` have run on another kind of machine, and forget the others."""
    store = Store(results)
    [row] = [row for section in store.read_plan().sections for row in section.rows if row.tagger == "listed"]
    for fold, key in enumerate(row.cells):
        found = store.read_answers(key)
        assert found is not None
        record, answers = found
        assert record.machine is not None
        assert answers is not None
        if fold >= first:
            store.path_of_cell(key).unlink()
        else:
            store.write_cell(replace(record, machine=replace(record.machine, **changes)), encode(answers)[1])
    return list(row.cells)


@pytest.mark.slow
@pytest.mark.usefixtures("engine", "grouping")
def test_a_resumed_row_gets_no_node_of_another_kind(file: Path, tmp_path: Path) -> None:
    """The node is refused, with both machines; one of the same kind, but for a rounding of memory, is not."""
    far = tmp_path / "far"
    start = ("run", str(file), "--results", str(far), "--executor", "neighbour", "--only", "listed", "--same-machine")
    assert command(*start).exit_code == 0
    here = machine_here()
    assert here.memory_gib is not None
    _, rest = elsewhere(far, first=1, id="near", memory_gib=here.memory_gib + 1)
    assert command(*start).exit_code == 0
    assert [row.machines for row in adrbench.leaderboard(far).rows][:1] == [{here.id: 2}]
    elsewhere(far, first=1, id="older", processor="Z80")
    done = command(*start)
    assert done.exit_code == 3, done.output
    cell = Store(far).read_cell(rest)
    assert cell is not None
    assert cell.status == "failed"
    assert "the row's finished folds ran on machine older (Z80," in cell.reason
    assert f"and this is machine {here.id}" in cell.reason
    assert "without --same-machine" in cell.reason
    assert command(*start[:-1]).exit_code == 0


def test_a_row_resumed_here_is_refused_beforehand(file: Path, tmp_path: Path) -> None:
    """If its folds ran on another kind of machine, or on several; a complete row is no matter."""
    results = tmp_path / "here"
    start = ("run", str(file), "--results", str(results), "--only", "listed", "--same-machine")
    assert command(*start).exit_code == 0
    first, rest = elsewhere(results, first=2, id="older", processor="Z80")
    assert command(*start).exit_code == 0
    Store(results).path_of_cell(rest).unlink()
    done = command(*start)
    assert done.exit_code == 2
    said = " ".join(done.output.split())
    assert "listed on adr-mini (grouped): 1 of its 2 folds ran on machine older (Z80," in said
    assert f"this is machine {machine_here().id}" in said
    assert "go on without --same-machine, or measure the row anew in another folder (--results)" in said
    assert Store(results).read_cell(rest) is None
    assert command(*start[:-1]).exit_code == 0
    shown = " ".join(command("leaderboard", str(results)).output.split())
    assert "listed mixes machines: " in shown
    assert Store(results).read_cell(first) is not None
