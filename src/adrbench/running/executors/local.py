"""Runs cells on this machine, each in a process of its own, which is killed when it exceeds its limits.

A supervisor (``_supervisor.py``) stands between a run and each cell: it ends with the cell, or with the run, and leaves
nothing of the cell alive. The run adopts what a supervisor that was killed leaves behind.
"""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import psutil

from adrbench._system.environment import variables
from adrbench._system.paths import checkpoints_folder
from adrbench._system.processes import LINUX, PROC, descendants, resident_bytes
from adrbench._system.repetition import repeated
from adrbench._system.signals import signal_name
from adrbench.api import Resources
from adrbench.config.interpreters import clean
from adrbench.errors import InputError
from adrbench.results.schema import CellStatus, Damaged, Machine, Outcome, read_record
from adrbench.running._job import Job
from adrbench.running._scratch import remove
from adrbench.running.executors._cgroup import cgroup_for
from adrbench.running.executors._left import Journal, TooLarge, read_left, wrong_in_model
from adrbench.running.executors._supervisor import SET_SUBREAPER, control

GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 0.5
# A supervisor that does not end by itself has been stopped, or worse.
_SUPERVISOR_SECONDS = 10.0
# More than the supervisor keeps.
_LOG_BYTES = 2**17
# More than any progress that a tagger may tell.
_PROGRESS_BYTES = 4096
# Inherited by all that a cell starts, so that it can be told from what other cells started.
_VARIABLE = "ADRBENCH_CELL"
_SWEEP_SECONDS = 2.0
_SUPERVISOR = Path(__file__).with_name("_supervisor.py")
# An outcome has a span with its score for each word at most, or there is something wrong; the texts have the words too.
_OUTCOME_BYTES = 2**22
_OUTCOME_BYTES_A_BYTE = 16


Progress = tuple[float, float, str]
"""How far a cell says it is: done, total, note."""


@dataclass(frozen=True)
class Task:
    """A job with its bounds.

    Attributes:
        key: The key of the cell.
        job: The job. Its paths are full: the process works in an empty folder of its own.
        timeout: Wall time in seconds; None: no limit.
        memory: Bytes of memory; None: no limit.
        python: The interpreter of its process, if not ours.
        journal: Where the journal of the cell's study is kept; the process writes a copy of it.
        files: Files that the process finds by a relative name, with their full paths.
        resources: What it takes of a node, if it travels.
        group: Not empty: tasks of the same group are to run on one node.
        machine: The machine of finished tasks of the group: a node of another kind is refused.
    """

    key: str
    job: Job
    timeout: float | None
    memory: int | None
    python: str | None = None
    journal: Path | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    resources: Resources = field(default_factory=Resources)
    group: str = ""
    machine: Machine | None = None


@dataclass(frozen=True)
class Ended:
    """How a cell ended.

    Attributes:
        outcome: what its process left, or what is known where it left nothing.
        log: both ends of what its process printed.
        wall_seconds: from the start of its process to its end; None without a process.
        model: where a kept model was saved.
        machine: the node that it ran on; None: this machine.
        environment: what is installed on that node, as ``EnvironmentRecord`` has it.
        jobs: how many tasks ran at a time on that node.
        node: the name of that node.
    """

    outcome: Outcome
    log: str = ""
    wall_seconds: float | None = None
    model: Path | None = None
    machine: Machine | None = None
    environment: Mapping[str, Any] | None = None
    jobs: int | None = None
    node: str = ""


