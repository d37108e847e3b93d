"""Cells on real Ray clusters of several nodes, whose nodes and workers are killed; nothing is mocked."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from processes import lives

import adrbench
from adrbench.api import Resources
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.store import Store

pytest.importorskip("ray", reason="Ray is not installed")

from adrbench_ray._folders import folder_of, hold, sweep
from adrbench_ray._resources import Node, unmet
from adrbench_ray.plugin import RayParams, plugin

if TYPE_CHECKING:
    from ray.cluster_utils import Cluster

HEAD = """
[benchmark]
name = "far"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 3
"""
TAGGER = """
[[taggers]]
id = "{id}"
use = "command"
params = {{ command = ["{python}", "./program.py", "{seconds}"] }}
"""
# It says that it has started, on which GPU and node, where a test can see it, and takes its time.
PROGRAM = """
import json, os, sys, time
def say(**what): print(json.dumps(what), flush=True)
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "start":
        say(type="ready")
    elif told["type"] == "fit":
        with open(os.environ["SEEN"], "a") as file:
            file.write(f"{os.getpid()} {told['device']} {os.environ.get('CUDA_VISIBLE_DEVICES')} ")
            file.write(f"{os.environ.get('RAY_RAYLET_PID')} {sys.argv[1]}\\n")
        end = time.monotonic() + float(sys.argv[1])
        while time.monotonic() < end and not os.path.exists(os.environ["SEEN"] + ".hurry"):
            time.sleep(0.05)
    elif told["type"] == "end":
        ended = True
        say(type="fitted")
        break
wanted = []
for line in sys.stdin:
    told = json.loads(line)
    if told["type"] == "document":
        say(type="spans", id=told["id"], spans=[])
    elif told["type"] == "end":
        say(type="predicted")
    elif told["type"] == "stop":
        break
"""
STORE_BYTES = 80 * 2**20
# Ray notices within seconds that a node is gone.
QUICK = {"health_check_initial_delay_ms": 1000, "health_check_period_ms": 1000, "health_check_failure_threshold": 5}


@dataclass
class Bench:
    """A benchmark file, and the command line to run it on a cluster."""

    folder: Path
    address: str = ""
    started: list[subprocess.Popen[str]] = field(default_factory=list)

    def write(self, *taggers: str, extra: str = "") -> Path:
        file = self.folder / "far.toml"
        file.write_text(HEAD + "".join(taggers) + extra)
        (self.folder / "program.py").write_text(PROGRAM)
        return file

    def program(self, name: str = "program", seconds: float = 0) -> str:
        return TAGGER.format(id=name, python=sys.executable, seconds=seconds)

    def start(self, *options: str, results: str = "far", remote: bool = True) -> subprocess.Popen[str]:
        there = ["--executor", "ray", "--address", self.address] if remote else []
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "adrbench", "run", str(self.folder / "far.toml")),
                *("--results", str(self.folder / results), *there, *options),
            ],
            env={**os.environ, "COLUMNS": "80"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *options: str, results: str = "far", remote: bool = True) -> tuple[int, str]:
        process = self.start(*options, results=results, remote=remote)
        said = "".join(process.communicate(timeout=900))
        return process.returncode, said

    def seen(self) -> list[list[str]]:
        """What programs have said of themselves: their ids, devices, GPUs, nodes and seconds."""
        file = self.folder / "seen"
        return [line.split() for line in file.read_text().splitlines()] if file.exists() else []

    def wait(self, process: subprocess.Popen[str], started: int) -> None:
        """Wait until so many programs have started, unless the run ends before."""
        until(lambda: len(self.seen()) >= started or process.poll() is not None)
        assert process.poll() is None, "".join(process.communicate())

    def hurry(self) -> None:
        """Have programs sleep no more."""
        (self.folder / "seen.hurry").touch()

    def has_started(self, times: int) -> bool:
        return len(self.seen()) == times

    def cells(self, results: str = "far") -> dict[str, Any]:
        store = Store(self.folder / results)
        keys = [key for section in store.read_plan().sections for row in section.rows for key in row.cells]
        return {key: store.read_cell(key) for key in keys}

    def answers(self, results: str = "far") -> dict[str, Any]:
        store = Store(self.folder / results)
        read = {key: store.read_answers(key) for key in self.cells(results)}
        return {key: found[1].by_document for key, found in read.items() if found and found[1] is not None}


def until(true: Callable[[], object], seconds: float = 600) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.1)


def alive(seen: list[list[str]]) -> list[int]:
    """The programs that still run."""
    return [int(pid) for pid, *_ in seen if lives(int(pid))]


def left_behind() -> list[str]:
    """Folders of cells on nodes."""
    return [path.name for path in Path(tempfile.gettempdir()).glob("adrbench-ray-*")]


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what cells and nodes leave behind apart from other tests. The path is short: Ray has sockets below it."""
    # pytest's own folder outlives this one.
    tmp_path_factory.getbasetemp()
    with tempfile.TemporaryDirectory(prefix="r", ignore_cleanup_errors=True) as folder:
        monkeypatch.setenv("TMPDIR", folder)
        monkeypatch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A bench whose runs end with the test."""
    bench = Bench(tmp_path)
    yield bench
    for process in bench.started:
        with process:
            process.kill()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Cluster]]:
    """Make a cluster with a head of one processor; each argument is a further node."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    # Ray's workers give way to everything else by default, which on a busy machine is for ever.
    monkeypatch.setenv("RAY_worker_niceness", "0")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    made: list[Cluster] = []

    def cluster(*nodes: dict[str, Any], **head: Any) -> Cluster:
        from ray.cluster_utils import Cluster

        common = {"object_store_memory": STORE_BYTES, "include_dashboard": False}
        one = Cluster(initialize_head=True, head_node_args={**common, "num_cpus": 1, "_system_config": QUICK, **head})
        made.append(one)
        for node in nodes:
            one.add_node(object_store_memory=STORE_BYTES, **node)
        one.wait_for_nodes()
        return one

    yield cluster
    for one in made:
        with suppress(Exception):
            one.shutdown()


pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # Ray's own
]


@pytest.mark.slow
def test_twelve_cells_on_three_nodes_are_those_of_this_machine(make: Callable[..., Cluster], bench: Bench) -> None:
    """Same keys, same answers, no word of Ray on the terminal, and nothing left on a node."""
    cluster = make({"num_cpus": 1}, {"num_cpus": 1})
    bench.address = cluster.address
    (bench.folder / "terms.txt").write_text("headache\nnausea\n")
    bench.write(
        '[[taggers]]\nid = "plain"\nuse = "dictionary"\n',
        '[[taggers]]\nid = "listed"\nuse = "dictionary"\nparams = { term_lists = ["./terms.txt"] }\n',
        '[[taggers]]\nid = "tuned"\nuse = "dictionary"\n[taggers.tune]\ntrials = 2\nscope = "first"\n',
        bench.program(),
    )
    code, said = bench.run()
    assert code == 0, said
    assert "12 ok" in said
    assert not re.search(r"\bray\b|raylet|WARNING|INFO|usage stats", said, re.IGNORECASE), said
    assert bench.run(results="here", remote=False)[0] == 0
    assert bench.answers() == bench.answers("here")
    assert len(bench.answers()) == 12
    for cell in bench.cells().values():
        assert cell.machine is not None
        assert cell.jobs >= 1
    assert not left_behind()
    assert not alive(bench.seen())


@pytest.mark.slow
def test_cells_take_what_they_need_and_are_refused_what_no_node_has(make: Callable[..., Cluster], bench: Bench) -> None:
    """Two share a fake GPU; a tagger that needs what no node has is skipped; a limit that none meets ends the run."""
    cluster = make({"num_cpus": 2, "num_gpus": 1, "resources": {"fast_disk": 1}})
    bench.address = cluster.address
    limits = "[limits]\ngpus = 0.5\nmemory = '100MiB'\n[limits.resources]\nfast_disk = 0.5\nunicorn = 1\n"
    on_gpu = bench.program("gpu").replace('use = "command"', 'use = "command"\nneeds = ["cuda", "fast_disk"]')
    never = bench.program("never", 0.02).replace('use = "command"', 'use = "command"\nneeds = ["unicorn"]')
    bench.write(on_gpu, bench.program("cpu", 0.01), never, extra=limits)
    code, said = bench.run()
    assert code == 0, said
    devices = sorted((device, gpu) for _, device, gpu, *_ in bench.seen())
    assert [(device, gpu) for device, gpu in devices if device == "cuda:0"] == [("cuda:0", "0")] * 3
    assert sum(device == "cpu" for device, _ in devices) == 3
    reasons = {cell.reason for cell in bench.cells().values() if cell.status == "skipped"}
    assert reasons == {"no node has 1 unicorn; the most is 0 unicorn"}
    bench.write(bench.program("cpu"), extra="[limits]\nmemory = '9000GiB'\n")
    code, said = bench.run(results="none")
    assert code == 2
    assert "no cell can run there: no node has 9,216,000 MiB of memory" in said
    assert not (bench.folder / "none").exists()


