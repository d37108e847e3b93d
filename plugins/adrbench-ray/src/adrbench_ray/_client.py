"""The process that talks to Ray for a run: ``python -m adrbench_ray._client ADDRESS FOLDER RUN PATIENCE AUTOSCALING``.

It is apart from the run because Ray's client may end its process when the cluster is gone. Both speak in lines of
JSON. Standard input brings cells; when it closes, every cell is cancelled. The descriptor that was standard output
takes answers; what Ray prints goes to the log of the folder.
"""

from __future__ import annotations

import json
import logging
import os
import queue
import shutil
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

# Before Ray is imported: nothing is reported to anybody.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

import ray
from ray import exceptions
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from adrbench.api import Resources, delivered_place
from adrbench_ray._node import Board, remove
from adrbench_ray._resources import Node, unmet

MOST_LOSSES = 2
"""How often a cell whose node was lost is run elsewhere."""
_CONNECTIONS = 3
_PIECE_BYTES = 2**26
_DISTRIBUTION = "adrbench-ray"
_LOOK_SECONDS = 0.25
_NODES_SECONDS = 1.0
_NODE_LABEL = "ray.io/node-id"
# A node that differs for so many cells in the same way is given no more of them.
_REFUSALS = 2


@dataclass
class _Cell:
    """A cell that is on its way."""

    key: str
    content: bytes
    resources: Resources
    files: Mapping[str, str]
    # Cells of the same group run on one node.
    group: str = ""
    # The only node that may run it; empty: any.
    pinned: str = ""
    attempt: int = 0
    losses: int = 0
    reference: Any = None
    node: str = ""
    host: str = ""
    # Nodes that refused it, with the reasons.
    refused: dict[str, str] = field(default_factory=dict)
    # When it or its worker ended without a result, if it is not clear yet whether its node did too.
    died: float | None = None
    why: str = ""
    # Since when no node can take it.
    stuck: float | None = None

    @property
    def task(self) -> str:
        """The name of this attempt."""
        return f"{self.key}/{self.attempt}"


@dataclass
class _Home:
    """The node of a group."""

    node: str
    name: str
    # If so, its cells run nowhere else.
    has_delivered: bool = False


def _cell_of(expected: str) -> Callable[..., dict[str, Any]]:
    """What Ray runs for a cell. It travels by value, so that a node without this package can say so.

    Args:
        expected: The version of this package that a node must have.

    Returns:
        ``run_cell``, with a refusal where there is none like ours.
    """

    def cell(run: str, *arguments: Any) -> dict[str, Any]:
        # All that it names is imported on the node, and nothing of this module is taken there.
        import importlib.metadata  # noqa: PLC0415
        import socket  # noqa: PLC0415

        import ray  # noqa: PLC0415

        try:
            there = importlib.metadata.version("adrbench-ray")
            from adrbench_ray._node import run_cell  # noqa: PLC0415
        except Exception as error:  # noqa: BLE001  (whatever a node has in its place)
            refused = f"adrbench-ray cannot be used there: {type(error).__name__}: {error}"
        else:
            if there == expected:
                return run_cell(run, *arguments)
            refused = f"adrbench-ray {there} instead of {expected}"
        node, host = ray.get_runtime_context().get_node_id(), socket.gethostname()
        return {"node": node, "host": host, "refused": refused, "files": {}}

    return cell


