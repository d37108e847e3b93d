"""Windows leave no word out, and hold every mention that the model can find."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adrbench_gliner.windows import windows


@given(
    st.lists(st.integers(0, 5), max_size=60),
    st.integers(4, 20),
    st.integers(10, 60),
    st.integers(0, 3),
)
def test_every_stretch_lies_whole_in_a_window(sizes: list[int], words: int, subwords: int, overlap: int) -> None:
    cut = windows(sizes, words, subwords, overlap)
    assert {number for window in cut for number in window} == set(range(len(sizes)))
    for window in cut:
        assert 0 < len(window) <= words
        assert sum(sizes[number] for number in window) <= subwords or len(window) == 1
    for start in range(len(sizes)):
        for end in range(start + 1, min(start + overlap + 1, len(sizes)) + 1):
            if sum(sizes[start:end]) <= subwords:
                assert any(window.start <= start and end <= window.stop for window in cut)


def test_a_word_that_is_too_large_is_a_window_of_its_own() -> None:
    assert windows([1, 90, 1], words=4, subwords=10, overlap=1) == [range(1), range(1, 2), range(2, 3)]


def test_an_empty_document_has_no_window() -> None:
    assert windows([], words=4, subwords=10, overlap=1) == []
