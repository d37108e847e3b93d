"""Jobs through submitit's real code and stand-ins for Slurm's programs: how they are asked for, and how they end."""

from __future__ import annotations

import errno
import json
import os
import pickletools
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from slurm_stand_in import Cluster, Config

from adrbench.api import Delivery, ExecutorLost, Parcel, Resources, Unavailable
from adrbench.errors import ConfigError, InputError
from adrbench.plugins.registry import Registry
from adrbench.running.executors.choice import check_executor
from adrbench_slurm._amounts import mebibytes, minutes
from adrbench_slurm._requests import request, with_defaults
from adrbench_slurm._states import controlled, judged
from adrbench_slurm.executor import SlurmExecutor
from adrbench_slurm.plugin import SlurmParams

Make = Callable[..., Cluster]
POLL = 0.1


@dataclass
class Events:
    """Keeps what an engine tells."""

    begun: list[str] = field(default_factory=list)
    nodes: list[tuple[str, str]] = field(default_factory=list)

    def started(self, key: str) -> None:
        self.begun.append(key)

    def progress(self, key: str, done: float, total: float, note: str) -> None:
        pass

    def refused(self, node: str, reason: str) -> None:
        self.nodes.append((node, reason))


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """Make a cluster, and put its programs first on the path."""
    made: list[Cluster] = []

    def cluster(**has: object) -> Cluster:
        made.append(Cluster(tmp_path / "cluster", Config(**has)))  # type: ignore[arg-type]
        for name, value in made[-1].environment.items():
            monkeypatch.setenv(name, value)
        return made[-1]

    yield cluster
    for one in made:
        one.close()


@pytest.fixture
def params(tmp_path: Path) -> SlurmParams:
    """Short times, and a folder."""
    return SlurmParams(folder=str(tmp_path / "shared"), poll=POLL, patience=0.5)


def parcels(number: int, cpus: int = 1, start: int = 0, digest: str = "same") -> list[Parcel]:
    """Parcels that no node understands."""
    return [
        Parcel(f"{'k' * 30}{n:02}", b"{}", {}, Resources(cpus=cpus), timeout=60, digest=digest)
        for n in range(start, start + number)
    ]


def ends(engine: SlurmExecutor, sent: list[Parcel], events: Events | None = None) -> dict[str, tuple[str, str]]:
    return {one.key: (one.status, one.reason) for one in engine.run(sent, events or Events(), None)}


class Submitted(Exception):  # noqa: N818
    """All jobs are with Slurm."""


def submit(engine: SlurmExecutor, sent: list[Parcel], jobs: int | None, look: Callable[[], None]) -> None:
    """Hand parcels to Slurm, look at what is there, and interrupt the run."""
    sleep = time.sleep

    def interrupt(seconds: float) -> None:
        # Waiting for a program sleeps too, and so do threads of other tests.
        if seconds != POLL or threading.current_thread() is not threading.main_thread():
            sleep(seconds)
            return
        look()
        raise Submitted

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("adrbench_slurm.executor.time.sleep", interrupt)
        with pytest.raises(Submitted):
            list(engine.run(sent, Events(), jobs))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (30, 30),
        ("30", 30),
        ("30:01", 31),
        ("2:30:00", 150),
        ("1-12", 36 * 60),
        ("1-12:30", 36 * 60 + 30),
        ("1-00:00:01", 24 * 60 + 1),
    ],
)
def test_times_are_read_as_slurm_reads_them(text: int | str, expected: int | None) -> None:
    """Seconds count as a minute, since submitit speaks of minutes."""
    assert minutes(text) == expected


