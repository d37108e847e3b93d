"""Stored gold and finished cells, as evaluators want them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import accumulate, repeat
from typing import Any

from adrbench.api import Counts, DocumentFacts, Evaluator, Figures, Span, SpanColumns
from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.rows import Cost
from adrbench.results.store import Store
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator
from adrbench.scoring.evaluators.exact import ExactMatch
from adrbench.scoring.evaluators.figures import ratio
from adrbench.scoring.evaluators.packed import Shapes, count_at_once, pack_plain, pooled
from adrbench.scoring.statistics.bootstrap import CountTable, Score, table


class Gold:
    """The stored gold of a corpus, as evaluators want it."""

    def __init__(self, name: str, store: Store, evaluator: str, registry: Registry) -> None:
        card = store.read("corpora", name)
        if card is None:
            raise StoreError(f"{store.folder}: corpora/{name}.json is missing or damaged")
        self.name = name
        self.card = card
        self._store = store
        self._evaluator = evaluator
        self._registry = registry
        self._shapes: Shapes = {}
        self._tokens_in: dict[tuple[str, ...], int] = {}
        self._packed: dict[tuple[str, ...], SpanColumns] = {}
        self.spans = {name: [Span.from_list(span) for span in spans] for name, spans in card["gold"].items()}
        self.groups: Mapping[str, str] = card["group_of"]
        self.tokens: Mapping[str, int] = card["tokens_of"]

    @cached_property
    def evaluator(self) -> Evaluator:
        """What predictions are judged by, for this corpus's labels."""
        return build_evaluator(self._registry, self._evaluator, self.card["labels"])

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """What the evaluator must be told of a document."""
        return describe_evaluator(self._registry, self._evaluator)[0].needs

    @cached_property
    def _words(self) -> Mapping[str, Any]:
        words = self._store.read("words", self.name)
        if words is None:
            raise StoreError(
                f"{self._store.folder}: words/{self.name}.json is missing or damaged, and the evaluator "
                f"{self._evaluator!r} needs it; `adrbench run` writes it where the corpus is at hand"
            )
        return words

    @property
    def forms(self) -> Mapping[str, Sequence[int]]:
        """For each gold span of a document a number: the same for spans of one label and the same words, case aside."""
        forms: Mapping[str, Sequence[int]] = self._words["forms"]
        return forms

    def ranges(self, name: str) -> tuple[tuple[int, int], ...]:
        """Where the words of a document stand, in characters."""
        steps = self._words["ranges"][name]
        edges = list(accumulate(steps))
        return tuple(zip(edges[::2], edges[1::2], strict=True))

    def setting(self, name: str, learnt: Collection[int]) -> DocumentFacts:
        """What an evaluator may ask of a document. ``learnt``: the forms in what the tagger learnt from."""
        return DocumentFacts(
            tokens=self.ranges(name) if "tokens" in self.needs else (),
            seen=tuple(form in learnt for form in self.forms[name]) if "seen" in self.needs else (),
        )

    def count(
        self, predictions: Mapping[str, Sequence[Sequence[Any]]], test: Sequence[str], train: Iterable[str]
    ) -> tuple[tuple[str, ...], CountTable]:
        """The counts of a cell: names of the columns, and an array [documents, columns].

        ``predictions``: plain spans by document, as they are stored; ``test`` and ``train``: ids of the cell's fold.
        """
        found = list(map(predictions.get, test, repeat(())))
        if hasattr(self.evaluator, "count_many") and not self.needs:
            predicted = pack_plain(found, self.card["labels"], self._shapes)
            return count_at_once(self.evaluator, self._pack_gold(tuple(test)), predicted, len(test))
        count: Callable[..., Counts] = self.evaluator.count
        spans = [
            (self.spans[name], [Span.from_list(span) for span in own]) for name, own in zip(test, found, strict=True)
        ]
        if not self.needs:
            return table([count(gold, predicted) for gold, predicted in spans])
        learnt = {form for name in train for form in self.forms[name]} if "seen" in self.needs else set()
        settings = [self.setting(name, learnt) for name in test]
        return table([count(*pair, setting) for pair, setting in zip(spans, settings, strict=True)])

    def tokens_in(self, test: tuple[str, ...]) -> int:
        """The tokens of some documents."""
        if test not in self._tokens_in:
            self._tokens_in[test] = sum(map(self.tokens.__getitem__, test))
        return self._tokens_in[test]

    def compared(self, names: Sequence[str], counts: CountTable) -> tuple[Sequence[str], CountTable, Score]:
        """Columns, counts and a score that give the same micro F1 as the evaluator's, in fewer steps where it can be.

        Comparing two taggers takes thousands of resamples; of exact match only pooled counts matter, not the labels.
        """
        if type(self.evaluator) is ExactMatch:
            return ("hits", "spans"), pooled(counts), _pooled_f1
        return names, counts, self.evaluator.score

    def _pack_gold(self, test: tuple[str, ...]) -> SpanColumns:
        """Gold of a fold: the same for every tagger, so packed once."""
        if test not in self._packed:
            documents = [self.card["gold"][name] for name in test]
            self._packed[test] = pack_plain(documents, self.card["labels"], self._shapes)
        return self._packed[test]


