"""`adrbench migrate`: bring a results folder of an older format up to date, in place, losing nothing.

New files are written beside the old ones, whose names end otherwise. Then the mark of the folder changes, which is the
one step that decides: before it, the folder is complete in the old format, after it in the new one. At last the old
files go. A migration that is killed anywhere is finished by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from adrbench.errors import StoreError
from adrbench.results import _format1
from adrbench.results._format1 import Folds
from adrbench.results.kept_models import migrate_models
from adrbench.results.schema import FORMAT, Damaged, PlanRecord
from adrbench.results.store import DamagedError, Store, locked, read_mark, write_mark

_Record = TypeVar("_Record")


@dataclass(frozen=True)
class Migration:
    """What a migration did.

    Attributes:
        folder: the results folder.
        before: its format before; today's if there was nothing to do.
        cells: how many cells it holds now.
        finished: how many of these are ok.
        anew: how many of the latter a later `adrbench run` measures anew, because their keys were made otherwise.
        damaged: old files that could not be read and were left as they are, each with the reason.
        models: how many models have become kept taggers.
    """

    folder: Path
    before: int
    cells: int
    finished: int
    anew: int
    damaged: tuple[tuple[Path, str], ...] = ()
    models: int = 0

    def lines(self) -> Iterator[str]:
        """Say the result of the migration.

        Yields:
            Lines for a terminal.
        """
        if self.before < FORMAT:
            yield f"{self.folder}: migrated from format {self.before} to {FORMAT}: {self.cells:,} cells, all keys kept"
        elif not self.models:
            yield f"{self.folder}: is of format {FORMAT} already; nothing to do"
        if self.models:
            yield f"{self.folder}: {self.models:,} kept models can now be loaded by `adrbench tag`"
        for path, why in self.damaged:
            yield f"{path}: left as it is: {why}"
        if self.anew:
            yield (
                f"{self.anew:,} finished cells bear keys of an older scheme: they stay on the leaderboard, and "
                "`adrbench run` would measure them anew"
            )


def migrate(folder: Path) -> Migration:
    """Bring a results folder up to date; remove the remains of an earlier migration if it is up to date.

    Args:
        folder: The results folder.

    Returns:
        The counts of cells, and the files that are damaged.

    Raises:
        StoreError: The folder is no results folder, its mark or plan is damaged, a run is writing to it, or it is of a
            newer format.
    """
    before = read_mark(folder)
    if before is None or before > FORMAT:
        Store(folder)  # says what is wrong
        raise StoreError(f"{folder}: cannot be migrated")
    with locked(folder):
        damaged = [] if before == FORMAT else _convert(folder)
        write_mark(folder)
        for old, new in _pairs(folder):
            # What could not be read has no new file, and stays.
            if new.exists():
                old.unlink(missing_ok=True)
        store = Store(folder)
        models = list(migrate_models(store))
    left = [(path, why) for path, why in models if why]
    return _migration(store, before, [*damaged, *left], len(models) - len(left))


def _migration(store: Store, before: int, damaged: list[tuple[Path, str]], models: int) -> Migration:
    cells = finished = 0
    for key in store.cell_keys():
        with suppress(DamagedError):
            record = store.read_cell(key)
            cells += 1
            finished += record is not None and record.status == "ok" and not record.imported
    # Keys of format 1 had no hash of the code that shapes answers, and another one of plugins.
    anew = finished if before < FORMAT else 0
    return Migration(store.folder, before, cells, finished, anew, tuple(damaged), models)


def _pairs(folder: Path) -> Iterator[tuple[Path, Path]]:
    """Each old file with the new one that it has become."""
    store = Store(folder)
    yield folder / _format1.PLAN, (folder / _format1.PLAN).with_suffix(".jsonl")
    for kind in _format1.KINDS:
        for path in _format1.files(folder, kind):
            yield path, store.path_of_cell(path.stem) if kind == "cells" else path.with_suffix(".jsonl")


def _convert(folder: Path) -> list[tuple[Path, str]]:
    """Write the new files; give the old ones that could not be read."""
    store = Store(folder, unchecked=True)
    damaged: list[tuple[Path, str]] = []
    damaged += _copied(folder, "corpora", _format1.card, store.write_card)
    damaged += _copied(folder, "words", _format1.words, store.write_words)
    damaged += _copied(folder, "environments", _format1.environment, store.write_environment)
    damaged += _copied(folder, "splits", _format1.split, store.write_split)
    plan = _plan(folder)
    places = list(_places(store, plan))
    for path in _format1.files(folder, "cells"):
        try:
            store.write_cell(*_format1.cell(path.stem, _format1.read(path), places))
        except (Damaged, LookupError) as error:
            damaged.append((path, str(error)))
    if plan is not None:
        store.write_plan(plan)
    return damaged


def _copied(
    folder: Path, kind: str, convert: Callable[[_format1.Plain], _Record], write: Callable[[str, _Record], None]
) -> Iterator[tuple[Path, str]]:
    """Write the files of a kind anew; give those that could not be read."""
    for path in _format1.files(folder, kind):
        try:
            write(path.stem, convert(_format1.read(path)))
        except (Damaged, LookupError) as error:
            yield path, str(error)


def _plan(folder: Path) -> PlanRecord | None:
    path = folder / _format1.PLAN
    if not path.exists():
        return None
    try:
        return _format1.plan(_format1.read(path))
    except (Damaged, LookupError) as error:
        mends = "`adrbench run` of the version that wrote it writes it anew"
        raise DamagedError(path, str(error), mends) from None


def _places(store: Store, plan: PlanRecord | None) -> Iterator[Folds]:
    """The folds that cells may be of: those of the plan by name, then all that are stored."""
    for section in plan.sections if plan is not None else ():
        split = store.read_split(section.folds)
        if split is not None:
            yield Folds(section.dataset, section.split, split.test)
    for path in sorted((store.folder / "splits").glob("*.jsonl")):
        split = store.read_split(path.stem)
        if split is not None:
            yield Folds("", "", split.test)
