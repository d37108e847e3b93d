"""What is asked of Slurm for a cell."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from adrbench.api import Resources
from adrbench_slurm._amounts import mebibytes, minutes
from adrbench_slurm.plugin import SlurmParams

# Beside the cell itself, a job has the processes that look after it.
_OVERHEAD_MEBIBYTES = 512
# Time to start, and to end in an orderly way, so that the cell's own timeout comes first.
_SPARE_MINUTES = 5
_SIGNAL_SECONDS = 60


# What Slurm itself reads for sbatch. It would win over the lines of a script, so it is read here.
_DEFAULTS = {
    "partition": "SBATCH_PARTITION",
    "account": "SBATCH_ACCOUNT",
    "qos": "SBATCH_QOS",
    "constraint": "SBATCH_CONSTRAINT",
}


def with_defaults(params: SlurmParams, environment: Mapping[str, str]) -> SlurmParams:
    """Take what is not said from the variables that Slurm reads for ``sbatch``.

    Args:
        params: What every job gets.
        environment: The variables.

    Returns:
        The parameters, completed.
    """
    said: dict[str, Any] = {
        name: environment[variable]
        for name, variable in _DEFAULTS.items()
        if variable in environment and not getattr(params, name)
    }
    return replace(params, **said)


def request(params: SlurmParams, resources: Resources, timeout: float | None) -> dict[str, Any]:
    """Describe a job.

    Args:
        params: What every job gets.
        resources: What the cell takes.
        timeout: Seconds that the cell may take; None: any.

    Returns:
        The options of ``sbatch`` that are asked for, by their names with underscores.
    """
    time = minutes(params.time)
    if time is None and timeout is not None:
        time = math.ceil(timeout / 60) + _SPARE_MINUTES
    memory = mebibytes(params.memory) or 0
    if resources.memory is not None:
        memory = max(memory, math.ceil(resources.memory / 2**20) + _OVERHEAD_MEBIBYTES)
    # Slurm shares no GPU.
    gpus = max(params.gpus, math.ceil(resources.gpus))
    asked = {
        "partition": params.partition,
        "account": params.account,
        "qos": params.qos,
        "constraint": params.constraint,
        "time": time,
        "cpus_per_task": max(params.cpus, resources.cpus),
        "mem": f"{memory}M" if memory else None,
        "gpus_per_node": gpus,
        "gres": ",".join(f"{name}:{math.ceil(amount)}" for name, amount in sorted(resources.custom.items())),
    }
    return {name: value for name, value in asked.items() if value}


def flags(asked: Mapping[str, Any]) -> Iterator[str]:
    """Write a request as arguments of ``sbatch``.

    Args:
        asked: The request.

    Yields:
        Each argument.
    """
    for name, value in asked.items():
        yield f"--{name.replace('_', '-')}={value}"


def submission(params: SlurmParams, asked: Mapping[str, Any], at_a_time: int) -> dict[str, Any]:
    """Complete a request for submitit.

    Args:
        params: What every job gets.
        asked: The request.
        at_a_time: How many tasks of the array run at a time.

    Returns:
        The parameters of ``submitit.SlurmExecutor``.
    """
    return {
        # Without a time, submitit would ask for five minutes.
        "time": None,
        **asked,
        "job_name": "adrbench",
        "nodes": 1,
        "ntasks_per_node": 1,
        "array_parallelism": at_a_time,
        "signal_delay_s": _SIGNAL_SECONDS,
        "stderr_to_stdout": True,
        "setup": list(params.setup) or None,
        # A cluster may know no such key.
        "wckey": None,
        # Lost or preempted jobs start again elsewhere.
        "additional_parameters": {"requeue": True},
    }
