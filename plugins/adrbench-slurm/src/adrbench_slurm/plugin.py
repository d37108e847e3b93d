"""The description of the Slurm executor. submitit is imported when a run uses it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import Annotated

from pydantic import AfterValidator, Field

from adrbench.api import ExecutorPlugin
from adrbench_slurm._amounts import mebibytes, minutes

_PROGRAMS = ("sbatch", "srun", "sacct", "scancel", "scontrol")


def _is_time(value: int | str) -> int | str:
    minutes(value)
    return value


def _is_memory(value: str) -> str:
    mebibytes(value)
    return value


def _is_folder(value: str) -> str:
    if "%" in value:
        raise ValueError("Slurm reads % in the name of a folder as a pattern; choose another name")
    return value


@dataclass(frozen=True)
class SlurmParams:
    """Which jobs are asked for. What a cell takes comes from the benchmark file; options here are for every job."""

    folder: Annotated[str, AfterValidator(_is_folder)] = ""
    """A folder that this machine and every node see at the same path."""

    partition: str = ""
    """The partition; empty: ``SBATCH_PARTITION``, else the cluster's default. So are the next three."""

    account: str = ""
    """The account that pays."""

    qos: str = ""
    """The quality of service."""

    constraint: str = ""
    """Features of the nodes, such as ``a100``."""

    time: Annotated[int | str, AfterValidator(_is_time)] = ""
    """The time limit of a job, in minutes or as Slurm writes it, such as ``1-12:00:00``; empty: the timeout of the
    cell and 5 minutes, and without a timeout the partition's default."""

    cpus: Annotated[int, Field(ge=0)] = 0
    """Processors of a job at least."""

    memory: Annotated[str, AfterValidator(_is_memory)] = ""
    """Memory of a job at least, such as ``8G``. Without it and without a limit of the cell, the partition's default."""

    gpus: Annotated[int, Field(ge=0)] = 0
    """GPUs of a job at least."""

    setup: tuple[str, ...] = ()
    """Shell commands before each job, such as ``module load python``."""

    array_size: Annotated[int, Field(ge=0)] = 0
    """Cells of a job array at most; 0: as many as Slurm takes."""

    keep_jobs: bool = False
    """Whether jobs go on when the run is interrupted; the next run collects them."""

    poll: Annotated[float, Field(gt=0)] = 5.0
    """Seconds between two looks at the folder."""

    patience: Annotated[float, Field(ge=0)] = 60.0
    """Seconds that the shared folder and Slurm's accounting may lag behind."""


def _missing(params: SlurmParams) -> str | None:
    absent = [program for program in _PROGRAMS if shutil.which(program) is None]
    if absent:
        return f"this machine has no {', '.join(absent)}; start the run on a login node of the cluster"
    if not params.folder:
        return "it needs a folder that every node sees; give --executor-option folder=PATH"
    return None


plugin = ExecutorPlugin(
    name="slurm",
    summary="a Slurm cluster, through job arrays and a shared folder",
    params=SlurmParams,
    implementation="adrbench_slurm.executor:SlurmExecutor",
    requires=("submitit",),
    distribution="adrbench-slurm",
    missing=_missing,
    api="1.2",
)
