"""Which words a span is about."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from adrbench.api import Span


class Words:
    """The words of a document by place: ``tokens`` are their character ranges, in order, without overlap."""

    def __init__(self, tokens: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in tokens]
        self._ends = [end for _, end in tokens]

    def of(self, span: Span) -> list[int]:
        """Places of the words that a span touches, in order; those of its parts only, if it is discontinuous.

        >>> Words([(0, 4), (5, 9), (10, 14)]).of(Span(5, 12, "ADR"))
        [1, 2]
        """
        places: list[int] = []
        for start, end in span.parts or ((span.start, span.end),):
            first = bisect_right(self._ends, start)
            # Two parts may touch one word.
            first = max(first, places[-1] + 1) if places else first
            places.extend(range(first, bisect_left(self._starts, end)))
        return places
