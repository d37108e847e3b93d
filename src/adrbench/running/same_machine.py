"""`--same-machine`: the folds of a row run on one machine, so that its costs can be told."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from adrbench.api import ExecutorPlugin
from adrbench.errors import ConfigError
from adrbench.plugins.registry import Registry
from adrbench.results.machines import GO_ON, classes, named, same_class
from adrbench.results.schema import Machine
from adrbench.results.store import DamagedError, Store
from adrbench.running.executors.choice import check_executor
from adrbench.running.plan import Plan, PlannedCell, PlannedRow

_OPTION = "--same-machine"


def check_can_pin(name: str, values: Mapping[str, Any], registry: Registry) -> None:
    """Check that an executor can run the cells of a row on one machine.

    Args:
        name: The name of the executor.
        values: Its options by name.
        registry: The installed plugins.

    Raises:
        ConfigError: If it cannot.
        InputError: If the executor or an option of it is wrong.
    """
    checked = check_executor(name, values, registry)
    if checked is None or checked[0].same_node:
        return
    able = ["local", *(other for other in registry.names("executors") if _pins(registry.describe("executors", other)))]
    told = f"executor {name} cannot keep the folds of a row on one machine; these can: {', '.join(able)}"
    raise ConfigError(_OPTION, [f"{told}; leave {_OPTION} out, or use one of them (--executor)"])


def _pins(plugin: ExecutorPlugin) -> bool:
    return plugin.same_node


def check_resumed(
    plan: Plan, store: Store | None, finished: Callable[[PlannedCell, Store], bool], here: Machine | None
) -> None:
    """Check that rows with finished folds can go on with machines of one kind.

    Args:
        plan: The plan.
        store: The results folder; None if there is none.
        finished: Tells whether a cell is not to be run.
        here: The machine that cells run on; None if an executor takes them elsewhere.

    Raises:
        ConfigError: If a row would mix kinds of machine. Nothing was measured.
    """
    problems = list(_problems(plan, store, finished, here)) if store is not None else []
    if problems:
        raise ConfigError(_OPTION, [f"{problem}; {GO_ON}" for problem in problems])


def _problems(
    plan: Plan, store: Store, finished: Callable[[PlannedCell, Store], bool], here: Machine | None
) -> Iterator[str]:
    for row in plan.rows:
        if not row.chosen or row.problem is not None:
            continue
        try:
            if all(finished(cell, store) for cell in row.cells):
                continue
        except DamagedError:
            # The run measures it anew.
            pass
        ran_on = machines_of(row, store)
        where = f"{row.tagger} on {row.dataset} ({row.splits}): {len(ran_on)} of its {len(row.cells)} folds ran on"
        if len(set(classes(ran_on).values())) > 1:
            told = ", ".join(dict.fromkeys(one.id for one in ran_on))
            yield f"{where} several kinds of machine ({told})"
        elif ran_on and here is not None and not same_class(ran_on[0], here):
            yield f"{where} {named(ran_on[0])}; this is {named(here)}"


def machines_of(row: PlannedRow, store: Store) -> Sequence[Machine]:
    """Find the machines that the finished cells of a row ran on.

    Args:
        row: The row.
        store: The results folder.

    Returns:
        A machine for each finished cell with costs.
    """
    found = []
    for cell in row.cells:
        try:
            stored = store.read_cell(cell.key)
        except DamagedError:
            continue
        if stored is not None and stored.status == "ok" and stored.machine is not None:
            found.append(stored.machine)
    return found
