"""Runs finished cells again, and stores their further timings apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Mapping
from contextlib import closing

from adrbench.results.predictions import decode
from adrbench.results.schema import CellRecord, TimingRecord, TimingsRecord
from adrbench.results.store import Store
from adrbench.running._records import Where, cell_record, keep_environment, machine_here
from adrbench.running.executors.local import Ended
from adrbench.running.options import Options
from adrbench.running.plan import Plan, PlannedCell, PlannedRow

Cells = Mapping[str, tuple[PlannedRow, PlannedCell]]


def time_again(
    plan: Plan,
    store: Store,
    options: Options,
    run_again: Callable[[Cells], Generator[Ended, None, None]],
    start: Callable[[int], None],
    told: Callable[[PlannedRow, PlannedCell, TimingRecord | CellRecord], None],
) -> Mapping[str, int]:
    """Run finished cells again until each has its further timings.

    Args:
        plan: The plan.
        store: The results folder, which the caller has locked.
        options: The options of the run.
        run_again: Runs some cells, by key.
        start: Called with the number of runs that it takes.
        told: Called with each timing, or with the record of a run that went wrong.

    Returns:
        How many cells could not be run again, by status.
    """
    waiting = {
        cell.key: (row, cell) for row, cell in plan.cells() if row.problem is None and store.is_measured(cell.key)
    }
    start(sum(max(0, options.time_again - len(_timings(store, key))) for key in waiting))
    wrong: Counter[str] = Counter()
    # One round after the other, so that a run that is ended early has timed all cells about as often.
    for number in range(options.time_again):
        lacking = {key: one for key, one in waiting.items() if len(_timings(store, key)) <= number}
        with closing(run_again(lacking)) as running:
            for ended in running:
                row, cell = lacking[ended.outcome.key]
                timing = _timing(plan, row, cell, ended, store, options)
                if isinstance(timing, TimingRecord):
                    store.write_timings(TimingsRecord(cell.key, (*_timings(store, cell.key), timing)))
                else:
                    wrong[timing.status] += 1
                    # It would go wrong in each further round.
                    del waiting[cell.key]
                told(row, cell, timing)
    return dict(wrong)


def _timings(store: Store, key: str) -> tuple[TimingRecord, ...]:
    known = store.read_timings(key)
    return known.timings if known is not None else ()


def _timing(
    plan: Plan, row: PlannedRow, cell: PlannedCell, ended: Ended, store: Store, options: Options
) -> TimingRecord | CellRecord:
    """The timing of a cell that was run again; its record if that went wrong."""
    environment = keep_environment(store, row.interpreter.environment if row.interpreter else ended.environment)
    corpus, split = plan.corpora[cell.dataset], plan.splits[cell.dataset, cell.splits]
    here = ended.machine or machine_here()
    where = Where(here, environment, ended.jobs or options.at_a_time)
    record, line = cell_record(row, cell, ended, corpus, split.folds[cell.fold].test, where)
    _, first = store.read_answers(cell.key) or (None, None)
    if record.answers is None or record.costs is None or first is None:
        return record
    # Scores aside: their last digits may hang on the order of sums.
    same = decode(record.answers, line).by_document == first.by_document
    return TimingRecord(record.costs, record.wall_seconds, here, environment, where.jobs, same)
