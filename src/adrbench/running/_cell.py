"""One cell, in a process of its own, metered. What the tagger is given and answers is in ``_answers``.

Started as ``python -m adrbench.running._cell FOLDER``. The folder holds ``job.json``; ``outcome.json`` is written
there at the end, and ``progress.json`` on the way. Gold of the documents under test never enters this process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adrbench._system.paths import write_atomically
from adrbench.api import Context, Unavailable
from adrbench.results.outcome import outcome_line
from adrbench.results.responses import BUDGET_SPENT, Responses
from adrbench.results.tokens import BEFORE
from adrbench.running._answers import Answered, answer
from adrbench.running._costs import Family, Meter, peak_gpu_memory_bytes, peak_memory_bytes
from adrbench.running._energy import counters
from adrbench.running._job import Job
from adrbench.running._material import Unlabelled
from adrbench.running._replay import Replay, Share

if TYPE_CHECKING:
    from adrbench.results.schema import CellStatus

_END = 4000
_NOTE = 200


def main(folder: Path) -> None:
    """Run the job in a folder and leave its outcome there. Whatever goes wrong becomes a status with a reason.

    Args:
        folder: The folder of the job.
    """
    _die_with_parent()
    job = Job(**json.loads((folder / "job.json").read_text(encoding="utf-8")))
    family = Family()
    meter = Meter(counters(job.device), family)
    status: CellStatus = "ok"
    answered, reason, trace = Answered(), "", ""
    share = Share(**job.budget) if job.budget is not None else None
    replay = Replay(Responses(Path(job.responses)), job.key, share) if job.responses is not None else None
    reporter = _Reporter(folder / "progress.json")

    def extended(context: Context) -> Context:
        texts = Unlabelled(Path(job.texts), ()) if job.texts is not None else ()
        return replace(context, progress=reporter, records=replay, budget=share, texts=texts, keep_local=job.keep_local)

    before: dict[str, int] = {}

    def phase(name: str) -> AbstractContextManager[None]:
        if name == "predict" and replay is not None:
            before.update(replay.used())
        return meter.phase(name)

    try:
        answered = answer(job, folder, phase, extended)
    except Unavailable as error:
        status, reason = "skipped", _shortened(str(error))
    except Exception as error:  # noqa: BLE001  (the row says what happened; the others go on)
        memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        status, reason, trace = "oom" if memory else "failed", _reason(error), _trace(error)
    if status == "failed" and share is not None and share.refused:
        # However the tagger, or a study, passed it on.
        reason, trace = f"{BUDGET_SPENT}: {share.refused}", ""
    if before:
        # What a tagger itself counts is of its prediction; a teacher's answers, for instance, are counted by nobody.
        told = {fact: before[name] for fact, name in BEFORE.items()}
        answered = replace(answered, facts={**answered.facts, **told})
    if replay is not None and replay.replayed:
        answered = replace(answered, facts={**answered.facts, "replayed": replay.replayed})
    write = partial(
        outcome_line,
        key=job.key,
        seconds=meter.seconds,
        cpu_seconds=meter.cpu_seconds,
        peak_memory_bytes=peak_memory_bytes() + family.peak_memory_bytes(),
        peak_gpu_memory_bytes=peak_gpu_memory_bytes(),
        energy_joules=meter.energy_joules,
        energy_from=meter.energy_from,
    )
    try:
        line = write(status=status, reason=reason, traceback=trace, **vars(answered))
    except (ValueError, TypeError, RecursionError) as error:
        # A number with more digits than can be written, for instance.
        line = write(status="failed", reason=_reason(error), traceback=_trace(error))
    write_atomically(folder / "outcome.json", line)


class _Reporter:
    """Passes a tagger's progress on through a file, at most five times a second."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = 0.0

    def __call__(self, done: float, total: float, note: str = "") -> None:
        now = time.monotonic()
        if now - self._last >= 0.2:  # noqa: PLR2004
            self._last = now
            draft = self._path.with_suffix(".part")
            draft.write_text(json.dumps([done, total, note[:_NOTE]]), encoding="utf-8")
            draft.replace(self._path)


def _shortened(text: str) -> str:
    """Both ends of a long message; nobody reads megabytes, and each of them is stored."""
    if len(text) <= 2 * _END:
        return text
    return f"{text[:_END]} [{len(text) - 2 * _END:,} characters left out] {text[-_END:]}"


def _reason(error: BaseException) -> str:
    place = traceback.extract_tb(error.__traceback__)[-1]
    try:
        said = str(error)
    except Exception:  # noqa: BLE001  (a tagger's own)
        said = "its message cannot be read"
    # Cut first: a message may have hundreds of megabytes.
    text = " ".join(said[:_END].split())[:300]
    return f"{type(error).__name__[:_NOTE]}: {text} ({Path(place.filename).name[:_NOTE]}:{place.lineno})"


def _trace(error: BaseException) -> str:
    """The end of the traceback, and of those of its causes."""
    try:
        lines = traceback.TracebackException.from_exception(error, limit=-12).format()
        return _shortened("".join(map(_shortened, lines)))
    except Exception:  # noqa: BLE001  (a tagger's own)
        return ""


def _die_with_parent() -> None:
    """End when the run that started this cell is gone: its end of standard input closes, even by ``kill -9``."""

    def wait() -> None:
        # Not sys.stdin: a thread that waits inside its lock would trouble the interpreter's own end.
        while os.read(0, 1):
            pass
        os.killpg(os.getpid(), signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
    # The outcome is on the disk. Taking large libraries apart in an orderly way would only keep the next cell waiting.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