class Client:
    """Runs the cells that standard input brings.

    Args:
        folder: Where deliveries are put.
        run: Names the run on the nodes.
        patience: Seconds in which Ray may notice that a node is lost.
        autoscaling: Whether nodes may join.
        say: Sends an answer.
    """

    def __init__(self, folder: Path, run: str, patience: float, autoscaling: bool, say: Callable[..., None]) -> None:
        self._folder = folder
        self._run = run
        self._patience = patience
        self._autoscaling = autoscaling
        self._say = say
        self._cells: dict[str, _Cell] = {}
        self._pieces: dict[str, list[Any]] = {}
        self._avoided: set[str] = set()
        self._homes: dict[str, _Home] = {}
        self._refusals: Counter[tuple[str, str]] = Counter()
        self._nodes: dict[str, Node] = {}
        self._looked = 0.0
        self._processors = 0.0
        self._work = ray.remote(max_retries=0)(_cell_of(version(_DISTRIBUTION)))
        here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=True)
        self._board: Any = (
            ray.remote(Board)
            .options(num_cpus=0, max_restarts=-1, max_task_retries=-1, scheduling_strategy=here)
            .remote()
        )
        self._news: Any = None

    def serve(self, requests: queue.SimpleQueue[dict[str, Any] | None]) -> None:
        """Do what is asked until nobody asks any more.

        Args:
            requests: What standard input brings; None at its end.
        """
        self._look_at_nodes()
        self._processors = sum(node.cpus for node in self._nodes.values())
        self._say("ready", nodes=[vars(node) for node in self._nodes.values()])
        while True:
            with suppress(queue.Empty):
                # Waiting for cells is done below.
                request = requests.get(timeout=None if not self._cells else 0)
                if request is None:
                    return
                self._do(request)
                continue
            self._look_at_nodes()
            self._tell_room()
            self._look_at_news()
            self._collect()
            self._judge()
            self._start_waiting()

    def close(self) -> None:
        """Cancel every cell, and remove what the run has on the nodes."""
        self._cancel()
        self._look_at_nodes(at_once=True)
        clean = ray.remote(max_retries=0, num_cpus=0)(remove)
        removed = [
            clean.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(self._run)
            for node in self._nodes
        ]
        ray.wait(removed, num_returns=len(removed), timeout=10)

    def _cancel(self) -> None:
        for cell in self._cells.values():
            if cell.reference is not None:
                ray.cancel(cell.reference, force=True)
        self._cells.clear()

    def _do(self, request: Mapping[str, Any]) -> None:
        if request["do"] == "cancel":
            self._cancel()
            self._say("cancelled")
            return
        cell = _Cell(
            request["key"],
            Path(request["content"]).read_bytes(),
            Resources(**request["resources"]),
            request["files"],
            request["group"],
        )
        self._cells[cell.key] = cell
        self._start(cell)

    def _start(self, cell: _Cell) -> None:
        """Submit a cell, unless the node of its group is still to be chosen by another one, which is on its way."""
        cell.reference, cell.node, cell.host, cell.pinned, cell.died, cell.stuck = None, "", "", "", None, None
        if cell.group and cell.group not in self._homes and any(self._on_their_way(cell.group)):
            return
        self._submit(cell)

    def _on_their_way(self, group: str) -> Iterator[_Cell]:
        return (cell for cell in self._cells.values() if cell.group == group and cell.reference is not None)

    def _start_waiting(self) -> None:
        for cell in list(self._cells.values()):
            if cell.reference is None:
                self._start(cell)

    def _submit(self, cell: _Cell) -> None:
        cell.attempt += 1
        asked = cell.resources
        options: dict[str, Any] = {
            "num_cpus": asked.cpus,
            "num_gpus": asked.gpus,
            "resources": dict(asked.custom),
            "name": f"adrbench {cell.key[:8]}",
        }
        if asked.memory is not None:
            options["memory"] = asked.memory
        home = self._homes.get(cell.group)
        if home is not None:
            cell.pinned = home.node
            options["scheduling_strategy"] = NodeAffinitySchedulingStrategy(home.node, soft=False)
        elif avoided := sorted({*cell.refused, *self._avoided}):
            options["label_selector"] = {_NODE_LABEL: f"!in({','.join(avoided)})"}
        pieces = {digest: self._put(digest, Path(path)) for digest, path in cell.files.items()}
        cell.reference = self._work.options(**options).remote(self._run, cell.task, cell.content, pieces, self._board)

    def _put(self, digest: str, path: Path) -> list[Any]:
        """Hand a file to Ray once, which takes it to each node once."""
        if digest not in self._pieces:
            with path.open("rb") as file:
                pieces = iter(lambda: file.read(_PIECE_BYTES), b"")
                self._pieces[digest] = [ray.put(piece) for piece in pieces]
        return self._pieces[digest]

    def _look_at_nodes(self, *, at_once: bool = False) -> None:
        now = time.monotonic()
        if at_once or now - self._looked > _NODES_SECONDS:
            self._looked = now
            alive = [node for node in ray.nodes() if node["Alive"]]
            self._nodes = {node["NodeID"]: Node.of(node) for node in alive}

    def _tell_room(self) -> None:
        """Nodes that have joined take more cells."""
        processors = sum(node.cpus for node in self._nodes.values())
        if processors != self._processors:
            self._processors = processors
            self._say("room", processors=processors)

    def _look_at_news(self) -> None:
        if self._news is None:
            self._news = self._board.take.remote()
        ready, _ = ray.wait([self._news], timeout=0)
        if not ready:
            return
        reference, self._news = self._news, None
        try:
            news = ray.get(reference)
        except exceptions.RayActorError:
            return
        for kind, task, *told in news:
            cell = self._cells.get(task.partition("/")[0])
            if cell is None or cell.task != task or cell.reference is None:
                continue
            if kind == "started":
                cell.node, cell.host = told
                self._settle(cell)
                self._say("started", key=cell.key)
            else:
                self._say("progress", key=cell.key, news=told)

    def _settle(self, cell: _Cell) -> None:
        """The first cell of a group that starts chooses the node of the group."""
        if cell.group:
            self._homes.setdefault(cell.group, _Home(cell.node, self._name(cell)))

    def _collect(self) -> None:
        waited = {
            cell.reference: cell for cell in self._cells.values() if cell.died is None and cell.reference is not None
        }
        ready, _ = ray.wait(list(waited), timeout=_LOOK_SECONDS) if waited else ([], [])
        if not waited:
            time.sleep(_LOOK_SECONDS)
        for reference in ready:
            self._ended(waited[reference], reference)

    def _ended(self, cell: _Cell, reference: Any) -> None:
        try:
            told = ray.get(reference)
        except exceptions.OutOfMemoryError:
            self._lose(cell, "oom", f"Ray ended its worker on {self._name(cell)} because the machine's memory ran out")
        except exceptions.WorkerCrashedError as error:
            cell.died, cell.why = time.monotonic(), f"its worker died: {_line(error)}"
        except (exceptions.NodeDiedError, exceptions.ObjectLostError, exceptions.LocalRayletDiedError) as error:
            self._elsewhere(cell, _line(error))
        except exceptions.RayTaskError as error:
            # The processes of a lost node end one by one, so that a worker may tell of the cell's end before its own.
            cell.died, cell.why = time.monotonic(), _line(error.cause or error)
        except exceptions.TaskUnschedulableError as error:
            if cell.pinned:
                self._elsewhere(cell, _line(error))
            else:
                self._lose(cell, "failed", f"Ray cannot run it: {_line(error)}")
        except exceptions.RayError as error:
            self._lose(cell, "failed", f"Ray cannot run it: {_line(error)}")
        else:
            cell.node, cell.host = told["node"], told["host"]
            if told["refused"]:
                self._refuse(cell, told["refused"])
            else:
                self._settle(cell)
                self._deliver(cell, told["files"])

    def _deliver(self, cell: _Cell, files: Mapping[str, bytes]) -> None:
        folder = self._folder / f"{cell.key}.{cell.attempt}"
        try:
            for name, content in files.items():
                delivered_place(folder, name).write_bytes(content)
        except (OSError, ValueError) as error:
            self._lose(cell, "failed", f"what it left cannot be kept: {error}")
            return
        if (home := self._homes.get(cell.group)) is not None:
            home.has_delivered = True
        del self._cells[cell.key]
        self._say("delivered", key=cell.key, folder=str(folder))

    def _refuse(self, cell: _Cell, reason: str) -> None:
        """Try another node, if there is one."""
        cell.refused[cell.node] = reason
        self._say("refused", node=self._name(cell), reason=reason)
        home = self._homes.get(cell.group)
        if home is not None and home.node == cell.node:
            if home.has_delivered:
                self._lose(cell, "failed", f"the node of its row refuses it: {reason}")
                return
            del self._homes[cell.group]
        if not cell.group:
            # Another row may be welcome there.
            self._refusals[cell.node, reason] += 1
        if self._refusals[cell.node, reason] >= _REFUSALS:
            self._avoided.add(cell.node)
        self._start(cell)

    def _judge(self) -> None:
        """Decide about cells that ended without a result, and about cells that no node can take any more."""
        now = time.monotonic()
        for cell in list(self._cells.values()):
            if cell.died is not None:
                if cell.node and cell.node not in self._nodes:
                    self._elsewhere(cell, "its node was lost")
                elif now - cell.died > self._patience:
                    self._died(cell)
            elif cell.reference is None:
                continue
            elif not cell.node and cell.pinned and cell.pinned not in self._nodes:
                ray.cancel(cell.reference, force=True)
                self._elsewhere(cell, "its node was lost")
            elif not cell.node and (reason := self._unmet(cell)):
                # Ray would let it wait for ever.
                cell.stuck = cell.stuck or now
                if cell.refused or self._avoided or now - cell.stuck > self._patience:
                    ray.cancel(cell.reference, force=True)
                    self._lose(cell, "failed", reason)
            else:
                cell.stuck = None

    def _died(self, cell: _Cell) -> None:
        """A cell that had begun has failed. One that had not is none the worse for it, and is tried again."""
        if cell.node or cell.losses >= MOST_LOSSES:
            self._lose(cell, "failed", f"on {self._name(cell)}: {cell.why}")
        else:
            cell.losses += 1
            self._start(cell)

    def _unmet(self, cell: _Cell) -> str | None:
        if self._autoscaling:
            return None
        avoided = {*cell.refused, *self._avoided}
        left = [node for name, node in self._nodes.items() if name not in avoided]
        lacking = unmet(cell.resources, left)
        if lacking is None or not avoided:
            return lacking
        reasons = [*cell.refused.values(), *(reason for node, reason in self._refusals if node in self._avoided)]
        return f"every node that could run it is refused: {reasons[0]}"

    def _elsewhere(self, cell: _Cell, reason: str) -> None:
        cell.losses += 1
        home = self._homes.get(cell.group)
        if home is not None and home.node in {cell.node, cell.pinned}:
            if home.has_delivered:
                told = f"the node of its row, {home.name}, was lost (--same-machine)"
                self._lose(cell, "failed", f"{told}; the next run goes on with a node of the same kind")
                return
            del self._homes[cell.group]
        if cell.losses > MOST_LOSSES:
            self._lose(cell, "failed", f"{cell.losses} nodes were lost while it ran; the last one: {reason}")
        else:
            self._start(cell)

    def _lose(self, cell: _Cell, status: str, reason: str) -> None:
        del self._cells[cell.key]
        self._say("lost", key=cell.key, status=status, reason=reason)

    def _name(self, cell: _Cell) -> str:
        return f"{cell.host or 'a node'} ({cell.node[:8] or 'unknown'})"


