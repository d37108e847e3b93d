"""Where cells run: the protocol of an engine that carries them to other machines.

An engine only schedules. adrbench packs each task into a ``Parcel``, the engine takes it to a node and calls
``adrbench.api.perform`` there, and brings back the folder that this leaves. Only adrbench writes results.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, Self


@dataclass(frozen=True)
class Resources:
    """What the task of a cell takes of a node.

    Attributes:
        cpus: Processors; as many as the cell has threads.
        gpus: GPUs; below 1, a share of a single GPU.
        memory: Bytes; None if the benchmark sets no limit.
        custom: Amounts of what a cluster names itself, by name.
    """

    cpus: int = 1
    gpus: float = 0.0
    memory: int | None = None
    custom: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Parcel:
    """A task with all that it reads. It is complete: a node needs no other file.

    Attributes:
        key: The name of the task, the same for the same cell on any machine.
        content: The task. It is small, and means something to ``perform`` only.
        files: Regular files of this machine by the SHA-256 of their bytes. Tasks share many of them, such as the texts
            of a corpus: a node needs each once.
        resources: What the task takes of a node.
        timeout: Seconds after which ``perform`` ends the task; None: never.
        digest: Names what is asked for: a hash of the task that hangs on no path of this machine. An engine whose
            tasks outlive the run takes up a task of the same key and digest, and drops others of that key.
        group: Not empty: tasks of the same group are to run on one node (``ExecutorPlugin.same_node``).
    """

    key: str
    content: bytes
    files: Mapping[str, Path]
    resources: Resources
    timeout: float | None = None
    digest: str = ""
    group: str = ""


@dataclass(frozen=True)
class Delivery:
    """How a task ended, as the engine knows it.

    Attributes:
        key: The name of the task.
        folder: A folder of this machine with all that ``perform`` left; None if the task never came to its end, as on
            a node that was lost.
        status: Without a folder: ``oom`` if memory ran out, ``timeout`` if the engine's own limit was reached,
            ``skipped`` if no node can take the task, else ``failed``.
        reason: Without a folder: why, in one line.
    """

    key: str
    folder: Path | None = None
    status: Literal["failed", "oom", "timeout", "skipped"] = "failed"
    reason: str = ""


class ExecutorEvents(Protocol):
    """What an engine tells while tasks run. Every call returns at once."""

    def started(self, key: str) -> None:
        """A task has started on a node.

        Args:
            key: The name of the task.
        """

    def progress(self, key: str, done: float, total: float, note: str) -> None:
        """A running task reports its progress.

        Args:
            key: The name of the task.
            done: How much is done.
            total: Of how much.
            note: A few words.
        """

    def refused(self, node: str, reason: str) -> None:
        """A node gets no more tasks.

        Args:
            node: Its name.
            reason: What ``perform`` said.
        """


class Executor(Protocol):
    """This is the protocol of an engine. It is called with its parameters, and used as a context.

    Entering the context connects to the machines. It raises ``Unavailable`` if there are none. Leaving it ends every
    task, and leaves nothing on any machine, unless the parameters say that tasks are to go on.
    """

    def __enter__(self) -> Self:
        """Connect.

        Returns:
            The engine.

        Raises:
            Unavailable: If there is nothing to connect to; the message says how to mend it.
        """

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        """End every task, and disconnect."""

    def unmet(self, resources: Resources) -> str | None:
        """Say why no node can ever meet a request.

        Args:
            resources: The request.

        Returns:
            The reason, such as ``no node has 2 GPUs; the largest has 1``; None if a node can meet it, or may join.
        """

    def run(
        self, parcels: Iterable[Parcel], events: ExecutorEvents, jobs: int | None
    ) -> Generator[Delivery, None, None]:
        """Run every task, in this order as far as it can be helped. Closing the generator ends all tasks.

        Args:
            parcels: The tasks. Each is packed when it is asked for, so an engine asks for no more than it can hold.
            events: Told what happens.
            jobs: How many tasks run at a time at most; None: as many as there is room for.

        Yields:
            How each task ended, as soon as it has. Its folder may be removed when the next one is asked for.

        Raises:
            ExecutorLost: If the engine is gone, with all that ran.
        """


@dataclass(frozen=True)
class ExecutorPlugin:
    """A light description of an engine, named by an entry point of the group ``adrbench.executors``.

    Attributes:
        name: The name after ``--executor``.
        summary: One line for listings.
        params: A frozen dataclass, a default for every field; the command line's ``--executor-option`` names them.
        implementation: ``"module:Class"`` of an ``Executor``, called with the parameters.
        requires: Modules that must be importable.
        distribution: What to install where they are missing.
        missing: Says why the engine cannot be used on this machine, given its parameters, or gives None. It may take
            milliseconds.
        api: The ``API_VERSION`` that it was written for, as for taggers.
        same_node: Whether the engine runs tasks of the same ``Parcel.group`` on one node. ``--same-machine`` is refused
            for others, which need not know of groups.
    """

    name: str
    summary: str
    params: type[Any]
    implementation: str
    requires: tuple[str, ...] = ()
    distribution: str = ""
    missing: Callable[[Any], str | None] | None = None
    api: str = ""
    same_node: bool = False
