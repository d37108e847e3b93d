"""The checks of an evaluator."""

from __future__ import annotations

import copy
import math
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adrbench.api import Counts, DocumentFacts, Evaluator, EvaluatorPlugin, Figures, Span
from adrbench.plugins.loading import implementation
from adrbench.plugins.registry import Registry
from adrbench.testing._light import heavy
from adrbench.testing._silence import silence
from adrbench.testing._verdict import Failure, Probes

LABELS = ("ADR", "DRUG")
_FRACTIONS = ("precision", "recall", "f1")
_WORDS = 12
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Judged:
    """A made-up document of twelve words of four characters, with gold and predicted spans."""

    gold: tuple[Span, ...]
    predicted: tuple[Span, ...]
    seen: tuple[bool, ...]
    words: int = _WORDS

    @property
    def setting(self) -> DocumentFacts:
        """Its words, and which gold was seen."""
        return DocumentFacts(tuple((5 * i, 5 * i + 4) for i in range(self.words)), self.seen)


def _spans(draw: random.Random) -> tuple[Span, ...]:
    found = set()
    for _ in range(draw.randrange(5)):
        first = draw.randrange(_WORDS)
        last = min(_WORDS - 1, first + draw.randrange(3))
        # Now and then it ends inside a word.
        found.add(Span(5 * first, 5 * last + draw.choice((4, 4, 4, 2)), draw.choice(LABELS)))
    return tuple(sorted(found))


def documents() -> list[Judged]:
    """Forty documents: some without gold, some without predictions, some with predictions that are partly right."""
    draw = random.Random(6)
    made = [Judged((), (), ())]
    while len(made) < 40:  # noqa: PLR2004
        gold = _spans(draw)
        right = tuple(span for span in gold if draw.random() < 0.6)  # noqa: PLR2004
        predicted = tuple(sorted({*right, *_spans(draw)}))
        made.append(Judged(gold, predicted, tuple(draw.random() < 0.5 for _ in gold)))  # noqa: PLR2004
    return made


class EvaluatorBench:
    """An evaluator, in each of its variants (or the one that ``NAME:VARIANT`` names), and documents to judge."""

    def __init__(self, name: str, step: Callable[[], None]) -> None:
        before = set(sys.modules)
        plain, _, variant = name.partition(":")
        self.plugin: EvaluatorPlugin = Registry().describe("evaluators", plain)
        self.imported = set(sys.modules) - before
        self.variants = (variant,) if variant else self.plugin.variants
        self.documents = documents()
        self.step = step

    @cached_property
    def built(self) -> dict[str, Evaluator]:
        """Each variant's evaluator; an evaluator without variants has the empty one."""
        build = implementation(self.plugin.implementation)
        if not self.variants:
            return {"": build(LABELS)}
        return {variant: build(LABELS, variant) for variant in self.variants}

    def each(self) -> Iterator[tuple[str, Evaluator]]:
        """Every variant, as it is called in a message, with its evaluator."""
        for variant, evaluator in self.built.items():
            self.step()
            yield f"{self.plugin.name}:{variant}" if variant else self.plugin.name, evaluator

    def count(self, evaluator: Any, judged: Judged) -> Counts:
        """The counts of one document."""
        extra = (judged.setting,) if self.plugin.needs else ()
        counts: Counts = evaluator.count(judged.gold, judged.predicted, *extra)
        return counts

    def total(self, evaluator: Evaluator, judged: Sequence[Judged]) -> dict[str, float]:
        """The sums of the counts of documents."""
        return summed([self.count(evaluator, one) for one in judged])


def summed(counts: Sequence[Counts]) -> dict[str, float]:
    """Sums by name."""
    names = dict.fromkeys(name for one in counts for name in one)
    return {name: sum(one.get(name, 0.0) for one in counts) for name in names}


EVALUATOR: Probes[EvaluatorBench] = Probes()


@EVALUATOR.add("light-description", "the description imports no large library")
def _light(bench: EvaluatorBench) -> None:
    if found := heavy(bench.imported):
        raise Failure(f"importing the description imports {', '.join(found)}")


