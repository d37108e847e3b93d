"""Annotated text for reading."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.reporting.excerpts import Excerpt, excerpt


def words(shown: Excerpt) -> str:
    """The text without our marks."""
    return "".join(segment.text for segment in shown.segments if not segment.mark)


@pytest.mark.parametrize(
    ("text", "spans", "shown"),
    [
        ("no event", [], "no event"),
        ("a severe rash", [Span(2, 13, "ADR")], "a [severe rash|ADR]"),
        ("renal failure", [Span(0, 13, "ADR"), Span(0, 5, "SITE")], "[[renal|SITE] failure|ADR]"),
        ("renal failure", [Span(0, 13, "A"), Span(0, 13, "B")], "[[renal failure|B]|A]"),
        ("ab", [Span(0, 1, "A"), Span(1, 2, "B")], "[a|A][b|B]"),
        ("one two six", [Span(0, 7, "A"), Span(4, 11, "B")], "[one [two|B 1]|A][ six|B 1]"),
        ("rash", [Span(0, 4, "ADR", ((0, 4), (9, 12)))], "[rash|ADR…]"),
        ("a\n\t\x1b[31m b", [Span(0, 1, "A")], "[a|A] [31m b"),
    ],
)
def test_mentions_stand_in_brackets(text: str, spans: list[Span], shown: str) -> None:
    """Nested, equal, touching and crossing ones, one that leaves its text, and characters that are no text."""
    assert excerpt(text, spans).plain == shown


def test_the_innermost_label_comes_last() -> None:
    """So that what is inside another mention can be shown in its own way."""
    shown = excerpt("renal failure", [Span(0, 13, "ADR"), Span(0, 5, "SITE")])
    assert [s.labels for s in shown.segments if not s.mark] == [("ADR", "SITE"), ("ADR",)]


def test_a_long_text_is_cut_around_its_mentions() -> None:
    """Some words on either side are left, none of them cut; what is left out is marked."""
    text = "before " * 200 + "severe rash" + " after" * 200
    shown = excerpt(text, [Span(1400, 1411, "ADR")])
    assert re.fullmatch(r"… (before ){5,15}\[severe rash\|ADR\]( after){5,15} …", shown.plain)
    assert shown.left_out == 0
    assert words(excerpt(text, [Span(1400, 1411, "ADR")], whole=True)) == text


def test_of_very_many_mentions_some_are_left_out_and_counted() -> None:
    """Those shown and those left out are all there are."""
    text = ("rash " + "word " * 100) * 30
    shown = excerpt(text, [Span(505 * n, 505 * n + 4, "ADR") for n in range(30)])
    assert shown.plain.count("[rash|ADR]") + shown.left_out == 30
    assert 0 < shown.left_out < 30


def test_a_long_text_without_mentions_shows_its_beginning() -> None:
    """And that it goes on."""
    shown = excerpt("word " * 500, [])
    assert shown.plain.startswith("word word")
    assert shown.plain.endswith("word …")
    assert len(shown.plain) < 300


RANGES = st.tuples(st.integers(0, 25), st.integers(1, 8)).map(lambda p: (p[0], p[0] + p[1]))
SPANS = st.lists(
    st.tuples(st.lists(RANGES, min_size=1, max_size=3), st.sampled_from(["A", "B"])).map(
        lambda pair: Span(min(pair[0])[0], max(e for _, e in pair[0]), pair[1], tuple(sorted(pair[0])))
    ),
    max_size=5,
)


@given(st.text("abc de", min_size=1, max_size=30).map(lambda text: re.sub(" +", " ", text)), SPANS)
def test_brackets_always_match_and_no_text_is_lost(text: str, spans: list[Span]) -> None:
    """Whatever overlaps whatever, a bracket closes the one opened last, and between them is all the text."""
    shown = excerpt(text, spans)
    assert words(shown) == text
    depth = 0
    for segment in shown.segments:
        if segment.mark:
            depth += 1 if segment.text == "[" else -1
        assert depth >= 0
    assert depth == 0


@given(st.text("ab ", min_size=1, max_size=900), SPANS)
def test_a_cut_text_is_never_longer_than_it_was(text: str, spans: list[Span]) -> None:
    """Whatever is cut, words shown are words of the text, and mentions shown and left out are all of them."""
    inside = [span for span in spans if span.start < len(text)]
    shown = excerpt(text, inside)
    assert len(words(shown)) <= len(text)
    assert shown.left_out <= len(inside)
