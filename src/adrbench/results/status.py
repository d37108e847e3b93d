"""How cells stand: one rule for the leaderboard, comparisons, the gate, a run's summary and `Results.statuses`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from adrbench.results.schema import CellRecord, PlanRecord, RowRecord, Status
from adrbench.results.store import Store

PENDING: tuple[Status, str] = ("pending", "not run yet")


def status_of(row: RowRecord, cell: CellRecord | None) -> tuple[Status, str]:
    """Decide how a cell of a row stands.

    A figure counts wherever it was measured. Otherwise the reason why the cell cannot run here comes before how it
    ended earlier, perhaps on another machine.

    Args:
        row: The row of the plan.
        cell: The stored cell; None if there is none.

    Returns:
        Status and reason.
    """
    if cell is not None and cell.status == "ok":
        return "ok", ""
    if row.problem is not None:
        return row.problem
    return PENDING if cell is None else (cell.status, cell.reason)


def missing_folds(store: Store, row: RowRecord) -> list[tuple[int, Status, str]]:
    """List the folds of a row that have no figure.

    Args:
        store: The results folder.
        row: The row of the plan.

    Returns:
        Number from 1, status and reason of each fold; (0, ...) for a row without cells.

    Raises:
        DamagedError: A cell is damaged.
    """
    if not row.cells:
        return [(0, *status_of(row, None))]
    found = [(fold, *status_of(row, store.read_cell(key))) for fold, key in enumerate(row.cells, start=1)]
    return [(fold, status, reason) for fold, status, reason in found if status != "ok"]


def statuses(store: Store, plan: PlanRecord, ended: Mapping[str, Status] | None = None) -> dict[str, int]:
    """Count the cells of the last run by status. A row without cells counts once.

    Args:
        store: The results folder.
        plan: Its plan.
        ended: Cells that have just ended, with the status that takes the place of the stored one.

    Returns:
        Counts by status.

    Raises:
        DamagedError: A cell is damaged.
    """
    return dict(Counter(_statuses(store, plan, ended or {})))


def _statuses(store: Store, plan: PlanRecord, ended: Mapping[str, Status]) -> Iterator[str]:
    for section in plan.sections:
        for row in section.rows:
            if not row.chosen:
                continue
            for key in row.cells:
                yield ended[key] if key in ended else status_of(row, store.read_cell(key))[0]
            if not row.cells:
                yield status_of(row, None)[0]
