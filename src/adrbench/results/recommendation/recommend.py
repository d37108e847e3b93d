"""From a results folder to a recommendation: which tagger to use on a corpus, and what else a reader should know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.asked_models import priced_model
from adrbench.results.leaderboard.gold import Gold, Scored
from adrbench.results.leaderboard.rows import PUBLISHED, Board, Row
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.machines import classes
from adrbench.results.precisions import precisions
from adrbench.results.prices import PriceSheet
from adrbench.results.recommendation.choice import Candidate, Choice, Contest, Promise, choose, promise
from adrbench.results.recommendation.estimate import FoldCosts
from adrbench.results.recommendation.question import Question
from adrbench.results.recommendation.refit import FitTime, learnt_words
from adrbench.results.schema import CardRecord, Costs, Machine, PlanRecord, SectionRecord, SplitRecord
from adrbench.results.store import DamagedError, Store
from adrbench.results.tokens import REPLAYED, Tokens
from adrbench.scoring.statistics.bootstrap import Score
from adrbench.scoring.statistics.intervals import Interval

MICRO = "micro"


@dataclass(frozen=True)
class Novelty:
    """Recall of the mentions that the training part had, and of the others.

    Attributes:
        seen: Recall of mentions whose words are among the mentions of the training part, a fraction.
        unseen: Recall of the others.
        share: The share of the others among all mentions.
    """

    seen: float
    unseen: float
    share: float


@dataclass(frozen=True)
class Place:
    """What the figures are of.

    Attributes:
        dataset: The corpus.
        split: The split.
        kind: How its documents were shared out.
        grouped: Whether whole groups (sources) are tested.
        same_group: The share of tested documents with a text of their group in the training part.
        folds: How many folds it has.
        documents: How many documents the corpus has.
        unit: What a document is.
        words_each: How many words a document has on average.
        ceiling: The F1 that a perfect tagger of these words would reach; None if that is not stored.
        words_by: What made the words.
        stand_in_for: The corpora that this one stands in for.
        limit: The corpus was cut to so many documents.
        flat: Whether flat gold was scored against.
    """

    dataset: str
    split: str
    kind: str
    grouped: bool
    same_group: float
    folds: int
    documents: int
    unit: str
    words_each: float
    ceiling: float | None = None
    words_by: str = ""
    stand_in_for: str = ""
    limit: int | None = None
    flat: bool = False


@dataclass(frozen=True, eq=False)
class Recommendation:
    """Which tagger to use on a corpus.

    Attributes:
        place: What the figures are of.
        label: The label in question; ``micro``: all of them together.
        question: What was asked.
        contest: The taggers that were measured on every fold, best first; None if there is none.
        choice: The choice on all folds.
        apart: By tagger, the 95% interval of its F1 less that of the choice.
        promise: The F1 to expect; None with one fold.
        rows: All rows of the section for this label, those without figures too.
        machines: The machines of the cells, by id.
        novelty: How well the choice finds new mentions; None if that cannot be told.
        by_label: F1 of the choice by label, with the number of mentions, worst first; only where there are several.
        other: The same question on another split of the corpus; None if there is no other.
        published: Rows of other splits of the corpus for which a paper has an F1.
    """

    place: Place
    label: str
    question: Question
    contest: Contest | None
    choice: Choice
    apart: Mapping[str, Interval | None]
    promise: Promise | None
    rows: tuple[Row, ...]
    machines: Mapping[str, Machine]
    novelty: Novelty | None = None
    by_label: tuple[tuple[str, float, int], ...] = ()
    other: Recommendation | None = None
    published: tuple[Row, ...] = field(default=())

    @property
    def candidates(self) -> tuple[Candidate, ...]:
        """The taggers that were measured on every fold, best first."""
        return () if self.contest is None else self.contest.candidates

    @property
    def chosen(self) -> Candidate | None:
        """The tagger to use."""
        return self.choice.chosen

    @property
    def cheaper(self) -> Candidate | None:
        """The step down: the best of those that cost less than the choice and keep the limits."""
        own = self._cost(self.chosen)
        below = [c for c in self._allowed if own is not None and (cost := self._cost(c)) is not None and cost < own]
        return max((c for c in below if c is not self.chosen), key=lambda c: c.row.f1 or 0.0, default=None)

    @property
    def better(self) -> Candidate | None:
        """The step up: the cheapest of those with a higher F1, limits aside."""
        if self.chosen is None:
            return None
        own = self.chosen.row.f1 or 0.0
        above = [c for c in self.candidates if (c.row.f1 or 0.0) > own]
        return min(above, key=lambda c: (self._cost(c) is None, self._cost(c) or 0.0), default=None)

    @property
    def unmeasured(self) -> tuple[Row, ...]:
        """The rows without a figure on every fold."""
        known = {c.tagger for c in self.candidates}
        return tuple(
            row for row in self.rows if row.tagger not in known and not row.imported and row.status != PUBLISHED
        )

    @property
    def _allowed(self) -> list[Candidate]:
        return [c for c in self.candidates if not self.choice.breaches[c.tagger]]

    def _cost(self, candidate: Candidate | None) -> float | None:
        made = None if candidate is None else self.choice.estimates[candidate.tagger]
        return None if made is None else made.rank


def recommend(
    store: Store,
    registry: Registry,
    question: Question,
    *,
    label: str = "",
    evaluator: str = "",
    dataset: str = "",
    split: str = "",
    scores: Scoreboard | None = None,
    board: Board | None = None,
    brief: bool = False,
) -> tuple[Recommendation, ...]:
    """Recommend a tagger for each corpus of a results folder.

    Args:
        store: The results folder.
        registry: The registry of plugins.
        question: What is asked.
        label: The label in question; empty: all of them together.
        evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
        dataset: The corpus; empty: all.
        split: The split; empty: a grouped one, where there is one, since new texts mostly come from new sources.
        scores: The scores of the folder by that evaluator, if they are at hand.
        board: The leaderboard of these scores, if it is at hand.
        brief: Choose only: no F1 to expect, no recall of new mentions, no other split.

    Returns:
        A recommendation for each corpus, in the order of the plan.

    Raises:
        InputError: A name is unknown, the evaluator gives no F1, or the price sheet lacks a price.
    """
    plan = store.read_plan()
    _check_names(plan, dataset, split)
    scores = scores or Scoreboard(store, registry, evaluator or plan.evaluators[0])
    board = board or scores.board(ties=False)
    judge = _Judge(store, registry, plan, scores, board, question, label or MICRO, brief=brief)
    found = []
    for sections in _by_corpus(plan, dataset):
        if label and label not in scores.gold(sections[0]).card.labels:
            continue
        ordered = sorted(sections, key=lambda one: (one.split != split, not _tells_sources_apart(one, scores)))
        if split and ordered[0].split != split:
            continue
        found.append(judge.recommend(ordered[0], () if brief else ordered[1:]))
    if not plan.sections:
        raise InputError(f"{store.folder}: its last run found no corpus, so there is nothing to recommend")
    if not found and label:
        known = {name for one in plan.sections for name in scores.gold(one).card.labels}
        raise InputError(f"{store.folder}: no corpus has the label {label!r}; {closest(label, known)}")
    return tuple(found)


def _check_names(plan: PlanRecord, dataset: str, split: str) -> None:
    for what, name, known in (
        ("dataset", dataset, [section.dataset for section in plan.sections]),
        ("split", split, [s.split for s in plan.sections if s.dataset == dataset or not dataset]),
    ):
        if name and name not in known:
            raise InputError(f"no {what} {name!r} in these results; {closest(name, known)}")


def _by_corpus(plan: PlanRecord, dataset: str) -> list[list[SectionRecord]]:
    """The sections of each corpus; of a split at several fractions the largest one."""
    found: dict[tuple[str, str], dict[str, SectionRecord]] = {}
    for section in plan.sections:
        if dataset in ("", section.dataset):
            own = found.setdefault((section.dataset, section.card), {})
            known = own.get(section.full_split)
            if known is None or section.fraction > known.fraction:
                own[section.full_split] = section
    return [list(own.values()) for own in found.values()]


def _tells_sources_apart(section: SectionRecord, scores: Scoreboard) -> bool:
    return section.grouped and scores.split(section).kind != "provided"


@dataclass(frozen=True)
class _Judge:
    """What every section of a results folder is judged by."""

    store: Store
    registry: Registry
    plan: PlanRecord
    scores: Scoreboard
    board: Board
    question: Question
    label: str
    brief: bool

    def recommend(self, section: SectionRecord, others: Sequence[SectionRecord] = ()) -> Recommendation:
        """Recommend a tagger for a corpus, by one of its splits."""
        gold, split = self.scores.gold(section), self.scores.split(section)
        rows, measured = self._rows(section), self.scores.measured(section)
        curves = [one for one in self.plan.sections if _is_smaller(one, section)]
        machines = {one.machine.id: one.machine for own in measured.values() for c in own if (one := c.cell).machine}
        stands_for = classes(machines.values())
        candidates = tuple(
            self._candidate(row, measured[row.tagger], gold.card, split, curves, stands_for)
            for row in rows
            if row.status == "ok" and measured[row.tagger] and not row.imported
        )
        choice = Choice(None, None, (), {}, {}, {})
        promised, apart = None, dict[str, Interval | None]()
        contest = None
        if candidates:
            contest = _contest(candidates, measured[candidates[0].tagger], gold, section, self.label)
            choice = choose(contest, self.question, contest.folds)
            if choice.chosen is not None:
                promised = None if self.brief else promise(contest, self.question)
                apart = contest.differences(choice.chosen, contest.folds)
        chosen = choice.chosen
        own = measured[chosen.tagger] if chosen is not None else []
        return Recommendation(
            place=_place(section, gold.card, split),
            label=self.label,
            question=self.question,
            contest=contest,
            choice=choice,
            apart=apart,
            promise=promised,
            rows=rows,
            machines=machines,
            novelty=self._novelty(section, chosen.tagger) if chosen is not None and not self.brief else None,
            by_label=_by_label(own, gold.card.labels) if self.label == MICRO else (),
            other=self.recommend(others[0]) if others else None,
            published=tuple(row for one in others for row in self._rows(one) if row.published_f1 is not None),
        )

    def _rows(self, section: SectionRecord) -> tuple[Row, ...]:
        """The rows of a section for the label in question, best first, those without F1 last."""
        here = (section.dataset, section.split, self.label)
        own = [row for row in self.board.rows if (row.dataset, row.split, row.label) == here]
        return tuple(sorted(own, key=lambda row: (row.f1 is None, -(row.f1 or 0.0))))

    def _candidate(
        self,
        row: Row,
        scored: Sequence[Scored],
        card: CardRecord,
        split: SplitRecord,
        curves: Sequence[SectionRecord],
        stands_for: Mapping[str, str],
    ) -> Candidate:
        figures = [cell.figures[self.label] for cell in scored]
        if row.f1 is None:
            raise InputError(f"the evaluator {row.evaluator} gives no F1 to choose by; add --evaluator exact")
        before = self._pretraining(scored)
        costs = tuple(
            _fold_costs(cell, before, learnt_words(card, split, fold), stands_for, self.question.prices)
            for fold, cell in enumerate(scored)
        )
        machines = [cell.cell.machine for cell in scored if cell.cell.machine is not None]
        return Candidate(
            row,
            tuple(float(one["f1"]) for one in figures),
            tuple(float(one["recall"]) for one in figures),
            tuple(cell.counts for cell in scored),
            costs,
            tuple(self._smaller_fits(row.tagger, machines, card, curves)),
        )

    def _smaller_fits(
        self, tagger: str, machines: Sequence[Machine], card: CardRecord, curves: Sequence[SectionRecord]
    ) -> Iterator[FitTime]:
        """Fits of a tagger on smaller parts of the training parts, on machines of the same class."""
        for section in curves:
            split = self.scores.split(section)
            keys = [key for row in section.rows if row.tagger == tagger for key in row.cells]
            for fold, key in enumerate(keys):
                cell = self.store.read_cell(key)
                if cell is None or cell.status != "ok" or cell.costs is None or cell.machine is None:
                    continue
                if machines and len(set(classes((*machines, cell.machine)).values())) == 1:
                    yield FitTime(learnt_words(card, split, fold), cell.costs.seconds["fit"])

    def _pretraining(self, scored: Sequence[Scored]) -> list[Costs]:
        """The costs of the cells that pre-trained for these. Others have their checkpoint, and a new fit has none."""
        keys = {cell.cell.pretrained.key for cell in scored if cell.cell.pretrained is not None}
        if not keys:
            return []
        rows = (row for section in self.store.read_plan().sections for row in section.rows)
        found = (self.store.read_cell(key) for row in rows for key in row.cells)
        return [
            cell.costs
            for cell in found
            if cell is not None
            and cell.costs is not None
            and cell.pretrained is not None
            and cell.pretrained.key in keys
            and cell.costs.seconds.get("pretrain")
        ]

    def _novelty(self, section: SectionRecord, tagger: str) -> Novelty | None:
        [entry] = [row for row in section.rows if row.tagger == tagger]
        right, support = [], []
        for part in ("seen", "unseen"):
            try:
                cells = Scoreboard(self.store, self.registry, f"novelty:{part}").scored(section, entry)
            except DamagedError:
                raise
            except InputError:
                # The folder holds no words, or the evaluator is not installed: nothing can be said.
                return None
            right.append(sum(float(cell.figures[self.label]["tp"]) for cell in cells))
            support.append(sum(float(cell.figures[self.label]["support"]) for cell in cells))
        if not all(support):
            return None
        return Novelty(right[0] / support[0], right[1] / support[1], support[1] / sum(support))


def _is_smaller(one: SectionRecord, section: SectionRecord) -> bool:
    same = (one.dataset, one.card, one.full_split) == (section.dataset, section.card, section.full_split)
    return same and one.fraction < section.fraction


def _fold_costs(
    scored: Scored, before: Sequence[Costs], words: int, stands_for: Mapping[str, str], prices: PriceSheet | None
) -> FoldCosts | None:
    cell = scored.cell
    if cell.costs is None or cell.machine is None:
        return None
    seconds, joules = cell.costs.seconds, cell.costs.energy_joules
    once = (cell.tuned.seconds if cell.tuned else 0.0) + (cell.pretrained.seconds if cell.pretrained else 0.0)
    return FoldCosts(
        machine=stands_for[cell.machine.id],
        jobs=cell.jobs or 1,
        words=words,
        documents=len(scored.test),
        fit_seconds=seconds["fit"],
        predict_seconds=seconds["predict"],
        once_seconds=once,
        peak_memory_bytes=max(costs.peak_memory_bytes for costs in (cell.costs, *before)),
        peak_gpu_memory_bytes=max(costs.peak_gpu_memory_bytes or 0 for costs in (cell.costs, *before)),
        fit_joules=joules["fit"] if joules else None,
        predict_joules=joules["predict"] if joules else None,
        tokens=Tokens.of(cell.costs.facts),
        model=priced_model(cell.params, prices),
        precision=next(iter(precisions([cell])), ""),
        replayed=bool(cell.costs.facts.get(REPLAYED)),
    )


def _contest(
    candidates: Sequence[Candidate], scored: Sequence[Scored], gold: Gold, section: SectionRecord, label: str
) -> Contest:
    """The candidates; ``scored``: the cells of any of them, for all are tested on the same documents."""
    units = tuple(tuple(gold.groups[i] if section.grouped else i for i in cell.test) for cell in scored)
    names: Sequence[str] = scored[0].columns
    score: Score = gold.evaluator.score
    if label == MICRO:
        # Two columns are enough for micro F1, and resamples of them are drawn sooner.
        reduced = [[gold.compared(names, table) for table in one.counts] for one in candidates]
        candidates = [
            replace(one, counts=tuple(table for _, table, _ in own))
            for one, own in zip(candidates, reduced, strict=True)
        ]
        names, _, score = reduced[0][0]
    words = sum(gold.tokens.values())
    return Contest(tuple(candidates), units, tuple(names), score, label, words, scored[0].test_share)


def _place(section: SectionRecord, card: CardRecord, split: SplitRecord) -> Place:
    ceiling = [row.f1 for row in card.ceiling if row.label == MICRO]
    return Place(
        dataset=section.dataset,
        split=section.split,
        kind=split.kind,
        grouped=section.grouped,
        same_group=split.leaks.same_group / max(split.leaks.tested, 1) if split.leaks else 0.0,
        folds=len(split.test),
        documents=len(card.gold),
        unit=card.unit or "document",
        words_each=sum(card.tokens_of.values()) / max(len(card.gold), 1),
        ceiling=ceiling[0] if ceiling else None,
        words_by=card.words_by,
        stand_in_for=section.stand_in_for,
        limit=section.limit,
        flat=card.gold_is == "flat",
    )


def _by_label(scored: Sequence[Scored], labels: Sequence[str]) -> tuple[tuple[str, float, int], ...]:
    """F1 and number of mentions of each label, worst first; nothing for a single label."""
    if len(labels) < 2:  # noqa: PLR2004
        return ()
    found = []
    for label in labels:
        figures = [cell.figures[label] for cell in scored if cell.figures[label]["support"]]
        if figures:
            support = int(sum(one["support"] for one in figures))
            found.append((label, fmean(float(one["f1"]) for one in figures), support))
    return tuple(sorted(found, key=lambda one: one[1]))