@pytest.mark.slow
def test_a_cell_whose_node_is_lost_runs_elsewhere_at_most_twice(make: Callable[..., Cluster], bench: Bench) -> None:
    """Then it has failed, with the reason; the program on the lost node does not live on."""
    cluster, nodes = _one_cell(make, bench)
    process = bench.start()
    for losses in (1, 2, 3):
        until(partial(bench.has_started, losses))
        if losses < 3:
            nodes.append(cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES))
        cluster.remove_node(nodes[losses - 1], allow_graceful=False)
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 4, said
    [cell] = bench.cells().values()
    assert cell.status == "failed"
    assert cell.reason.startswith("3 nodes were lost while it ran")
    until(lambda: not alive(bench.seen()), 60)


@pytest.mark.slow
def test_a_cell_that_ends_just_before_its_node_runs_elsewhere(make: Callable[..., Cluster], bench: Bench) -> None:
    """The processes of a lost node end one by one. The same end on a node that lives on is the cell's own."""
    cluster, nodes = _one_cell(make, bench)
    process = bench.start("--executor-option", "patience=10")
    until(partial(bench.has_started, 1))
    nodes.append(cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES))
    _supervisor(bench).kill()
    time.sleep(1)  # The worker tells of it meanwhile.
    cluster.remove_node(nodes[0], allow_graceful=False)
    until(partial(bench.has_started, 2))
    _supervisor(bench).kill()
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 4, said
    [cell] = bench.cells().values()
    assert re.fullmatch(r"on .+: RuntimeError: the node's process ended with exit code -9:?", cell.reason), cell.reason


def _one_cell(make: Callable[..., Cluster], bench: Bench) -> tuple[Cluster, list[Any]]:
    """A cluster whose head takes no cell, with one node, and a benchmark of a single long cell."""
    cluster = make(num_cpus=0)
    bench.address = cluster.address
    file = bench.write(bench.program(seconds=300))
    file.write_text(file.read_text().replace("folds = 3", "test = 0.5"))
    return cluster, [cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)]


def _supervisor(bench: Bench) -> psutil.Process:
    """The process between the last program and its Ray worker."""
    above = psutil.Process(int(bench.seen()[-1][0])).parents()
    return next(process for process in above if "adrbench.running.executors._node" in process.cmdline())


@pytest.mark.slow
def test_the_folds_of_a_row_stay_on_one_node(make: Callable[..., Cluster], bench: Bench) -> None:
    """Rows may be on different ones."""
    cluster = make({"num_cpus": 1}, {"num_cpus": 1})
    bench.address = cluster.address
    bench.write(bench.program("one", 1), bench.program("two", 1.5))
    code, said = bench.run("--same-machine")
    assert code == 0, said
    nodes: dict[str, set[str]] = {}
    for *_, node, seconds in bench.seen():
        nodes.setdefault(seconds, set()).add(node)
    assert [len(own) for own in nodes.values()] == [1, 1], nodes
    assert "None" not in {*nodes["1"], *nodes["1.5"]}
    assert not left_behind()


@pytest.mark.long
def test_a_row_whose_node_is_lost_goes_on_in_the_next_run(make: Callable[..., Cluster], bench: Bench) -> None:
    """A node that finished no fold of it may be replaced at once; after that, the others have failed."""
    cluster = make(num_cpus=0)
    nodes = [cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)]
    bench.address = cluster.address
    bench.write(bench.program(seconds=5))
    process = bench.start("--same-machine")
    until(bench.seen)
    cluster.remove_node(nodes[0], allow_graceful=False)
    nodes.append(cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES))
    until(lambda: sum(cell is not None for cell in bench.cells().values()) == 1)
    nodes.append(cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES))
    cluster.remove_node(nodes[1], allow_graceful=False)
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 3, said
    statuses = sorted(cell.status for cell in bench.cells().values())
    assert statuses == ["failed", "failed", "ok"]
    reasons = {cell.reason for cell in bench.cells().values() if cell.status == "failed"}
    assert len(reasons) == 1
    assert "the node of its row, " in reasons.pop()
    code, said = bench.run("--same-machine")
    assert code == 0, said
    assert all(cell.status == "ok" for cell in bench.cells().values())


