"""Quoted mentions find their place. The sentences here are invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench_biomed.quotes import locate


def places(quotes: list[str], sentence: str) -> list[list[str] | None]:
    """The stretches of each quote, as words."""
    return [[sentence[a:b] for a, b in p.stretches] if p else None for p in locate(quotes, sentence)]


@pytest.mark.parametrize(
    ("quote", "sentence", "stretches", "how"),
    [
        ("rash", "Mild rash.", ["rash"], "exactly"),
        (" rash ", "Mild rash.", ["rash"], "exactly"),
        ("dry mouth", "Rash, Dry  mouth", ["Dry  mouth"], "but for case or white space"),
        ("rash", "A crash, a RASH", ["RASH"], "but for case or white space"),
        ("arm pain", "leg, arm and foot pain", ["arm", "pain"], "but for words or punctuation between"),
        ("pain in feet", "pain in arms, pain in my feet", ["pain in", "feet"], "but for words or punctuation between"),
        ("At first, rash", "At first: rash", ["At first: rash"], "but for words or punctuation between"),
        ("can't eat", "I can't really eat", ["can't", "eat"], "but for words or punctuation between"),
        ("anxiety", "An anxietyattack", ["anxiety"], "inside a word"),
    ],
)
def test_where_a_quote_stands(quote: str, sentence: str, stretches: list[str], how: str) -> None:
    """As it is, but for case, in several stretches, inside of a word: in this order."""
    [place] = locate([quote], sentence)
    assert place is not None
    assert ([sentence[a:b] for a, b in place.stretches], place.how) == (stretches, how)


@pytest.mark.parametrize(("quote", "sentence"), [("tremor", "Mild rash."), ("pain in arm", "arm in pain"), (" ", "a")])
def test_what_is_not_there(quote: str, sentence: str) -> None:
    """Other words, another order, or no words: no place."""
    assert locate([quote], sentence) == [None]


def test_equal_quotes_take_distinct_places_in_order() -> None:
    """The first is the first, the third of two is none."""
    found = locate(["rash", "rash", "rash"], "rash and Rash")
    assert [place and place.stretches for place in found] == [((0, 4),), ((9, 13),), None]


def test_a_short_quote_leaves_a_longer_one_its_words() -> None:
    """It goes where no other mention is, if it can."""
    assert [p and p.stretches[0][0] for p in locate(["pain", "arm pain"], "arm pain, then pain")] == [15, 0]
    assert places(["pain", "arm pain"], "arm pain") == [["pain"], ["arm pain"]]


def test_mentions_may_share_words() -> None:
    """Coordinated mentions are discontinuous and overlap."""
    sentence = "arm and leg pain"
    assert places(["arm pain", "leg pain"], sentence) == [["arm", "pain"], ["leg pain"]]
    [first, second] = locate(["arm pain", "leg pain"], sentence)
    assert first is not None
    assert second is not None
    assert first.span("A") == Span(0, 16, "A", ((0, 3), (12, 16)))
    assert second.span("A") == Span(8, 16, "A")


@given(st.lists(st.text("ab ,.'İß", max_size=6), max_size=4), st.text("abAB ,.'\nİß", max_size=25))
def test_places_hold_the_words_in_order(quotes: list[str], sentence: str) -> None:
    """Every place is inside, in order, distinct from the others, and has the quote's letters."""
    found = locate(quotes, sentence)
    kept = [place for place in found if place]
    assert len({place.stretches for place in kept}) == len(kept)
    for quote, place in zip(quotes, found, strict=True):
        if place:
            edges = [edge for stretch in place.stretches for edge in stretch]
            assert edges == sorted(edges)
            assert 0 <= edges[0] < edges[-1] <= len(sentence)
            words = "".join(sentence[a:b] for a, b in place.stretches)
            assert {c for c in quote if c in "ab"} == {c for c in words.lower() if c in "ab"}
