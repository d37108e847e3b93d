"""A study: trials of parameter values in sequence, kept in a journal that survives a kill."""

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
    """Search a space, or continue the search of a journal.

    With the same seed, space and versions of Optuna and NumPy, the values of a trial depend only on its number and on
    the finished trials before it. So a study that was killed continues as if it had not been, and repeats the killed
    trial. A trial that ended its process three times counts as failed. If two processes run the same study, the second
    waits for the first and returns its result.

    Args:
        journal: The file of the study's trials.
        space: The scale of each parameter.
        spec: How to search.
        judge: Gives the F1 of some values, as a fraction. It may report intermediate values with ascending steps, and
            must pass on ``Pruned``. Any other exception fails the trial, and the study goes on; ``Unavailable`` ends
            the study, which can be continued.
        progress: Called with the number of trials that are done.

    Returns:
        The best values and all trials.

    Raises:
        Unavailable: If Optuna is not installed, or the machine lacks what the tagger needs.
        RuntimeError: With the reasons, if no trial succeeds. The journal is renamed to ``*.failed``, so that the next
            run tries again.
        ValueError: If the space cannot be searched as a grid, but should be.
        StoreError: If the journal is damaged, or of another space, seed, sampler or pruner.
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
