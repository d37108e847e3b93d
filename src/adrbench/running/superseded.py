"""Cells that earlier runs finished under other keys: of an older key scheme, or of code that has changed since."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adrbench._system.hashing import content_hash
from adrbench.results.schema import RowRecord, SectionRecord
from adrbench.results.store import DamagedError, Store
from adrbench.running.plan import Plan, PlannedRow


@dataclass(frozen=True)
class Superseded:
    """How many finished cells have another key in a new plan.

    Attributes:
        anew: Those that a run of the plan measures anew.
        kept: Those of rows that it does not measure, which stay on the leaderboard as they are.
    """

    anew: int = 0
    kept: int = 0

    def lines(self) -> Iterator[str]:
        """Sentences for the user, before a run.

        Yields:
            A sentence for the cells that are measured anew and a sentence for those that stay, if there are any.
        """
        why = "finished cells have other keys since the code behind them, or the way keys are made, changed"
        if self.anew:
            yield f"{self.anew:,} {why}: they are measured anew"
        if self.kept:
            yield f"{self.kept:,} {why}; this run does not measure their rows, which stay as they are"


def superseded(plan: Plan, store: Store | None) -> Superseded:
    """Count the finished cells that a plan has under another key.

    Args:
        plan: The new plan.
        store: The results folder with the plan of the run before; None if there is none.

    Returns:
        The counts.
    """
    try:
        before = store.find_plan() if store is not None else None
    except DamagedError:
        before = None
    if store is None or before is None:
        return Superseded()
    earlier = Earlier(before.sections, plan)
    anew = kept = 0
    for row in plan.rows:
        known = earlier.row(row)
        keys = known.cells if known is not None else ()
        pairs = [(old, cell.key) for old, cell in zip(keys, row.cells, strict=False) if old != cell.key]
        count = sum(finished(store, old) and not finished(store, new) for old, new in pairs)
        if row.chosen and row.problem is None:
            anew += count
        else:
            kept += count
    return Superseded(anew, kept)


class Earlier:
    """The rows of an earlier plan, by their places in a new one.

    Args:
        sections: What was planned before.
        plan: The new plan.
    """

    def __init__(self, sections: Sequence[SectionRecord], plan: Plan) -> None:
        self._rows: Mapping[tuple[str, str, str], RowRecord] = {
            (section.dataset, section.split, row.tagger): row
            for section in sections
            if (split := plan.splits.get((section.dataset, section.split))) is not None
            if (section.card, section.folds) == (plan.corpora[section.dataset].card, split.key)
            for row in section.rows
            if not row.imported
        }

    def row(self, row: PlannedRow) -> RowRecord | None:
        """The earlier row of the same tagger with the same parameters, on the same folds of the same corpus.

        Args:
            row: The row of the new plan.

        Returns:
            The earlier row; None if there is none.
        """
        known = self._rows.get((row.dataset, row.splits, row.tagger))
        return known if known is not None and settings_hash(known) == settings_hash(row) else None

    def kept(self, row: PlannedRow, store: Store) -> RowRecord | None:
        """The earlier row that stays on the leaderboard because the run does not measure the new row.

        Args:
            row: The row of the new plan.
            store: The results folder.

        Returns:
            The earlier row; None if the run measures the row, the new row has a finished cell, or the earlier row has
            none.
        """
        known = self.row(row)
        if known is None or (row.chosen and row.problem is None):
            return None
        if any(finished(store, cell.key) for cell in row.cells) or not any(finished(store, key) for key in known.cells):
            return None
        return replace(known, chosen=row.chosen, problem=row.problem)


def settings_hash(row: PlannedRow | RowRecord) -> str:
    """Hash all that a row says of its tagger: plugin, parameters, search and pre-training.

    Args:
        row: A row of a plan.

    Returns:
        The same for equal settings, whatever the corpus, the split and the code.
    """
    # As stored: a plan that was just made may have tuples where a stored one has lists.
    return content_hash([row.use, row.params, row.tune, row.pretrain])


def finished(store: Store, key: str) -> bool:
    """True for a cell that a run would not measure again. A damaged cell would be measured again.

    Args:
        store: The results folder.
        key: The cell.

    Returns:
        Whether the cell is ``ok``.
    """
    try:
        return store.is_measured(key)
    except DamagedError:
        return False