def test_memory_is_read_as_slurm_reads_it() -> None:
    assert [mebibytes(text) for text in ("", "500", "500M", "8G", "1t", "1025K")] == [None, 500, 500, 8192, 2**20, 2]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"partion": "long"}, "partion: unknown name; did you mean 'partition'?"),
        ({"time": "soon"}, "time: .*a time limit has the form MINUTES"),
        ({"time": 0}, "time: .*a time limit is more than 0"),
        ({"memory": "8 gigabytes"}, "memory: .*memory has the form 500M, 8G or 1T"),
        ({"folder": "/scratch/%u"}, "folder: .*reads % in the name"),
        ({"cpus": -1}, "cpus: "),
    ],
)
def test_a_wrong_option_is_an_error(options: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_executor("slurm", options, Registry())


def test_what_is_missing_is_said_before_anything_is_read(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slurm's programs, then the folder."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(
        InputError, match="this machine has no sbatch, srun, sacct, scancel, scontrol; start the run on"
    ):
        check_executor("slurm", {"folder": "/tmp"}, Registry())
    make()
    with pytest.raises(InputError, match="it needs a folder that every node sees; give --executor-option folder=PATH"):
        check_executor("slurm", {}, Registry())


def test_a_job_gets_what_its_cell_takes_and_what_looks_after_it() -> None:
    """Options for every job are lower bounds; Slurm shares no GPU."""
    asked = Resources(cpus=2, gpus=0.25, memory=2**30, custom={"fast_disk": 1})
    assert request(SlurmParams(partition="long", memory="500M", cpus=1), asked, 600.0) == {
        "partition": "long",
        "time": 15,
        "cpus_per_task": 2,
        "mem": "1536M",
        "gpus_per_node": 1,
        "gres": "fast_disk:1",
    }
    assert request(SlurmParams(time="1-00", memory="8G", cpus=4), Resources(), 600.0) == {
        "time": 1440,
        "cpus_per_task": 4,
        "mem": "8192M",
    }
    assert request(SlurmParams(), Resources(), None) == {"cpus_per_task": 1}


def test_variables_of_sbatch_are_defaults_that_options_win_over() -> None:
    """Slurm itself would let them win over the lines of a script."""
    variables = {"SBATCH_PARTITION": "long", "SBATCH_ACCOUNT": "mine"}
    params = with_defaults(SlurmParams(partition="short"), variables)
    assert (params.partition, params.account, params.qos) == ("short", "mine", "")


@pytest.mark.parametrize(
    ("state", "status", "words"),
    [
        ("OUT_OF_MEMORY", "oom", "its job exceeded its memory (job 7_1 on node[1-2], OUT_OF_MEMORY)"),
        ("OUT_OF_ME+", None, ""),
        ("TIMEOUT", "timeout", "Slurm's time limit was reached"),
        ("DEADLINE", "timeout", "its job could not end before its deadline"),
        ("CANCELLED by 1000", "failed", "its job was cancelled (job 7_1 on node[1-2], CANCELLED by 1000)"),
        ("CANCELLED+", "failed", "its job was cancelled"),
        ("PREEMPTED", "failed", "its job was preempted"),
        ("NODE_FAIL", "failed", "its node failed"),
        ("BOOT_FAIL", "failed", "its node could not be started"),
        ("FAILED", "failed", "its job failed"),
        ("COMPLETED", "failed", "its job ended without a result"),
        *((state, None, "") for state in ("PENDING", "RUNNING", "REQUEUED", "COMPLETING", "SUSPENDED", "UNKNOWN", "")),
    ],
)
def test_a_state_of_slurm_is_a_status_with_a_reason(state: str, status: str | None, words: str) -> None:
    verdict = judged(state, "7_1", "node[1-2]")
    assert (verdict and verdict[0]) == status
    assert verdict is None or words in verdict[1]


def test_arrays_are_bounded_and_no_larger_than_slurm_takes(make: Make, params: SlurmParams) -> None:
    """Cells that take other resources have arrays of their own; a bound holds for all of them together."""
    cluster = make(held=True, max_array_size=4)
    flags: list[list[str]] = []

    def look() -> None:
        flags.extend(
            [told["array"], told["cpus-per-task"], told.get("dependency", "")]
            for told in (json.loads(job["flags"]) for job in cluster.jobs() if job["task"] == 0)
        )

    with SlurmExecutor(params) as engine:
        submit(engine, [*parcels(6), *parcels(2, 2, start=6)], 3, look)
    assert flags == [["0-3%3", "1", ""], ["0-1%2", "1", "afterany:101"], ["0-1%2", "2", "afterany:101:105"]]


def test_only_the_name_of_a_function_and_a_path_are_pickled(make: Make, params: SlurmParams, tmp_path: Path) -> None:
    """Whatever else a job needs lies in the folder, as plain data."""
    make(held=True)
    names: set[str] = set()
    texts: set[str] = set()

    def look() -> None:
        for file in (tmp_path / "shared").rglob("*_submitted.pkl"):
            operations = [(code.name, value) for code, value, _ in pickletools.genops(file.read_bytes())]
            assert not {"GLOBAL", "EXT1", "EXT2", "EXT4"} & {name for name, _ in operations}
            assert sum(name in {"REDUCE", "STACK_GLOBAL"} for name, _ in operations) == 2
            texts.update(str(value) for name, value in operations if "UNICODE" in name)
            names.add(file.name)

    with SlurmExecutor(params) as engine:
        submit(engine, parcels(2), None, look)
    assert names == {"101_0_submitted.pkl", "101_1_submitted.pkl"}
    paths = {text for text in texts if "/" in text}
    assert len(paths) == 2
    assert all(Path(path).parent.name == "tasks" for path in paths)
    assert {"adrbench_slurm._node", "run_task", "DelayedSubmission"} < texts
    assert len(texts - paths) < 15


def test_an_interrupted_run_ends_its_jobs_and_leaves_nothing(make: Make, params: SlurmParams, tmp_path: Path) -> None:
    """Unless they are to go on: then the next run takes them up, those that ask for the same."""
    cluster = make(held=True)
    with SlurmExecutor(params) as engine:
        submit(engine, parcels(3), None, lambda: None)
    assert [job["stop"] for job in cluster.jobs()] == ["CANCELLED by 0"] * 3
    assert [path.name for path in (tmp_path / "shared").rglob("*") if path.is_file()] == ["lock"]
    kept = SlurmParams(**{**vars(params), "keep_jobs": True})
    with SlurmExecutor(kept) as engine:
        submit(engine, parcels(2), None, lambda: None)
    assert [job["stop"] for job in cluster.jobs()[3:]] == [None, None]
    with SlurmExecutor(kept) as engine:
        submit(engine, [*parcels(1), *parcels(1, start=1, digest="other")], None, lambda: None)
    jobs = cluster.jobs()[3:]
    assert [job["stop"] for job in jobs] == [None, "CANCELLED by 0", None]
    assert [job["task"] for job in jobs] == [0, 1, None]


def deliver(root: Path, which: slice = slice(None)) -> list[str]:
    """Have jobs end that wait or run, as they do on nodes. Returns the keys of their cells."""
    from adrbench_slurm._folder import DELIVERY, Ended, SharedFolder

    [place] = root.iterdir()
    shared = SharedFolder(place)
    tasks = sorted(path for path in (place / "tasks").iterdir())[which]
    for task in tasks:
        (task / DELIVERY).mkdir()
        (task / DELIVERY / "report.json").write_text(task.name)
        shared.write_ended(task.name, Ended("delivered", node="node1"))
    return [task.name.partition(".")[0] for task in tasks]


def collect(engine: SlurmExecutor, sent: list[Parcel]) -> Generator[str, None, None]:
    """The keys of what comes back, through generators around the engine's own, as in a run."""

    def around() -> Generator[Delivery, None, None]:
        with closing(engine.run(sent, Events(), None)) as running:
            yield from running

    with closing(around()) as deliveries:
        for one in deliveries:
            assert one.folder is not None, one.reason
            assert (one.folder / "report.json").read_text().startswith(one.key)
            yield one.key


@pytest.fixture
def left(make: Make, params: SlurmParams, tmp_path: Path) -> Cluster:
    """A cluster on which five cells of a run that is gone have ended."""
    cluster = make(held=True)
    with SlurmExecutor(SlurmParams(**{**vars(params), "keep_jobs": True})) as engine:
        submit(engine, parcels(5), None, lambda: None)
    assert len(deliver(tmp_path / "shared")) == 5
    return cluster


def test_results_that_have_not_been_stored_outlive_an_interruption(left: Cluster, params: SlurmParams) -> None:
    """They are collected by the next run, and no job is submitted for them again."""
    with SlurmExecutor(params) as engine:
        # As after --fail-fast: the first is stored, and no more are wanted.
        with closing(collect(engine, parcels(5))) as found:
            next(found)
        # The disk is full, or the user ends the run, before the second is stored.
        with pytest.raises(KeyboardInterrupt), closing(collect(engine, parcels(5)[1:])) as found:  # noqa: PT012
            next(found)
            raise KeyboardInterrupt
    with SlurmExecutor(params) as engine:
        assert list(collect(engine, parcels(5)[1:])) == [parcel.key for parcel in parcels(5)[1:]]
    assert len(left.jobs()) == 5


def test_an_interrupted_run_ends_what_runs_and_keeps_what_has_ended(
    make: Make, params: SlurmParams, tmp_path: Path
) -> None:
    """Both may be tasks of one array."""
    cluster = make(held=True)
    ended: list[str] = []
    with SlurmExecutor(params) as engine:
        submit(engine, parcels(4), None, lambda: ended.extend(deliver(tmp_path / "shared", slice(2))))
    assert {job["stop"] for job in cluster.jobs()} == {"CANCELLED by 0"}
    kept = SlurmParams(**{**vars(params), "keep_jobs": True})
    collected: list[str] = []

    class Collected(Events):
        def started(self, key: str) -> None:
            pytest.fail(key)

    with SlurmExecutor(kept) as engine, closing(engine.run(parcels(4), Collected(), None)) as running:
        collected += [next(running).key, next(running).key]
    assert collected == ended
    assert len(cluster.jobs()) == 6


def test_a_full_disk_loses_no_result(left: Cluster, params: SlurmParams, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends, and the next one collects them."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with SlurmExecutor(params) as engine:
        with monkeypatch.context() as patch:
            patch.setattr("shutil.copyfile", full)
            with pytest.raises(OSError, match="No space left on device"):
                list(collect(engine, parcels(5)))
        assert len(list(collect(engine, parcels(5)))) == 5
    assert len(left.jobs()) == 5


KILLED = """
import os, signal, sys
from test_slurm import Events, parcels
from adrbench_slurm.executor import SlurmExecutor
from adrbench_slurm.plugin import SlurmParams
with SlurmExecutor(SlurmParams(folder=sys.argv[1], poll=0.1)) as engine:
    for delivery in engine.run(parcels(5), Events(), None):
        print(delivery.folder, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.usefixtures("left")
def test_what_a_killed_run_has_collected_is_removed_by_the_next(params: SlurmParams, tmp_path: Path) -> None:
    """It lies in the folder of the run, and not among the machine's temporary files."""
    (tmp_path / "temporary").mkdir()
    done = subprocess.run(
        [sys.executable, "-c", KILLED, params.folder],
        env={
            **os.environ,
            "TMPDIR": str(tmp_path / "temporary"),
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert (Path(done.stdout.strip()) / "report.json").exists()
    assert list((tmp_path / "temporary").iterdir()) == []
    with SlurmExecutor(params):
        assert not Path(done.stdout.strip()).exists()


def test_accounting_that_never_answers_is_done_without(
    make: Make, params: SlurmParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The controller is asked instead."""
    cluster = make(every=1, faults=("FAILED",), delay=0.0)
    (cluster.bin / "sacct").write_text("#!/bin/sh\nexec sleep 3600\n")
    monkeypatch.setattr("adrbench_slurm._states._SECONDS", 2.0)
    with SlurmExecutor(params) as engine:
        [(status, reason)] = ends(engine, parcels(1)).values()
    assert (status, reason.startswith("its job failed")) == ("failed", True)


def test_jobs_of_a_run_that_died_while_it_submitted_them_do_nothing(
    make: Make, params: SlurmParams, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their folders are gone, so a cell is never run twice."""
    from adrbench_slurm import _folder, _node

    shared, lock = _folder.SharedFolder.opened(tmp_path / "shared")
    ticket = shared.create("k" * 30 + "00", "same", b"{}")
    lock.close()
    cluster = make(held=True)
    with SlurmExecutor(params) as engine:
        submit(engine, parcels(1), None, lambda: None)
    assert len(cluster.jobs()) == 1
    monkeypatch.setattr(_node, "perform", pytest.fail)
    _node.run_task(str(shared.task(ticket.attempt)))
    assert not shared.ended()


@pytest.mark.parametrize("accounting", [True, False])
def test_a_job_that_ends_without_a_result_is_a_status_and_its_siblings_go_on(
    make: Make, params: SlurmParams, accounting: bool
) -> None:
    """Without accounting the controller is asked, which forgets the reasons soon."""
    states = ("OUT_OF_MEMORY", "TIMEOUT", "PREEMPTED", "NODE_FAIL", "CANCELLED by 0", "FAILED")
    cluster = make(cpus=3, lag=0.3, every=1, faults=states, delay=0.0, accounting=accounting)
    with SlurmExecutor(params) as engine:
        found = ends(engine, parcels(6))
    expected = {"oom": 1, "timeout": 1, "failed": 4}
    assert Counter(status for status, _ in found.values()) == expected
    for job in cluster.jobs():
        assert job["state"].split()[0] in found[f"{'k' * 30}{job['task']:02}"][1]
        assert job["stop"] is None


def test_a_node_that_differs_is_left_out_by_its_name(make: Make, params: SlurmParams) -> None:
    """Where there is no other, the cell fails with what the node said."""
    make()
    events = Events()
    with SlurmExecutor(params) as engine:
        found = ends(engine, parcels(1), events)
    reason = "ValueError: the parcel has format None; this adrbench reads 1"
    assert events.nodes == [("node1", reason)]
    [(status, why)] = found.values()
    assert status == "failed"
    complaint = "Slurm does not take its job: Requested node configuration is not available"
    assert why == f"{complaint}; node1 refused it: {reason}"
    assert len(events.begun) == 1


def test_a_limit_on_jobs_makes_arrays_smaller(make: Make, params: SlurmParams) -> None:
    """What does not fit into the queue waits until something has ended."""
    cluster = make(cpus=8, max_submit=2, every=1, faults=("FAILED",), delay=0.0)
    with SlurmExecutor(params) as engine:
        found = ends(engine, parcels(5))
    assert {status for status, _ in found.values()} == {"failed"}
    assert len(found) == len(cluster.jobs()) == 5


def test_a_controller_that_does_not_answer_for_long_is_lost(make: Make, params: SlurmParams) -> None:
    """At the start it is not there at all."""
    cluster = make()
    with SlurmExecutor(params) as engine:
        cluster.configure(down=True)
        with pytest.raises(ExecutorLost, match=r"Slurm does not answer: .*Unable to contact slurm controller"):
            ends(engine, parcels(2))
    with pytest.raises(Unavailable, match=r"Slurm does not take its jobs: .*Unable to contact"), SlurmExecutor(params):
        pass


def test_a_request_that_no_node_meets_is_refused_at_once(make: Make, params: SlurmParams) -> None:
    """Slurm is asked; nothing is submitted."""
    cluster = make(cpus=2)
    with SlurmExecutor(params) as engine:
        assert engine.unmet(Resources(cpus=2)) is None
        reason = engine.unmet(Resources(cpus=3))
        assert reason == "Slurm refuses its request: Requested node configuration is not available"
        assert engine.unmet(Resources(custom={"fast_disk": 1})) is not None
    assert cluster.jobs() == []
    wrong = SlurmParams(**{**vars(params), "partition": "lnog"})
    with pytest.raises(Unavailable, match=r"Slurm does not take its jobs: .*Invalid partition"), SlurmExecutor(wrong):
        pass


def test_a_folder_has_one_run_and_one_owner(make: Make, params: SlurmParams, tmp_path: Path) -> None:
    """Slurm runs what lies there, so nobody else may write to it."""
    make()
    with (
        SlurmExecutor(params),
        pytest.raises(Unavailable, match="another run uses the folder"),
        SlurmExecutor(params),
    ):
        pass
    [root] = [path for path in (tmp_path / "shared").iterdir() if path.is_dir()]
    root.chmod(0o777)
    with pytest.raises(Unavailable, match="is not a folder that only you can write to"), SlurmExecutor(params):
        pass
    (tmp_path / "file").touch()
    other = SlurmParams(**{**vars(params), "folder": str(tmp_path / "file")})
    with pytest.raises(Unavailable, match="cannot be used: Not a directory"), SlurmExecutor(other):
        pass


def test_the_controller_tells_of_arrays_that_accounting_does_not_know(make: Make, params: SlurmParams) -> None:
    """Some tasks wait, some are unknown."""
    make(held=True)
    seen: dict[str, str] = {}
    with SlurmExecutor(params) as engine:
        submit(engine, parcels(2), None, lambda: seen.update(controlled(["101_0", "101_1", "101_7", "999"])))
    assert seen == {"101_0": "PENDING", "101_1": "PENDING", "101_7": "GONE", "999": "GONE"}


def test_a_run_within_a_job_asks_as_one_outside_does(
    make: Make, params: SlurmParams, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What Slurm says of the job that the run is in is not handed on."""
    cluster = make(held=True)
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", "64")
    monkeypatch.setenv("SBATCH_ARRAY_INX", "0-9")
    monkeypatch.setenv("SLURM_CONF", "/etc/slurm.conf")
    handed: list[dict[str, str]] = []
    with SlurmExecutor(params) as engine:
        submit(engine, parcels(1), None, lambda: handed.append(json.loads(cluster.jobs()[0]["environment"])))
    named = {name: value for name, value in handed[0].items() if name.startswith(("SLURM", "SBATCH"))}
    assert named == {"SLURM_CONF": "/etc/slurm.conf"}
    assert os.environ["SLURM_CPUS_PER_TASK"] == "64"


def test_a_closed_run_gives_no_more(make: Make, params: SlurmParams) -> None:
    """What was given is forgotten; the rest is ended."""
    cluster = make(cpus=4, every=2, faults=("FAILED",), delay=0.0)
    with SlurmExecutor(params) as engine, closing(engine.run(parcels(4), Events(), None)) as running:
        first: Delivery = next(running)
        assert first.status == "failed"
    stopped = [job["stop"] for job in cluster.jobs() if job["state"] in {"PENDING", "RUNNING"}]
    assert None not in stopped
    assert sys.modules["submitit"] is not None
