"""Words and tags on their way to flair."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span, encode
from adrbench_flair.pieces import cut, mentions, spelt

TEXT = st.text(st.characters(), max_size=200)


@given(st.lists(st.sampled_from(["a", "b", ".", "!"]), max_size=60), st.integers(1, 20))
def test_pieces_are_all_words_in_order(words: list[str], longest: int) -> None:
    """No word is lost or doubled, and no piece is empty or longer than allowed."""
    ranges = cut(words, longest)
    assert [word for start, end in ranges for word in words[start:end]] == words
    assert all(0 < end - start <= longest for start, end in ranges)


@given(st.lists(st.sampled_from(["a", "b", "."]), max_size=60), st.integers(1, 20))
def test_sentences_are_not_cut_without_need(words: list[str], longest: int) -> None:
    """Where a piece ends inside a sentence, no end of one was in reach."""
    for start, end in cut(words, longest):
        assert end == len(words) or words[end - 1] == "." or "." not in words[start:end]


@given(TEXT)
def test_flair_can_take_any_word(word: str) -> None:
    """What is left of a word is never empty, can be encoded, and is short; an ordinary word is left as it is."""
    found = spelt(word)
    assert 0 < len(found) <= 64
    found.encode("utf-8")
    if 0 < len(word) <= 64 and word.isascii():
        assert found == word


@given(st.lists(st.tuples(st.integers(0, 19), st.integers(1, 5), st.sampled_from(["ADR", "DRUG"])), max_size=4))
def test_mentions_are_those_of_the_tags(drawn: list[tuple[int, int, str]]) -> None:
    """Tags of spans that lie apart give these back, counted in words."""
    spans: list[Span] = []
    for start, length, label in sorted(drawn):
        if not spans or start >= spans[-1].end:
            spans.append(Span(start, min(start + length, 24), label))
    tags = encode([(i, i + 1) for i in range(24)], spans, "BIOES")
    assert mentions(tags) == [(s.start, s.end, s.label) for s in spans]


def test_a_mention_that_was_cut_is_one_in_each_piece() -> None:
    """The second half of tags that were cut begins a mention of its own."""
    tags = encode([(i, i + 1) for i in range(6)], [Span(1, 5, "ADR")], "BIOES")
    assert mentions(tags[:3]) == [(1, 3, "ADR")]
    assert mentions(tags[3:]) == [(0, 2, "ADR")]
