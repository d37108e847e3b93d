"""Stored gold and finished cells, as evaluators want them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from itertools import accumulate
from statistics import stdev
from typing import Protocol, cast

import numpy as np

from adrbench.api import Counts, DocumentFacts, Evaluator, Figures, Span, SpanColumns
from adrbench.api.evaluator import AVERAGES
from adrbench.errors import PluginError, StoreError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard._servers import server_costs
from adrbench.results.leaderboard.rows import Cost
from adrbench.results.machines import classes
from adrbench.results.precisions import precisions
from adrbench.results.predictions import Predictions
from adrbench.results.prices import PriceSheet
from adrbench.results.schema import CellRecord, Costs, WordsRecord
from adrbench.results.store import Store
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator, labels_given
from adrbench.scoring.evaluators.figures import ratio
from adrbench.scoring.evaluators.packed import Shapes, count_at_once, pack
from adrbench.scoring.statistics.bootstrap import CountTable, Score, columns, table

# No clock tells less, in seconds.
_CLOCK_TICK = 1e-9


class _FactsCounter(Protocol):
    """What ``count`` is of an evaluator whose description needs facts: a call with three arguments."""

    def __call__(self, gold: Sequence[Span], predicted: Sequence[Span], facts: DocumentFacts, /) -> Counts:
        """Count one document."""


class Gold:
    """The stored gold of a corpus, as evaluators want it."""

    def __init__(self, name: str, store: Store, evaluator: str, registry: Registry) -> None:
        self.name = name
        self.card = card = store.need_card(name)
        self._store = store
        self._evaluator = evaluator
        self._registry = registry
        self._shapes: Shapes = {}
        # By the hash of the ids under test.
        self._tokens_in: dict[str, int] = {}
        self._packed: dict[str, SpanColumns] = {}
        self.spans = {name: [Span.from_list(span) for span in spans] for name, spans in card.gold.items()}
        self.groups: Mapping[str, str] = card.group_of
        self.tokens: Mapping[str, int] = card.tokens_of

    @cached_property
    def evaluator(self) -> Evaluator:
        """What predictions are judged by, for this corpus's labels."""
        return build_evaluator(self._registry, self._evaluator, self.card.labels)

    @cached_property
    def given(self) -> tuple[str, ...]:
        """What the evaluator gives figures for: ``micro``, the labels, the other averages, and tags if it has them."""
        labels = self.card.labels
        try:
            given = labels_given(self._registry, self._evaluator, labels)
        except PluginError:
            given = ()
        averages = [label for label in AVERAGES[1:] if label in given]
        return ("micro", *labels, *averages, *(one for one in given if one not in {*AVERAGES, *labels}))

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """What the evaluator must be told of a document."""
        return describe_evaluator(self._registry, self._evaluator)[0].needs

    @cached_property
    def _words(self) -> WordsRecord:
        words = self._store.read_words(self.name)
        if words is None:
            missing = self._store.lacks("words", self.name)
            raise StoreError(f"the evaluator {self._evaluator!r} needs the words of the corpus: {missing}")
        return words

    @property
    def forms(self) -> Mapping[str, Sequence[int]]:
        """For each gold span of a document a number: the same for spans of one label and the same words, case aside."""
        return self._words.forms

    def ranges(self, name: str) -> tuple[tuple[int, int], ...]:
        """Locate the words of a document.

        Args:
            name: The id of the document.

        Returns:
            Start and end of each word, in characters.
        """
        steps = self._words.ranges[name]
        edges = list(accumulate(steps))
        return tuple(zip(edges[::2], edges[1::2], strict=True))

    def setting(self, name: str, learnt: AbstractSet[int]) -> DocumentFacts:
        """Collect the facts about a document that the evaluator needs.

        Args:
            name: The id of the document.
            learnt: The forms (``forms``) in the training text.

        Returns:
            The facts.
        """
        return DocumentFacts(
            tokens=self.ranges(name) if "tokens" in self.needs else (),
            seen=tuple(form in learnt for form in self.forms[name]) if "seen" in self.needs else (),
        )

    def count(
        self, predictions: Predictions, test: Sequence[str], train: Iterable[str]
    ) -> tuple[tuple[str, ...], CountTable]:
        """Count the predictions of a cell.

        Args:
            predictions: The predictions.
            test: The ids under test, in the order of the predictions.
            train: The ids that the tagger learnt from.

        Returns:
            The names of the columns, and an array [documents, columns].
        """
        if hasattr(self.evaluator, "count_many") and not self.needs:
            predicted = self._pack(predictions, self.card.labels)
            return count_at_once(self.evaluator, self._pack_gold(predictions.tested, test), predicted, len(test))
        spans = [(self.spans[name], list(own)) for name, own in zip(test, predictions.by_document, strict=True)]
        if not self.needs:
            return table([self.evaluator.count(gold, predicted) for gold, predicted in spans])
        count = cast("_FactsCounter", self.evaluator.count)
        learnt = {form for name in train for form in self.forms[name]} if "seen" in self.needs else set()
        settings = [self.setting(name, learnt) for name in test]
        counted = zip(spans, settings, strict=True)
        return table([count(gold, predicted, facts) for (gold, predicted), facts in counted])

    def _pack(self, predictions: Predictions, labels: Sequence[str]) -> SpanColumns:
        """Predictions as the columns in which gold is packed; no span is made of them."""
        places = np.array([labels.index(name) for name in predictions.names], dtype=np.int64)
        parts, shapes = predictions.parts, self._shapes
        shape = np.zeros(len(predictions), dtype=np.int64)
        if parts is not None:
            numbers = (shapes.setdefault(own, len(shapes) + 1) if own else 0 for own in parts)
            shape = np.fromiter(numbers, np.int64, len(parts))
        return SpanColumns(
            predictions.documents,
            predictions.starts,
            predictions.ends,
            places[predictions.labels] if len(predictions) else predictions.labels,
            shape,
        )

    def tokens_in(self, tested: str, test: Sequence[str]) -> int:
        """Count the words of some documents.

        Args:
            tested: The hash of their ids (`hash_of`).
            test: The ids of the documents.

        Returns:
            The number of words.
        """
        if tested not in self._tokens_in:
            self._tokens_in[tested] = sum(map(self.tokens.__getitem__, test))
        return self._tokens_in[tested]

    def compared(self, names: Sequence[str], counts: CountTable) -> tuple[Sequence[str], CountTable, Score]:
        """Reduce counts to those of micro F1, if the evaluator has ``micro_f1``.

        Comparing two taggers takes thousands of resamples, and two columns need fewer steps than three a label.

        Args:
            names: The names of the columns.
            counts: An array [documents, columns].

        Returns:
            Names, counts and a score that give the same micro F1 as the evaluator's.
        """
        if not hasattr(self.evaluator, "micro_f1"):
            return names, counts, self.evaluator.score
        quotient = self.evaluator.micro_f1(columns(names, counts))
        return ("numerator", "denominator"), np.stack(quotient, axis=1), _micro_f1

    def _pack_gold(self, tested: str, test: Sequence[str]) -> SpanColumns:
        """Gold of a fold: the same for every tagger, so packed once."""
        if tested not in self._packed:
            documents = [self.spans[name] for name in test]
            self._packed[tested] = pack(documents, self.card.labels, self._shapes)
        return self._packed[tested]


