"""The states of Slurm's jobs, and the status of a cell whose job ended without a result."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Literal

from submitit.slurm.slurm import SlurmInfoWatcher, read_job_id

Status = Literal["failed", "oom", "timeout"]

UNKNOWN = "UNKNOWN"
GONE = "GONE"
"""Slurm knows a job no more."""
_OVER: Mapping[str, tuple[Status, str]] = {
    "BOOT_FAIL": ("failed", "its node could not be started"),
    "CANCELLED": ("failed", "its job was cancelled"),
    "COMPLETED": ("failed", "its job ended without a result; does its node see the folder?"),
    "DEADLINE": ("timeout", "its job could not end before its deadline"),
    "FAILED": ("failed", "its job failed"),
    "NODE_FAIL": ("failed", "its node failed"),
    "OUT_OF_MEMORY": ("oom", "its job exceeded its memory"),
    "PREEMPTED": ("failed", "its job was preempted"),
    "REVOKED": ("failed", "its job was moved to another cluster"),
    "SPECIAL_EXIT": ("failed", "its job failed"),
    "TIMEOUT": ("timeout", "Slurm's time limit was reached"),
    GONE: ("failed", "Slurm knows its job no more"),
}
_SECONDS = 60.0
_FIELD = re.compile(r"\b(ArrayJobId|ArrayTaskId|JobId|JobState)=(\S+)")


def judged(state: str, job: str, nodes: str = "") -> tuple[Status, str] | None:
    """Tell the status of a cell from the state of its job, which left no result.

    Args:
        state: The state, such as ``CANCELLED by 1000``.
        job: The job's id.
        nodes: Where it ran.

    Returns:
        The status and the reason; None if the job is not over.
    """
    name = _name(state)
    if name not in _OVER:
        return None
    status, reason = _OVER[name]
    place = f" on {nodes}" if nodes and nodes != "None assigned" else ""
    shown = f", {state}" if name != GONE else ""
    return status, f"{reason} (job {job}{place}{shown})"


def _name(state: str) -> str:
    # Where a column is narrow, Slurm cuts a name and ends it with a plus.
    return (state.split() or [UNKNOWN])[0].rstrip("+").upper()


def states(jobs: Collection[str]) -> dict[str, tuple[str, str]]:
    """Ask Slurm's accounting for the states of jobs.

    Args:
        jobs: Their ids.

    Returns:
        State and nodes of each; ``UNKNOWN`` if accounting does not know it, or not yet.
    """
    arrays = sorted({job.partition("_")[0] for job in jobs})
    if not arrays:
        return {}
    # submitit reads the answer. It would wait for it for ever.
    done = ask(
        "sacct", "-o", "JobID,State,NodeList", "--parsable2", *(word for array in arrays for word in ("-j", array))
    )
    told = SlurmInfoWatcher().read_info(done.stdout) if done.returncode == 0 else {}
    found = {job: told.get(job, {}) for job in jobs}
    return {job: (info.get("State") or UNKNOWN, info.get("NodeList") or "") for job, info in found.items()}


def controlled(jobs: Collection[str]) -> dict[str, str]:
    """Ask Slurm's controller for the states of jobs that accounting does not know.

    Args:
        jobs: Their ids.

    Returns:
        The state of each; ``GONE`` if the controller does not know it either, ``UNKNOWN`` if it does not answer.
    """
    found: dict[str, str] = {}
    for array in sorted({job.partition("_")[0] for job in jobs}):
        done = ask("scontrol", "--oneliner", "show", "job", array)
        known = _records(done.stdout) if done.returncode == 0 else {}
        silent = done.returncode != 0 and "Invalid job id" not in done.stderr
        for job in jobs:
            if job.partition("_")[0] == array:
                found[job] = known.get(job, UNKNOWN if silent else GONE)
    return found


def _records(text: str) -> dict[str, str]:
    """The states by job of ``scontrol show job``: a line each, or a line for all that wait of an array."""
    known: dict[str, str] = {}
    for line in text.splitlines():
        facts = dict(_FIELD.findall(line))
        if "JobState" not in facts:
            continue
        jobs = [facts.get("JobId", "")]
        if "ArrayTaskId" in facts:
            task = facts["ArrayTaskId"]
            with suppress(ValueError):
                jobs = [
                    f"{array}_{index}"
                    for array, *bounds in read_job_id(
                        f"{facts['ArrayJobId']}_{task if task.isdigit() else f'[{task}]'}"
                    )
                    for index in range(int(bounds[0]), int(bounds[-1]) + 1)
                ]
        known |= dict.fromkeys(jobs, facts["JobState"])
    return known


def ask(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Slurm.

    Args:
        command: The program and its arguments.

    Returns:
        Its end; exit code 1 and the reason as what it complained about if it did not answer.
    """
    try:
        return subprocess.run(  # noqa: S603  (Slurm's own programs, without a shell)
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return subprocess.CompletedProcess(command, 1, "", str(error))


def largest_array() -> int | None:
    """How many tasks an array of this cluster has at most; None if Slurm does not say."""
    found = re.search(r"^MaxArraySize\s*=\s*(\d+)", ask("scontrol", "show", "config").stdout, re.MULTILINE)
    return int(found[1]) if found else None