@pytest.mark.slow
def test_a_cell_whose_worker_is_killed_has_failed_and_is_tried_again(
    make: Callable[..., Cluster], bench: Bench
) -> None:
    cluster = make({"num_cpus": 1})
    bench.address = cluster.address
    bench.write(bench.program(seconds=300))
    process = bench.start("--executor-option", "patience=3")
    until(bench.seen)
    # The other node's cell goes on, and another one takes its place.
    killed = bench.seen()[:1]
    next(_workers(int(killed[0][0]))).kill()
    until(lambda: not alive(killed), 60)
    until(lambda: any(bench.cells().values()))
    process.send_signal(signal.SIGINT)
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 130, said
    assert "Finished cells are kept" in said
    until(lambda: not alive(bench.seen()), 10)
    [failed] = [cell for cell in bench.cells().values() if cell is not None]
    assert failed.status == "failed"
    assert "its worker died" in failed.reason
    bench.hurry()
    code, said = bench.run()
    assert code == 0, said
    assert {cell.status for cell in bench.cells().values()} == {"ok"}
    until(lambda: not left_behind(), 90)


def _workers(pid: int) -> Iterator[psutil.Process]:
    """The Ray worker above a program."""
    for process in psutil.Process(pid).parents():
        if "ray::" in " ".join(process.cmdline()):
            yield process


@pytest.mark.long
def test_a_run_whose_cluster_is_gone_says_how_to_go_on(make: Callable[..., Cluster], bench: Bench) -> None:
    """The next run needs another cluster, or none."""
    cluster = make()
    bench.address = cluster.address
    bench.write('[[taggers]]\nid = "plain"\nuse = "dictionary"\n', bench.program(seconds=300))
    process = bench.start()
    until(bench.seen)
    cluster.remove_node(vars(cluster)["head_node"], allow_graceful=False)
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 3, said
    assert "the connection to the Ray cluster was lost" in said
    assert f"Finished cells are kept in {bench.folder / 'far'}; to go on: adrbench run" in said
    assert sum(cell is not None and cell.status == "ok" for cell in bench.cells().values()) == 3
    until(lambda: not alive(bench.seen()), 20)


