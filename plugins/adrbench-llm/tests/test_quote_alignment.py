"""Quotes are placed where the text holds them, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench_llm.alignment import Alignment, Quote, align, fold

# Few characters, so that quotes repeat, overlap, fold to other lengths, and combine across borders.
CHARACTERS = st.one_of(
    st.sampled_from("aAbß ıİǰ\n\u0301\u0308\u0345ʼnﬁÅ\u212b각\u1100\u1161\u11a8 \u00a0Σς.<>"),
    st.characters(exclude_categories=()),
)
TEXTS = st.text(CHARACTERS, max_size=40)
LABELS = ("ADR", "DRUG")


@st.composite
def _cases(draw: st.DrawFn) -> tuple[str, list[Quote], str]:
    text = draw(TEXTS)
    quotes = []
    for _ in range(draw(st.integers(0, 6))):
        start = draw(st.integers(0, len(text)))
        quoted = text[start : start + draw(st.integers(1, 8))]
        forms = [quoted, quoted.upper(), quoted.casefold(), f" {quoted}\n", draw(TEXTS)]
        at = draw(st.none() | st.integers(0, len(text)))
        quotes.append(
            Quote(draw(st.sampled_from(["ADR", "adr", "DRUG", "OTHER", ""])), draw(st.sampled_from(forms)), at)
        )
    return text, quotes, draw(st.sampled_from([text, text.upper(), draw(TEXTS)]))


@given(_cases())
def test_every_span_is_a_quote_of_the_text(case: tuple[str, list[Quote], str]) -> None:
    """Spans lie inside the text and do not overlap, each folds to a quote, and the counts add up."""
    text, quotes, copy = case
    alignment = align(text, quotes, LABELS, copy)
    said = {(quote.label.upper(), fold(quote.text)) for quote in quotes}
    at = 0
    for span in alignment.spans:
        assert at <= span.start < span.end <= len(text)
        assert (span.label, fold(text[span.start : span.end])) in said
        at = span.end
    assert alignment.quotes == len(quotes)
    assert alignment.quotes == len(alignment.spans) + alignment.unaligned + alignment.foreign_label
    assert alignment.foreign_label == sum(quote.label.upper() not in LABELS for quote in quotes)
    assert 0 <= alignment.ambiguous <= len(alignment.spans)


@given(st.text(CHARACTERS, min_size=1, max_size=40), st.data())
def test_a_whole_text_is_found_in_any_form(text: str, data: st.DataObject) -> None:
    """Whatever folding does to its length."""
    changed = data.draw(st.sampled_from([text, text.casefold(), f"  {text}", fold(text)]))
    if not text.strip():
        assert align(text, [Quote("ADR", changed)], LABELS).unaligned == 1
        return
    start = len(text) - len(text.lstrip())
    assert align(text, [Quote("ADR", changed)], LABELS).spans == (Span(start, len(text.rstrip()), "ADR"),)


@pytest.mark.parametrize(
    ("text", "quotes", "found"),
    [
        pytest.param("rash, rash, rash", ["rash", "rash"], ["0", "6"], id="a repeated quote takes the next"),
        pytest.param("rash, pain, rash", ["rash", "pain", "rash"], ["0", "6", "12"], id="in the order of the answer"),
        pytest.param("rash, pain", ["pain", "rash"], ["0", "6"], id="also out of order"),
        pytest.param("rash", ["rash", "rash"], ["0"], id="no place is taken twice"),
        pytest.param("severe rash", ["severe rash", "rash"], ["0"], id="nor a part of it"),
        pytest.param("Rash, rash", ["rash"], ["6"], id="exact before case-folded"),
        pytest.param("painful pain", ["pain"], ["8"], id="a whole word before a part of one"),
        pytest.param("severe\n  rash", ["severe rash"], ["0"], id="white space"),
        pytest.param("Ha\u0308matom", ["Hämatom"], ["0"], id="composition"),
        pytest.param("STRAẞE", ["strasse"], ["0"], id="case that changes the length"),
        pytest.param("e\u0301", ["e"], [], id="no part of a character"),
        pytest.param("rash", ["rush", "", " "], [], id="nothing that is only like it"),
    ],
)
def test_places(text: str, quotes: list[str], found: list[str]) -> None:
    """Left to right, exact first."""
    alignment = align(text, [Quote("ADR", quote) for quote in quotes], LABELS)
    assert [str(span.start) for span in alignment.spans] == found
    assert alignment.unaligned == len(quotes) - len(found)


def test_a_quote_that_could_stand_elsewhere_is_ambiguous() -> None:
    """It is no longer if all places are taken."""
    text = "rash, then rash"
    assert align(text, [Quote("ADR", "rash")], LABELS).ambiguous == 1
    assert align(text, [Quote("ADR", "rash")] * 2, LABELS).ambiguous == 0


def test_a_copy_says_which_occurrence_is_meant() -> None:
    """Also if the copy differs elsewhere; with another number of occurrences it says nothing."""
    text, copy = "rash;  rash, rash", "Rash: rash, rash"
    assert align(text, [Quote("ADR", "rash", 12)], LABELS, copy).spans == (Span(13, 17, "ADR"),)
    assert align(text, [Quote("ADR", "rash", 6)], LABELS, "rash, rash").spans == (Span(0, 4, "ADR"),)


def test_labels_that_differ_in_case_alone_are_told_apart() -> None:
    """Any other label may be written in any case."""
    text = "rash, rash"
    assert align(text, [Quote("A", "rash"), Quote("a", "rash")], ("A", "a")).spans == (
        Span(0, 4, "A"),
        Span(6, 10, "a"),
    )
    assert align(text, [Quote("adr ", "rash")], LABELS).spans == (Span(0, 4, "ADR"),)
    assert align("", [Quote("X", "")], LABELS) == Alignment(quotes=1, foreign_label=1)
