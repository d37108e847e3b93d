"""Benchmarks on a cluster of stand-ins: submitit and the nodes' processes are real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from far_cells import answers
from processes import MARK, started_by
from slurm_stand_in import Cluster, Config

import adrbench
from adrbench.results.store import Store

pytestmark = pytest.mark.slow

FILE = """
[benchmark]
name = "far"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = {folds}
[[taggers]]
id = "dictionary"
use = "dictionary"
"""
CRF = """
[[taggers]]
id = "crf"
use = "crf"
params = { clusters = [], max_iterations = 3 }
"""
# It says that it has started where a test can see it, and takes its time.
PROGRAM = """
import json, os, sys, time
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "start":
        print(json.dumps({"type": "ready"}), flush=True)
    elif told["type"] == "fit":
        with open(os.environ["SEEN"], "a") as file:
            file.write("fit\\n")
        time.sleep(float(sys.argv[1]))
    elif told["type"] == "end":
        print(json.dumps({"type": "fitted"}), flush=True)
        break
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "document":
        print(json.dumps({"type": "spans", "id": told["id"], "spans": []}), flush=True)
    elif told["type"] == "end":
        print(json.dumps({"type": "predicted"}), flush=True)
    elif told["type"] == "stop":
        break
"""


class Bench:
    """A benchmark file, a cluster, and the command line."""

    def __init__(self, folder: Path, **has: object) -> None:
        self.folder = folder
        self.cluster = Cluster(folder / "cluster", Config(**has))  # type: ignore[arg-type]
        self.file = folder / "far.toml"
        self.seen = folder / "seen"
        self.environment = {**os.environ, **self.cluster.environment, "SEEN": str(self.seen), MARK: str(folder)}

    def write(self, folds: int = 6, taggers: str = CRF) -> None:
        self.file.write_text(FILE.format(folds=folds) + taggers)

    def write_program(self, seconds: float, folds: int = 2) -> None:
        (self.folder / "program.py").write_text(PROGRAM)
        command = json.dumps([sys.executable, "./program.py", str(seconds)])
        tagger = f'[[taggers]]\nid = "program"\nuse = "command"\nparams = {{ command = {command} }}\n'
        self.file.write_text(FILE.format(folds=folds).partition("[[taggers]]")[0] + tagger)

    def start(self, *options: str, results: str = "far") -> subprocess.Popen[str]:
        here = [f"folder={self.folder / 'shared'}", "poll=0.3", "patience=2"]
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "adrbench", "run", str(self.file), "--results", str(self.folder / results)),
                *("--executor", "slurm", *(word for one in here for word in ("--executor-option", one)), *options),
            ],
            env={**self.environment, "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *options: str, results: str = "far") -> tuple[int, str]:
        process = self.start(*options, results=results)
        printed, _ = process.communicate(timeout=3000)
        return process.returncode, printed

    def wait_for(self, what: Callable[[], bool], seconds: float = 1200) -> None:
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until
            time.sleep(0.1)

    def reasons(self) -> list[tuple[str, str]]:
        store = Store(self.folder / "far")
        keys = [key for section in store.read_plan().sections for row in section.rows for key in row.cells]
        return [(cell.status, cell.reason) for cell in map(store.read_cell, keys) if cell]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Bench]]:
    """Make a benchmark with a cluster."""
    made: list[Bench] = []

    def bench(**has: object) -> Bench:
        made.append(Bench(tmp_path, **has))
        return made[-1]

    yield bench
    for one in made:
        one.cluster.close()


def test_twelve_cells_have_the_keys_and_answers_that_they_have_here(make: Callable[..., Bench]) -> None:
    """No more than two at a time, in arrays of five at most; nothing is left in the folder."""
    bench = make(cpus=4, lag=0.5, max_array_size=5)
    bench.write()
    code, printed = bench.run("--jobs", "2")
    assert (code, "12 ok" in printed) == (0, True), printed
    adrbench.run(bench.file, results=bench.folder / "here")
    assert answers(bench.folder / "far") == answers(bench.folder / "here")
    assert None not in answers(bench.folder / "far").values()
    assert {job["state"] for job in bench.cluster.jobs()} == {"COMPLETED"}
    assert bench.cluster.most_at_a_time() == 2
    assert [path.name for path in (bench.folder / "shared").rglob("*") if path.is_file()] == ["lock"]
    assert [process.cmdline() for process in started_by(str(bench.folder), cells=True)] == []


def test_a_run_that_is_killed_is_taken_up_by_the_next(make: Callable[..., Bench]) -> None:
    """What has finished is collected, what runs is waited for, and nothing is fitted twice."""
    bench = make(cpus=2, lag=0.5)
    bench.write_program(seconds=8, folds=4)
    process = bench.start()
    bench.wait_for(lambda: bench.seen.exists() and len(bench.seen.read_text().split()) == 2)
    process.kill()
    process.communicate()
    # The first two end while nobody looks, and the others start.
    bench.wait_for(lambda: len(bench.seen.read_text().split()) == 4)
    code, printed = bench.run()
    assert (code, "4 ok" in printed) == (0, True), printed
    assert len(bench.seen.read_text().split()) == len(bench.cluster.jobs()) == 4


def test_an_interrupted_run_ends_its_jobs(make: Callable[..., Bench]) -> None:
    """Nothing of them lives on; the next run starts them again."""
    bench = make(cpus=2)
    bench.write_program(seconds=60)
    process = bench.start()
    bench.wait_for(lambda: bench.seen.exists() and len(bench.seen.read_text().split()) == 2)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=1200)
    assert process.returncode == 130
    bench.wait_for(lambda: not started_by(str(bench.folder), cells=True))
    assert {job["state"] for job in bench.cluster.jobs()} <= {"CANCELLED by 0", "RUNNING"}


def test_a_time_limit_is_a_timeout_with_a_reason(make: Callable[..., Bench]) -> None:
    """Slurm warns a minute before, and the cell ends in an orderly way; its sibling is not touched."""
    bench = make(cpus=2, minute=10.0)
    bench.write_program(seconds=600)
    code, printed = bench.run("--executor-option", "time=2")
    assert code == 4, printed
    reasons = bench.reasons()
    assert [status for status, _ in reasons] == ["timeout", "timeout"]
    assert all(reason.startswith("Slurm's time limit was reached (job 101_") for _, reason in reasons)
    assert {job["state"] for job in bench.cluster.jobs()} == {"COMPLETED"}


def test_a_lost_node_starts_its_job_again_elsewhere(make: Callable[..., Bench]) -> None:
    """Where Slurm does so; after two losses it is enough."""
    bench = make(cpus=2, requeues=True, every=2, faults=("NODE_FAIL", "PREEMPTED"), delay=0.5)
    bench.write(folds=3, taggers="")
    code, printed = bench.run()
    assert (code, "3 ok" in printed) == (0, True), printed
    assert sum(job["restarts"] for job in bench.cluster.jobs()) >= 1
    bench.cluster.configure(every=1, faults=("NODE_FAIL",))
    code, printed = bench.run(results="lost")
    assert code == 4, printed
    assert "its node was lost or taken away 3 times" in printed


def test_a_node_that_differs_is_refused_by_name(make: Callable[..., Bench], tmp_path: Path) -> None:
    """Here each job finds another version of a library first."""
    bench = make(cpus=2)
    bench.write(folds=2, taggers="")
    other = tmp_path / "other" / "tqdm-99.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: tqdm\nVersion: 99\n")
    code, printed = bench.run("--executor-option", f'setup=["export PYTHONPATH={other.parent}"]')
    assert code == 4, printed
    assert "node1 refused it: tqdm 99 instead of" in printed
