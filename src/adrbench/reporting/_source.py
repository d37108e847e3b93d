"""What a report is made from: the plan of a results folder, its leaderboard, and judges for its other questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import Board, Row
from adrbench.results.leaderboard.curves import sections
from adrbench.results.leaderboard.grids import best_only
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.prices import PriceSheet
from adrbench.results.schema import CardRecord, CellRecord, SectionRecord, SplitRecord
from adrbench.results.store import Store
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, IntervalKind

_UNFIT = re.compile(r"[^A-Za-z0-9._+-]+")


@dataclass(frozen=True)
class Place:
    """A corpus and split: its entry in the plan, its rows for all labels together (best first), card and folds."""

    section: SectionRecord
    rows: tuple[Row, ...]
    card: CardRecord
    split: SplitRecord

    @property
    def name(self) -> str:
        """How it is called in headings."""
        return f"{self.section.dataset} · {self.section.split}"

    def figure(self, *what: str) -> str:
        """A name for a figure of this place, fit for a file and for HTML."""
        return slug(self.section.dataset, self.section.split, *what)

    @property
    def measured(self) -> tuple[Row, ...]:
        """The rows with an F1, best first; of a large grid its best setting only: figures have room for no more."""
        return best_only([row for row in self.rows if row.f1 is not None])


class Source:
    """A results folder to be reported on.

    Raises ``StoreError`` if nothing was run yet or the folder lacks what its plan refers to.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        interval: IntervalKind = DEFAULT_INTERVAL,
        *,
        labels: bool = False,
        prices: PriceSheet | None = None,
    ) -> None:
        self.store = store
        self.registry = registry
        self.labels = labels
        self.plan = store.read_plan()
        self.scores = Scoreboard(store, registry, prices=prices)
        self.board: Board = self.scores.board(interval)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Corpora and splits, in the plan's order; of a split at several fractions the one with the most to learn."""
        whole = {(rows[0].dataset, rows[0].split) for rows, _ in sections(self.board)}
        return tuple(p for p in self.all_places if not p.rows or (p.section.dataset, p.section.split) in whole)

    @cached_property
    def all_places(self) -> tuple[Place, ...]:
        """The same with every fraction."""
        rows = self.board.sections()
        return tuple(
            Place(
                section,
                tuple(rows.get((section.dataset, section.split), ())),
                self.scores.gold(section).card,
                self.scores.split(section),
            )
            for section in self.plan.sections
        )

    @cached_property
    def by_label(self) -> Mapping[tuple[str, str, str, str], Row]:
        """Every row by dataset, splits, tagger and label."""
        return {(row.dataset, row.split, row.tagger, row.label): row for row in self.board.rows}

    def judged(self, evaluator: str) -> Scoreboard:
        """The same cells judged by another evaluator.

        Using it raises ``PluginError`` if there is no such evaluator, ``StoreError`` if the folder lacks what it needs.
        """
        return Scoreboard(self.store, self.registry, evaluator)

    def cells(self) -> Iterator[CellRecord]:
        """Every finished cell."""
        for section in self.plan.sections:
            for scored in self.scores.measured(section).values():
                yield from (one.cell for one in scored)


def rows_of(board: Board, place: Place) -> dict[str, Row]:
    """The rows of another board at a place, for all labels together, by tagger."""
    found = board.sections().get((place.section.dataset, place.section.split), ())
    return {row.tagger: row for row in found}


def slug(*parts: str) -> str:
    """Parts of a name joined by hyphens, other characters than those of a plain file name left out.

    >>> slug("my corpus", "random")
    'my-corpus-random'
    """
    return "-".join(_UNFIT.sub("-", part).strip("-.") or "x" for part in parts)


def listed(names: Iterable[str]) -> str:
    """Names in a row of words.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    found: Sequence[str] = list(names)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""
