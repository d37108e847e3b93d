"""Checks in processes of their own: one after another in one process, and a new one after a crash or a hang."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

from adrbench._system.environment import variables
from adrbench._system.signals import signal_name
from adrbench.testing._threads import ThreadWatch
from adrbench.testing._verdict import Check, Status, Verdict

_POLL_SECONDS = 0.02
_WATCHED = "thread-limit"
# One thread that computes and one that feeds it are fewer than this.
_MOST_THREADS = 1.6


@dataclass(frozen=True)
class Request:
    """A plugin to check, with its parameters, for a corpus its path, and the folder of a server's responses."""

    kind: str
    name: str
    params: Mapping[str, object]
    path: str | None = None
    responses: str | None = None


def run_checks(request: Request, checks: Sequence[Check], timeout: float) -> Iterator[Verdict]:
    """A verdict for each check, in order. ``timeout``: seconds for a fit, a prediction, or a check without either."""
    waiting = list(checks)
    while waiting:
        with tempfile.TemporaryDirectory(prefix="adrbench-check-", ignore_cleanup_errors=True) as folder:
            for verdict in _one_process(request, waiting, Path(folder), timeout):
                check = waiting.pop(0)
                yield verdict
                if check.gate and verdict.status == "failed":
                    for other in waiting:
                        yield Verdict(other.id, other.title, "skipped", f"{check.id} failed")
                    return


def _one_process(request: Request, checks: Sequence[Check], folder: Path, timeout: float) -> Iterator[Verdict]:
    """Verdicts up to the first crash or hang, which is the last one's."""
    content = {**asdict(request), "checks": [check.id for check in checks]}
    (folder / "request.json").write_text(json.dumps(content), encoding="utf-8")
    with (folder / "log.txt").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-P", "-m", "adrbench.testing._probe", str(folder)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(),
            start_new_session=True,
        )
    try:
        yield from _watch(process, list(checks), folder, timeout)
    finally:
        _kill(process)


def _watch(process: subprocess.Popen[bytes], checks: list[Check], folder: Path, timeout: float) -> Iterator[Verdict]:
    watch: ThreadWatch | None = None
    read, since = 0, time.monotonic()
    while checks:
        ended = process.poll() is not None
        events, read = _events(folder / "events.jsonl", read)
        for event in events:
            since = time.monotonic()
            if event["event"] == "begun":
                watch = ThreadWatch(process.pid) if event["check"] == _WATCHED else None
            elif event["event"] == "ended":
                check = checks.pop(0)
                verdict = Verdict(check.id, check.title, cast("Status", event["status"]), event["detail"])
                yield _with_threads(verdict, watch)
        if watch is not None:
            watch.look()
        if not checks:
            return
        if ended and not events:
            yield Verdict(checks[0].id, checks[0].title, "failed", _crash(process.returncode, folder / "log.txt"))
            return
        if time.monotonic() - since > timeout:
            reason = f"nothing happened for {timeout:g} s: it hangs, or needs parameters for a smaller model"
            yield Verdict(checks[0].id, checks[0].title, "failed", reason)
            return
        time.sleep(_POLL_SECONDS)


def _with_threads(verdict: Verdict, watch: ThreadWatch | None) -> Verdict:
    if watch is None or verdict.status != "passed" or watch.threads <= _MOST_THREADS:
        return verdict
    reason = f"with threads = 1, {watch.threads:.1f} threads computed at the same time"
    return Verdict(verdict.check, verdict.title, "failed", reason)


def _events(path: Path, position: int) -> tuple[list[dict[str, str]], int]:
    """Whole lines from a position on, and the position after them."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        file.seek(position)
        lines = file.read()
        whole = lines.rfind(b"\n") + 1
        return [json.loads(line) for line in lines[:whole].splitlines()], position + whole
    return [], position


def _crash(code: int, log: Path) -> str:
    how = f"died of {signal_name(-code)}" if code < 0 else f"ended with exit code {code}"
    said = log.read_bytes()[-2000:].decode("utf-8", "replace").strip().splitlines()
    return f"the process {how}" + (f": {said[-1][:200]}" if said else "")


def _kill(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if process.stdin is not None:
        with suppress(OSError):
            process.stdin.close()


def _environment() -> dict[str, str]:
    """That of a cell on one thread."""
    return {**os.environ, **variables(1)}
