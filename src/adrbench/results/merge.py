"""`adrbench merge`: the results folders of several people or machines become one, cell by cell, by their keys."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from adrbench._system.paths import move, sync_tree, write_atomically
from adrbench.errors import InputError, StoreError
from adrbench.results.predictions import Predictions
from adrbench.results.responses import Responses, responses_folder
from adrbench.results.schema import CellRecord, PlanRecord, RowRecord, SectionRecord
from adrbench.results.store import Store

# Facts that two plans have to agree on, or their cells would not belong together.
_OF_PLAN = ("protocol", "seed")
_OF_SECTION = ("full_split", "card", "folds", "grouped", "fraction", "limit", "stand_in_for")
_OF_ROW = ("use", "params", "cells", "imported")


_RECORDS = ("corpora", "words", "splits", "environments")

_Named = TypeVar("_Named", SectionRecord, RowRecord)


@dataclass(frozen=True)
class Disagreement:
    """A cell that is finished in two folders, with other predictions.

    Attributes:
        key: The key of the cell.
        row: Corpus, split, tagger and fold.
        kept: The folder whose predictions were kept.
        other: The other folder.
        documents: How many documents have other predictions.
    """

    key: str
    row: str
    kept: Path
    other: Path
    documents: int


@dataclass(frozen=True)
class Merged:
    """What a merge did.

    Attributes:
        folder: The folder that holds everything now.
        cells: How many cells it has.
        finished: How many of these are ok.
        added: How many cells came from each folder.
        disagreements: Cells that differ between folders.
        responses: How many files of recorded responses were taken.
    """

    folder: Path
    cells: int
    finished: int
    added: Mapping[Path, int]
    disagreements: tuple[Disagreement, ...]
    responses: int = 0

    def lines(self) -> Iterator[str]:
        """Say the result of the merge.

        Yields:
            Lines for a terminal.
        """
        for folder, count in self.added.items():
            yield f"{folder}: {count:,} cells taken"
        yield f"{self.folder}: {self.cells:,} cells, {self.finished:,} of them ok"
        if self.responses:
            yield f"{responses_folder(self.folder)}: the responses of {self.responses:,} cells taken"
        for one in self.disagreements:
            yield (
                f"{one.row}: {one.documents:,} documents have other predictions in {one.other}; "
                f"those of {one.kept} were kept (cell {one.key})"
            )


def merge(sources: Sequence[Path], into: Path) -> Merged:
    """Merge results folders into one.

    A cell that is finished in one folder is taken from there. If several have finished it, the first one given counts.
    Nothing is written before all plans are known to agree. A merge that was killed is finished by the same call.

    Args:
        sources: The results folders; they are only read.
        into: A folder that is new or empty, or a results folder, which then counts as the first of the sources.

    Returns:
        The counts, and the cells on whose predictions folders disagree.

    Raises:
        StoreError: A folder is no results folder, a file in it is damaged, or two plans contradict each other.
        InputError: There are no sources, or ``into`` is one of them.
    """
    if not sources:
        raise InputError("no results folder to merge")
    target = Store.find(into)
    if into.resolve() in {source.resolve() for source in sources}:
        raise InputError(f"{into}: is one of the folders to merge; name it with --into only")
    stores = [*([target] if target else []), *(Store(source) for source in dict.fromkeys(sources))]
    plans = [(store, plan) for store in stores if (plan := store.find_plan()) is not None]
    if not plans:
        raise StoreError(f"{sources[0]}: nothing was run yet; `adrbench run FILE` first")
    plan = merged_plan(plans)
    check_records(stores)
    for store in stores:
        for key in store.cell_keys():
            store.read_answers(key)  # a damaged cell is told before anything is written
    target = target or Store.create(into)
    others = [store for store in stores if store.folder != target.folder]
    responses: set[str] = set()
    with target.locked():
        for store in others:
            for kind in _RECORDS:
                for name in store.names(kind):
                    target.copy(kind, name, store)
        added, disagreements, came_from = _copy_cells(others, target)
        for store in others:
            _copy_folders(store, target)
            theirs = Responses(responses_folder(store.folder))
            first = {key for key, folder in came_from.items() if folder == store.folder}
            responses |= Responses(responses_folder(target.folder)).take(theirs, first)
        target.write_plan(plan)
    records = [record for key in target.cell_keys() if (record := target.read_cell(key))]
    finished = sum(record.status == "ok" for record in records)
    return Merged(into, len(records), finished, added, tuple(disagreements), len(responses))


def merged_plan(plans: Sequence[tuple[Store, PlanRecord]]) -> PlanRecord:
    """Make one plan of several.

    Args:
        plans: Plans with their folders; the first one names the benchmark and its evaluator.

    Returns:
        All sections and rows.

    Raises:
        StoreError: Two plans contradict each other.
    """
    first, whole = plans[0]
    for store, plan in plans[1:]:
        _agree(_OF_PLAN, whole, plan, first, store, "the plan")
        sections = _united(
            whole.sections,
            plan.sections,
            lambda section: (section.dataset, section.split),
            partial(_merged_section, first=first, store=store),
        )
        there = {section.dataset for section in sections} | {f"{s.dataset} {s.split}" for s in sections}
        whole = replace(
            whole,
            evaluators=tuple(dict.fromkeys((*whole.evaluators, *plan.evaluators))),
            sections=sections,
            absent={name: why for name, why in {**plan.absent, **whole.absent}.items() if name not in there},
            published=tuple(dict.fromkeys((*whole.published, *plan.published))),
        )
    return whole


def _merged_section(ours: SectionRecord, theirs: SectionRecord, first: Store, store: Store) -> SectionRecord:
    _agree(_OF_SECTION, ours, theirs, first, store, f"{ours.dataset} {ours.split}")

    def merged_row(our: RowRecord, their: RowRecord) -> RowRecord:
        name = f"{ours.dataset} {ours.split}: {our.tagger}"
        _agree(_OF_ROW, our, their, first, store, name)
        # What could not run on one machine may have run on the other.
        best = min((our, their), key=lambda row: row.problem is not None)
        return replace(best, chosen=our.chosen or their.chosen)

    return replace(ours, rows=_united(ours.rows, theirs.rows, lambda row: row.tagger, merged_row))


def _united(
    ours: Sequence[_Named],
    theirs: Sequence[_Named],
    name: Callable[[_Named], object],
    merged: Callable[[_Named, _Named], _Named],
) -> tuple[_Named, ...]:
    """The entries of both, those of one name merged, in the order in which they come."""
    united = {name(entry): entry for entry in ours}
    for entry in theirs:
        united[name(entry)] = merged(united[name(entry)], entry) if name(entry) in united else entry
    return tuple(united.values())


def _agree(fields: Sequence[str], ours: object, theirs: object, first: Store, store: Store, what: str) -> None:
    for field in fields:
        if getattr(ours, field) != getattr(theirs, field):
            hint = (
                "; other code or settings were measured: give the tagger another id, or run one of the folders anew"
                if field == "cells"
                else ""
            )
            raise StoreError(f"{store.folder}: {what}: {field} differs from that of {first.folder}{hint}")


def check_records(stores: Sequence[Store]) -> None:
    """Check that cards, words, folds and environments of one name are the same; their names say what they hold.

    Args:
        stores: The results folders.

    Raises:
        StoreError: Two folders have other records of one name.
    """
    holder: dict[tuple[str, str], Store] = {}
    for store in stores:
        for kind in _RECORDS:
            for name in store.names(kind):
                first = holder.setdefault((kind, name), store)
                if not store.same(kind, name, first) and not (kind == "corpora" and _same_card(name, store, first)):
                    raise StoreError(f"{store.folder}: {kind}/{name} differs from that of {first.folder}")


def _same_card(name: str, store: Store, first: Store) -> bool:
    """Whether two cards differ at most by the release, of which several may have the same content."""
    one, other = store.read_card(name), first.read_card(name)
    return one is not None and other is not None and replace(one, version=other.version) == other


def _copy_cells(stores: Sequence[Store], target: Store) -> tuple[dict[Path, int], list[Disagreement], dict[str, Path]]:
    """Copy cells. Gives how many came from each folder, where folders disagree, and where each copied cell is from."""
    added = {store.folder: 0 for store in stores}
    came_from: dict[str, Path] = {}
    disagreements = []
    for store in stores:
        for key in store.cell_keys():
            theirs, ours = store.read_answers(key), target.read_answers(key)
            if theirs is None:
                continue
            if ours is None or (ours[0].status != "ok" and theirs[0].status == "ok"):
                target.copy("cells", key, store)
                came_from[key] = store.folder
                added[store.folder] += 1
            elif ours[1] is not None and theirs[1] is not None:
                documents = _differing(ours[1], theirs[1])
                if documents:
                    kept = came_from.get(key, target.folder)
                    disagreements.append(Disagreement(key, _row(ours[0]), kept, store.folder, documents))
    return added, disagreements, came_from


def _differing(ours: Predictions, theirs: Predictions) -> int:
    """How many documents have other spans, scores aside."""
    if ours.tested != theirs.tested:
        return ours.size
    return sum(our != their for our, their in zip(ours.by_document, theirs.by_document, strict=True))


def _row(record: CellRecord) -> str:
    return f"{record.dataset} {record.split}: {record.tagger}, fold {record.fold + 1}"


def _copy_folders(store: Store, target: Store) -> None:
    """Timings, studies and kept taggers that the target lacks."""
    for key in sorted({*store.names("timings")} - {*target.names("timings")}):
        target.copy("timings", key, store)
    for kind in ("studies", "models"):
        for path in sorted((store.folder / kind).glob("*")):
            place = target.folder / kind / path.name
            if path.is_symlink() or place.exists():
                continue
            if not path.is_dir():
                write_atomically(place, path.read_bytes())
                continue
            place.parent.mkdir(exist_ok=True)
            draft = place.with_name(f".{place.name}.part")
            shutil.rmtree(draft, ignore_errors=True)
            shutil.copytree(path, draft, symlinks=True)
            sync_tree(draft)
            move(draft, place)
