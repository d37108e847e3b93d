"""How cells are looked after with and without what only Linux offers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from processes import MARK, started_by

from adrbench._system.platforms import unsupported
from adrbench._system.processes import LINUX, descendants, peak_bytes, processor_seconds, resident_bytes
from adrbench.api import Annotated, Document, Span
from adrbench.running._job import Job
from adrbench.running._material import gold_of, write_documents
from adrbench.running.executors._cgroup import Cgroup, own_cgroup
from adrbench.running.executors._supervisor import descendants as below_supervisor
from adrbench.running.executors.local import Ended, LocalExecutor, Task

MIB = 2**20
DOCUMENTS = [Document(f"d{i}", "bad rash", ((0, 3), (4, 8)), f"d{i}") for i in range(4)]


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The misbehaving taggers, installed, and a mark on what is started."""
    site = tmp_path / "site"
    (site / "misbehaving-1.dist-info").mkdir(parents=True)
    (site / "misbehaving-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1\n")
    points = "[adrbench.taggers]\nmisbehaving = misbehaviours:plugin\n"
    (site / "misbehaving-1.dist-info" / "entry_points.txt").write_text(points)
    support = Path(__file__).parents[1] / "support"
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{support}")
    monkeypatch.setenv(MARK, str(tmp_path))
    return tmp_path


def tasks_of(folder: Path, *ways: str, timeout: float, memory: int | None) -> list[Task]:
    """A task for each way to misbehave."""
    documents = folder / "documents"
    write_documents(documents, DOCUMENTS)
    gold = [Annotated(document, (Span(4, 8, "ADR"),)) for document in DOCUMENTS]
    tasks = []
    for number, way in enumerate(ways):
        job = Job(
            key=f"{number:032x}",
            use="misbehaving",
            params={"way": way},
            documents=str(documents),
            unlabelled=str(documents),
            train=gold_of(gold, ["d0", "d1"]),
            development={},
            test=["d2", "d3"],
            held_back_groups=[],
            labels=["ADR"],
            seed=1,
            grouped=False,
            device="cpu",
            threads=1,
            offline=True,
            keep_model=False,
        )
        tasks.append(Task(job.key, job, timeout, memory))
    return tasks


def run(folder: Path, *ways: str, timeout: float = 60, memory: int | None = None, linux: bool = False) -> list[Ended]:
    """Run a cell for each way to misbehave."""
    tasks = tasks_of(folder, *ways, timeout=timeout, memory=memory)
    executor = LocalExecutor(1, (), folder, linux=linux)
    return list(executor.run(tasks, lambda _: None, lambda _, __: None))


def wait_for_none(folder: Path) -> None:
    """Wait until nothing is left: what was told to end may need a while on a busy machine."""
    ends = time.monotonic() + 30
    while (left := started_by(str(folder))) and time.monotonic() < ends:
        time.sleep(0.05)
    assert not left


def test_without_proc_and_prctl_cells_end_as_they_should(site: Path) -> None:
    """As on macOS: outcomes, crashes, and the children of the cell's process group."""
    ended = run(site, "", "exit code 255", "segmentation fault", "forty children")
    assert [one.outcome.status for one in ended] == ["ok", "failed", "failed", "ok"]
    assert "SIGSEGV" in ended[2].outcome.reason
    wait_for_none(site)


def test_a_cell_has_the_usual_signals_under_nohup(site: Path) -> None:
    """What a run ignores is inherited by what it starts; a cell would end otherwise than on a terminal."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGHUP)}
    try:
        ended = run(site, "SIGINT", "SIGHUP", linux=LINUX)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert [one.outcome.status for one in ended] == ["failed", "failed"]
    assert "SIGHUP" in ended[1].outcome.reason


def test_without_proc_limits_hold(site: Path) -> None:
    """Memory of the cell and its children is known from psutil."""
    [ended] = run(site, "balloon in a child", memory=400 * MIB)
    assert (ended.outcome.status, "the limit of a cell is 400 MiB" in ended.outcome.reason) == ("oom", True)
    wait_for_none(site)


@pytest.mark.slow  # waits for a limit of time that a cell without fault must not reach
def test_limits_hold_while_another_cell_is_stored(site: Path) -> None:
    """However long whoever takes the cells is busy with one of them."""
    tasks = tasks_of(site, "", "waits for a child", timeout=15, memory=None)
    with closing(LocalExecutor(2, (), site).run(tasks, lambda _: None, lambda _, __: None)) as ended:
        first = next(ended)
        assert first.outcome.status == "ok", first.outcome.reason
        ends = time.monotonic() + 120
        while started_by(str(site), cells=True) and time.monotonic() < ends:
            time.sleep(0.1)
        assert not started_by(str(site), cells=True)
        assert next(ended).outcome.status == "timeout"
    wait_for_none(site)


@pytest.fixture
def child() -> Iterator[subprocess.Popen[bytes]]:
    """A process with a child, which holds 100 MiB and has computed for half a second."""
    code = """