def _pooled_f1(total: Mapping[str, Any]) -> Figures:
    return {"micro": {"f1": ratio(total["hits"], total["spans"])}}


class Scored:
    """A finished cell with its figures, which are scored unless they are given.

    ``test``, ``train``: ids of its fold; ``learnt``: how many documents it was learnt from; ``tokens``: those tested.
    """

    def __init__(
        self,
        cell: Mapping[str, Any],
        test: Sequence[str],
        train: Sequence[str],
        gold: Gold,
        figures: Figures | None = None,
    ) -> None:
        self.cell = cell
        self.test = test
        self.learnt = len(train)
        self.tokens = gold.tokens_in(tuple(test))
        self._train = train
        self._gold = gold
        self.figures = self._score() if figures is None else figures

    @cached_property
    def _counted(self) -> tuple[tuple[str, ...], CountTable]:
        return self._gold.count(self.cell["predictions"], self.test, self._train)

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

    def _score(self) -> Figures:
        return self._gold.evaluator.score(dict(zip(self.columns, self.counts.sum(axis=0).tolist(), strict=True)))


def cost_of(scored: Sequence[Scored]) -> Cost:
    """What the cells of a tagger cost; nothing where none was measured, or other machines or systems were at work."""
    if not scored or any("costs" not in cell.cell for cell in scored):
        # Nothing was measured, or the predictions are another system's.
        return Cost()
    costs = [cell.cell["costs"] for cell in scored]
    gpu = [cost["peak_gpu_memory_bytes"] for cost in costs if cost["peak_gpu_memory_bytes"] is not None]
    sizes = [cost["facts"]["parameters"] for cost in costs if "parameters" in cost["facts"]]
    sized = {"parameters": max(sizes) if sizes else None}
    if len({cell.cell["machine"]["id"] for cell in scored}) > 1:
        return Cost(**sized)
    predict = sum(cost["seconds"]["predict"] for cost in costs)
    fit = sum(cost["seconds"]["fit"] for cost in costs)
    return Cost(
        fit_seconds=fit / len(costs),
        predict_seconds=predict / len(costs),
        total_seconds=fit + predict,
        cpu_seconds=sum(cost["cpu_seconds"]["fit"] + cost["cpu_seconds"]["predict"] for cost in costs),
        import_seconds=sum(cost["seconds"]["import"] + cost["seconds"]["warm_up"] for cost in costs) / len(costs),
        documents_per_second=sum(len(cell.test) for cell in scored) / predict if predict else None,
        tokens_per_second=sum(cell.tokens for cell in scored) / predict if predict else None,
        peak_memory_bytes=max(cost["peak_memory_bytes"] for cost in costs),
        peak_gpu_memory_bytes=max(gpu) if gpu else None,
        tune_seconds=_once(scored, "tuned", "study"),
        pretrain_seconds=_once(scored, "pretrained", "key"),
        energy_joules=_energy(costs),
        machine=scored[0].cell["machine"]["id"],
        **sized,
    )


def _once(scored: Sequence[Scored], what: str, name: str) -> float | None:
    """Seconds spent before the fits, what several cells share counted once; None where nothing was."""
    spent = {cell.cell[what][name]: float(cell.cell[what]["seconds"]) for cell in scored if what in cell.cell}
    return sum(spent.values()) if spent else None


def _energy(costs: Sequence[Mapping[str, Any]]) -> float | None:
    """Joules of fit and predict over all cells; None unless the machine could tell for each, by the same meters."""
    if len({tuple(cost.get("energy_from") or ()) for cost in costs}) > 1:
        return None
    found = [cost.get("energy_joules") for cost in costs]
    return sum(one["fit"] + one["predict"] for one in found if one) if all(found) else None
