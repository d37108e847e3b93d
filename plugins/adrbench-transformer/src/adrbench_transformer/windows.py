"""Windows over a document of many subwords, and which window speaks for which word.

A document is seen here as the number of subwords of each of its words. A model takes ``capacity`` subwords at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise


@dataclass(frozen=True, slots=True)
class Window:
    """A range of words that go into the model together, end exclusive.

    Attributes:
        start: The first word.
        end: The end of the words.
        first: The first word that this window tags.
        last: The end of the words that it tags.
    """

    start: int
    end: int
    first: int
    last: int


def windows(sizes: Sequence[int], capacity: int, overlap: int) -> list[Window]:
    """Cover every word by windows of whole words that share up to ``overlap`` subwords with their neighbour.

    Each word is tagged by exactly one window: the one in which it is farthest from an edge that cuts the text, the
    earlier one on a tie. So ``first`` and ``last`` of all windows partition the words.

    Args:
        sizes: The subwords of each word. A larger size than ``capacity`` counts as ``capacity``, since the word is cut
            there.
        capacity: The most subwords of a window.
        overlap: The most subwords that neighbours share.

    Returns:
        The windows, in order.

    Raises:
        ValueError: ``overlap`` is negative, or not less than ``capacity``.

    >>> windows([1, 1, 1, 1, 1], capacity=3, overlap=2)  # doctest: +NORMALIZE_WHITESPACE
    [Window(start=0, end=3, first=0, last=2),
     Window(start=1, end=4, first=2, last=3),
     Window(start=2, end=5, first=3, last=5)]
    """
    if not 0 <= overlap < capacity:
        raise ValueError(f"an overlap of {overlap} subwords does not fit windows of {capacity}")
    if not sizes:
        return []
    ends = [0, *accumulate(min(size, capacity) for size in sizes)]
    count = len(sizes)
    ranges: list[tuple[int, int]] = []
    start = end = 0
    while end < count:
        # Step back from the last window's end by the overlap, but leave room for at least one new word.
        while ends[end] - ends[start] > overlap or ends[end + 1] - ends[start] > capacity:
            start += 1
        while end < count and ends[end + 1] - ends[start] <= capacity:
            end += 1
        ranges.append((start, end))
    cuts = [0, *(_cut(ends, left, right) for left, right in pairwise(ranges)), count]
    return [Window(*edges, *cut) for edges, cut in zip(ranges, pairwise(cuts), strict=True)]


def _cut(ends: Sequence[int], left: tuple[int, int], right: tuple[int, int]) -> int:
    """Return the first word of the overlap that has more context behind it in ``right`` than before it in ``left``."""
    for word in range(right[0], left[1]):
        if ends[word] - ends[right[0]] > ends[left[1]] - ends[word + 1]:
            return word
    return left[1]
