"""Runs cells where an engine of a plugin takes them. To a run it looks like the executor of this machine."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adrbench.api import Delivery, Executor, Parcel, Resources
from adrbench.errors import InputError
from adrbench.results.schema import Damaged, Outcome
from adrbench.running.executors._parcel import CHECKPOINT, Packer, read_report, returning, take_back
from adrbench.running.executors.local import Ended, Progress, Task


@dataclass
class _Events:
    """Passes on what an engine tells."""

    tasks: Mapping[str, Task]
    on_start: Callable[[Task], None]
    on_progress: Callable[[Task, Progress], None]
    on_refused: Callable[[str, str], None]
    told: set[tuple[str, str]] = field(default_factory=set)
    begun: set[str] = field(default_factory=set)

    def started(self, key: str) -> None:
        if key in self.tasks:
            self.begun.add(key)
            self.on_start(self.tasks[key])

    def progress(self, key: str, done: float, total: float, note: str) -> None:
        if key in self.tasks:
            self.on_progress(self.tasks[key], (done, total, note))

    def refused(self, node: str, reason: str) -> None:
        if (node, reason) not in self.told:
            self.told.add((node, reason))
            self.on_refused(node, reason)


class RemoteExecutor:
    """Runs tasks through an engine.

    Args:
        engine: The engine, connected.
        jobs: How many tasks run at a time at most; None: as many as there is room for.
        on_refused: Called with the name of a node that gets no tasks, and why.
    """

    def __init__(self, engine: Executor, jobs: int | None, on_refused: Callable[[str, str], None]) -> None:
        self.engine = engine
        self._jobs = jobs
        self._on_refused = on_refused
        self._packer = Packer()

    def check(self, requests: Iterable[Resources]) -> None:
        """Refuse a run of which no cell could ever start.

        Args:
            requests: What the cells take of a node.

        Raises:
            InputError: If no node can ever meet any of them.
        """
        reasons = [self.engine.unmet(request) for request in requests]
        if reasons and all(reasons):
            told = "; ".join(dict.fromkeys(reason for reason in reasons if reason))
            raise InputError(f"no cell can run there: {told}; change [limits] or needs, or add such a machine")

    def run(
        self,
        tasks: Iterable[Task],
        on_start: Callable[[Task], None],
        on_progress: Callable[[Task, Progress], None],
    ) -> Generator[Ended, None, None]:
        """Run every task. However this generator ends, none of them goes on.

        Args:
            tasks: The tasks.
            on_start: Called when a task has started on a node.
            on_progress: Called when a running task reports its progress.

        Yields:
            How each task ended, as soon as it has. Take its model before asking for the next.

        Raises:
            ExecutorLost: If the engine is gone.
        """
        waiting: list[Task] = []
        running: dict[str, Task] = {}
        events = _Events(running, on_start, on_progress, self._on_refused)
        # Who needs the same checkpoint waits until the first has brought it: other nodes would make it once more.
        for chosen in (_first(tasks, waiting), waiting):
            yield from self._run(chosen, running, events)

    def _run(self, tasks: Iterable[Task], running: dict[str, Task], events: _Events) -> Generator[Ended, None, None]:
        unfit: list[Ended] = []
        with closing(self.engine.run(self._packed(tasks, running, unfit), events, self._jobs)) as deliveries:
            for delivery in deliveries:
                yield from _drained(unfit)
                if (task := running.get(delivery.key)) is not None:
                    # A short task may be back before the word that it has started.
                    if delivery.folder is not None and delivery.key not in events.begun:
                        events.started(delivery.key)
                    yield _ended(task, delivery)
                    del running[delivery.key]
        yield from _drained(unfit)

    def _packed(self, tasks: Iterable[Task], running: dict[str, Task], unfit: list[Ended]) -> Iterator[Parcel]:
        for task in tasks:
            if reason := self.engine.unmet(task.resources):
                unfit.append(Ended(Outcome(task.key, "skipped", reason)))
                continue
            try:
                parcel = self._packer.pack(task, task.resources)
            except OSError as error:
                unfit.append(Ended(Outcome(task.key, "failed", f"it cannot be sent to a node: {error}")))
                continue
            running[task.key] = task
            yield parcel


def _first(tasks: Iterable[Task], waiting: list[Task]) -> Iterator[Task]:
    """The tasks of which each makes another checkpoint, if any; the others are kept for later."""
    making: set[Path] = set()
    for task in tasks:
        made = {one.place for one in returning(task) if one.name == CHECKPOINT and not one.place.exists()}
        if made & making:
            waiting.append(task)
        else:
            making |= made
            yield task


def _drained(unfit: list[Ended]) -> Iterator[Ended]:
    while unfit:
        yield unfit.pop(0)


def _ended(task: Task, delivery: Delivery) -> Ended:
    """How a task ended, with what came back put where it belongs."""
    if delivery.folder is None:
        return Ended(Outcome(task.key, delivery.status, delivery.reason))
    try:
        report = read_report(delivery.folder)
        if report.outcome is None or report.outcome.key != task.key:
            return Ended(Outcome(task.key, "failed", report.refused or "its node sent the report of another task"))
        model = take_back(task, delivery.folder)
    except (Damaged, OSError) as error:
        return Ended(Outcome(task.key, "failed", f"what its node sent cannot be used: {error}"))
    environment: Mapping[str, Any] | None = vars(report.environment) if report.environment else None
    return Ended(
        report.outcome, report.log, report.wall_seconds, model, report.machine, environment, report.jobs, report.node
    )
