"""The Ray executor: it hands cells to a process that talks to the cluster, and takes their deliveries."""

from __future__ import annotations

import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from adrbench.api import Delivery, ExecutorEvents, ExecutorLost, Parcel, Resources, Unavailable
from adrbench_ray._folders import folder_of, hold, sweep
from adrbench_ray._resources import Node, unmet
from adrbench_ray.plugin import RayParams

_CLOSE_SECONDS = 30.0
_LOG_LINES = 3
# Cells at a time at least: nodes may join when they are asked for.
_LEAST = 4


class RayExecutor:
    """Runs cells on a Ray cluster.

    Args:
        params: Where the cluster is.
    """

    def __init__(self, params: RayParams) -> None:
        self._params = params
        self._nodes: list[Node] = []
        self._processors = 0.0
        self._answers: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()

    def __enter__(self) -> Self:
        """Connect to the cluster, in another process.

        Returns:
            The executor.

        Raises:
            Unavailable: If there is no such cluster.
        """
        run, asked = secrets.token_hex(4), self._params
        sweep(run)
        self._folder = folder_of(run, "home")
        # By this process and the one that it starts, whichever lives longer.
        self._held = hold(self._folder)
        with (self._folder / "log.txt").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603  (our own module, in our own interpreter)
                [
                    *(sys.executable, "-P", "-m", "adrbench_ray._client"),
                    *(asked.address, str(self._folder), run, str(asked.patience)),
                    str(asked.autoscaling),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                pass_fds=[self._held.fileno()],
                # Ctrl-C is for the run, which ends this process in an orderly way.
                start_new_session=True,
                env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
            )
        threading.Thread(target=self._listen, daemon=True).start()
        try:
            answer = self._answers.get(timeout=asked.connect_timeout)
        except queue.Empty:
            self._end()
            where = asked.address or "this machine"
            told = f"no answer from Ray at {where} within {asked.connect_timeout:g} s"
            raise Unavailable(f"{told}{_port(asked.address)}") from None
        except BaseException:
            self._end()
            raise
        if answer is None or answer["is"] != "ready":
            why = answer["why"] if answer else self._last_words()
            self._end()
            told = f"Ray cannot be reached{f' at {asked.address}' if asked.address else ''}: {why}"
            raise Unavailable(f"{told}{_port(asked.address)}")
        self._nodes = [Node(**node) for node in answer["nodes"]]
        self._processors = sum(node.cpus for node in self._nodes)
        return self

    def __exit__(self, *_: object) -> None:
        """Cancel every cell, and disconnect."""
        self._end()

    def unmet(self, resources: Resources) -> str | None:
        """Say why no node can ever meet a request.

        Args:
            resources: The request.

        Returns:
            The reason; None if a node can meet it, or nodes may join.
        """
        return None if self._params.autoscaling else unmet(resources, self._nodes)

    def run(
        self, parcels: Iterable[Parcel], events: ExecutorEvents, jobs: int | None
    ) -> Generator[Delivery, None, None]:
        """Run every task.

        Args:
            parcels: The tasks.
            events: Told what happens.
            jobs: How many run at a time; None: as many as there is room for.

        Yields:
            How each task ended.

        Raises:
            ExecutorLost: If the cluster is gone.
        """
        waiting = iter(parcels)
        running: set[str] = set()
        more = True
        try:
            while True:
                # Enough that no processor waits for the next cell to be packed, those of nodes that join included.
                while more and len(running) < (jobs or max(_LEAST, 2 * int(self._processors))):
                    parcel = next(waiting, None)
                    if parcel is None:
                        more = False
                        break
                    running.add(parcel.key)
                    self._send(parcel)
                if not running:
                    return
                delivery = self._next(events)
                if delivery is None or delivery.key not in running:
                    continue
                running.remove(delivery.key)
                (self._folder / f"{delivery.key}.parcel").unlink(missing_ok=True)
                yield delivery
                if delivery.folder is not None:
                    shutil.rmtree(delivery.folder, ignore_errors=True)
        finally:
            if running:
                self._cancel()

    def _send(self, parcel: Parcel) -> None:
        content = self._folder / f"{parcel.key}.parcel"
        content.write_bytes(parcel.content)
        self._ask(
            do="run",
            key=parcel.key,
            group=parcel.group,
            content=str(content),
            files={digest: str(path) for digest, path in parcel.files.items()},
            resources={**asdict(parcel.resources), "custom": dict(parcel.resources.custom)},
        )

    def _next(self, events: ExecutorEvents) -> Delivery | None:
        """The next answer, told or given."""
        answer = self._answers.get()
        if answer is None or answer["is"] == "gone":
            why = answer["why"] if answer else self._last_words()
            raise ExecutorLost(f"the connection to the Ray cluster was lost: {why}")
        match answer["is"]:
            case "started":
                events.started(answer["key"])
            case "progress":
                done, total, note = answer["news"]
                events.progress(answer["key"], done, total, note)
            case "refused":
                events.refused(answer["node"], answer["reason"])
            case "delivered":
                return Delivery(answer["key"], Path(answer["folder"]))
            case "lost":
                return Delivery(answer["key"], None, answer["status"], answer["reason"])
        return None

    def _cancel(self) -> None:
        """Cancel the cells of this call, and forget what is still said of them."""
        with suppress(ExecutorLost, queue.Empty):
            self._ask(do="cancel")
            until = time.monotonic() + _CLOSE_SECONDS
            while (answer := self._answers.get(timeout=max(0.0, until - time.monotonic()))) is not None:
                if answer["is"] == "cancelled":
                    return

    def _ask(self, **request: Any) -> None:
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(f"{json.dumps(request)}\n".encode())
            self._process.stdin.flush()
        except OSError:
            raise ExecutorLost(f"the connection to the Ray cluster was lost: {self._last_words()}") from None

    def _listen(self) -> None:
        assert self._process.stdout is not None  # noqa: S101
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                answer = json.loads(line)
                if answer["is"] == "room":
                    self._processors = answer["processors"]
                self._answers.put(answer)
        self._answers.put(None)

    def _last_words(self) -> str:
        """The end of what Ray printed, and how its process ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        said: list[str] = []
        with suppress(OSError):
            said = (self._folder / "log.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        last = " ".join(line.strip() for line in said[-_LOG_LINES:])[-500:]
        return f"its client ended (exit code {self._process.returncode}){f': {last}' if last else ''}"

    def _end(self) -> None:
        assert self._process.stdin is not None  # noqa: S101
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(_CLOSE_SECONDS)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)
        self._held.close()


def _port(address: str) -> str:
    """Which port an address is to name; empty without an address."""
    if address.startswith("ray://"):
        return "; the port is that of the head's Ray Client server, 10001 by default"
    if address:
        inside = "the port is that of the head, 6379 by default"
        return f"; {inside}; from outside the cluster, give ray://HOST:10001"
    return ""
