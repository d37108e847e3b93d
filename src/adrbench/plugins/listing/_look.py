"""Look at every plugin. Started as ``python -m adrbench.plugins.listing._look SECONDS``, writes rows as JSON.

Each description of others is imported in a fork of this process, so that imports share nothing but what is here before.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NoReturn

from adrbench._system.signals import signal_name
from adrbench.plugins.registry import GROUPS, Group, InstalledPlugin, Registry, State

_OWN = "adrbench"
# Seconds.
_GRACE = 60.0


@dataclass
class _Fork:
    """A process that imports one description, and what it has said so far."""

    group: Group
    name: str
    pid: int
    pipe: int
    since: float = field(default_factory=time.monotonic)
    said: bytes = b""


def main(wait: float) -> None:
    """Write a row for each plugin to standard output, which nothing else can reach."""
    answer = os.dup(1)
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    registry = Registry()
    every = [(group, name) for group in GROUPS for name in registry.names(group)]
    own = [(group, name) for group, name in every if registry.distribution_of(group, name) == _OWN]
    # What most descriptions want, and what decides on versions: imported once, for all forks.
    import packaging.requirements  # noqa: F401, PLC0415
    import pydantic  # noqa: F401, PLC0415

    forks = [_fork(group, name, wait, registry) for group, name in every if (group, name) not in own]
    rows = {(group, name): _row(registry.look(group, name)) for group, name in own}
    rows.update({(fork.group, fork.name): row for fork, row in _collect(forks, wait, registry)})
    with os.fdopen(answer, "w", encoding="utf-8") as stream:
        json.dump([rows[one] for one in every], stream)


def _fork(group: Group, name: str, wait: float, registry: Registry) -> _Fork:
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        _look_and_end(group, name, writing, wait, registry)
    os.close(writing)
    return _Fork(group, name, pid, reading)


def _look_and_end(group: Group, name: str, answer: int, wait: float, registry: Registry) -> NoReturn:
    try:
        os.setpgid(0, 0)
        # Nobody is kept waiting by what a plugin starts and leaves behind.
        os.closerange(3, answer)
        os.dup2(1, 2)
        # Whatever happens to who waits, it does not go on for ever. Who waits may itself be late by seconds.
        signal.setitimer(signal.ITIMER_REAL, wait + _GRACE)
        row = _row(registry.look(group, name))
        with os.fdopen(answer, "w", encoding="utf-8") as stream:
            json.dump(row, stream, default=str)
    finally:
        os._exit(0)


def _collect(forks: Sequence[_Fork], wait: float, registry: Registry) -> Iterator[tuple[_Fork, dict[str, Any]]]:
    """The row of each process, as soon as it has ended or has taken longer than ``wait``."""
    with selectors.DefaultSelector() as selector:
        for fork in forks:
            selector.register(fork.pipe, selectors.EVENT_READ, fork)
        waiting = list(forks)
        while waiting:
            patience = min(fork.since for fork in waiting) + wait - time.monotonic()
            ready = [key.data for key, _ in selector.select(max(patience, 0))]
            for fork in ready:
                piece = os.read(fork.pipe, 1 << 16)
                fork.said += piece
                if not piece:
                    waiting.remove(fork)
                    yield fork, _ended(fork, selector, registry)
            # What has answered in time is heard, however late we are to look.
            late = [fork for fork in waiting if fork not in ready and time.monotonic() - fork.since > wait]
            for fork in late:
                waiting.remove(fork)
                _end(fork, selector, kill=True)
                yield fork, _without(fork, "slow", f"takes longer than {wait:g} s to import", registry)


def _ended(fork: _Fork, selector: selectors.BaseSelector, registry: Registry) -> dict[str, Any]:
    code = _end(fork, selector)
    try:
        row: dict[str, Any] = json.loads(fork.said)
    except ValueError:
        how = f"dies of {signal_name(-code)}" if code < 0 else f"ends the process with exit code {code}"
        return _without(fork, "broken", f"{how} when imported", registry)
    return row


def _end(fork: _Fork, selector: selectors.BaseSelector, *, kill: bool = False) -> int:
    """Let go of a process. Gives its exit code, negative for a signal."""
    selector.unregister(fork.pipe)
    os.close(fork.pipe)
    if kill:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(fork.pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(fork.pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(fork.pid, 0)[1])


def _without(fork: _Fork, state: State, problem: str, registry: Registry) -> dict[str, Any]:
    distribution, version = registry.installed(fork.group, fork.name)
    kind = fork.group.removesuffix("s")
    text = f"{kind} {fork.name!r} ({distribution}) {problem}"
    return _row(InstalledPlugin(fork.name, fork.group, distribution, version, None, text, state))


def _row(plugin: InstalledPlugin) -> dict[str, Any]:
    described = plugin.description
    return {
        "name": plugin.name,
        "group": plugin.group,
        "family": getattr(described, "family", ""),
        "version": getattr(described, "version", "") or plugin.version,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "state": plugin.state,
        "problem": plugin.problem,
        "remedy": plugin.remedy,
        "summary": getattr(described, "summary", ""),
    }


if __name__ == "__main__":
    main(float(sys.argv[1]))
    sys.stdout.flush()
    os._exit(0)
