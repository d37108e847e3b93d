"""Several results folders read as one: for each corpus all that can be compared, wherever it was measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from adrbench.errors import StoreError
from adrbench.results.merge import check_records, merged_plan
from adrbench.results.schema import PlanRecord
from adrbench.results.store import DamagedError, Store


class Combined(Store):
    """The results of one corpus in several folders, as ``merge`` would put them together. Only for reading.

    Attributes:
        stores: The folders.
        apart: Why these results cannot be compared with earlier ones of the same corpus; empty if there are none.
    """

    def __init__(self, parts: Sequence[tuple[Store, PlanRecord]], apart: str = "") -> None:
        super().__init__(parts[0][0].folder)
        self.parts = tuple(parts)
        self.stores = tuple(store for store, _ in parts)
        self.apart = apart
        self._plan = merged_plan(parts)
        check_records(self.stores)

    def with_part(self, store: Store, plan: PlanRecord) -> Combined:
        """Add a folder.

        Args:
            store: The folder.
            plan: Its plan for the corpus.

        Returns:
            The results of all folders.

        Raises:
            StoreError: The folder contradicts the others.
        """
        return Combined((*self.parts, (store, plan)), self.apart)

    def find_plan(self) -> PlanRecord:
        """Find the plan of all folders for the corpus.

        Returns:
            The plan.
        """
        return self._plan

    def path_of_cell(self, key: str) -> Path:
        """Locate a cell in the first folder that has finished it, else in the first that has it.

        Args:
            key: The key of the cell.

        Returns:
            The path of its file, whether it is there or not.
        """
        holders = [store for store in self.stores if store.path_of_cell(key).exists()] or list(self.stores[:1])
        finished = (one for one in holders if one.is_measured(key))
        return (holders[0] if len(holders) == 1 else next(finished, holders[0])).path_of_cell(key)

    def cell_keys(self) -> Iterator[str]:
        """List the cells of all folders.

        Yields:
            The key of each, in rising order.
        """
        yield from sorted({key for store in self.stores for key in store.cell_keys()})

    def names(self, kind: str) -> list[str]:
        """List the records of a kind in all folders.

        Args:
            kind: The kind.

        Returns:
            Their names in alphabetical order.
        """
        return sorted({name for store in self.stores for name in store.names(kind)})

    def _path(self, kind: str, name: str) -> Path:
        if kind == "cells":
            return self.path_of_cell(name)
        paths = [store._path(kind, name) for store in self.stores]  # noqa: SLF001  (a store of its own kind)
        return next((path for path in paths if path.exists()), paths[0])


def combine(stores: Sequence[Store]) -> tuple[Combined, ...]:
    """Put the results of several folders together, corpus by corpus.

    Folders belong together if ``merge`` would take them: same words and gold, folds, seed, and settings of a tagger.

    Args:
        stores: The results folders.

    Returns:
        The results of each corpus, in the order of the folders. A corpus comes several times if folders contradict each
        other; then all but the first say why.

    Raises:
        StoreError: A folder holds no plan, or a file is damaged.
    """
    found: dict[tuple[str, str], list[Combined]] = {}
    for store in stores:
        plan = store.read_plan()
        for key in dict.fromkeys((section.dataset, section.card) for section in plan.sections):
            sections = tuple(one for one in plan.sections if (one.dataset, one.card) == key)
            published = tuple(one for one in plan.published if one.dataset == key[0])
            part = replace(plan, sections=sections, published=published, absent={})
            _add(found.setdefault(key, []), store, part)
    return tuple(one for sets in found.values() for one in sets)


def _add(sets: list[Combined], store: Store, part: PlanRecord) -> None:
    """Put a part into the first set that it does not contradict, else into a new one."""
    apart = ""
    for place, known in enumerate(sets):
        try:
            sets[place] = known.with_part(store, part)
        except DamagedError:
            raise
        except StoreError as error:
            apart = apart or _named(str(error), (*known.stores, store))
        else:
            return
    sets.append(Combined([(store, part)], apart))


def _named(reason: str, stores: Sequence[Store]) -> str:
    """A reason with folders by their names alone, since it may be read on another machine."""
    for store in stores:
        reason = reason.replace(str(store.folder), store.folder.resolve().name)
    return reason
