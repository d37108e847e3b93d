"""What is judged: documents with gold and predictions, of one fold, whatever file they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import attrgetter
from typing import Protocol

from adrbench.api import Counts, DocumentFacts, Evaluator, EvaluatorPlugin, Span, SpanColumns
from adrbench.errors import InputError
from adrbench.scoring.evaluators.packed import count_at_once, pack
from adrbench.scoring.statistics.bootstrap import CountTable, table


@dataclass(frozen=True)
class Case:
    """A document with both annotations. ``tokens``: where its words stand, in the unit of the spans."""

    id: str
    gold: Sequence[Span]
    predicted: Sequence[Span]
    tokens: tuple[tuple[int, int], ...]


class Fold(Protocol):
    """Documents under test. ``where`` names the file; ``units`` what each document hangs together with."""

    @property
    def where(self) -> str:
        """The file, for messages."""

    @property
    def labels(self) -> frozenset[str]:
        """All labels, of gold and predictions."""

    @property
    def units(self) -> Sequence[str]:
        """For each document what a bootstrap draws it with: its group, or itself."""

    @property
    def unit(self) -> str:
        """What a unit is, in one word."""

    def only(self, labels: Sequence[str]) -> Fold:
        """Keep the mentions of some labels.

        Args:
            labels: The labels.

        Returns:
            The same documents with these mentions only.
        """

    def packed(self, labels: Sequence[str]) -> tuple[SpanColumns, SpanColumns]:
        """Pack gold and predicted spans.

        Args:
            labels: All labels, numbered by their order.

        Returns:
            Gold and predicted spans.
        """

    def cases(self) -> Iterable[Case]:
        """The documents one by one.

        Returns:
            Documents with both annotations.
        """


@dataclass(frozen=True)
class Documents:
    """A fold of documents read one by one."""

    where: str
    documents: tuple[Case, ...]
    units: tuple[str, ...]
    unit: str = "document"

    @property
    def labels(self) -> frozenset[str]:
        """All labels, of gold and predictions."""
        gold, predicted = (map(attrgetter(name), self.documents) for name in ("gold", "predicted"))
        return frozenset(map(attrgetter("label"), chain.from_iterable(chain(gold, predicted))))

    def only(self, labels: Sequence[str]) -> Documents:
        """Keep the mentions of some labels.

        Args:
            labels: The labels.

        Returns:
            The same documents with these mentions only.
        """
        wanted = frozenset(labels)

        def chosen(spans: Sequence[Span]) -> tuple[Span, ...]:
            return tuple(span for span in spans if span.label in wanted)

        kept = (Case(case.id, chosen(case.gold), chosen(case.predicted), case.tokens) for case in self.documents)
        return Documents(self.where, tuple(kept), self.units, self.unit)

    def packed(self, labels: Sequence[str]) -> tuple[SpanColumns, SpanColumns]:
        """Pack gold and predicted spans.

        Args:
            labels: All labels, numbered by their order.

        Returns:
            Gold and predicted spans.
        """
        shapes: dict[tuple[tuple[int, int], ...], int] = {}
        gold = pack([case.gold for case in self.documents], labels, shapes)
        return gold, pack([case.predicted for case in self.documents], labels, shapes)

    def cases(self) -> Iterable[Case]:
        """The documents one by one.

        Returns:
            Documents with both annotations.
        """
        return self.documents


def count(
    fold: Fold, evaluator: Evaluator, plugin: EvaluatorPlugin, labels: Sequence[str]
) -> tuple[tuple[str, ...], CountTable]:
    """The counts of a fold.

    Args:
        fold: Documents with both annotations.
        evaluator: Counts each document.
        plugin: The evaluator's description.
        labels: The labels that it was built with.

    Returns:
        The names of the columns, and an array [documents, columns].

    Raises:
        InputError: The evaluator needs to know the training part, which files do not tell.
    """
    if "seen" in plugin.needs:
        raise InputError(
            f"the evaluator {plugin.name!r} needs what the tagger learnt from, which these files don't tell; put the "
            "predictions into a results folder (--as NAME --results DIR), whose folds are known"
        )
    if hasattr(evaluator, "count_many") and not plugin.needs:
        return count_at_once(evaluator, *fold.packed(labels), len(fold.units))
    counting: Callable[..., Counts] = evaluator.count
    if "tokens" in plugin.needs:
        return table([counting(case.gold, case.predicted, DocumentFacts(tokens=case.tokens)) for case in fold.cases()])
    return table([counting(case.gold, case.predicted) for case in fold.cases()])
