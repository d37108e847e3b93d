"""Runs cells on this machine, each in a process of its own, which is killed when it exceeds its limits.

A supervisor (``_supervisor.py``) stands between a run and each cell: it ends with the cell, or with the run, and leaves
nothing of the cell alive. The run adopts what a supervisor that was killed leaves behind.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from adrbench._system.environment import variables
from adrbench._system.paths import cache_folder
from adrbench._system.processes import descendants
from adrbench._system.signals import signal_name
from adrbench.config.interpreters import clean
from adrbench.results.schema import CellStatus, Damaged, Outcome, read_record
from adrbench.running._material import Job
from adrbench.running.executors._supervisor import SET_SUBREAPER, control

GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.05
_LOOK_SECONDS = 0.5
# A supervisor that does not end by itself has been stopped, or worse.
_SUPERVISOR_SECONDS = 10.0
_LOG_BYTES = 4000
# More than any progress that a tagger may tell.
_PROGRESS_BYTES = 4096
# Inherited by all that a cell starts, so that it can be told from what other cells started.
_VARIABLE = "ADRBENCH_CELL"
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_SUPERVISOR = Path(__file__).with_name("_supervisor.py")
# Predictions of ten million documents have less.
_MOST_BYTES = 2**30


Progress = tuple[float, float, str]
"""How far a cell says it is: done, total, note."""


@dataclass(frozen=True)
class Task:
    """A job with its bounds. ``folder``: where the process works, and so where relative paths in parameters start.

    ``python``: the interpreter of its process, if not ours.
    """

    key: str
    job: Job
    folder: Path
    timeout: float | None
    memory: int | None
    python: str | None = None


@dataclass(frozen=True)
class Ended:
    """How a cell ended.

    Attributes:
        outcome: what its process left, or what is known where it left nothing.
        log: the end of what its process printed.
        wall_seconds: from the start of its process to its end; None without a process.
        model: where a kept model was saved.
    """

    outcome: Outcome
    log: str = ""
    wall_seconds: float | None = None
    model: Path | None = None


class _Running:
    """A cell's process with the folder through which it is talked to."""

    def __init__(self, task: Task, slot: int, gpu: str | None, scratch: Path) -> None:
        self.task = task
        self.slot = slot
        self.folder = Path(tempfile.mkdtemp(prefix="cell-", dir=scratch))
        (self.folder / "job.json").write_text(json.dumps(asdict(task.job)), encoding="utf-8")
        self.started = time.monotonic()
        self.killed: tuple[CellStatus, str] | None = None
        self._mark = self.folder.name
        # -P: a file beside the benchmark file must not be imported for the module of its name.
        cell = [task.python or sys.executable, "-P", "-m", "adrbench.running._cell", str(self.folder)]
        self.process = subprocess.Popen(  # noqa: S603  (our own module, in our own interpreter or the one that the user names)
            [sys.executable, "-I", "-S", str(_SUPERVISOR), str(self.folder / "log.txt"), *cell],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=task.folder,
            env={**_environment(task, gpu), _VARIABLE: self._mark},
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
                self.process.kill()
        elif self._terminated_at is not None:
            if now - self._terminated_at > GRACE_SECONDS:
                self.cut()
        elif self.task.timeout is not None and now - self.started > self.task.timeout:
            self.killed = ("timeout", f"took longer than {self.task.timeout:g} s, the limit of a cell")
            self._terminated_at = now
            self.process.terminate()
        elif self.task.memory is not None and (used := _resident(self.process.pid)) > self.task.memory:
            # At once: what grows by gigabytes a second is not waited for.
            limit = self.task.memory / 2**20
            reason = f"took {used / 2**20:,.0f} MiB of memory; the limit of a cell is {limit:,.0f} MiB"
            self.killed = ("oom", reason)
            self.cut()
        return False

    def cut(self) -> None:
        """Have the supervisor kill everything and end."""
        self._cut_at = self._cut_at or time.monotonic()
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()

    def progress(self) -> Progress | None:
        """The progress that the cell reports; None if there is no news, or it was read a moment ago."""
        now = time.monotonic()
        if now - self._looked_at_progress < _LOOK_SECONDS:
            return None
        self._looked_at_progress = now
        with suppress(OSError, ValueError):
            with (self.folder / "progress.json").open("rb") as file:
                done, total, note = json.loads(file.read(_PROGRESS_BYTES))
            # A tagger may say anything; what shows it need not expect that.
            if all(type(number) in {int, float} and math.isfinite(number) for number in (done, total)):
                return done, total, _printable(note) if isinstance(note, str) else ""
        return None

    def ended(self) -> Ended:
        """The outcome that the process left, or the reason why it left none."""
        wall = time.monotonic() - self.started
        sweep(self._mark)
        model = self.folder / "model"
        return Ended(self._outcome(), self._log_tail(), wall, model if model.is_dir() else None)

    def _outcome(self) -> Outcome:
        key, path = self.task.key, self.folder / "outcome.json"
        if self.killed is not None:
            return Outcome(key, *self.killed)
        if not path.is_file():
            return Outcome(key, *_crash(self.process.returncode))
        try:
            outcome = read_record(Outcome, path.read_bytes()) if path.stat().st_size < _MOST_BYTES else None
        except (OSError, Damaged) as error:
            return Outcome(key, "failed", f"its process left an outcome that cannot be used: {_printable(str(error))}")
        if outcome is None or outcome.key != key:
            why = f"it has more than {_MOST_BYTES:,} bytes" if outcome is None else "it is of another cell"
            return Outcome(key, "failed", f"its process left an outcome that cannot be used: {why}")
        return outcome

    def _log_tail(self) -> str:
        with suppress(OSError), (self.folder / "log.txt").open("rb") as log:
            log.seek(-min(_LOG_BYTES, log.seek(0, os.SEEK_END)), os.SEEK_END)
            return log.read().decode("utf-8", "replace")
        return ""

    def close(self) -> None:
        """Free what the cell held."""
        self.cut()
        shutil.rmtree(self.folder, ignore_errors=True)


class LocalExecutor:
    """Runs tasks in processes of this machine.

    Args:
        slots: How many processes run at a time.
        gpus: The GPUs, as CUDA names them. If there are several, they are distributed over the slots.
        scratch: A folder for the files of running cells.
    """

    def __init__(self, slots: int, gpus: Sequence[str], scratch: Path) -> None:
        self._slots = slots
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
        control(SET_SUBREAPER, 1)
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
                        started = _Running(task, slot, gpu, self._scratch)
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
                        yield cell.ended()
                        self._running.remove(cell)
                        cell.close()
                    elif (progress := cell.progress()) is not None:
                        on_progress(cell.task, progress)
        finally:
            self._stop_all()
            control(SET_SUBREAPER, 0)

    def _stop_all(self) -> None:
        for cell in self._running:
            cell.cut()
        for cell in self._running:
            try:
                cell.process.wait(_SUPERVISOR_SECONDS)
            except subprocess.TimeoutExpired:
                cell.process.kill()
                cell.process.wait()
            cell.ended()
            cell.close()
        self._running.clear()


def _environment(task: Task, gpu: str | None) -> dict[str, str]:
    inherited = os.environ if task.python is None else clean(os.environ)
    environment = {**inherited, **variables(task.job.threads)}
    # The cell works in another folder; what is relative to ours would be another place there.
    # Parameters have been read; a tagger has no business with corpora.
    environment.pop("ADRBENCH_DATA", None)
    environment["ADRBENCH_CACHE"] = str(cache_folder().absolute())
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


def sweep(name: str) -> None:
    """Kill what a cell left behind although its supervisor was killed. Only Linux tells.

    Args:
        name: Names the cell; what it started has inherited the name.
    """
    mark = f"{_VARIABLE}={name}".encode()
    for pid in descendants():
        with suppress(OSError):
            if mark in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)


def _resident(supervisor: int) -> int:
    """Bytes of memory of all that a supervisor looks after."""
    total = 0
    pids = descendants(supervisor)
    for pid in pids:
        with suppress(OSError, ValueError, IndexError):
            total += int(Path(f"/proc/{pid}/statm").read_bytes().split()[1]) * _PAGE_BYTES
    if not pids:
        with suppress(psutil.Error):
            for one in psutil.Process(supervisor).children(recursive=True):
                with suppress(psutil.Error):
                    total += one.memory_info().rss
    return total


def _crash(code: int) -> tuple[CellStatus, str]:
    if code == -signal.SIGKILL:
        return "oom", "killed by the system, as it does when memory runs out"
    if code < 0:
        return "failed", f"the process died of {signal_name(-code)}"
    return "failed", f"the process ended with exit code {code} and left no outcome"
