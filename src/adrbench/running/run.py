"""Runs a benchmark: from a plan to finished cells in a results folder."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from adrbench._system import machine
from adrbench._system.signals import terminable
from adrbench.config import Benchmark
from adrbench.errors import CorpusError
from adrbench.plugins.registry import Registry
from adrbench.results.kept import is_kept
from adrbench.results.kept_models import keep_model, place_of, tagger_record
from adrbench.results.leaderboard import Board
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.responses import BUDGET_SPENT, Responses, responses_folder
from adrbench.results.results import Summary
from adrbench.results.schema import CellRecord, CellStatus, Outcome, TimingRecord
from adrbench.results.status import statuses
from adrbench.results.store import DamagedError, Store
from adrbench.results.timings import timings
from adrbench.running._budget import Purse
from adrbench.running._jobs import Jobs, NoStudy, resources_of, study_of, tuned_in
from adrbench.running._records import Where, cell_record, keep_environment, keep_plan, machine_here
from adrbench.running._scratch import scratch_folder
from adrbench.running._time_again import time_again
from adrbench.running.executors.choice import LOCAL, Executor, opened
from adrbench.running.executors.local import Ended, Progress
from adrbench.running.executors.remote import RemoteExecutor
from adrbench.running.expected_time import ExpectedTimes, TimeLeft
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.prepare import prepare
from adrbench.running.same_machine import check_resumed
from adrbench.running.superseded import Superseded, superseded


class View:
    """Watches a run. Its methods do nothing; override those that matter."""

    def reading(self, dataset: str) -> None:
        """A corpus is about to be read and split into words.

        Args:
            dataset: The name of the corpus.
        """

    def collecting(self, row: PlannedRow) -> None:
        """The text without gold that a row learns from is about to be read. It may take minutes.

        Args:
            row: The row.
        """

    def planned(self, plan: Plan, finished: int, waiting: int) -> None:
        """The run is planned.

        Args:
            plan: The plan.
            finished: The number of cells that the results folder already has.
            waiting: The number of cells to run.
        """

    def resumed(self, board: Board) -> None:
        """The run goes on with a results folder that has finished cells.

        Args:
            board: The leaderboard of these cells.
        """

    def superseded(self, cells: Superseded) -> None:
        """Finished cells of the results folder have other keys in this plan.

        Args:
            cells: How many of them are measured anew, and how many stay.
        """

    def fitted_again(self, cells: int) -> None:
        """Finished cells are fitted again, because their models were not kept.

        Args:
            cells: How many of them.
        """

    def started(self, row: PlannedRow, cell: PlannedCell) -> None:
        """The process of a cell has started.

        Args:
            row: The row.
            cell: The cell.
        """

    def progress(self, row: PlannedRow, cell: PlannedCell, progress: Progress) -> None:
        """A running cell reports its progress.

        Args:
            row: The row.
            cell: The cell.
            progress: How far it is.
        """

    def time_left(self, left: TimeLeft) -> None:
        """The time that the remaining cells take is estimated: before the first cell, and before each ``ended``.

        Args:
            left: The estimate.
        """

    def node_refused(self, node: str, reason: str) -> None:
        """A machine of a cluster gets no cells, because it would not give the same answers.

        Args:
            node: The name of the machine.
            reason: How it differs.
        """

    def damaged(self, error: DamagedError) -> None:
        """A damaged file of the results folder was written anew or set aside.

        Args:
            error: The file and its damage.
        """

    def response_lost(self, error: DamagedError) -> None:
        """A recorded response of a server cannot be read; it is asked for again when it is needed.

        Args:
            error: The file, and the line that is damaged.
        """

    def timed_again(self, runs: int) -> None:
        """Finished cells are about to be run again, to see how their costs vary.

        Args:
            runs: How many runs that takes.
        """

    def timed(self, row: PlannedRow, cell: PlannedCell, timing: TimingRecord | CellRecord) -> None:
        """A finished cell was run again.

        Args:
            row: The row.
            cell: The cell.
            timing: The timing; the record of the run if it went wrong.
        """

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord, board: Board) -> None:
        """A cell is stored.

        Args:
            row: The row.
            cell: The cell.
            record: The stored record.
            board: The leaderboard with this cell.
        """


def run(benchmark: Benchmark, results: Path, options: Options, view: View, registry: Registry) -> Summary:
    """Run every cell that is not finished.

    A cell that fails becomes a status, and the run goes on. A run that is killed loses only the cells that are running.

    Args:
        benchmark: The benchmark.
        results: The results folder; it is created if there is none.
        options: The options of the run.
        view: Its methods are called as the run goes on.
        registry: The installed plugins.

    Returns:
        The leaderboard and how many cells have each status.

    Raises:
        InputError: If the file, a corpus, an option or the results folder is wrong. Nothing was measured.
    """
    plan = prepare(benchmark, options, Store.find(results), view.reading, registry)
    if options.same_machine:
        here = None if options.remote else machine_here()
        check_resumed(plan, Store.find(results), partial(_finished, options=options), here)
    with (
        terminable(),
        scratch_folder() as scratch,
        _executor(plan, results, options, view, scratch, registry) as executor,
    ):
        # The folder is made when nothing that the user gave can be wrong any more.
        return _run(plan, Store.create(results), executor, options, view, scratch, registry)


def _run(
    plan: Plan, store: Store, executor: Executor, options: Options, view: View, scratch: Path, registry: Registry
) -> Summary:
    with store.locked():
        older, times = superseded(plan, store), ExpectedTimes(plan, store, registry)
        planned, damaged = keep_plan(plan, store)
        for error in damaged:
            view.damaged(error)
        scores = Scoreboard(store, registry, prices=plan.prices)
        todo = [(row, cell) for row, cell in plan.cells() if not _finished(cell, store, options)]
        runnable = [(row, cell) for row, cell in todo if row.problem is None]
        view.superseded(older)
        # A grouped split of single documents has the cells of the random one, each of which is run once.
        waiting = len({cell.key for _, cell in runnable})
        view.planned(plan, sum(1 for _ in plan.cells()) - len(todo), waiting)
        if unkept := sum(store.is_measured(cell.key) for _, cell in runnable):
            view.fitted_again(unkept)
        if runnable:
            view.time_left(times.left(runnable, options.at_a_time))
            if len(todo) < sum(1 for _ in plan.cells()):
                view.resumed(scores.board(options.interval, ties=False))
        ended = _run_cells(plan, runnable, store, executor, options, view, scores, times, scratch, registry)
        untimed: Mapping[str, int] = {}
        if options.time_again:
            again = replace(options, keep_models=False)
            run_again = partial(
                outcomes, plan, store=store, executor=executor, options=again, view=view, scratch=scratch
            )
            untimed = time_again(plan, store, options, run_again, view.timed_again, view.timed)
        repeated = timings(store) if options.time_again else ()
        return Summary(scores.board(options.interval), statuses(store, planned, ended), repeated, untimed)


@contextmanager
def _executor(
    plan: Plan, results: Path, options: Options, view: View, scratch: Path, registry: Registry
) -> Iterator[Executor]:
    """The executor of the options. Without a cell to run, nothing is connected to."""
    chosen = (
        (options.executor, options.executor_options) if _has_work(plan, Store.find(results), options) else (LOCAL, {})
    )
    gpus = machine.gpu_ids() if options.device != "cpu" else ()
    refused = view.node_refused
    with opened(*chosen, registry, jobs=options.jobs, gpus=gpus, scratch=scratch, on_refused=refused) as executor:
        if isinstance(executor, RemoteExecutor):
            rows = [row for row in plan.rows if row.chosen and row.problem is None]
            executor.check(resources_of(row, plan, options) for row in rows)
        yield executor


def _has_work(plan: Plan, store: Store | None, options: Options) -> bool:
    if store is None or options.time_again:
        return True
    try:
        return any(row.problem is None and not _finished(cell, store, options) for row, cell in plan.cells())
    except DamagedError:
        return True


def _finished(cell: PlannedCell, store: Store, options: Options) -> bool:
    return store.is_measured(cell.key) and (not options.keep_models or is_kept(place_of(store, cell.key)))


def _run_cells(
    plan: Plan,
    cells: Sequence[tuple[PlannedRow, PlannedCell]],
    store: Store,
    executor: Executor,
    options: Options,
    view: View,
    scores: Scoreboard,
    times: ExpectedTimes,
    scratch: Path,
    registry: Registry,
) -> dict[str, CellStatus]:
    """Run cells and store their results; give the status of each."""
    ended: dict[str, CellStatus] = {}
    by_key = {cell.key: (row, cell) for row, cell in cells}
    here, ours = (machine_here(), keep_environment(store)) if cells else (None, None)
    with closing(outcomes(plan, by_key, store, executor, options, view, scratch)) as all_ended:
        for told in all_ended:
            row, cell = by_key[told.outcome.key]
            elsewhere = row.interpreter.environment if row.interpreter else told.environment
            environment = keep_environment(store, elsewhere) if elsewhere is not None else ours
            borrowed = study_of(row, cell) != cell.key and told.outcome.status == "ok"
            corpus, split = plan.corpora[cell.dataset], plan.splits[cell.dataset, cell.splits]
            tuned = tuned_in(row, cell, store) if borrowed else None
            where = Where(told.machine or here, environment, told.jobs or options.at_a_time, tuned)
            record, line = cell_record(row, cell, told, corpus, split.folds[cell.fold].test, where)
            if told.model is not None and record.status == "ok":
                source = registry.distribution_of("taggers", row.use) or ""
                own = row.interpreter is not None
                known = tagger_record(store, record, distribution=source, own_interpreter=own)
                keep_model(store, known, cell.key, told.model)
            # A cell is run once more for its model; should that go wrong, its figures stay.
            if record.status == "ok" or not store.is_measured(cell.key):
                store.write_cell(record, line)
            ended[cell.key] = record.status
            times.ended(row, cell, record)
            view.time_left(times.left((one for one in cells if one[1].key not in ended), options.at_a_time))
            view.ended(row, cell, record, scores.board(options.interval, ties=False))
            if options.fail_fast and record.status not in {"ok", "skipped"}:
                break
    return ended


def outcomes(
    plan: Plan,
    cells: Mapping[str, tuple[PlannedRow, PlannedCell]],
    store: Store,
    executor: Executor,
    options: Options,
    view: View,
    scratch: Path,
) -> Generator[Ended, None, None]:
    """Run cells. Closing the generator ends all processes.

    Args:
        plan: The plan.
        cells: Rows and cells by key.
        store: The results folder, which has the studies that cells borrow. Nothing is written to it but the studies
            that tuned cells keep there.
        executor: Where cells run.
        options: The options of the run.
        view: Told what starts, and how far it is.
        scratch: A folder for files that cells read.

    Yields:
        The outcome of each cell, as soon as it has ended.
    """
    gpus = machine.gpu_ids() if options.device != "cpu" else ()
    with _responses(cells, store, options, view) as responses:
        budget, purse = plan.benchmark.limits.budget, None
        if responses is not None and budget is not None:
            slots = len(cells) if options.remote and options.jobs is None else options.at_a_time
            purse = Purse(budget, plan.prices, responses, slots)
        place = responses.folder if responses is not None else None
        jobs = Jobs(plan, store, options, "cuda:0" if gpus else "cpu", scratch, place, purse)

        def started(ready: Sequence[tuple[PlannedRow, PlannedCell]]) -> Generator[Ended, None, None]:
            return executor.run(
                jobs.tasks(ready),
                lambda task: view.started(*cells[task.key]),
                lambda task, progress: view.progress(*cells[task.key], progress),
            )

        for row in {(row.dataset, row.tagger): row for row, _ in cells.values() if row.learns_from_text}.values():
            view.collecting(row)
        # What is tuned once, in the first fold, is known to the other folds only when that one has ended.
        for first in (True, False):
            ready = []
            for key, (row, cell) in cells.items():
                if (study_of(row, cell) == key) != first:
                    continue
                try:
                    jobs.check(row, cell)
                except (NoStudy, CorpusError, OSError) as reason:
                    status: CellStatus = reason.status if isinstance(reason, NoStudy) else "failed"
                    yield Ended(Outcome(key, status, str(reason)))
                else:
                    ready.append((row, cell))
            with closing(started(ready) if purse is None else _within(purse, ready, started)) as running:
                yield from running


@contextmanager
def _responses(
    cells: Mapping[str, tuple[PlannedRow, PlannedCell]], store: Store, options: Options, view: View
) -> Iterator[Responses | None]:
    """The folder of responses, held for this run; None if no cell asks a server."""
    if not any(row.records for row, _ in cells.values()):
        yield None
        return
    responses = Responses((options.responses or responses_folder(store.folder)).absolute())
    responses.create()
    with responses.locked():
        for error in responses.damage():
            view.response_lost(error)
        yield responses


def _within(
    purse: Purse,
    cells: Sequence[tuple[PlannedRow, PlannedCell]],
    started: Callable[[Sequence[tuple[PlannedRow, PlannedCell]]], Generator[Ended, None, None]],
) -> Generator[Ended, None, None]:
    """Run cells within a budget. Who spent its share while others gave theirs back goes on with what is left."""
    waiting = cells
    while waiting:
        before, short = purse.left, []
        with closing(started(waiting)) as running:
            for ended in running:
                purse.settle(ended.outcome.key)
                if ended.outcome.status == "failed" and ended.outcome.reason.startswith(f"{BUDGET_SPENT}:"):
                    short.append(ended)
                else:
                    yield ended
        if not 0 < purse.left < before:
            yield from short
            return
        keys = {ended.outcome.key for ended in short}
        waiting = [(row, cell) for row, cell in waiting if cell.key in keys]
