"""How predictions are judged: counts that add up, and figures from their sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from adrbench.api.text import Span

Counts = Mapping[str, float]
Figures = Mapping[str, Mapping[str, Any]]


class Evaluator(Protocol):
    """This is the protocol of an evaluator.

    Counts are additive: the counts of a fold are the sums of its documents' counts, so that any resampling of
    documents can be scored without looking at a span again.
    """

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Counts of one document, by name."""

    def score(self, total: Counts) -> Figures:
        """Figures by label and name from summed counts, ``micro`` standing for all labels together.

        Values may be numpy arrays of one shape (a resample an element); then so are the figures.
        """


@dataclass(frozen=True)
class EvaluatorPlugin:
    """What an entry point of the group ``adrbench.evaluators`` names. ``implementation`` is called with the labels."""

    name: str
    summary: str
    implementation: str
