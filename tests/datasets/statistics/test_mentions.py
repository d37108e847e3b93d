"""What a mention covers, against the plainest way to say it."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from adrbench.api import Document, Span
from adrbench.datasets.statistics._mentions import Words, overlaps, stretches, surface
from adrbench.datasets.text._nltk import NltkWords

RANGES = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=1, max_size=3).map(
    lambda pairs: tuple(sorted((start, start + length) for start, length in pairs))
)


def characters(ranges: tuple[tuple[int, int], ...]) -> set[int]:
    """The places that ranges cover."""
    return {at for start, end in ranges for at in range(start, end)}


@given(st.lists(RANGES, max_size=6))
@example([((2, 3),), ((0, 3), (1, 2))])
def test_overlap_is_sharing_a_character(mentions: list[tuple[tuple[int, int], ...]]) -> None:
    """A mention overlaps if it shares a character with another one, and is nested if it shares all of its own."""
    expected = []
    for place, own in enumerate(mentions):
        others = [characters(other) for number, other in enumerate(mentions) if number != place]
        shared = any(characters(own) & other for other in others)
        expected.append((shared, any(characters(own) <= other for other in others)))
    assert list(overlaps(mentions)) == expected


@given(st.text("ab. ,", max_size=30), RANGES)
def test_words_are_those_that_share_a_character(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    """The words of ranges are found as if each were looked at."""
    document = Document("d", text, NltkWords().ranges(text), "g")
    places = characters(ranges)
    touched = {n for n, (start, end) in enumerate(document.tokens) if places & set(range(start, end))}
    assert Words(document).of(ranges) == touched


def test_a_boundary_that_is_none_of_a_word_is_noticed() -> None:
    """Whole words are no part of a word; half of one is, at either end and in any stretch."""
    words = Words(Document("d", "knee pain", ((0, 4), (5, 9)), "g"))
    assert not words.part(((0, 4), (5, 9)))
    assert [words.part(((start, end),)) for start, end in ((0, 3), (1, 4), (0, 5))] == [True] * 3
    assert words.part(((0, 4), (6, 9)))


def test_a_mention_that_leaves_its_text_ends_with_it() -> None:
    """What lies outside of the text is no part of the surface."""
    span = Span(5, 9, "ADR", ((5, 9), (12, 20)))
    assert stretches(span, 9) == ((5, 9),)
    assert surface("knee PAIN", span) == "pain"
