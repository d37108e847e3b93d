"""How long the cells of a plan take: told from cells that were measured, else from what a plugin declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from adrbench._system import machine
from adrbench.api import ExpectedTime
from adrbench.plugins import parameters
from adrbench.plugins.registry import Registry
from adrbench.results.recommendation.refit import FitTime, extrapolated_seconds, learnt_words
from adrbench.results.schema import CellRecord
from adrbench.results.store import DamagedError, Store
from adrbench.running._jobs import study_of
from adrbench.running.plan import Plan, PlannedCell, PlannedRow
from adrbench.running.superseded import settings_hash

Basis = Literal["folds", "tagger", "grid", "declared"]
"""What an estimate stands on: finished folds of the same row, the same tagger on other folds or corpora, other points
of its grid, or the time that its plugin declares."""

# From the estimate to the ends of its range, as factors, by what it stands on. Those of the first two hold the cells of
# results/ade, results/peers and results/diseases (tests/running/test_expected_time.py); the others are wide on purpose.
_RANGE: Mapping[Basis, tuple[float, float]] = {
    "folds": (0.65, 1.4),
    "tagger": (0.6, 1.7),
    "grid": (0.3, 3.0),
    "declared": (0.4, 2.5),
}
# Beside that: cells of another machine; a tagger with other parameters than those that its declared time is for.
_OTHER_MACHINE, _OTHER_PARAMETERS = 2.0, 2.0
# Folds of one split differ by less.
_ONE_SIZE = 1.25
# A study may be pruned or stopped; its trials learn from the rest of the training part.
_LEAST_OF_STUDY = 0.1


@dataclass(frozen=True)
class Expected:
    """How long something takes, in seconds of wall time.

    Attributes:
        low: The lower end of the range.
        high: The upper end.
        basis: What it stands on.
    """

    low: float
    high: float
    basis: Basis


@dataclass(frozen=True)
class TimeLeft:
    """How long a run still takes.

    Attributes:
        low: The lower end, in seconds of wall time, of the cells that can be estimated.
        high: The upper end.
        cells: How many cells that are, by what their estimates stand on.
        unknown: How many cells nothing is known of, by tagger.
    """

    low: float
    high: float
    cells: Mapping[Basis, int]
    unknown: Mapping[str, int]


@dataclass(frozen=True)
class _Timed:
    """A measured cell: its place, the words that it learnt from and was tested on, and its seconds by phase."""

    place: tuple[str, str]
    learnt: int
    tested: int
    seconds: Mapping[str, float]
    wall: float
    machine: str
    # Of this plan: what it learnt beforehand, others of its corpus do not learn again.
    planned: bool

    def rest(self) -> float:
        """All but learning and predicting: the start of the process, imports, reading."""
        return max(
            0.0, self.wall - sum(self.seconds.get(phase, 0.0) for phase in ("pretrain", "tune", "fit", "predict"))
        )


class ExpectedTimes:
    """Estimates the cells of a plan. Cells that end in the meantime are told by ``ended``.

    Args:
        plan: The plan.
        store: The results folder with the plan of the run before; None if there is none. Damaged files are passed over.
        registry: The installed plugins.
    """

    def __init__(self, plan: Plan, store: Store | None, registry: Registry) -> None:
        self._plan = plan
        self._registry = registry
        self._here = machine.fingerprint()["id"]
        self._sizes: dict[tuple[str, str], list[tuple[int, int]]] = {}
        self._unlabelled = {
            name: sum(len(document.tokens) for document in corpus.unlabelled) for name, corpus in plan.corpora.items()
        }
        self._settings = {_place(row): settings_hash(row) for row in plan.rows}
        # Measured cells by the settings of their tagger, and by its grid; estimates of cells until more is known.
        self._timed: dict[str | tuple[str, str], list[_Timed]] = {}
        self._told: dict[str, Expected | None] = {}
        if store is not None:
            self._read(store)

    def of(self, row: PlannedRow, cell: PlannedCell) -> Expected | None:
        """Estimate a cell.

        Args:
            row: Its row.
            cell: The cell.

        Returns:
            The range of its wall time, at most the limit of the benchmark file; None if nothing is known of it.
        """
        if cell.key not in self._told:
            self._told[cell.key] = self._estimate(row, cell)
        return self._told[cell.key]

    def _estimate(self, row: PlannedRow, cell: PlannedCell) -> Expected | None:
        learnt, _ = self._size(cell)
        timed = self._timed.get(self._settings[_place(row)], [])
        same = [
            one
            for one in timed
            if one.place == (cell.dataset, cell.splits) and 1 / _ONE_SIZE < one.learnt / max(1, learnt) < _ONE_SIZE
        ]
        told: Expected | None = None
        grid = self._timed.get((row.use, row.tagger_id), []) if row.grid_point else []
        candidates: tuple[tuple[Basis, Sequence[_Timed]], ...] = (("folds", same), ("tagger", timed), ("grid", grid))
        for basis, known in candidates:
            if known:
                told = self._from_cells(basis, known, row, cell)
                break
        else:
            told = self._declared(row, cell)
        limit = self._plan.benchmark.limits.timeout
        if told is None or limit is None:
            return told
        return Expected(min(told.low, limit), min(told.high, limit), told.basis)

    def left(self, cells: Iterable[tuple[PlannedRow, PlannedCell]], jobs: int = 1) -> TimeLeft:
        """Estimate how long cells take together.

        Args:
            cells: The cells that are not finished, with their rows. One that two splits share counts once.
            jobs: How many run at a time. Cells that share a processor are slower: at best the time is divided by
                ``jobs``, at worst nothing is gained.

        Returns:
            The range.
        """
        low = high = longest = 0.0
        known: dict[Basis, int] = {}
        unknown: dict[str, int] = {}
        for row, cell in {cell.key: (row, cell) for row, cell in cells}.values():
            told = self.of(row, cell)
            if told is None:
                unknown[row.tagger_id] = unknown.get(row.tagger_id, 0) + 1
                continue
            known[told.basis] = known.get(told.basis, 0) + 1
            low, high, longest = low + told.low, high + told.high, max(longest, told.low)
        return TimeLeft(max(low / jobs, longest), high, known, unknown)

    def ended(self, row: PlannedRow, cell: PlannedCell, record: CellRecord) -> None:
        """Learn from a cell that has just ended.

        Args:
            row: Its row.
            cell: The cell.
            record: What is stored of it.
        """
        kinds = self._settings[_place(row)], (row.use, row.tagger_id)
        self._add(kinds, (cell.dataset, cell.splits), record, self._size(cell), planned=True)
        for other in self._plan.rows:
            if self._settings[_place(other)] == kinds[0] or (other.use, other.tagger_id) == kinds[1]:
                for one in other.cells:
                    self._told.pop(one.key, None)

    def _read(self, store: Store) -> None:
        """Measured cells of the plan, and those of the run before: other splits, corpora, and keys of earlier code."""
        planned = {cell.key for row in self._plan.rows for cell in row.cells}
        for row in self._plan.rows:
            for cell in row.cells:
                if (record := _cell(store, cell.key)) is not None:
                    self.ended(row, cell, record)
        try:
            before = store.find_plan()
            for section in before.sections if before is not None else ():
                cells = [
                    (earlier, fold, record)
                    for earlier in section.rows
                    for fold, key in enumerate(earlier.cells)
                    if key not in planned and (record := _cell(store, key)) is not None
                ]
                card = store.read_card(section.card) if cells else None
                folds = store.read_split(section.folds) if cells else None
                if card is None or folds is None:
                    continue
                for earlier, fold, record in cells:
                    tested = sum(card.tokens_of[name] for name in folds.test[fold])
                    place = (section.dataset, section.split)
                    sizes = learnt_words(card, folds, fold), tested
                    kinds = settings_hash(earlier), (earlier.use, earlier.tagger_id)
                    self._add(kinds, place, record, sizes, planned=False)
        except DamagedError:
            return

    def _add(
        self,
        kinds: tuple[str, tuple[str, str]],
        place: tuple[str, str],
        cell: CellRecord,
        sizes: tuple[int, int],
        *,
        planned: bool,
    ) -> None:
        if cell.status != "ok" or cell.costs is None or cell.machine is None or cell.wall_seconds is None:
            return
        timed = _Timed(place, *sizes, cell.costs.seconds, cell.wall_seconds, cell.machine.id, planned)
        for kind in kinds:
            self._timed.setdefault(kind, []).append(timed)

    def _size(self, cell: PlannedCell) -> tuple[int, int]:
        """The words that a cell learns from and is tested on."""
        place = (cell.dataset, cell.splits)
        if place not in self._sizes:
            words = {a.document.id: len(a.document.tokens) for a in self._plan.corpora[cell.dataset].documents}
            self._sizes[place] = [
                (sum(words[name] for name in fold.train), sum(words[name] for name in fold.test))
                for fold in self._plan.splits[place].folds
            ]
        return self._sizes[place][cell.fold]

    def _from_cells(self, basis: Basis, timed: Sequence[_Timed], row: PlannedRow, cell: PlannedCell) -> Expected | None:
        learnt, tested = self._size(cell)
        timed = [one for one in timed if one.machine == self._here] or timed
        fit = extrapolated_seconds([FitTime(one.learnt, one.seconds["fit"]) for one in timed], learnt) or 0.0
        predict = _mean(one.seconds["predict"] * tested / max(1, one.tested) for one in timed)
        # The first cell that pre-trains pays for all that share the checkpoint.
        paid = any(one.planned and one.place[0] == cell.dataset for one in timed)
        pretrain = 0.0 if paid else min(one.seconds.get("pretrain", 0.0) for one in timed)
        middle = fit + predict + pretrain + _mean(one.rest() for one in timed)
        factors = _RANGE[basis]
        if basis == "folds" and len(timed) > 1:
            # Where folds differ more than is usual, so will those to come.
            ratios = [one.seconds["fit"] / fit for one in timed if fit > 0]
            factors = min([factors[0], *ratios]), max([factors[1], *ratios])
        if timed[0].machine != self._here:
            factors = factors[0] / _OTHER_MACHINE, factors[1] * _OTHER_MACHINE
        low, high = middle * factors[0], middle * factors[1]
        if row.tune is not None and study_of(row, cell) == cell.key:
            studies = [one.seconds["tune"] * learnt / max(1, one.learnt) for one in timed if one.seconds.get("tune")]
            trials = row.tune["trials"] * fit
            low += min(studies, default=_LEAST_OF_STUDY * trials) * factors[0]
            high += max(studies, default=trials) * factors[1]
        return Expected(low, high, basis)

    def _declared(self, row: PlannedRow, cell: PlannedCell) -> Expected | None:
        declared = row.expected_time
        if declared is None or row.pretrain is not None:
            return None
        if any(row.params.get(name) != value for name, value in declared.holds.items()):
            return None
        learnt, tested = self._size(cell)
        without_gold = self._unlabelled[cell.dataset]
        fit, predict = declared.fit * learnt + declared.unlabelled * without_gold, declared.predict * tested
        fit, predict = fit / 1000, predict / 1000
        factors = _RANGE["declared"]
        if self._changed(row, declared):
            factors = factors[0] / _OTHER_PARAMETERS, factors[1] * _OTHER_PARAMETERS
        low = (declared.start + fit + predict) * factors[0]
        high = (declared.start + fit + predict) * factors[1]
        if row.tune is not None:
            trials = row.tune["trials"] * (fit + predict)
            low, high = low + trials * _LEAST_OF_STUDY * factors[0], high + trials * factors[1]
        return Expected(low, high, "declared")

    def _changed(self, row: PlannedRow, declared: ExpectedTime) -> bool:
        """Whether a row has other parameters than those that the declared time is for."""
        if row.interpreter is not None:
            return bool(row.params)
        defaults = parameters.as_json(self._registry.describe("taggers", row.use).params())
        return any(value != defaults.get(name) for name, value in row.params.items() if name not in declared.holds)


def _place(row: PlannedRow) -> tuple[str, str, str]:
    return row.dataset, row.splits, row.tagger


def _cell(store: Store, key: str) -> CellRecord | None:
    try:
        return store.read_cell(key)
    except DamagedError:
        return None


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)
