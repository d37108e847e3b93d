"""The vote: from what each member says of a document to spans that do not overlap. Nothing here knows of taggers."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from math import fsum

from adrbench.api import Span


def elect(
    answers: Sequence[Iterable[Span]], weights: Sequence[float], threshold: float, *, scores: bool = False
) -> list[Span]:
    """Elect spans by the votes of several taggers on one document.

    A span (start, end, label) stands if its voters have more than the share ``threshold`` of all weights. Of
    overlapping spans the one with more votes is kept, then the longer, the earlier, and the first by label. Since
    votes decide first, a lower threshold only ever adds spans. The order of the members plays no role: sums are exact.

    Args:
        answers: For each member its spans of the document.
        weights: For each member the weight of its vote.
        threshold: The share of all weights that a span has to exceed, from 0 to 1.
        scores: Whether each elected span gets a score: the share of all weights that its votes have.

    Returns:
        The elected spans, in order, without overlap.

    Raises:
        ValueError: There is not exactly one weight for each answer.

    >>> one, other = Span(0, 4, "ADR"), Span(2, 9, "ADR")
    >>> elect([[one], [one], [other]], [1, 1, 1], 0.5)
    [Span(start=0, end=4, label='ADR')]
    """
    said: defaultdict[Span, list[float]] = defaultdict(list)
    for answer, weight in zip(answers, weights, strict=True):
        for span in set(answer):
            said[span].append(weight)
    votes = {span: fsum(given) for span, given in said.items()}
    total = fsum(weights)
    standing = (span for span, count in votes.items() if count > threshold * total)
    kept = _flat(sorted(standing, key=lambda span: (-votes[span], span.start - span.end, span)))
    # A standing span has votes, so their total is above 0.
    return [replace(span, score=min(1.0, votes[span] / total) if scores else None) for span in kept]


def _flat(ranked: Iterable[Span]) -> list[Span]:
    """Those that overlap none of the kept ones before them, in order of appearance."""
    kept: list[Span] = []
    for span in ranked:
        # Kept spans do not overlap, so of those that begin before this one ends only the last can reach into it.
        place = bisect_left(kept, span.end, key=lambda other: other.start)
        if place == 0 or kept[place - 1].end <= span.start:
            kept.insert(place, span)
    return kept


def f1(gold: Sequence[Iterable[Span]], predicted: Sequence[Iterable[Span]]) -> float:
    """Micro F1 of exact spans over documents.

    Args:
        gold: The gold spans of each document.
        predicted: The predicted spans of each document.

    Returns:
        A fraction; 0 if there are neither gold nor predicted spans.
    """
    pairs = [(set(true), set(found)) for true, found in zip(gold, predicted, strict=True)]
    total = sum(len(true) + len(found) for true, found in pairs)
    return 2 * sum(len(true & found) for true, found in pairs) / total if total else 0.0
