"""What a job of Slurm does. Only the name of this module and a path are pickled."""

from __future__ import annotations

import os
import platform
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from adrbench.api import perform
from adrbench_slurm._folder import DELIVERY, Ended, Running, SharedFolder

MOST_LOSSES = 2
"""How often Slurm may start a job again whose node was lost or taken away."""
_PROGRESS_SECONDS = 5.0
_TERMINATED = 128 + signal.SIGTERM


class _TimeUp(BaseException):
    """Slurm's time limit is near."""


def run_task(path: str) -> None:
    """Run the task of a folder, and say in the shared folder how it ended.

    Args:
        path: The folder of the attempt. If it is gone, nobody waits for the result, and nothing is done.
    """
    task = Path(path)
    shared, attempt = SharedFolder(task.parents[1]), task.name
    # The name by which Slurm can leave it out.
    node = os.environ.get("SLURMD_NODENAME") or platform.node()
    if not task.is_dir():
        return
    _listen()
    # An attempt whose end is known is over, even if Slurm starts its job again.
    starts = int(os.environ.get("SLURM_RESTART_COUNT") or 0)
    if starts > MOST_LOSSES:
        reason = f"its node was lost or taken away {starts} times"
        shared.write_ended(attempt, Ended("failed", reason, node))
        return
    job = _job_id()
    shared.write_running(attempt, Running(job, node))
    told = time.monotonic()

    def progress(done: float, total: float, note: str) -> None:
        nonlocal told
        if time.monotonic() - told > _PROGRESS_SECONDS:
            told = time.monotonic()
            shared.write_running(attempt, Running(job, node, (done, total, note)))

    draft = task / f"{DELIVERY}.{starts}"
    shutil.rmtree(draft, ignore_errors=True)
    try:
        refused = perform(shared.content(attempt), shared.files, draft, progress=progress)
        if not refused:
            draft.rename(task / DELIVERY)
        ended = Ended("refused" if refused else "delivered", refused, node)
    except _TimeUp:
        ended = Ended("timeout", "Slurm's time limit was reached", node)
    except (RuntimeError, OSError) as error:
        ended = Ended("failed", f"on {node}: {error}", node)
    if task.is_dir():
        shared.write_ended(attempt, ended)


def _job_id() -> str:
    array = os.environ.get("SLURM_ARRAY_JOB_ID")
    return f"{array}_{os.environ['SLURM_ARRAY_TASK_ID']}" if array else os.environ.get("SLURM_JOB_ID", "")


def _listen() -> None:
    """End in an orderly way. submitit would ask for another start of the job."""

    def end(_number: int, _frame: FrameType | None) -> None:
        # Slurm's state says why.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(_TERMINATED)

    def time_up(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        raise _TimeUp

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGUSR2, time_up)
