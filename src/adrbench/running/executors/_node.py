"""The program that ``adrbench.api.perform`` runs on a node: one task, under the supervisor of a run on this machine.

Started as ``python -m adrbench.running.executors._node FILES DELIVERY``. Standard input has the parcel, after a line
with its length, and then stays open: when it closes, everything is to end. Standard output has the word that the task
begins, and progress, a line each.
"""

from __future__ import annotations

import _thread
import json
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil

from adrbench._system import machine
from adrbench._system.environment import environment
from adrbench._system.signals import terminable
from adrbench.api.node import BEGUN
from adrbench.results.machines import GO_ON, named, same_class
from adrbench.results.schema import EnvironmentRecord, Machine, Outcome
from adrbench.running._scratch import scratch_folder
from adrbench.running.executors._conditions import ask, conditions, difference
from adrbench.running.executors._parcel import Report, Unpacked, send_back, unpack, write_report
from adrbench.running.executors.local import Ended, LocalExecutor, Progress

# Nodes may share the folder of files.
_RUNNING = f".running-{platform.node()}-"
# A cell that is ended in an orderly way takes no longer.
_PATIENCE_SECONDS = 20.0


def main(files: Path, delivery: Path) -> None:
    """Run the task on standard input, and leave its report and what goes back with it.

    Args:
        files: The folder of the parcel's files.
        delivery: The folder that goes back.
    """
    content = _read(int(sys.stdin.buffer.readline()))
    with terminable(), scratch_folder() as scratch:
        _end_with_parent()
        work = scratch / "work"
        work.mkdir()
        try:
            unpacked = unpack(content, files, work)
            use, python = unpacked.task.job.use, unpacked.task.python
            refused = difference(conditions(use) if python is None else ask(use, python), unpacked.conditions)
        except Exception as error:  # noqa: BLE001  (whatever is wrong with this node is to be said)
            refused = f"{type(error).__name__}: {error}"
        refused = refused or _other_kind(unpacked.task.machine)
        if refused:
            write_report(Report(refused=refused, node=platform.node()), delivery)
            return
        _say(BEGUN)
        with _counted(files) as jobs:
            report = _perform(unpacked, delivery, scratch)
            at_a_time = max(jobs, len(_others(files)))
        write_report(Report(**{**vars(report), "jobs": at_a_time}), delivery)


def _read(length: int) -> bytes:
    content = sys.stdin.buffer.read(length)
    if len(content) != length:
        raise EOFError("the parcel is cut off")
    return content


def _perform(unpacked: Unpacked, delivery: Path, scratch: Path) -> Report:
    task = unpacked.task
    with closing(LocalExecutor(1, (), scratch).run([task], lambda _: None, lambda _, news: _say(news))) as running:
        # Its model is there until the next one is asked for.
        ended = next(running)
        try:
            send_back(unpacked, ended.model, delivery)
        except OSError as error:
            ended = Ended(Outcome(task.key, "failed", f"what it left cannot be sent back: {error}"), ended.log)
    return Report(
        node=platform.node(),
        outcome=unpacked.as_at_home(ended.outcome),
        log=ended.log,
        wall_seconds=ended.wall_seconds,
        machine=_machine(),
        environment=EnvironmentRecord(**environment()),
    )


def _other_kind(wanted: Machine | None) -> str:
    """Why this node gets no cell of a row whose finished folds ran on the wanted one; empty if it may."""
    if wanted is None or same_class(wanted, here := _machine()):
        return ""
    return f"the row's finished folds ran on {named(wanted)}, and this is {named(here)}; {GO_ON}"


def _machine() -> Machine:
    here = machine.fingerprint()
    return Machine(**{**here, "gpus": tuple(here["gpus"])})


def _say(word: str | Progress) -> None:
    sys.stdout.write(f"{json.dumps(word)}\n")
    sys.stdout.flush()


def _end_with_parent() -> None:
    """End when the process that called ``perform`` is gone, even by ``kill -9``: the input closes."""

    def wait() -> None:
        # Not sys.stdin: a thread that waits inside its lock would trouble the interpreter's own end.
        while os.read(0, 1):
            pass
        # As SIGTERM, for which there is a handler: SIGINT may be ignored, as it is under nohup.
        _thread.interrupt_main(signal.SIGTERM)
        time.sleep(_PATIENCE_SECONDS)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


@contextmanager
def _counted(files: Path) -> Iterator[int]:
    """Let others on this node know that a task runs, and give how many run with it."""
    mark = files / f"{_RUNNING}{os.getpid()}"
    files.mkdir(parents=True, exist_ok=True)
    mark.touch()
    try:
        yield len(_others(files))
    finally:
        mark.unlink(missing_ok=True)


def _others(files: Path) -> list[Path]:
    """The marks of tasks that run, this one included."""
    marks = []
    for mark in files.glob(f"{_RUNNING}*"):
        with suppress(ValueError):
            if psutil.pid_exists(int(mark.name.removeprefix(_RUNNING))):
                marks.append(mark)
    return marks


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except KeyboardInterrupt:
        os._exit(130)