def _line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:300]}"


def _requests(requests: queue.SimpleQueue[dict[str, Any] | None], closed: threading.Event) -> None:
    try:
        # A run that is killed may leave half a line.
        with suppress(ValueError):
            for line in sys.stdin:
                requests.put(json.loads(line))
    finally:
        closed.set()
        requests.put(None)


def _connect(address: str) -> None:
    options: dict[str, Any] = {"address": address} if address else {}
    for left in reversed(range(_CONNECTIONS)):
        try:
            ray.init(**options, log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionAbortedError:
            # For each client from outside, the head starts a process, which now and then does not start.
            if not left:
                raise
        else:
            return


def main(arguments: list[str]) -> None:
    """Connect, serve, and leave nothing on the nodes."""
    _, folder, *_ = arguments
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def say(what: str, **facts: Any) -> None:
        answers.write(f"{json.dumps({'is': what, **facts})}\n")
        answers.flush()

    requests: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    closed = threading.Event()
    threading.Thread(target=_requests, args=[requests, closed], daemon=True).start()
    try:
        _serve(arguments, requests, say)
    finally:
        if closed.is_set():
            # A run that was killed cannot do it.
            shutil.rmtree(folder, ignore_errors=True)


def _serve(arguments: list[str], requests: queue.SimpleQueue[dict[str, Any] | None], say: Callable[..., None]) -> None:
    address, folder, run, patience, autoscaling = arguments
    try:
        _connect(address)
        client = Client(Path(folder), run, float(patience), autoscaling == "True", say)
    except Exception as error:  # noqa: BLE001  (whatever Ray raises is told to the user)
        say("unreachable", why=_line(error))
        return
    try:
        client.serve(requests)
    except BrokenPipeError:
        pass
    except Exception as error:  # noqa: BLE001
        say("gone", why=_line(error))
        return
    with suppress(Exception):
        client.close()
    ray.shutdown()


if __name__ == "__main__":
    main(sys.argv[1:])
