"""How predictions are scored: counts that add up, and figures from their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from adrbench.api.text import Span

Counts = Mapping[str, float]
Figures = Mapping[str, Mapping[str, Any]]
Fact = Literal["tokens", "seen"]
AVERAGES = ("micro", "macro", "weighted")
"""Names that stand for several labels together, so that no label may have one of them."""
AVERAGE = "average"
"""The corpus whose figures are the plain means over the corpora of a benchmark."""


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Further facts about a document under test, for evaluators whose description asks for them.

    Attributes:
        tokens: Character ranges of its words.
        seen: For each gold span, in order, whether the training text has a mention of the same label and the same
            words, case aside.
    """

    tokens: tuple[tuple[int, int], ...] = ()
    seen: tuple[bool, ...] = ()


@dataclass(frozen=True, eq=False)
class SpanColumns:
    """The spans of many documents as columns, one entry a span. Columns are numpy arrays of whole numbers.

    Attributes:
        documents: The number of its document, from 0, never falling.
        starts: Its start, in characters.
        ends: Its end, exclusive.
        labels: The number of its label, from 0, in the order of the labels that the evaluator was built with.
        shapes: 0 for a plain span. For a discontinuous span a number that stands for its parts, the same in gold and
            predictions. None: all spans are plain.
    """

    documents: Any
    starts: Any
    ends: Any
    labels: Any
    shapes: Any = None

    def __len__(self) -> int:
        return len(self.starts)


class Evaluator(Protocol):
    """This is the protocol of an evaluator.

    Counts are additive: the counts of a fold are the sums of its documents' counts. So any resample of documents can
    be scored without reading a span again. If the description ``needs`` facts, ``count`` is called with a
    ``DocumentFacts`` as its third argument.

    Optional: ``count_many(gold: SpanColumns, predicted: SpanColumns, documents: int) -> Mapping[str, Any]``. It gives
    the counts of all documents at once: by name, in the same order of names, arrays of length ``documents``. It is
    called in place of ``count``, unless the description ``needs`` facts, and can be hundreds of times faster.

    Optional: ``micro_f1(counts: Counts) -> tuple[Any, Any]``. It gives the numerator and the denominator of micro F1,
    each a sum of counts with fixed weights; values may be numpy arrays. A denominator of 0 stands for an F1 of 0.
    Paired tests resample these two in place of all counts.
    """

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Count one document.

        Args:
            gold: Its gold spans.
            predicted: Its predicted spans.

        Returns:
            Counts by name; the same names for every document.
        """

    def score(self, total: Counts) -> Figures:
        """Turn summed counts into figures.

        Args:
            total: Summed counts, by name. Values may be numpy arrays of one shape, one element a resample.

        Returns:
            Figures by label and name, ``micro`` standing for all labels together. A leaderboard shows ``precision``,
            ``recall``, ``f1`` and ``support``. For arrays, figures are arrays of the same shape.
        """


@dataclass(frozen=True)
class EvaluatorPlugin:
    """A light description of an evaluator, named by an entry point of the group ``adrbench.evaluators``.

    Attributes:
        name: The name in a benchmark file.
        summary: One line for listings.
        implementation: ``"module:Class"``, called with the labels and, if there are ``variants``, a variant.
        variants: Its variants, the default first. ``NAME:VARIANT`` asks for another.
        needs: Facts that ``count`` is given as a ``DocumentFacts``.
        api: The ``API_VERSION`` that it was written for, as for taggers.
    """

    name: str
    summary: str
    implementation: str
    variants: tuple[str, ...] = ()
    needs: tuple[Fact, ...] = ()
    api: str = ""
