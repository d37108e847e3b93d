"""The main job: from a benchmark to finished cells in a results folder."""

from __future__ import annotations

import signal
import tempfile
from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from adrbench._system import machine
from adrbench.config import Benchmark
from adrbench.errors import CorpusError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import Board
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.results import Summary
from adrbench.results.store import Store
from adrbench.running._jobs import Jobs, NoStudy, study_of, tuned_in
from adrbench.running._records import cell_content, keep_environment, keep_model, keep_plan
from adrbench.running.executors.local import LocalExecutor, Outcome, Progress
from adrbench.running.options import Options
from adrbench.running.plan import Cell, Plan, Row
from adrbench.running.prepare import prepare


class View:
    """What watches a run. This one looks away; its methods are there to be overridden."""

    def reading(self, dataset: str) -> None:
        """A corpus is about to be read and tokenised."""

    def planned(self, plan: Plan, finished: int, waiting: int) -> None:
        """All is known: so many cells are in the store already, so many are to be run."""

    def started(self, row: Row, cell: Cell) -> None:
        """A cell's process is there."""

    def progress(self, row: Row, cell: Cell, progress: Progress) -> None:
        """A running cell says how far it is."""

    def ended(self, row: Row, cell: Cell, content: Mapping[str, Any], board: Board) -> None:
        """A cell is in the store; the board includes it."""


def run(benchmark: Benchmark, results: Path, options: Options, view: View, registry: Registry) -> Summary:
    """Run every cell that is not finished, and give the leaderboard.

    Whatever happens to a cell becomes its status; the others go on. Killed at any moment, a run loses the running cells
    only.

    Raises ``InputError`` before anything is measured if file, corpora, options or results folder are wrong.
    """
    # The folder is made when nothing that the user gave can be wrong any more.
    plan = prepare(benchmark, options, Store.find(results), view.reading, registry)
    store = Store.create(results)
    with store.locked(), _terminable():
        keep_plan(plan, store)
        scores = Scoreboard(store, registry)
        todo = [(row, cell) for row, cell in plan.cells() if not _finished(cell, store, options)]
        runnable = [(row, cell) for row, cell in todo if row.problem is None]
        view.planned(plan, sum(1 for _ in plan.cells()) - len(todo), len(runnable))
        with tempfile.TemporaryDirectory(prefix="adrbench-run-") as scratch:
            ended = _run_cells(plan, runnable, store, options, view, scores, Path(scratch))
        return Summary(scores.board(options.interval), _statuses(plan, store, ended))


def _measured(cell: Cell, store: Store) -> bool:
    stored = store.read_cell(cell.key)
    return stored is not None and stored["status"] == "ok"


def _finished(cell: Cell, store: Store, options: Options) -> bool:
    if not _measured(cell, store):
        return False
    return not options.keep_models or (store.folder / "models" / cell.key).is_dir()


def _run_cells(
    plan: Plan,
    cells: Sequence[tuple[Row, Cell]],
    store: Store,
    options: Options,
    view: View,
    scores: Scoreboard,
    scratch: Path,
) -> dict[str, str]:
    """Run cells and keep what comes of them; give the status with which each ended."""
    ended: dict[str, str] = {}
    by_key = {cell.key: (row, cell) for row, cell in cells}
    machine_, ours = (machine.fingerprint(), keep_environment(store)) if cells else ({}, "")
    with closing(_outcomes(plan, by_key, store, options, view, scratch)) as outcomes:
        for outcome in outcomes:
            row, cell = by_key[outcome.key]
            environment = keep_environment(store, row.interpreter.environment) if row.interpreter else ours
            where = {"machine": machine_, "environment": environment}
            content = cell_content(row, cell, outcome, where, options.jobs)
            if study_of(row, cell) != cell.key and content["status"] == "ok":
                content["tuned"] = tuned_in(row, cell, store)
            if outcome.model is not None:
                keep_model(outcome.model, store.folder / "models" / cell.key)
            # A cell is run once more for its model; should that go wrong, its figures stay.
            if content["status"] == "ok" or not _measured(cell, store):
                store.write_cell(cell.key, content)
            ended[cell.key] = content["status"]
            view.ended(row, cell, content, scores.board(options.interval, ties=False))
            if options.fail_fast and content["status"] not in {"ok", "skipped"}:
                break
    return ended


def _outcomes(
    plan: Plan, cells: Mapping[str, tuple[Row, Cell]], store: Store, options: Options, view: View, scratch: Path
) -> Generator[Outcome, None, None]:
    """How each cell ended, as soon as it has; nothing is left running when this is closed."""
    gpus = machine.gpu_ids() if options.device != "cpu" else ()
    executor = LocalExecutor(options.jobs, gpus)
    jobs = Jobs(plan, store, options, "cuda:0" if gpus else "cpu", scratch)
    # What is tuned once, in the first fold, is known to the other folds only when that one has ended.
    for first in (True, False):
        ready = []
        for key, (row, cell) in cells.items():
            if (study_of(row, cell) == key) != first:
                continue
            try:
                jobs.check(row, cell)
            except (NoStudy, CorpusError, OSError) as reason:
                status = reason.status if isinstance(reason, NoStudy) else "failed"
                yield Outcome(key, {"status": status, "reason": str(reason), "costs": {}}, None)
            else:
                ready.append((row, cell))
        running = executor.run(
            jobs.tasks(ready),
            lambda task: view.started(*cells[task.key]),
            lambda task, progress: view.progress(*cells[task.key], progress),
        )
        with closing(running):
            yield from running


def _statuses(plan: Plan, store: Store, ended: Mapping[str, str]) -> dict[str, int]:
    statuses: Counter[str] = Counter()
    for row in plan.rows:
        if not row.chosen:
            continue
        if not row.cells and row.problem:
            statuses[row.problem[0]] += 1
        for cell in row.cells:
            stored = store.read_cell(cell.key)
            if cell.key in ended:
                statuses[ended[cell.key]] += 1
            elif stored is not None and (stored["status"] == "ok" or row.problem is None):
                statuses[stored["status"]] += 1
            else:
                statuses[row.problem[0] if row.problem else "pending"] += 1
    return dict(statuses)


@contextmanager
def _terminable() -> Iterator[None]:
    """Let a polite kill (SIGTERM) end a run as cleanly as Ctrl-C does. Only the main thread can."""

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