@EVALUATOR.add("counts-and-scores", "it counts documents and scores their sums", gate=True)
def _runs(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        figures = evaluator.score(bench.total(evaluator, bench.documents))
        for row in ("micro", *LABELS):
            if row not in figures:
                raise Failure(f"{name}: there are no figures for {row!r}")
            if "support" not in figures[row]:
                raise Failure(f"{name}: {row} has no support")
        if not set(figures["micro"]) & {"recall", "f1"}:
            raise Failure(f"{name}: micro has neither recall nor f1")


@EVALUATOR.add("same-names", "each document has counts of the same names")
def _names(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        first = set(bench.count(evaluator, bench.documents[0]))
        for judged in bench.documents:
            if different := first ^ set(bench.count(evaluator, judged)):
                raise Failure(f"{name}: {min(different)!r} is counted for some documents only")


@EVALUATOR.add("additive", "counts are numbers, and those of documents add up to those of one text made of all of them")
def _additive(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        apart = bench.total(evaluator, bench.documents)
        for key, value in apart.items():
            if not math.isfinite(value):
                raise Failure(f"{name}: the count {key!r} is {value!r}")
        pooled = dict(bench.count(evaluator, _one_text(bench.documents)))
        for key in sorted(apart.keys() | pooled.keys()):
            one, other = apart.get(key, 0.0), pooled.get(key, 0.0)
            if not math.isclose(one, other, abs_tol=1e-9):
                raise Failure(f"{name}: {key!r} of {len(bench.documents)} documents is {one:g}, as one text {other:g}")


def _one_text(judged: Sequence[Judged]) -> Judged:
    """All documents, one behind the other."""

    def moved(spans: Sequence[Span], place: int) -> Iterator[Span]:
        for span in spans:
            yield Span(span.start + 5 * _WORDS * place, span.end + 5 * _WORDS * place, span.label)

    return Judged(
        tuple(span for i, one in enumerate(judged) for span in moved(one.gold, i)),
        tuple(span for i, one in enumerate(judged) for span in moved(one.predicted, i)),
        tuple(seen for one in judged for seen in one.seen),
        _WORDS * len(judged),
    )


@EVALUATOR.add("stateless", "counted again, in another order, a document has the same counts")
def _stateless(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        first = [dict(bench.count(evaluator, one)) for one in bench.documents]
        again = [dict(bench.count(evaluator, one)) for one in reversed(bench.documents)][::-1]
        if first != again:
            raise Failure(f"{name}: {sum(a != b for a, b in zip(first, again, strict=True))} documents count otherwise")


@EVALUATOR.add("count-many", "documents counted at once have the counts of each alone, where it has count_many")
def _count_many(bench: EvaluatorBench) -> str:
    from adrbench.scoring.evaluators.packed import Shapes, count_at_once, pack  # noqa: PLC0415

    if bench.plugin.needs:
        return "it needs facts of each document"
    counted = 0
    for name, evaluator in bench.each():
        if not hasattr(evaluator, "count_many"):
            continue
        counted += 1
        shapes: Shapes = {}
        for judged in (bench.documents, bench.documents[:1], ()):
            gold, predicted = (
                pack([getattr(one, which) for one in judged], LABELS, shapes) for which in ("gold", "predicted")
            )
            names, table = count_at_once(evaluator, gold, predicted, len(judged))
            for one, row in zip(judged, table.tolist(), strict=True):
                alone = bench.count(evaluator, one)
                if list(alone.items()) != list(zip(names, row, strict=True)):
                    raise Failure(
                        f"{name}: alone it counts {dict(alone)}, at once {dict(zip(names, row, strict=True))}"
                    )
    return "" if counted else "it has none"


@EVALUATOR.add("micro-f1", "numerator and denominator have the quotient that score gives, where it has micro_f1")
def _micro_f1(bench: EvaluatorBench) -> str:
    judged = 0
    for name, evaluator in bench.each():
        if not hasattr(evaluator, "micro_f1"):
            continue
        judged += 1
        quotients = [evaluator.micro_f1(bench.count(evaluator, one)) for one in bench.documents]
        above, below = (float(sum(parts)) for parts in zip(*quotients, strict=True))
        expected = evaluator.score(bench.total(evaluator, bench.documents))["micro"].get("f1", math.nan)
        if not math.isclose(above / below if below else 0.0, expected, abs_tol=_ROUNDING):
            raise Failure(f"{name}: the sums over documents are {above:g} / {below:g}, but score gives F1 {expected:g}")
    return "" if judged else "it has none"


@EVALUATOR.add("span-order", "counts do not depend on the order of spans")
def _span_order(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        for judged in bench.documents:
            turned = Judged(judged.gold[::-1], judged.predicted[::-1], judged.seen[::-1])
            if dict(bench.count(evaluator, judged)) != dict(bench.count(evaluator, turned)):
                raise Failure(f"{name}: {list(judged.gold)} against {list(judged.predicted)} depends on their order")


@EVALUATOR.add("bounds", "precision, recall and F1 lie between 0 and 1")
def _bounds(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        for judged in [*([one] for one in bench.documents), bench.documents]:
            for row, figure, value in _fractions(evaluator.score(bench.total(evaluator, judged))):
                if not -_ROUNDING <= value <= 1 + _ROUNDING:
                    raise Failure(f"{name}: {figure} of {row} is {value}")


def _fractions(figures: Figures) -> Iterator[tuple[str, str, float]]:
    for row, values in figures.items():
        for figure in _FRACTIONS:
            if figure in values:
                yield row, figure, float(values[figure])


@EVALUATOR.add("perfect-prediction", "where the prediction is the gold, all figures are 1")
def _perfect(bench: EvaluatorBench) -> None:
    perfect = [Judged(one.gold, one.gold, one.seen) for one in bench.documents]
    for name, evaluator in bench.each():
        figures = evaluator.score(bench.total(evaluator, perfect))
        for row, figure, value in _fractions(figures):
            if figures[row]["support"] and not math.isclose(value, 1.0):
                raise Failure(f"{name}: {figure} of {row} is {value}")


@EVALUATOR.add("empty-prediction", "without a prediction recall and F1 are 0, and without gold nothing breaks")
def _empty(bench: EvaluatorBench) -> None:
    without = [Judged(one.gold, (), one.seen) for one in bench.documents]
    for name, evaluator in bench.each():
        for row, figure, value in _fractions(evaluator.score(bench.total(evaluator, without))):
            if value != 0.0:
                raise Failure(f"{name}: {figure} of {row} is {value} without a prediction")
        for judged in ([Judged((), one.predicted, ()) for one in bench.documents], [Judged((), (), ())]):
            for row, figure, value in _fractions(evaluator.score(bench.total(evaluator, judged))):
                if not math.isfinite(value):
                    raise Failure(f"{name}: {figure} of {row} is {value} without gold")


@EVALUATOR.add("symmetry", "with gold and prediction exchanged, precision and recall are exchanged")
def _symmetry(bench: EvaluatorBench) -> str | None:
    checked = 0
    for name, evaluator in bench.each():
        unseen = [Judged(one.gold, one.predicted, (False,) * len(one.gold)) for one in bench.documents]
        turned = [Judged(one.predicted, one.gold, (False,) * len(one.predicted)) for one in bench.documents]
        here, there = (evaluator.score(bench.total(evaluator, judged)) for judged in (unseen, turned))
        for row in ("micro", *LABELS):
            if not {"precision", "recall"} <= set(here[row]):
                continue
            checked += 1
            one, other = float(here[row]["precision"]), float(there[row]["recall"])
            if not math.isclose(one, other, abs_tol=1e-9):
                raise Failure(f"{name}: precision of {row} is {one}, recall the other way round {other}")
    return None if checked else "it has no precision, so there is nothing to exchange"


@EVALUATOR.add("arrays", "scored as arrays, the figures are those of each element")
def _arrays(bench: EvaluatorBench) -> None:
    import numpy as np  # noqa: PLC0415

    parts = [bench.documents[i::4] for i in range(4)] + [bench.documents[:1]]
    for name, evaluator in bench.each():
        totals = [bench.total(evaluator, part) for part in parts]
        columns: Any = {key: np.array([total[key] for total in totals]) for key in totals[0]}
        together = evaluator.score(columns)
        for i, total in enumerate(totals):
            for row, values in evaluator.score(total).items():
                for figure, value in values.items():
                    found = np.broadcast_to(together[row][figure], (len(totals),))[i]
                    if not math.isclose(float(found), float(value), rel_tol=1e-9, abs_tol=1e-12):
                        raise Failure(f"{name}: {figure} of {row} is {value} alone and {found} in an array")


@EVALUATOR.add("input-untouched", "spans, counts and lists are not changed")
def _untouched(bench: EvaluatorBench) -> None:
    for name, evaluator in bench.each():
        for judged in bench.documents:
            given: tuple[Any, ...] = (list(judged.gold), list(judged.predicted))
            before = copy.deepcopy(given)
            evaluator.count(*given, *((judged.setting,) if bench.plugin.needs else ()))
            if given != before:
                raise Failure(f"{name}: count changed the lists of spans")
        total = bench.total(evaluator, bench.documents)
        kept: Mapping[str, float] = Counter(total)
        evaluator.score(total)
        if Counter(total) != kept:
            raise Failure(f"{name}: score changed the counts")


@EVALUATOR.add("silent", "nothing is written to standard output")
def _silent(bench: EvaluatorBench) -> None:
    with silence():
        for _, evaluator in bench.each():
            evaluator.score(bench.total(evaluator, bench.documents))