class _Running:
    """A cell's process with the folder through which it is talked to."""

    def __init__(self, task: Task, slot: int, gpu: str | None, scratch: Path, *, linux: bool) -> None:
        self.task = task
        self._proc = PROC if linux else ""
        self.slot = slot
        self.folder = Path(tempfile.mkdtemp(prefix="cell-", dir=scratch.absolute()))
        self._place = self.folder.lstat()
        (self.folder / "tmp").mkdir()
        self._journal: Journal | None = None
        job = task.job
        if job.tune is not None and task.journal is not None:
            self._journal = Journal(task.journal, self.folder / "study")
            job = replace(job, tune={**job.tune, "journal": str(self._journal.path)})
        (self.folder / "job.json").write_text(json.dumps(asdict(job)), encoding="utf-8")
        self.started, self._since = time.monotonic(), time.time()
        self.killed: tuple[CellStatus, str] | None = None
        self._mark = self.folder.name
        self._cgroup = cgroup_for(self._mark, task.memory) if linux else None
        kind, group = "linux" if linux else "posix", str(self._cgroup.folder) if self._cgroup else ""
        # -P: a file where it works must not be imported for the module of its name.
        cell = [task.python or sys.executable, "-P", "-m", "adrbench.running._cell", str(self.folder)]
        self.process = subprocess.Popen(  # noqa: S603  (our own module, in our own interpreter or the one that the user names)
            [sys.executable, "-I", "-S", str(_SUPERVISOR), str(self.folder / "log.txt"), kind, group, *cell],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=_work_folder(self.folder, task.files),
            env={**_environment(task, self.folder, gpu), _VARIABLE: self._mark},
            start_new_session=True,
        )
        self._terminated_at: float | None = None
        self._cut_at: float | None = None
        self._looked_at_progress = 0.0

    def watch(self) -> bool:
        """Enforce the limits.

        Returns:
            True if the process has ended.
        """
        if self.process.poll() is not None:
            return True
        now = time.monotonic()
        if self._cut_at is not None:
            if now - self._cut_at > _SUPERVISOR_SECONDS:
                self.kill()
        elif self._terminated_at is not None:
            if now - self._terminated_at > GRACE_SECONDS:
                self.cut()
        elif self.task.timeout is not None and now - self.started > self.task.timeout:
            self.killed = ("timeout", f"took longer than {self.task.timeout:g} s, the limit of a cell")
            self._terminated_at = now
            self.process.terminate()
            self._wake()
        elif self.task.memory is not None and (used := self._resident()) > self.task.memory:
            # At once: what grows by gigabytes a second is not waited for.
            limit = self.task.memory / 2**20
            reason = f"took {used / 2**20:,.0f} MiB of memory; the limit of a cell is {limit:,.0f} MiB"
            self.killed = ("oom", reason)
            self.cut()
        return False

    def _resident(self) -> int:
        """Bytes of memory of all that the supervisor looks after."""
        return sum(resident_bytes(pid, self._proc) for pid in descendants(self.process.pid, self._proc))

    def cut(self) -> None:
        """Have the supervisor kill everything and end."""
        self._cut_at = self._cut_at or time.monotonic()
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        self._wake()

    def kill(self) -> None:
        """Kill a supervisor that does not end, and first what is below it: this run may be killed in between."""
        for pid in reversed(descendants(self.process.pid, self._proc)):
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        self.process.kill()

    def _wake(self) -> None:
        """Let the supervisor go on if its cell has stopped it."""
        self.process.send_signal(signal.SIGCONT)

    def progress(self) -> Progress | None:
        """The progress that the cell reports; None if there is no news, or it was read a moment ago."""
        now = time.monotonic()
        if now - self._looked_at_progress < _LOOK_SECONDS:
            return None
        self._looked_at_progress = now
        if self._journal is not None:
            self._journal.keep()
        with suppress(OSError, ValueError, TypeError, OverflowError, RecursionError):
            done, total, note = json.loads(read_left(self.folder / "progress.json", _PROGRESS_BYTES) or b"")
            # A tagger may say anything; what shows it need not expect that.
            if all(type(number) in {int, float} and math.isfinite(number) for number in (done, total)):
                return done, total, _printable(note) if isinstance(note, str) else ""
        return None

    def ended(self) -> Ended:
        """The outcome that the process left, or the reason why it left none."""
        wall = time.monotonic() - self.started
        # It writes the log when it has ended everything. Where it was killed, there may be processes left.
        alone = not (self.folder / "log.txt").exists()
        if self._cgroup is not None:
            if self.killed is None and self._cgroup.over_limit():
                self.killed = ("oom", f"took more than {(self.task.memory or 0) / 2**20:,.0f} MiB, the limit of a cell")
            self._cgroup.close()
        if self._proc:
            sweep(self._mark, since=self._since if alone else None)
        if self._journal is not None:
            self._journal.keep()
        model, outcome = self.folder / "model", self._outcome()
        kept = model if model.is_dir() and not model.is_symlink() else None
        if kept is not None and outcome.status == "ok":
            try:
                wrong = wrong_in_model(kept)
            except OSError as error:
                wrong = f"its model cannot be read: {error.strerror}"
            outcome = outcome if wrong is None else Outcome(self.task.key, "failed", _printable(wrong))
        return Ended(outcome, self._log(), wall, kept)

    def _outcome(self) -> Outcome:
        key, path = self.task.key, self.folder / "outcome.json"
        if self.killed is not None:
            return Outcome(key, *self.killed)
        try:
            if not os.path.samestat(self.folder.lstat(), self._place):
                return Outcome(key, "failed", "its process has replaced its folder")
            texts = os.path.getsize(self.task.job.documents)  # noqa: PTH202  (a path as text)
            content = read_left(path, _OUTCOME_BYTES + _OUTCOME_BYTES_A_BYTE * texts)
            if content is None:
                return Outcome(key, *_crash(self.process.returncode))
            outcome = read_record(Outcome, content)
        except (OSError, TooLarge, Damaged) as error:
            return Outcome(key, "failed", f"its process left an outcome that cannot be used: {_printable(str(error))}")
        if outcome.key != key:
            return Outcome(key, "failed", "its process left an outcome that cannot be used: it is of another cell")
        return outcome

    def _log(self) -> str:
        with suppress(OSError, TooLarge):
            return (read_left(self.folder / "log.txt", _LOG_BYTES) or b"").decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        """Free what the cell held."""
        self.cut()
        remove(self.folder)