@pytest.fixture
def outside(make: Callable[..., Cluster], bench: Bench) -> Cluster:
    """A cluster of two processors, and the address at which other machines reach it."""
    pytest.importorskip("grpc", reason="ray[client] is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    cluster = make({"num_cpus": 1}, ray_client_server_port=port)
    bench.address = f"ray://127.0.0.1:{port}"
    return cluster


@pytest.mark.long
def test_cells_from_outside_the_cluster_are_those_of_this_machine(outside: Cluster, bench: Bench) -> None:
    """Files and studies travel, rows stay on their nodes, and no word of Ray is on the terminal."""
    assert outside
    (bench.folder / "terms.txt").write_text("headache\nnausea\n")
    bench.write(
        '[[taggers]]\nid = "listed"\nuse = "dictionary"\nparams = { term_lists = ["./terms.txt"] }\n',
        '[[taggers]]\nid = "tuned"\nuse = "dictionary"\n[taggers.tune]\ntrials = 2\nscope = "first"\n',
        bench.program(seconds=1),
    )
    code, said = bench.run("--same-machine")
    assert code == 0, said
    assert "9 ok" in said
    assert not re.search(r"\bray\b|raylet|WARNING|INFO|grpc", said, re.IGNORECASE), said
    assert len({node for *_, node, _ in bench.seen()}) == 1
    assert bench.run(results="here", remote=False)[0] == 0
    assert bench.answers() == bench.answers("here")
    assert len(bench.answers()) == 9
    assert not left_behind()


@pytest.mark.long
def test_a_run_from_outside_the_cluster_loses_running_cells_only(outside: Cluster, bench: Bench) -> None:
    """A worker, then the run by Ctrl-C and by `kill -9`, then the head: no program lives on, and a run goes on."""
    bench.write('[[taggers]]\nid = "plain"\nuse = "dictionary"\n', bench.program(seconds=300))
    process = bench.start("--executor-option", "patience=3")
    bench.wait(process, 2)
    next(_workers(int(bench.seen()[0][0]))).kill()
    until(lambda: any(cell is not None and cell.status == "failed" for cell in bench.cells().values()))
    process.send_signal(signal.SIGINT)
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 130, said
    until(lambda: not alive(bench.seen()), 10)
    [failed] = [cell for cell in bench.cells().values() if cell is not None and cell.status == "failed"]
    assert "its worker died" in failed.reason
    process = bench.start()
    bench.wait(process, 1 + len(bench.seen()))
    process.kill()
    process.wait()
    until(lambda: not alive(bench.seen()), 60)
    until(lambda: not left_behind(), 60)
    process = bench.start()
    bench.wait(process, 1 + len(bench.seen()))
    outside.remove_node(vars(outside)["head_node"], allow_graceful=False)
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 3, said
    assert "the connection to the Ray cluster was lost" in said
    assert sum(cell is not None and cell.status == "ok" for cell in bench.cells().values()) == 3
    # The other node waits a minute for its head.
    until(lambda: not alive(bench.seen()), 150)


@pytest.mark.slow
def test_a_node_with_other_versions_is_refused_by_name(make: Callable[..., Cluster], bench: Bench) -> None:
    """Its cells run elsewhere. If there is no other node, they have failed, with the difference."""
    other = bench.folder / "site" / "numpy-0.1.dist-info"
    other.mkdir(parents=True)
    (other / "METADATA").write_text("Metadata-Version: 2.1\nName: numpy\nVersion: 0.1\n")
    differs = {"num_cpus": 1, "env_vars": {"PYTHONPATH": str(other.parent)}}
    cluster = make(differs, num_cpus=0)
    bench.address = cluster.address
    bench.write('[[taggers]]\nid = "plain"\nuse = "dictionary"\n')
    code, said = bench.run()
    assert code == 4, said
    assert {cell.status for cell in bench.cells().values()} == {"failed"}
    assert all(
        "every node that could run it is refused: numpy 0.1 instead of" in cell.reason
        for cell in bench.cells().values()
    )
    assert re.search(r"refused \S+ \([0-9a-f]{8}\): numpy 0.1 instead of", " ".join(said.split())), said
    cluster.add_node(num_cpus=1, object_store_memory=STORE_BYTES)
    code, said = bench.run()
    assert code == 0, said


NO_PACKAGE = "raise ImportError('it is for another machine')\n"
# As a disk that is full does it, where a node keeps the files of cells.
FULL_DISK = """
import errno, os
make = os.mkdir
def mkdir(path, *arguments, **named):
    if "adrbench-ray-" in str(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))
    make(path, *arguments, **named)
os.mkdir = mkdir
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("file", "content", "reason"),
    [
        ("adrbench_ray/__init__.py", NO_PACKAGE, "adrbench-ray cannot be used there: ImportError: it is for another"),
        ("sitecustomize.py", FULL_DISK, "a cell cannot be run there: No space left on device"),
    ],
    ids=["without the package", "with a full disk"],
)
def test_a_node_that_can_run_no_cell_is_refused_by_name(
    make: Callable[..., Cluster], bench: Bench, file: str, content: str, reason: str
) -> None:
    """Its cells run elsewhere, so none is lost."""
    place = bench.folder / "site" / file
    place.parent.mkdir(parents=True)
    place.write_text(content)
    ill = {"num_cpus": 1, "env_vars": {"PYTHONPATH": str(bench.folder / "site")}}
    cluster = make(ill, {"num_cpus": 1}, num_cpus=0)
    bench.address = cluster.address
    bench.write('[[taggers]]\nid = "plain"\nuse = "dictionary"\n')
    code, said = bench.run()
    assert code == 0, said
    assert "3 ok" in said
    assert re.search(rf"refused \S+ \([0-9a-f]{{8}}\): {reason}", " ".join(said.split())), said


# It dies once, before it has said anything.
DYING = """
import os, signal, sys
from pathlib import Path
try:
    (Path(__file__).parent / "once").unlink()
except FileNotFoundError:
    __path__ += [f"{place}/adrbench_ray" for place in sys.path if Path(place, "adrbench_ray", "_node.py").exists()]
else:
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_a_cell_whose_worker_dies_before_it_begins_is_tried_again(make: Callable[..., Cluster], bench: Bench) -> None:
    package = bench.folder / "site" / "adrbench_ray"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(DYING)
    (package / "once").touch()
    cluster = make({"num_cpus": 1, "env_vars": {"PYTHONPATH": str(package.parent)}}, num_cpus=0)
    bench.address = cluster.address
    bench.write('[[taggers]]\nid = "plain"\nuse = "dictionary"\n')
    code, said = bench.run("--executor-option", "patience=3")
    assert code == 0, said
    assert not (package / "once").exists()


@pytest.mark.slow
def test_nodes_that_join_are_filled(make: Callable[..., Cluster], bench: Bench) -> None:
    """However few there were when the run began."""
    cluster = make(num_cpus=0)
    bench.address = cluster.address
    bench.write(bench.program("one", 300), bench.program("two", 300.5))
    process = bench.start("--executor-option", "autoscaling=true")
    until(lambda: list(Path(tempfile.gettempdir()).glob("adrbench-ray-*-home/*.parcel")))
    cluster.add_node(num_cpus=6, object_store_memory=STORE_BYTES)
    bench.wait(process, 6)
    bench.hurry()
    said = "".join(process.communicate(timeout=600))
    assert process.returncode == 0, said


@pytest.mark.slow
def test_a_client_whose_run_was_killed_in_the_middle_of_a_line_ends(
    make: Callable[..., Cluster], tmp_path: Path
) -> None:
    """It removes the folder that the run cannot remove any more."""
    folder = tmp_path / "home"
    folder.mkdir()
    asked = [make().address, str(folder), "run", "3", "False"]
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "adrbench_ray._client", *asked], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as client:
        assert client.stdin is not None
        assert client.stdout is not None
        try:
            assert json.loads(client.stdout.readline())["is"] == "ready"
            client.stdin.write(b'{"do": "ru')
            client.stdin.close()
            assert client.wait(60) == 0
        finally:
            client.kill()
    assert not folder.exists()


