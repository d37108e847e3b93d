"""What a mention covers: its stretches, its words, its surface, and whether it shares characters with others."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from adrbench.api import Document, Span
from adrbench.datasets.text.normalisation import normalise

Ranges = tuple[tuple[int, int], ...]


def stretches(span: Span, length: int) -> Ranges:
    """The ranges of a mention that lie inside its text of ``length`` characters, in order.

    >>> stretches(Span(0, 9, "ADR", parts=((0, 4), (6, 20))), 9)
    ((0, 4), (6, 9))
    """
    inside = ((max(start, 0), min(end, length)) for start, end in span.parts or ((span.start, span.end),))
    return tuple((start, end) for start, end in inside if start < end)


def surface(text: str, span: Span) -> str:
    """The words of a mention as they count as the same: without case, white space being one space.

    >>> surface("Pain in the  Knee", Span(0, 17, "ADR", parts=((0, 4), (8, 17))))
    'pain the knee'
    """
    return normalise(" ".join(text[start:end] for start, end in stretches(span, len(text))))


class Words:
    """The words of a document, and which of them a range touches."""

    def __init__(self, document: Document) -> None:
        self._starts = [start for start, _ in document.tokens]
        self._ends = [end for _, end in document.tokens]

    def of(self, ranges: Ranges) -> set[int]:
        """The places of the words that share a character with one of the ranges."""
        return {
            place
            for start, end in ranges
            for place in range(bisect_right(self._ends, start), bisect_left(self._starts, end))
        }

    def part(self, ranges: Ranges) -> bool:
        """Whether some boundary of the ranges is none of a word, so that tags of words cannot say them."""
        return any(not (_holds(self._starts, start) and _holds(self._ends, end)) for start, end in ranges)


def _holds(edges: Sequence[int], edge: int) -> bool:
    place = bisect_left(edges, edge)
    return place < len(edges) and edges[place] == edge


def overlaps(ranges: Sequence[Ranges]) -> Iterator[tuple[bool, bool]]:
    """For each mention of a text: does it share a character with another one, and does it lie wholly inside one?

    >>> list(overlaps([((0, 9),), ((4, 9),), ((8, 12),), ((20, 24),)]))
    [(True, False), (True, True), (True, False), (False, False)]
    """
    shared, nested = [False] * len(ranges), [False] * len(ranges)
    order = sorted((place for place in range(len(ranges)) if ranges[place]), key=lambda place: ranges[place][0])
    characters = [{at for start, end in own for at in range(start, end)} for own in ranges]
    # The stretches of a mention may overlap, so that its last one need not end last.
    ends = [max((end for _, end in own), default=0) for own in ranges]
    open_: list[int] = []
    for place in order:
        start = ranges[place][0][0]
        open_ = [other for other in open_ if ends[other] > start]
        for other in open_:
            if not characters[place].isdisjoint(characters[other]):
                shared[place] = shared[other] = True
                nested[place] |= characters[place] <= characters[other]
                nested[other] |= characters[other] <= characters[place]
        open_.append(place)
    return zip(shared, nested, strict=True)
