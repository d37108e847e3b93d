"""An engine for tests: it takes parcels to folders of this machine that share nothing, and performs them there."""

from __future__ import annotations

import shutil
from collections.abc import Generator, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

from adrbench.api import (
    Delivery,
    ExecutorEvents,
    ExecutorLost,
    ExecutorPlugin,
    Parcel,
    Resources,
    Unavailable,
    delivered_files,
    delivered_place,
    keep_file,
    perform,
)


@dataclass(frozen=True)
class NeighbourParams:
    """Where it is, and what is wrong with it."""

    address: str = "next door"
    largest: int = 4
    """The most processors of a node."""
    lost_after: int = 1_000_000
    """The engine is gone after so many cells."""
    silent: bool = False
    """A cell is back before word of its start."""


class NeighbourExecutor:
    """Two nodes, of which each has its files in a folder of its own."""

    def __init__(self, params: NeighbourParams) -> None:
        self.params = params

    def __enter__(self) -> Self:
        if self.params.address != "next door":
            raise Unavailable(f"nobody lives at {self.params.address}")
        self.home, self.node = Path(mkdtemp(prefix="adrbench-home-")), Path(mkdtemp(prefix="adrbench-node-"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        shutil.rmtree(self.home)
        shutil.rmtree(self.node)

    def unmet(self, resources: Resources) -> str | None:
        if resources.cpus > self.params.largest:
            return f"no node has {resources.cpus} processors; the largest has {self.params.largest}"
        return f"no node has {', '.join(resources.custom)}" if resources.custom else None

    def run(
        self, parcels: Iterable[Parcel], events: ExecutorEvents, jobs: int | None
    ) -> Generator[Delivery, None, None]:
        ended = 0
        with ThreadPoolExecutor(jobs or 2) as pool:
            for done in as_completed([pool.submit(self._perform, parcel, events) for parcel in parcels]):
                if ended == self.params.lost_after:
                    raise ExecutorLost("the neighbours have moved")
                ended += 1
                yield done.result()

    def _perform(self, parcel: Parcel, events: ExecutorEvents) -> Delivery:
        if not self.params.silent:
            events.started(parcel.key)
        for digest, path in parcel.files.items():
            if not (self.node / digest).exists():
                keep_file(self.node, digest, [path.read_bytes()])
        there, here = self.node / f"out-{parcel.key}", self.home / parcel.key
        refused = perform(parcel.content, self.node, there, progress=lambda *news: events.progress(parcel.key, *news))
        if refused:
            events.refused("next door", refused)
            return Delivery(parcel.key, status="failed", reason=f"no node is left: {refused}")
        for name, file in delivered_files(there):
            shutil.copyfile(file, delivered_place(here, name))
        return Delivery(parcel.key, here)


plugin = ExecutorPlugin(
    name="neighbour",
    summary="the machine next door",
    params=NeighbourParams,
    implementation="neighbour:NeighbourExecutor",
    api="1.2",
)