import sys, time
block = b"x" * (100 << 20)
while time.process_time() < 0.5: pass
print(flush=True)
sys.stdin.read()
"""
    command = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        assert process.stdin is not None
        process.stdin.close()


def test_processes_are_told_alike_with_and_without_proc(child: subprocess.Popen[bytes]) -> None:
    """Children, memory and processor time; the peak without /proc is what there is now."""
    [grandchild] = descendants(child.pid, "")
    assert descendants(child.pid) == [grandchild]
    assert grandchild in descendants("self", "")
    assert resident_bytes(grandchild, "") == pytest.approx(resident_bytes(grandchild), rel=0.1)
    assert 100 * MIB < peak_bytes(grandchild, "") <= peak_bytes(grandchild) * 1.1
    assert processor_seconds(grandchild, "") == pytest.approx(processor_seconds(grandchild), abs=0.3)
    assert peak_bytes("self", "") == 0


@pytest.mark.parametrize("below", [descendants, below_supervisor])
def test_a_chain_of_any_length_is_followed(below: Callable[[str, str], list[int]], tmp_path: Path) -> None:
    """A table as in /proc, of 3,000 generations; each has started another process, too."""
    for pid in range(3000):
        folder = tmp_path / str(pid) / "task" / str(pid)
        folder.mkdir(parents=True)
        (folder / "children").write_text(f"{pid + 1} {pid + 10_000} ")
    assert sorted(below("0", str(tmp_path))) == [*range(1, 3001), *range(10_000, 13_000)]


@pytest.mark.parametrize("proc", ["/proc" if LINUX else "", ""])
def test_a_process_that_is_gone_has_nothing(proc: str) -> None:
    """It is no error."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    figures: list[Any] = [descendants(gone.pid, proc), resident_bytes(gone.pid, proc)]
    figures += [peak_bytes(gone.pid, proc), processor_seconds(gone.pid, proc)]
    assert figures == [[], 0, 0, 0.0]


@pytest.mark.skipif(own_cgroup() is None, reason="no cgroup can be made here")
def test_a_cgroup_ends_all_that_is_in_it(tmp_path: Path) -> None:
    """Also what has forgotten where it comes from; then it is gone."""
    parent = own_cgroup()
    assert parent is not None
    group = Cgroup(parent, tmp_path.name, 300 * MIB)
    with subprocess.Popen(["sleep", "600"], env={}, start_new_session=True) as process:
        with suppress(OSError):
            (group.folder / "cgroup.procs").write_text(str(process.pid))
        assert not group.over_limit()
        group.close()
        assert process.wait(60) == -9
    group.close()
    assert not group.folder.exists()


@pytest.mark.skipif(own_cgroup() is None, reason="no cgroup can be made here")
def test_a_cell_has_a_cgroup_which_goes_with_it(site: Path) -> None:
    """However its tagger ends it."""
    parent = own_cgroup()
    assert parent is not None
    before = set(parent.glob("adrbench-cell-*"))
    ended = run(site, "daemon without an environment", "kills its supervisor, has a daemon", linux=True)
    assert ended[0].outcome.status == "ok"
    assert ended[1].outcome.status in {"failed", "oom"}
    wait_for_none(site)
    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "600"] and p.ppid() == 1]
    # Tests that run beside this one have cells, too; those end.
    made, deadline = set(parent.glob("adrbench-cell-*")) - before, time.monotonic() + 60
    while any(group.exists() for group in made) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert not [group for group in made if group.exists()]


@pytest.mark.skipif(not LINUX, reason="only Linux tells a process that its parent has died")
def test_a_stopped_supervisor_goes_on_when_the_run_is_killed(site: Path) -> None:
    """The cell has stopped it, and has a daemon that hears nothing: whoever is killed then, nothing lives on."""
    code = "import sys, pathlib, test_supervision as t; t.run(pathlib.Path(sys.argv[1]), sys.argv[2], linux=True)"
    command = [sys.executable, "-c", code, str(site), "stops its supervisor, has a daemon"]
    path = os.pathsep.join([str(Path(__file__).parent), os.environ["PYTHONPATH"]])
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path}) as process:
        ends = time.monotonic() + 60
        while not stopped(process.pid) and time.monotonic() < ends:
            time.sleep(0.05)
        assert stopped(process.pid)
        process.kill()
    wait_for_none(site)


def test_a_stopped_supervisor_is_woken_at_the_limit(site: Path) -> None:
    """It ends the cell itself then, and keeps what the cell has printed."""
    (ended,) = run(site, "stops its supervisor", linux=True, timeout=3)
    assert ended.outcome.status == "timeout"
    assert "before" in ended.log


def stopped(pid: int) -> bool:
    """Whether a child of a process is stopped."""
    with suppress(psutil.Error):
        return any(child.status() == psutil.STATUS_STOPPED for child in psutil.Process(pid).children())
    return False


def test_windows_is_a_sentence() -> None:
    """It names the way out; Linux and macOS have none."""
    assert "WSL" in str(unsupported("win32"))
    assert unsupported("linux") is unsupported("darwin") is None
