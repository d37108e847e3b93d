"""The Slurm executor: it hands cells to job arrays, and collects what they leave in a shared folder."""

from __future__ import annotations

import errno
import io
import logging
import os
import re
import shlex
import shutil
import sys
import tempfile
import time
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import IO, Self

import submitit

from adrbench.api import (
    Delivery,
    ExecutorEvents,
    ExecutorLost,
    Parcel,
    Resources,
    Unavailable,
    delivered_files,
    delivered_place,
    keep_file,
)
from adrbench_slurm._folder import DELIVERY, SharedFolder, Ticket
from adrbench_slurm._node import run_task
from adrbench_slurm._requests import flags, request, submission, with_defaults
from adrbench_slurm._states import UNKNOWN, ask, controlled, judged, largest_array, states
from adrbench_slurm.plugin import SlurmParams

# Accounting is a database for the whole cluster.
_LOOKS_PER_QUESTION = 3
_MOST_REFUSALS = 3
_PIECE_BYTES = 2**20
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
# Where Slurm's programs find their cluster.
_CONFIGURATION = ("SLURM_CONF", "SLURM_JWT")
_NO_ANSWER = re.compile(r"unable to contact|connect|timed out|zero bytes|temporarily|try again", re.IGNORECASE)

_PREFIX = re.compile(r"^(sbatch: )?(error: )?(Batch job submission failed: |allocation failure: )?")


@dataclass
class _Cell:
    """A cell that is on its way."""

    key: str
    digest: str
    resources: Resources
    timeout: float | None
    ticket: Ticket
    # Whether an earlier run has submitted it.
    adopted: bool = False
    started: bool = False
    # When it last said something.
    heard: float = 0.0
    # Since when its job is over, or unknown, without a result.
    silent: float | None = None
    # Nodes that refused it, with the reasons, and how often that happened.
    refused: dict[str, str] = field(default_factory=dict)
    refusals: int = 0

    @property
    def alike(self) -> tuple[object, ...]:
        """Cells that are alike may share an array."""
        return self.resources, self.timeout, frozenset(self.refused)


@dataclass
class _Queue:
    """Cells that wait to be submitted, and how that goes."""

    cells: list[_Cell] = field(default_factory=list)
    largest: int = 1
    again: float = 0.0
    failing: float | None = None