class LocalExecutor:
    """Runs tasks in processes of this machine.

    Args:
        slots: How many processes run at a time.
        gpus: The GPUs, as CUDA names them. If there are several, they are distributed over the slots.
        scratch: A folder for the files of running cells.
        linux: Whether to use what only Linux offers: ``/proc``, subreapers, death signals and cgroups.
    """

    def __init__(self, slots: int, gpus: Sequence[str], scratch: Path, *, linux: bool = LINUX) -> None:
        self._slots = slots
        self._linux = linux
        self._gpus = gpus
        self._scratch = scratch
        self._running: list[_Running] = []

    def run(
        self,
        tasks: Iterable[Task],
        on_start: Callable[[Task], None],
        on_progress: Callable[[Task, Progress], None],
    ) -> Generator[Ended, None, None]:
        """Run every task. However this generator ends (last task, error, Ctrl-C), none of its processes is left.

        Args:
            tasks: The tasks.
            on_start: Called when the process of a task has started.
            on_progress: Called when a running task reports its progress.

        Yields:
            How each task ended, as soon as it has. Take its model before asking for the next.
        """
        waiting = iter(tasks)
        exhausted = False
        self._adopt(1)
        try:
            while True:
                while not exhausted and len(self._running) < self._slots:
                    task = next(waiting, None)
                    if task is None:
                        exhausted = True
                        break
                    slot = min(set(range(self._slots)) - {cell.slot for cell in self._running})
                    gpu = self._gpus[slot % len(self._gpus)] if len(self._gpus) > 1 else None
                    try:
                        started = _Running(task, slot, gpu, self._scratch, linux=self._linux)
                    except OSError as error:
                        reason = f"its process cannot be started: {error}"
                        yield Ended(Outcome(task.key, "failed", reason))
                        continue
                    self._running.append(started)
                    on_start(task)
                if not self._running:
                    return
                time.sleep(_POLL_SECONDS)
                for cell in list(self._running):
                    if cell.watch():
                        ended = cell.ended()
                        with self._watched():
                            yield ended
                        self._running.remove(cell)
                        cell.close()
                    elif (progress := cell.progress()) is not None:
                        on_progress(cell.task, progress)
        finally:
            self._stop_all()
            self._adopt(0)

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Enforce the limits of running cells while another one is stored, which takes long for a large model."""
        if len(self._running) < 2:  # noqa: PLR2004  (the one that has ended)
            yield
            return

        def watch() -> None:
            for cell in self._running:
                cell.watch()

        # The generator is suspended meanwhile: nothing but this looks at the cells. It starts no process, since a death
        # signal is of the thread that did.
        with repeated(watch, _POLL_SECONDS):
            yield

    def _adopt(self, value: int) -> None:
        """Become the parent of what a supervisor that is killed leaves behind, or no longer."""
        if self._linux:
            control(SET_SUBREAPER, value)

    def _stop_all(self) -> None:
        for cell in self._running:
            cell.cut()
        for cell in self._running:
            try:
                cell.process.wait(_SUPERVISOR_SECONDS)
            except subprocess.TimeoutExpired:
                cell.kill()
                cell.process.wait()
            cell.ended()
            cell.close()
        self._running.clear()


def _work_folder(folder: Path, files: Mapping[str, Path]) -> Path:
    """Make the folder that a process works in; files that it finds by a relative name are links there."""
    named = {os.path.normpath(name): path for name, path in files.items()}
    # So deep that what lies above it is still within the cell's folder.
    up = max((Path(name).parts.count("..") for name in named), default=0)
    work = folder.joinpath("work", *["below"] * up)
    work.mkdir(parents=True)
    for name, path in sorted(named.items()):
        place = Path(os.path.normpath(work / name))
        # It may be within a folder that has been linked.
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    return work


def _environment(task: Task, folder: Path, gpu: str | None) -> dict[str, str]:
    inherited = os.environ if task.python is None else clean(os.environ)
    environment = {**inherited, **variables(task.job.threads)}
    # Parameters have been read; a tagger has no business with corpora, which the cache has too.
    environment.pop("ADRBENCH_DATA", None)
    environment["ADRBENCH_CACHE"] = str(folder / "cache")
    # Most cells need no checkpoint, and some users have no home folder for them.
    with suppress(InputError):
        environment["ADRBENCH_CHECKPOINTS"] = str(checkpoints_folder().absolute())
    # What a process that is killed leaves there goes with the cell's folder.
    environment["TMPDIR"] = str(folder / "tmp")
    # The cell works in another folder; what is relative to ours would be another place there.
    if "PYTHONPATH" in environment:
        environment["PYTHONPATH"] = os.pathsep.join(map(os.path.abspath, environment["PYTHONPATH"].split(os.pathsep)))
    if task.job.offline:
        environment |= {"HF_HUB_OFFLINE": "1"}
    if gpu is not None:
        environment["CUDA_VISIBLE_DEVICES"] = gpu
    return environment


def _printable(text: str) -> str:
    """Half a surrogate pair can be stored, but not shown."""
    return text.encode("utf-8", "replace").decode("utf-8")


def sweep(name: str, since: float | None = None) -> None:
    """Kill what a cell left behind although its supervisor was killed. Only Linux tells.

    Args:
        name: Names the cell; what it started has inherited the name.
        since: When the cell started, in seconds of the epoch, if its supervisor was killed. A process that has
            forgotten the name is then told by that time and by its session.
    """
    ends = time.monotonic() + _SWEEP_SECONDS
    # What is killed passes its children on to this process.
    while (left := [pid for pid in descendants() if _is_left(pid, name, since)]) and time.monotonic() < ends:
        for pid in left:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _is_left(pid: int, name: str, since: float | None) -> bool:
    with suppress(OSError, psutil.Error):
        variables = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        names = [one for one in variables if one.startswith(f"{_VARIABLE}=".encode())]
        if names or since is None:
            return names == [f"{_VARIABLE}={name}".encode()]
        # Cells never have this process's session; what else this process has started mostly does.
        process = psutil.Process(pid)
        own = os.getsid(pid) == os.getsid(0) or process.status() == psutil.STATUS_ZOMBIE
        return not own and process.create_time() >= since - 1
    return False


def _crash(code: int) -> tuple[CellStatus, str]:
    if code == -signal.SIGKILL:
        return "oom", "killed by the system, as it does when memory runs out"
    if code < 0:
        return "failed", f"the process died of {signal_name(-code)}"
    return "failed", f"the process ended with exit code {code} and left no outcome"
