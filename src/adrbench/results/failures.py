"""Why cells did not go well: reason, traceback and output of each."""

from __future__ import annotations

from dataclasses import dataclass, replace

from adrbench.errors import InputError, closest
from adrbench.results.status import status_of
from adrbench.results.store import Store


@dataclass(frozen=True)
class Failure:
    """How cells of a row ended that did not go well.

    Attributes:
        dataset: The corpus.
        split: The split.
        tagger: The id of the row.
        folds: The folds, from 1; none if the row has no cells.
        status: failed, timeout, oom, skipped or pending.
        reason: Why.
        traceback: Where it went wrong, if Python could say.
        log: Both ends of what the process printed.
    """

    dataset: str
    split: str
    tagger: str
    folds: tuple[int, ...]
    status: str
    reason: str
    traceback: str = ""
    log: str = ""


def failures(store: Store, tagger: str) -> tuple[Failure, ...]:
    """Tell how the cells of a tagger ended that did not go well.

    Args:
        store: The results folder.
        tagger: The id of a row, or of a tagger with a grid.

    Returns:
        In the order of the plan; folds of a row that ended alike are told once. None if all cells went well.

    Raises:
        InputError: There is no such tagger.
        DamagedError: A cell is damaged.
    """
    plan = store.read_plan()
    rows = [(section, row) for section in plan.sections for row in section.rows]
    if not any(tagger in {row.tagger, row.tagger_id} for _, row in rows):
        known = (row.tagger for _, row in rows)
        raise InputError(f"{store.folder}: no tagger {tagger!r}; {closest(tagger, known)}")
    found: dict[Failure, list[int]] = {}
    for section, row in rows:
        if tagger not in {row.tagger, row.tagger_id}:
            continue
        for fold, key in enumerate(row.cells or ("",), start=1):
            cell = store.read_cell(key) if key else None
            if cell is not None and cell.status == "ok":
                continue
            # As it ended, even if it cannot run here any more.
            status, reason = status_of(row, None) if cell is None else (cell.status, cell.reason)
            told = ("", "") if cell is None else (cell.traceback, cell.log)
            one = Failure(section.dataset, section.split, row.tagger, (), status, reason, *told)
            found.setdefault(one, []).extend([fold] if key else [])
    return tuple(replace(one, folds=tuple(folds)) for one, folds in found.items())
