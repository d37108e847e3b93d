"""Windows cover a document, and each word is tagged where it sees most."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench_transformer.windows import windows


@st.composite
def layouts(draw: st.DrawFn) -> tuple[list[int], int, int]:
    """Subwords a word, the capacity and an overlap that fits it."""
    capacity = draw(st.integers(1, 20))
    return draw(st.lists(st.integers(1, 30), max_size=60)), capacity, draw(st.integers(0, capacity - 1))


@given(layouts())
def test_every_word_is_tagged_once(layout: tuple[list[int], int, int]) -> None:
    """The tagged stretches of all windows, in order, are the words of the document, whatever the sizes."""
    sizes, capacity, overlap = layout
    tagged = [word for w in windows(sizes, capacity, overlap) for word in range(w.first, w.last)]
    assert tagged == list(range(len(sizes)))


@given(layouts())
def test_no_window_is_too_long(layout: tuple[list[int], int, int]) -> None:
    """A window holds at most the capacity, overlaps the one before by at most the overlap, and holds what it tags."""
    sizes, capacity, overlap = layout
    cut = [min(size, capacity) for size in sizes]
    found = windows(sizes, capacity, overlap)
    for window in found:
        assert sum(cut[window.start : window.end]) <= capacity
        assert window.start <= window.first <= window.last <= window.end
    for left, right in pairwise(found):
        assert left.end < right.end
        assert sum(cut[right.start : left.end]) <= overlap


@given(layouts())
def test_a_word_is_tagged_where_it_has_most_context(layout: tuple[list[int], int, int]) -> None:
    """No window that holds a word would show it further from a cut than the one that tags it."""
    sizes, capacity, overlap = layout
    cut = [min(size, capacity) for size in sizes]
    found = windows(sizes, capacity, overlap)

    def context(word: int, start: int, end: int) -> float:
        left = sum(cut[start:word]) if start else float("inf")
        right = sum(cut[word + 1 : end]) if end < len(sizes) else float("inf")
        return min(left, right)

    for window in found:
        for word in range(window.first, window.last):
            here = context(word, window.start, window.end)
            assert all(context(word, w.start, w.end) <= here for w in found if w.start <= word < w.end)


def test_an_overlap_as_long_as_a_window_is_refused() -> None:
    """Windows that would not move on are an error that names both lengths."""
    with pytest.raises(ValueError, match="overlap of 5 subwords does not fit windows of 5"):
        windows([1, 2], capacity=5, overlap=5)