def test_folders_of_runs_that_are_gone_are_swept() -> None:
    """Those that a run or its client holds stay."""
    folders = [folder_of(run, "home") for run in ("one", "two")]
    one, two = map(hold, folders)
    with two:
        one.close()
        sweep("one")
        assert all(folder.exists() for folder in folders)
        sweep("three")
        assert [folder.exists() for folder in folders] == [False, True]
    sweep("three")
    assert not left_behind()


@pytest.mark.long
@pytest.mark.parametrize(
    ("before", "port"),
    [("", "6379 by default; from outside the cluster, give ray://HOST:10001"), ("ray://", "Ray Client server, 10001")],
)
def test_without_a_cluster_at_the_address_nothing_is_run(bench: Bench, before: str, port: str) -> None:
    """It says which port the address should name."""
    if before:
        pytest.importorskip("grpc", reason="ray[client] is not installed")
    bench.address = f"{before}127.0.0.1:1"
    bench.write(bench.program())
    code, said = bench.run("--executor-option", "connect_timeout=20")
    assert code == 2
    assert "adrbench: --executor ray: " in said
    assert bench.address in said
    assert port in " ".join(said.split())
    assert "Traceback" not in said
    assert not (bench.folder / "far").exists()


@pytest.mark.parametrize("variable", [False, True])
def test_an_address_from_outside_is_refused_without_rays_client(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, variable: bool
) -> None:
    """At once, with the command that installs it, and the address that does without."""
    monkeypatch.setitem(sys.modules, "grpc", None)
    address = "ray://head:10001"
    options = {} if variable else {"address": address}
    if variable:
        monkeypatch.setenv("RAY_ADDRESS", address)
    file = bench.write(bench.program())
    with pytest.raises(InputError, match=r"head:10001 needs .*'adrbench-ray\[client\]', or .* with HOST:PORT"):
        adrbench.run(file, results=bench.folder / "far", executor="ray", executor_options=options)
    assert not (bench.folder / "far").exists()


def test_the_plugin_is_found_and_needs_no_ray_to_be_described() -> None:
    assert Registry().describe("executors", "ray") == plugin
    params, problems = Registry().check(RayParams, {"adress": "here"})
    assert (params, problems) == (None, [("adress", "unknown name; did you mean 'address'?")])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (Resources(), None),
        (Resources(4, 0.5, 2**30, {"disk": 1}), "no node has all of it at once: 4 processors, 0.5 GPUs, 1,024 MiB of "),
        (Resources(5), "no node has 5 processors; the most is 4 processors"),
        (Resources(1, 2), "no node has 2 GPUs; the most is 1 GPU"),
        (Resources(1, memory=2**40), "no node has 1,048,576 MiB of memory; the most is 2,048 MiB of memory"),
        (Resources(1, custom={"tape": 1}), "no node has 1 tape; the most is 0 tape"),
    ],
)
def test_a_request_is_unmet_if_no_single_node_has_all_of_it(asked: Resources, reason: str | None) -> None:
    nodes = [Node("a", 4, 0, 2**31, {}), Node("b", 1, 1, 2**31, {"disk": 1})]
    told = unmet(asked, nodes)
    assert told == reason or (reason is not None and told is not None and told.startswith(reason))
