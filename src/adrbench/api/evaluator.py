"""How predictions are judged: counts that add up, and figures from their sums."""

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


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What else is known of a document under test, for evaluators whose description asks for it.

    ``tokens``: character ranges of its words. ``seen``: for each gold span, in order, whether a mention of the same
    label and the same words (case aside) is in what the tagger learnt from.
    """

    tokens: tuple[tuple[int, int], ...] = ()
    seen: tuple[bool, ...] = ()


@dataclass(frozen=True, eq=False)
class SpanColumns:
    """The spans of many documents as columns, one entry a span. Columns are numpy arrays of whole numbers.

    Attributes:
        documents: The number of its document, from 0, never falling.
        starts: Its start.
        ends: Its end, exclusive.
        labels: The number of its label, from 0, in the order of the labels that the evaluator was built with.
        shapes: 0 for a plain span; for a discontinuous one a number that stands for its parts, in gold and predictions
            alike. None: all spans are plain.
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

    Counts are additive: the counts of a fold are the sums of its documents' counts, so that any resampling of
    documents can be scored without looking at a span again. If the description ``needs`` facts, ``count`` is called
    with a ``DocumentFacts`` as its third argument.

    Optional: ``count_many(gold: SpanColumns, predicted: SpanColumns, documents: int) -> Mapping[str, Any]``, the same
    as ``count`` of each of so many documents: arrays of that length by name, in the same order of names. It is called
    in place of ``count``, unless the description ``needs`` facts, and can be hundreds of times faster.
    """

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Counts of one document, by name; the same names for every document."""

    def score(self, total: Counts) -> Figures:
        """Figures by label and name from summed counts, ``micro`` standing for all labels together.

        Values may be numpy arrays of one shape (a resample an element); then so are the figures. A leaderboard shows
        ``precision``, ``recall``, ``f1`` and ``support``.
        """


@dataclass(frozen=True)
class EvaluatorPlugin:
    """What an entry point of the group ``adrbench.evaluators`` names.

    ``implementation``: ``"module:Class"``, called with the labels, and with a variant if there are ``variants``; the
    first one is the default, ``NAME:VARIANT`` another. ``needs``: facts that ``count`` is given as a ``DocumentFacts``.
    ``api``: the ``API_VERSION`` that it was written for, as for taggers.
    """

    name: str
    summary: str
    implementation: str
    variants: tuple[str, ...] = ()
    needs: tuple[Fact, ...] = ()
    api: str = ""