def _micro_f1(total: Counts) -> Figures:
    return {"micro": {"f1": ratio(total["numerator"], total["denominator"])}}


class Scored:
    """A finished cell with its figures.

    Attributes:
        cell: its record.
        predictions: what it predicted.
        test: the ids under test.
        learnt: how many documents it was learnt from.
        tokens: how many words were tested.
        figures: its figures under the evaluator of the gold.
    """

    def __init__(
        self, cell: CellRecord, predictions: Predictions, test: Sequence[str], train: Sequence[str], gold: Gold
    ) -> None:
        self.cell = cell
        self.predictions = predictions
        self.test = test
        self.learnt = len(train)
        self.tokens = gold.tokens_in(predictions.tested, test)
        self._train = train
        self._gold = gold
        total = self.counts.sum(axis=0).tolist()
        self.figures: Figures = gold.evaluator.score(dict(zip(self.columns, total, strict=True)))

    @cached_property
    def _counted(self) -> tuple[tuple[str, ...], CountTable]:
        return self._gold.count(self.predictions, self.test, self._train)

    @property
    def test_share(self) -> float:
        """The part that is tested of all documents that are tested or learnt from: n_test / (n_train + n_test)."""
        return len(self.test) / max(len(self.test) + self.learnt, 1)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of ``counts``."""
        return self._counted[0]

    @property
    def counts(self) -> CountTable:
        """The counts of the documents tested: [documents, columns]."""
        return self._counted[1]


def cost_of(scored: Sequence[Scored], prices: PriceSheet | None = None) -> Cost:
    """Sum up the costs of a tagger's cells.

    Args:
        scored: The cells of all folds.
        prices: The price sheet; None: nothing is priced.

    Returns:
        The costs; no times if the cells ran on machines of several classes or in several precisions, nothing if a
        cell has no costs.

    Raises:
        InputError: The price sheet lacks a price.
    """
    costs = [cell.cell.costs for cell in scored if cell.cell.costs is not None]
    machines = set(classes(cell.cell.machine for cell in scored if cell.cell.machine is not None).values())
    if not costs or len(costs) < len(scored):
        # Nothing was measured, or the predictions are another system's.
        return Cost()
    gpu = [cost.peak_gpu_memory_bytes for cost in costs if cost.peak_gpu_memory_bytes is not None]
    sizes = [cost.facts["parameters"] for cost in costs if "parameters" in cost.facts]
    size = max(sizes) if sizes else None
    served = server_costs([(cell.cell, len(cell.test)) for cell in scored], prices)
    if len(machines) > 1 or len(precisions(cell.cell for cell in scored)) > 1:
        return Cost(parameters=size, **served)
    predict = sum(_measured(cost, "predict") for cost in costs)
    fit = sum(_measured(cost, "fit") for cost in costs)
    return Cost(
        fit_seconds=fit / len(costs),
        predict_seconds=predict / len(costs),
        total_seconds=fit + predict,
        cpu_seconds=sum(cost.cpu_seconds["fit"] + cost.cpu_seconds["predict"] for cost in costs),
        import_seconds=sum(cost.seconds["import"] + cost.seconds["warm_up"] for cost in costs) / len(costs),
        documents_per_second=sum(len(cell.test) for cell in scored) / predict if predict else None,
        tokens_per_second=sum(cell.tokens for cell in scored) / predict if predict else None,
        peak_memory_bytes=max(cost.peak_memory_bytes for cost in costs),
        peak_gpu_memory_bytes=max(gpu) if gpu else None,
        # What several cells share is counted once.
        tune_seconds=_total({one.study: one.seconds for cell in scored if (one := cell.cell.tuned)}),
        pretrain_seconds=_total({made.key: made.seconds for cell in scored if (made := cell.cell.pretrained)}),
        energy_joules=_energy(costs),
        fit_seconds_sd=_sd([cost.seconds["fit"] for cost in costs]),
        predict_seconds_sd=_sd([cost.seconds["predict"] for cost in costs]),
        total_seconds_sd=_sd([cost.seconds["fit"] + cost.seconds["predict"] for cost in costs]),
        documents_per_second_sd=_sd(_rates(scored)),
        peak_memory_bytes_sd=_sd([cost.peak_memory_bytes for cost in costs]),
        peak_gpu_memory_bytes_sd=_sd(gpu),
        energy_joules_sd=_sd([one["fit"] + one["predict"] for one in _joules(costs)]),
        machine=next(iter(machines), None),
        parameters=size,
        **served,
    )


def _sd(values: Sequence[float]) -> float | None:
    """The standard deviation over folds; None below two."""
    return stdev(values) if len(values) > 1 else None


def _rates(scored: Sequence[Scored]) -> list[float]:
    """Documents a second by fold, where the clock could tell."""
    spent = [(len(cell.test), _measured(cell.cell.costs, "predict")) for cell in scored if cell.cell.costs is not None]
    return [documents / seconds for documents, seconds in spent if seconds]


def _measured(cost: Costs, phase: str) -> float:
    """Wall seconds of a phase; 0 for less than a clock can tell, by which nothing could be divided."""
    seconds = cost.seconds[phase]
    return seconds if seconds >= _CLOCK_TICK else 0.0


def _total(seconds: Mapping[str, float]) -> float | None:
    return sum(seconds.values()) if seconds else None


def _energy(costs: Sequence[Costs]) -> float | None:
    """Joules of fit and predict over all cells; None unless the machine could tell for each, by the same meters."""
    joules = _joules(costs)
    return sum(one["fit"] + one["predict"] for one in joules) if joules else None


def _joules(costs: Sequence[Costs]) -> Sequence[Mapping[str, float]]:
    """Energy by phase of each cell; nothing unless the machine could tell for each, by the same meters."""
    joules = [cost.energy_joules for cost in costs if cost.energy_joules]
    return joules if len(joules) == len(costs) and len({cost.energy_from for cost in costs}) == 1 else []
