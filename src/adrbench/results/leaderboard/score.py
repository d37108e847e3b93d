"""From a results folder to a leaderboard: stored predictions against stored gold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from adrbench.api.evaluator import AVERAGES
from adrbench.datasets.ceiling import Ceiling, ceiling_line
from adrbench.datasets.leakage import Leaks
from adrbench.datasets.splits import alone_line
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard._calibration import calibration
from adrbench.results.leaderboard._distillation import distillation
from adrbench.results.leaderboard._estimates import Drawn, draw, estimates
from adrbench.results.leaderboard._published import published_beside, rows_of_systems
from adrbench.results.leaderboard._servers import answer_counts
from adrbench.results.leaderboard._significance import comparable, compare, numbered, with_ties
from adrbench.results.leaderboard.gold import Gold, Scored, cost_of
from adrbench.results.leaderboard.rows import Board, Cost, Row, RowFigures
from adrbench.results.machines import classes
from adrbench.results.precisions import precisions
from adrbench.results.predictions import hash_of
from adrbench.results.prices import PriceSheet
from adrbench.results.schema import (
    CardRecord,
    CellRecord,
    Machine,
    PlanRecord,
    PublishedRecord,
    RowRecord,
    SectionRecord,
    SplitRecord,
)
from adrbench.results.status import status_of
from adrbench.results.store import DamagedError, Store
from adrbench.scoring.statistics.bootstrap import sum_rows
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, IntervalKind, is_over_folds

_STATUS_ORDER = ("failed", "oom", "timeout", "skipped", "pending")


class Scoreboard:
    """Scores cells under one evaluator.

    Args:
        store: the results folder.
        evaluator: ``NAME`` or ``NAME:VARIANT``; by default what the benchmark ranks by.
        keep: whether to keep what was scored for the next question. Without it, a leaderboard needs the memory of one
            section at a time.
        prices: the price sheet; None: nothing is priced.
    """

    def __init__(
        self,
        store: Store,
        registry: Registry,
        evaluator: str = "",
        *,
        keep: bool = True,
        prices: PriceSheet | None = None,
    ) -> None:
        self._store = store
        self._evaluator = evaluator
        self._registry = registry
        self._keep = keep
        self._prices = prices
        self._gold: dict[str, Gold] = {}
        # By card as well as by key: the same predictions may be judged by all gold and by the flat gold.
        self._scored: dict[tuple[str, str], Scored] = {}
        self._others: dict[str, Scoreboard] = {}
        self._splits: dict[str, SplitRecord] = {}
        self._folds: dict[tuple[str, str], list[_Fold]] = {}

    def board(self, kind: IntervalKind = DEFAULT_INTERVAL, *, ties: bool = True) -> Board:
        """Make the leaderboard of the stored plan.

        Args:
            kind: The interval of precision, recall and F1.
            ties: Whether to do paired tests between all taggers.

        Returns:
            The leaderboard.

        Raises:
            StoreError: The folder lacks a file that its plan refers to, or a file of it is damaged.
        """
        plan = self._store.read_plan()
        evaluator = self.evaluator
        rows: list[Row] = []
        machines: dict[str, Machine] = {}
        notes: dict[tuple[str, str], Sequence[str]] = {}
        for section in plan.sections:
            gold = self.gold(section)
            notes[section.dataset, section.split] = _notes(gold.card, self.split(section))
            measured: dict[str, list[Scored]] = {}
            here: list[Row] = []
            published = plan.published
            if not self._ranks(plan):
                # Papers are told beside the evaluator that ranks; what only another gives, such as a tag, beside that.
                published = tuple(one for one in published if one.label not in {*AVERAGES, *gold.card.labels})
            published = tuple(one for one in published if one.label in gold.given)
            for entry in section.rows:
                cells = self._cells(section, entry)
                scored = [cell for cell in cells if isinstance(cell, Scored)]
                measured[entry.tagger] = scored
                machines |= {cell.cell.machine.id: cell.cell.machine for cell in scored if cell.cell.machine}
                missing = [cell for cell in cells if not isinstance(cell, Scored)]
                cost = cost_of(scored, self._prices)
                here.extend(_rows(section, entry, scored, missing, gold, kind, published, evaluator, cost))
            if ties:
                complete = comparable(here)
                here = with_ties(here, complete, compare(complete, measured, gold, grouped=section.grouped))
            rows += here
            if here:
                rows += rows_of_systems(section, here[0], published)
            if not self._keep:
                self._scored.clear()
        if not self._evaluator:
            rows = self._with_others(rows, plan.evaluators[1:])
        rows, machines = _by_class(rows, machines)
        corpora = {gold.card.name: gold.card for gold in self._gold.values()}
        had = {section.dataset for section in plan.sections}
        elsewhere = tuple(one for one in plan.published if one.dataset not in had) if self._ranks(plan) else ()
        return Board(plan.benchmark, tuple(rows), kind, corpora, machines, notes, plan.absent, self._prices, elsewhere)

    def _with_others(self, rows: list[Row], evaluators: Sequence[str]) -> list[Row]:
        """Rows with F1 by the other evaluators of the benchmark."""
        for name in evaluators:
            board = self._others.setdefault(
                name, Scoreboard(self._store, self._registry, name, keep=self._keep, prices=self._prices)
            )
            others = board.board(ties=False).rows
            found = {(row.dataset, row.split, row.tagger, row.label): row for row in others}
            known = {(row.dataset, row.split, row.tagger, row.label) for row in rows}
            rows = [_beside(row, name, found.get((row.dataset, row.split, row.tagger, row.label))) for row in rows]
            # Labels that only this evaluator gives, such as B-ADR.
            rows += [row for row in others if (row.dataset, row.split, row.tagger, row.label) not in known]
        return rows

    def _ranks(self, plan: PlanRecord) -> bool:
        """Whether this evaluator is the one that published figures are told beside."""
        return self.evaluator == plan.evaluators[0]

    @cached_property
    def evaluator(self) -> str:
        """What is judged by."""
        return self._evaluator or self._store.read_plan().evaluators[0]

    def gold(self, section: SectionRecord) -> Gold:
        """Read the gold of a section.

        Args:
            section: The section of the plan.

        Returns:
            The gold.
        """
        if section.card not in self._gold:
            self._gold[section.card] = Gold(section.card, self._store, self.evaluator, self._registry)
        return self._gold[section.card]

    def split(self, section: SectionRecord) -> SplitRecord:
        """Read the folds of a section.

        Args:
            section: The section of the plan.

        Returns:
            The folds.

        Raises:
            StoreError: The file is missing or damaged.
        """
        name = section.folds
        if name not in self._splits:
            self._splits[name] = self._store.need_split(name)
        return self._splits[name]

    def _parts(self, section: SectionRecord) -> list[_Fold]:
        name = section.card, section.folds
        if name not in self._folds:
            gold, split = self.gold(section), self.split(section)
            if unknown := {one for fold in split.test for one in fold} - gold.spans.keys():
                why = f"it tests the document {min(unknown)!r}, which the corpus lacks"
                raise DamagedError(self._store.folder / "splits" / f"{section.folds}.jsonl", why, "restore it")
            self._folds[name] = [
                _Fold(test, tuple(_learnt_from(split, fold, gold)), hash_of(test))
                for fold, test in enumerate(split.test)
            ]
        return self._folds[name]

    def measured(self, section: SectionRecord) -> dict[str, list[Scored]]:
        """Score the finished cells of a section.

        Args:
            section: The section of the plan.

        Returns:
            The cells by tagger, in the order of the folds.
        """
        return {entry.tagger: self.scored(section, entry) for entry in section.rows}

    def scored(self, section: SectionRecord, row: RowRecord) -> list[Scored]:
        """Score the finished cells of a row.

        Args:
            section: The section of the plan.
            row: The row.

        Returns:
            The cells, in the order of the folds.
        """
        return [cell for cell in self._cells(section, row) if isinstance(cell, Scored)]

    def _cells(self, section: SectionRecord, entry: RowRecord) -> list[Scored | CellRecord | None]:
        parts = self._parts(section)
        if entry.cells and len(entry.cells) != len(parts):
            why = f"{entry.tagger} has {len(entry.cells)} cells for {len(parts)} folds of {section.split}"
            raise DamagedError(self._store.folder / "plan.jsonl", why, "`adrbench run` writes it anew")
        return [self._cell(section, key, part) for key, part in zip(entry.cells, parts, strict=False)]

    def _cell(self, section: SectionRecord, key: str, part: _Fold) -> Scored | CellRecord | None:
        known = self._scored.get((section.card, key))
        if known is not None and known.predictions.tested == part.tested:
            return known
        found = self._store.read_answers(key)
        record, predictions = found or (None, None)
        if record is None or predictions is None:
            return record
        gold = self.gold(section)
        expected = (part.tested, len(part.test))
        if (predictions.tested, predictions.size) != expected or set(predictions.names) - set(gold.card.labels):
            raise self._store.unfit(key)
        scored = Scored(record, predictions, part.test, part.train, gold)
        self._scored[section.card, key] = scored
        return scored


@dataclass(frozen=True)
class _Fold:
    """The ids that are tested and learnt from, and the hash of the former that predictions bear."""

    test: Sequence[str]
    train: Sequence[str]
    tested: str


def _by_class(rows: Sequence[Row], machines: Mapping[str, Machine]) -> tuple[list[Row], dict[str, Machine]]:
    """Name machines of one class by one of them."""
    stands_for = classes(machines.values())
    if all(name == known for name, known in stands_for.items()):
        return list(rows), dict(machines)
    found = []
    for row in rows:
        counts: Counter[str] = Counter()
        for name, folds in row.machines.items():
            counts[stands_for[name]] += folds
        machine = stands_for[row.cost.machine] if row.cost.machine is not None else None
        found.append(replace(row, machines=dict(counts.most_common()), cost=replace(row.cost, machine=machine)))
    return found, {name: machines[name] for name in machines if stands_for[name] == name}


def _learnt_from(split: SplitRecord, fold: int, gold: Gold) -> Iterator[str]:
    """The ids of the documents that a fold is learnt from; a development part is only looked at."""
    if split.train is not None:
        yield from split.train[fold]
        return
    tested = set(split.test[fold])
    yield from (name for name in gold.spans if name not in tested)


def leaderboard(
    store: Store,
    registry: Registry,
    kind: IntervalKind = DEFAULT_INTERVAL,
    evaluator: str = "",
    prices: PriceSheet | None = None,
) -> Board:
    """Make the leaderboard of a results folder, with tie groups.

    Args:
        store: The results folder.
        registry: The registry of plugins.
        kind: The interval of precision, recall and F1.
        evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
        prices: The price sheet; None: nothing is priced.

    Returns:
        The leaderboard.

    Raises:
        InputError: The price sheet lacks a price.
    """
    return Scoreboard(store, registry, evaluator, keep=False, prices=prices).board(kind)


def _beside(row: Row, evaluator: str, other: Row | None) -> Row:
    """A row with what another evaluator says of it."""
    said = replace(row, other_f1={**row.other_f1, evaluator: other.f1 if other else None})
    return replace(said, ece=other.ece) if other is not None and other.ece is not None else said


def _with_count(step: str, spans: int) -> str:
    return step if step.startswith(f"{spans:,} ") else f"{step}: {spans:,}"


def _notes(card: CardRecord, split: SplitRecord) -> list[str]:
    """What a reader of the figures should know about gold and folds."""
    flat = "scored against the flat gold" if card.gold_is == "flat" else "scored against all gold"
    lines = [_with_count(entry.step, entry.spans) for entry in card.ledger if entry.hard]
    found = [f"{card.name}, {flat}; {'; '.join(lines)}."] if lines else []
    rows = [Ceiling(**vars(row)) for row in card.ceiling]
    if rows and (limit := ceiling_line(rows, card.words_by)):
        found.insert(0, f"{card.name}: {limit}.")
    if alone := alone_line(split.kind, grouped=split.grouped):
        found.append(f"{card.name}: {alone}.")
    if split.leaks:
        found += Leaks(**vars(split.leaks)).lines()
    return found


def _rows(
    section: SectionRecord,
    entry: RowRecord,
    scored: Sequence[Scored],
    missing: Sequence[CellRecord | None],
    gold: Gold,
    kind: IntervalKind,
    published: Sequence[PublishedRecord],
    evaluator: str,
    cost: Cost,
) -> list[Row]:
    status, reason = _status(entry, scored, missing)
    common = Row(
        dataset=section.dataset,
        split=section.split,
        tagger=entry.tagger,
        family=entry.family,
        label="",
        status=status,
        reason=reason,
        folds=len(scored),
        folds_planned=len(entry.cells),
        stand_in_for=section.stand_in_for,
        limit=section.limit,
        gold=gold.card.gold_is,
        evaluator=evaluator,
        imported=entry.imported,
        tagger_id=entry.tagger_id,
        grid_point=entry.grid_point,
        fraction=section.fraction,
        full_split=section.full_split,
        train_documents=float(np.mean([cell.learnt for cell in scored])) if scored else None,
        tuned=tuple(cell.cell.tuned.params for cell in scored if cell.cell.tuned is not None),
        use=entry.use,
        version=entry.version,
        code=entry.code,
        answers=answer_counts(cell.cell for cell in scored),
        precisions=precisions(cell.cell for cell in scored),
        machines=dict(Counter(cell.cell.machine.id for cell in scored if cell.cell.machine is not None).most_common()),
        calibration=calibration(cell.cell for cell in scored),
        distillation=distillation([(cell.cell, len(cell.test)) for cell in scored]),
        cost=cost,
    )
    # The one fold of a release's own split has no spread over folds; its documents have.
    one_fold = len(scored) == len(entry.cells) == 1
    over_documents = not is_over_folds(kind)
    drawn = _draw(scored, gold, grouped=section.grouped) if over_documents or one_fold else None
    shown: IntervalKind = "bootstrap" if one_fold and not over_documents else kind
    ceilings = {one.label: one for one in gold.card.ceiling}
    measured = [cell.figures for cell in scored]
    rows = []
    for label in gold.given:
        limit = ceilings.get(label)
        known = scored and label in measured[0]
        row = replace(
            common,
            label=label,
            ceiling_precision=limit.precision if limit else None,
            ceiling_recall=limit.recall if limit else None,
            ceiling_f1=limit.f1 if limit else None,
            **published_beside(section, entry.tagger, label, published),
            **(estimates(label, measured, shown, scored[0].test_share, drawn) if known else RowFigures()),
        )
        rows.append(row)
    return rows


def _status(entry: RowRecord, scored: Sequence[Scored], missing: Sequence[CellRecord | None]) -> tuple[str, str]:
    if scored and not missing:
        return "ok", ""
    stands = [status_of(entry, cell) for cell in missing] or [status_of(entry, None)]
    status, reason = min(stands, key=lambda one: _STATUS_ORDER.index(one[0]))
    total = len(scored) + len(missing)
    return status, f"{len(scored)} of {total} folds measured; {reason}" if scored else reason


def _draw(scored: Sequence[Scored], gold: Gold, *, grouped: bool) -> Drawn | None:
    """Resamples of the documents, or groups, of all folds together; None without two of them."""
    if not scored:
        return None
    units = sum_rows(np.concatenate([cell.counts for cell in scored]), numbered(scored, gold, grouped=grouped))
    return draw(units, scored[0].columns, gold.evaluator.score) if len(units) > 1 else None