class SlurmExecutor:
    """Runs cells as jobs of Slurm.

    Args:
        params: Which jobs are asked for.
    """

    def __init__(self, params: SlurmParams) -> None:
        self._params = with_defaults(params, os.environ)
        self._unmet: dict[str, str | None] = {}
        self._lock: IO[str] | None = None

    def __enter__(self) -> Self:
        """Open the shared folder, and ask Slurm whether it takes such jobs.

        Returns:
            The executor.

        Raises:
            Unavailable: If the folder cannot be used, or Slurm does not take them.
        """
        # It prints what this executor tells in its own words.
        logging.getLogger("submitit").setLevel(logging.CRITICAL)
        if complaint := self._tried(Resources()):
            raise Unavailable(f"Slurm does not take its jobs: {complaint}")
        self._folder, self._lock = SharedFolder.opened(Path(self._params.folder))
        self._home = Path(tempfile.mkdtemp(dir=self._folder.home))
        self._largest = min(size for size in (self._params.array_size, largest_array(), sys.maxsize) if size)
        return self

    def __exit__(self, *_: object) -> None:
        """Remove what is not needed any more."""
        if self._lock is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._folder.clean()
            self._lock.close()

    def unmet(self, resources: Resources) -> str | None:
        """Say why no node can ever meet a request.

        Args:
            resources: The request.

        Returns:
            What Slurm says; None if it takes such a job, or does not answer now.
        """
        name = repr(resources)
        if name not in self._unmet:
            complaint = self._tried(resources)
            answered = complaint is not None and not _NO_ANSWER.search(complaint)
            self._unmet[name] = f"Slurm refuses its request: {complaint}" if answered else None
        return self._unmet[name]

    def _tried(self, resources: Resources) -> str | None:
        """Slurm's complaint about a job that is not submitted; None if it would take it."""
        asked = request(self._params, resources, None)
        with _outside():
            done = ask("sbatch", "--test-only", *flags(asked), "--wrap=true")
        return _last_line(done.stderr) if done.returncode else None

    def run(
        self, parcels: Iterable[Parcel], events: ExecutorEvents, jobs: int | None
    ) -> Generator[Delivery, None, None]:
        """Run every task. Tasks of an earlier run that ask for the same are collected.

        Args:
            parcels: The tasks.
            events: Told what happens.
            jobs: How many run at a time; None: as many as Slurm has room for.

        Yields:
            How each task ended.

        Raises:
            ExecutorLost: If Slurm does not answer for long, and none of the tasks runs.
        """
        running: dict[str, _Cell] = {}
        queue = _Queue(largest=self._largest)
        try:
            for parcel in parcels:
                cell = self._taken(parcel)
                if cell.adopted:
                    running[cell.key] = cell
                else:
                    queue.cells.append(cell)
            looks = 0
            while running or queue.cells:
                for cell, delivery in chain(
                    self._submit(queue, running, jobs),
                    self._collected(running, queue, events),
                    self._lost(running, queue) if looks % _LOOKS_PER_QUESTION == 0 else (),
                ):
                    running.pop(cell.key, None)
                    try:
                        yield delivery
                    except GeneratorExit as end:
                        # What could not be stored is collected by the next run.
                        if delivery.folder is None or not _is_interrupted(end):
                            self._folder.forget(cell.key, cell.ticket)
                        raise
                    else:
                        self._folder.forget(cell.key, cell.ticket)
                    finally:
                        if delivery.folder is not None:
                            shutil.rmtree(delivery.folder, ignore_errors=True)
                looks += 1
                if running or queue.cells:
                    time.sleep(self._params.poll)
        finally:
            self._stop([*running.values()], queue.cells)

    def _taken(self, parcel: Parcel) -> _Cell:
        """Put a parcel into the folder, unless an earlier run has done so."""
        known = self._folder.ticket(parcel.key)
        cell = _Cell(parcel.key, parcel.digest, parcel.resources, parcel.timeout, known or Ticket("", ""))
        if known is not None:
            if not known.job and (said := self._folder.read_running(known.attempt)) is not None:
                # The earlier run was gone before it knew.
                cell.ticket = replace(known, job=said.job)
            asked = known.digest == parcel.digest and self._folder.task(known.attempt).is_dir()
            if asked and (cell.ticket.job or known.attempt in self._folder.ended()):
                cell.adopted = True
                return cell
            self._folder.forget(parcel.key, cell.ticket)
            if cell.ticket.job:
                ask("scancel", cell.ticket.job)
        for digest, path in parcel.files.items():
            if not (self._folder.files / digest).exists():
                with path.open("rb") as file:
                    keep_file(self._folder.files, digest, iter(partial(file.read, _PIECE_BYTES), b""))
        cell.ticket = self._folder.create(parcel.key, parcel.digest, parcel.content)
        return cell

    def _submit(self, queue: _Queue, running: dict[str, _Cell], jobs: int | None) -> Iterator[tuple[_Cell, Delivery]]:
        """Hand waiting cells to Slurm, an array for those that are alike, and give those that it does not take."""
        while queue.cells and time.monotonic() >= queue.again:
            first = queue.cells[0]
            chunk = [cell for cell in queue.cells if cell.alike == first.alike][: queue.largest]
            complaint = self._submitted(chunk, running, jobs)
            if complaint is None:
                taken = {cell.key for cell in chunk}
                queue.cells = [cell for cell in queue.cells if cell.key not in taken]
                running |= {cell.key: cell for cell in chunk}
                queue.largest, queue.failing = min(self._largest, 2 * queue.largest), None
            elif _NO_ANSWER.search(complaint):
                queue.failing = queue.failing or time.monotonic()
                queue.again = time.monotonic() + self._params.poll
                if not running and time.monotonic() - queue.failing > self._params.patience:
                    raise ExecutorLost(f"Slurm does not answer: {complaint}")
            elif len(chunk) > 1:
                # A limit on submitted jobs, perhaps.
                queue.largest = len(chunk) // 2
            elif running:
                queue.again = time.monotonic() + max(self._params.patience, self._params.poll)
            else:
                queue.cells.remove(first)
                reason = "; ".join((f"Slurm does not take its job: {complaint}", *filter(None, [_refusals(first)])))
                yield first, Delivery(first.key, None, "failed", reason)

    def _submitted(self, cells: list[_Cell], running: dict[str, _Cell], jobs: int | None) -> str | None:
        """Submit an array. Returns Slurm's complaint if it does not take it."""
        first = cells[0]
        asked = request(self._params, first.resources, first.timeout)
        if first.refused:
            asked["exclude"] = ",".join(sorted(first.refused))
        if jobs is not None and (others := _arrays(running.values())):
            # A bound holds for all arrays together: they follow each other, whether this run is there or not.
            asked["dependency"] = ":".join(("afterany", *others))
        parameters = submission(self._params, asked, min(jobs or len(cells), len(cells)))
        # Not the folder that the run was started in: a module there is none of the job's.
        python = f"{shlex.quote(sys.executable)} -P"
        try:
            # submitit prints what sbatch says.
            with _outside(), redirect_stderr(io.StringIO()):
                executor = submitit.SlurmExecutor(self._folder.jobs, max_num_timeout=0, python=python)
                executor.update_parameters(**parameters)
                submitted = executor.map_array(
                    run_task, [str(self._folder.task(cell.ticket.attempt)) for cell in cells]
                )
        except (RuntimeError, OSError) as error:
            return _last_line(str(error))
        for cell, job in zip(cells, submitted, strict=True):
            cell.ticket = replace(cell.ticket, job=job.job_id)
            self._folder.write_ticket(cell.key, cell.ticket)
        return None

    def _collected(
        self, running: dict[str, _Cell], queue: _Queue, events: ExecutorEvents
    ) -> Iterator[tuple[_Cell, Delivery]]:
        """Tell what running cells say, and give those that have ended."""
        said, over = self._folder.running(), self._folder.ended()
        for cell in list(running.values()):
            attempt = cell.ticket.attempt
            if attempt in said and not cell.started:
                cell.started = True
                events.started(cell.key)
            if attempt in over:
                if (delivery := self._ended(cell, events)) is not None:
                    yield cell, delivery
                else:
                    del running[cell.key]
                    queue.cells.append(self._anew(cell))
            elif said.get(attempt, 0.0) > cell.heard:
                cell.heard = said[attempt]
                if (news := self._folder.read_running(attempt)) is not None and news.progress is not None:
                    events.progress(cell.key, *news.progress)

    def _ended(self, cell: _Cell, events: ExecutorEvents) -> Delivery | None:
        """How a cell ended, by its own words; None if its node refused it, and others may not."""
        ended = self._folder.read_ended(cell.ticket.attempt)
        if ended.status == "refused":
            events.refused(ended.node, ended.reason)
            cell.refused[ended.node] = ended.reason
            cell.refusals += 1
            if cell.refusals < _MOST_REFUSALS:
                return None
            return Delivery(cell.key, None, "failed", _refusals(cell))
        if ended.status != "delivered":
            reason = f"{ended.reason} (job {cell.ticket.job}, {ended.node})"
            return Delivery(cell.key, None, "timeout" if ended.status == "timeout" else "failed", reason)
        there, here = self._folder.task(cell.ticket.attempt) / DELIVERY, self._home / cell.ticket.attempt
        try:
            for name, file in delivered_files(there):
                shutil.copyfile(file, delivered_place(here, name))
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in _NO_ROOM:
                # The cell is none the worse for it: the next run collects it.
                raise
            return Delivery(cell.key, None, "failed", f"what it left cannot be kept: {error}")
        return Delivery(cell.key, here)

    def _lost(self, running: dict[str, _Cell], queue: _Queue) -> Iterator[tuple[_Cell, Delivery]]:
        """Give cells whose jobs are over, and that left nothing for longer than the folder may lag behind."""
        if not running:
            return
        now, found = time.monotonic(), states([cell.ticket.job for cell in running.values() if cell.ticket.job])
        late = [cell for cell in running.values() if cell.silent and now - cell.silent > self._params.patience]
        unknown = [cell.ticket.job for cell in late if found.get(cell.ticket.job, (UNKNOWN, ""))[0] == UNKNOWN]
        known = controlled(unknown) if unknown else {}
        for cell in list(running.values()):
            job = cell.ticket.job
            state, nodes = found.get(job, (UNKNOWN, ""))
            state = known.get(job, state)
            verdict = judged(state, job, nodes)
            if verdict is None and state != UNKNOWN:
                cell.silent = None
            elif cell.silent is None:
                cell.silent = now
            elif verdict is not None and cell in late:
                if cell.adopted and verdict[0] == "failed":
                    # What was lost while nobody looked is simply run.
                    del running[cell.key]
                    queue.cells.append(self._anew(cell))
                    continue
                said = self._folder.last_words(job)
                yield cell, Delivery(cell.key, None, verdict[0], verdict[1] + (f": {said[:300]}" if said else ""))

    def _anew(self, cell: _Cell) -> _Cell:
        """Make another attempt of a cell."""
        content = self._folder.content(cell.ticket.attempt)
        self._folder.forget(cell.key, cell.ticket)
        ticket = self._folder.create(cell.key, cell.digest, content)
        return _Cell(
            cell.key,
            cell.digest,
            cell.resources,
            cell.timeout,
            ticket,
            refused=cell.refused,
            refusals=cell.refusals,
        )

    def _stop(self, running: list[_Cell], waiting: list[_Cell]) -> None:
        """End what still runs, or leave it to the next run, which collects what has finished in any case."""
        for cell in waiting:
            self._folder.forget(cell.key, cell.ticket)
        if self._params.keep_jobs or not (left := self._without_result(running)):
            return
        # An array whose other tasks have ended needs no list of the rest.
        ask("scancel", *_arrays(left))
        for cell in self._without_result(left):
            self._folder.forget(cell.key, cell.ticket)

    def _without_result(self, cells: list[_Cell]) -> list[_Cell]:
        delivered = self._folder.delivered()
        return [cell for cell in cells if cell.ticket.attempt not in delivered]


def _is_interrupted(end: GeneratorExit) -> bool:
    """Whether an error closes the generator. A run that has stored a result and wants no more closes it without one."""
    error: BaseException | None = end
    while isinstance(error, GeneratorExit):
        # Generators around this one are closed first.
        error = error.__context__
    return error is not None


@contextmanager
def _outside() -> Iterator[None]:
    """Leave the job that the run may be in: what Slurm says there of itself would shape other jobs."""
    configuration = {name: os.environ[name] for name in _CONFIGURATION if name in os.environ}
    with submitit.helpers.clean_env():
        os.environ.update(configuration)
        yield


def _arrays(cells: Iterable[_Cell]) -> list[str]:
    return sorted({cell.ticket.job.partition("_")[0] for cell in cells if cell.ticket.job})


def _refusals(cell: _Cell) -> str:
    return ", ".join(f"{node} refused it: {reason}" for node, reason in cell.refused.items())


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return _PREFIX.sub("", lines[-1]) if lines else "sbatch gave no reason"
