"""All plugins as rows. Their descriptions are imported in another process."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from adrbench._system.signals import signal_name
from adrbench.errors import PluginError

if TYPE_CHECKING:
    # Its import takes as long as the rest of the listing's, and the other process has it.
    from adrbench.plugins.registry import Group, State

WAIT_SECONDS = 2.0
# For what is not a plugin's import: starting Python on a busy machine.
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class ListedPlugin:
    """A row of the list of plugins.

    Attributes:
        name: The plugin's name.
        group: ``taggers``, ``datasets``, ``evaluators`` or ``executors``.
        family: The tagger's family; empty for other groups.
        version: The version that a tagger's description declares; of the others that of their
            distribution.
        distribution: The installed distribution that it comes from.
        distribution_version: The version of that distribution.
        state: See ``adrbench.plugins.registry.InstalledPlugin``; ``slow`` if its import took longer than the limit.
        problem: Why it is not ready; empty if it is.
        remedy: The command that mends the problem; empty if none is known.
        summary: What it is, in a few words.
    """

    name: str
    group: Group
    family: str
    version: str
    distribution: str
    distribution_version: str
    state: State
    problem: str
    remedy: str
    summary: str


class Listing:
    """The rows of all installed plugins. Work begins at once, and is waited for by ``rows``.

    One process imports all descriptions. If an import ends it or hangs, that plugin is a row with the reason, and
    another process goes on with the next one.

    Args:
        wait: Seconds that each import may take.
    """

    def __init__(self, wait: float = WAIT_SECONDS) -> None:
        self._wait = wait
        self._process = _Process(0, wait)

    def rows(self) -> list[ListedPlugin]:
        """Wait for all rows.

        Returns:
            Taggers, datasets, evaluators, then executors, each by name.

        Raises:
            PluginError: If nothing could be found out.
        """
        rows: list[ListedPlugin] = []
        while True:
            with self._process as process:
                rows += process.rows()
                if process.finished:
                    return rows
            self._process = _Process(len(rows), self._wait)


class _Process:
    """A process that imports descriptions from a given plugin on. Leaving the context kills it and its children."""

    def __init__(self, first: int, wait: float) -> None:
        self._wait = wait
        self._unread = b""
        self.finished = False
        path = os.pathsep.join(os.path.abspath(place) for place in sys.path)  # noqa: PTH100  (an empty one is here)
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-P", "-m", "adrbench.plugins._listing_process", str(first), str(wait)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        # Not read to their ends: what a plugin started and left behind may hold them open.
        for pipe in (self._process.stdout, self._process.stderr):
            assert pipe is not None  # noqa: S101
            pipe.close()
        self._process.wait()

    def rows(self) -> Iterator[ListedPlugin]:
        """Rows up to the last one, or to the first import that ends the process or takes too long."""
        line = self._line(_PATIENCE_SECONDS)
        if line is None:
            self._process.kill()
            last = self._process.communicate()[1].decode("utf-8", "replace").strip().splitlines()[-1:]
            raise PluginError(f"plugins could not be listed: {''.join(last) or 'no answer from their process'}")
        while line:
            known = ListedPlugin(**json.loads(line))
            row = self._line(self._wait)
            if not row:
                yield self._failed(known)
                return
            yield ListedPlugin(**json.loads(row))
            line = self._line(_PATIENCE_SECONDS)
        self.finished = line == b""

    def _failed(self, known: ListedPlugin) -> ListedPlugin:
        """The row of a plugin whose import ended the process, or takes too long."""
        code = self._process.poll()
        state: State = "slow" if code is None else "broken"
        if code is None:
            reason = f"takes longer than {self._wait:g} s to import"
        else:
            ends = f"dies of {signal_name(-code)}" if code < 0 else f"ends the process with exit code {code}"
            reason = f"{ends} when imported"
        kind = known.group.removesuffix("s")
        return replace(known, state=state, problem=f"{kind} {known.name!r} ({known.distribution}) {reason}")

    def _line(self, seconds: float) -> bytes | None:
        """The next line, without its end; None if none comes in time or the output has ended."""
        assert self._process.stdout is not None  # noqa: S101
        pipe, until = self._process.stdout.fileno(), time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self._unread:
                # What has been written in time is read, however late this process is to look.
                if not selector.select(max(0.0, until - time.monotonic())):
                    return None
                piece = os.read(pipe, 1 << 16)
                if not piece:
                    with suppress(subprocess.TimeoutExpired):
                        self._process.wait(seconds)
                    return None
                self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        return line
