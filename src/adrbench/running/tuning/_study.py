"""A study: trials of parameter values, each judged, one after the other, kept in a journal that outlives a kill."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adrbench.api import Unavailable
from adrbench.config.search_space import Space, grid_problems, missing
from adrbench.running.tuning._trials import Judge, Progress, Spec, Tuned


def run_study(journal: Path, space: Space, spec: Spec, judge: Judge, progress: Progress) -> Tuned:
    """Search the space, or go on with the search that ``journal`` holds, and give what it found.

    ``judge(values, report)`` gives the F1 of some values, as a fraction. It may ``report(step, value)`` on the way,
    with rising steps, and lets the ``Pruned`` that comes back pass. What it raises makes the trial a failed one, and
    the study goes on; except ``Unavailable``, which ends the study here, to go on when the machine has what it lacked.
    If two processes ask for one study, the second waits and gets what the first one found.

    With the same seed, space and versions of Optuna and NumPy, what a trial tries depends only on its place and on the
    finished trials before it. So a study that was killed goes on as if it had not been, the killed trial repeated.
    A trial that ended its process three times is given up.

    Raises ``RuntimeError`` with the reasons if no trial succeeds; the journal is then set aside as ``*.failed``, so
    that the next run tries again. ``Unavailable`` without Optuna, ``ValueError`` if the space is no grid and should
    be, or a journal is that of another space, seed, sampler or pruner, ``StoreError`` if it is damaged.
    """
    lacking = missing()
    if lacking:
        raise Unavailable(lacking)
    if spec.sampler == "grid":
        for path, message in grid_problems(space, spec.trials):
            raise ValueError(f"{path}: {message}")
    # Optuna takes seconds to import; only a study needs it.
    from adrbench.running.tuning._search import search  # noqa: PLC0415

    journal.parent.mkdir(parents=True, exist_ok=True)
    with _alone(journal.with_name(f"{journal.name}.running"), progress, spec):
        return search(journal, space, spec, judge, progress)


@contextmanager
def _alone(lock: Path, progress: Progress, spec: Spec) -> Iterator[None]:
    """Hold the lock of a study; the system lets go of it when the process ends, however it ends."""
    with lock.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                progress(0, spec.trials, "waiting for the study, which another cell runs")
                time.sleep(0.2)
        yield
