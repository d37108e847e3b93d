"""The ceiling: gold copied through words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Document, Span
from adrbench.datasets.ceiling import Ceiling, ceiling, ceiling_line, outside_words


def annotated(name: str, text: str, words: tuple[tuple[int, int], ...], *spans: Span) -> Annotated:
    """A document with words and gold."""
    return Annotated(Document(name, text, words, name), spans)


def test_a_boundary_inside_a_word_costs_precision_and_recall() -> None:
    """The tagger gives the whole word instead, which is no gold."""
    one = annotated("d1", "insulin-induced rash", ((0, 15), (16, 20)), Span(0, 7, "DRUG"), Span(16, 20, "ADR"))
    rows = ceiling([one], {"d1": one.spans}, ("DRUG", "ADR"))
    assert rows == (Ceiling("ADR", 1, 1, 1), Ceiling("DRUG", 0, 0, 0), Ceiling("micro", 0.5, 0.5, 0.5))


def test_gold_that_is_not_learnt_costs_recall_alone() -> None:
    """A nested mention is scored, and no flat tagger gives it."""
    outer, inner = Span(0, 9, "ADR"), Span(5, 9, "ADR")
    one = annotated("d1", "skin rash", ((0, 4), (5, 9)), outer)
    micro = ceiling([one], {"d1": (outer, inner)}, ("ADR",))[-1]
    assert (micro.label, micro.precision, micro.recall) == ("micro", 1, 0.5)
    assert micro.f1 == pytest.approx(2 / 3)


def test_the_ceiling_is_no_bound() -> None:
    """A tagger that leaves out what tags of words cannot represent is wrong less often, so no message may deny it."""
    inside, whole = Span(0, 7, "DRUG"), Span(16, 20, "ADR")
    words, gold = ((0, 15), (16, 20)), {"d1": (inside, whole)}
    careless = ceiling([annotated("d1", "insulin-induced rash", words, inside, whole)], gold, ("ADR", "DRUG"))
    cautious = ceiling([annotated("d1", "insulin-induced rash", words, whole)], gold, ("ADR", "DRUG"))
    assert cautious[-1].f1 > careless[-1].f1
    assert "exceed" not in ceiling_line(careless, "nltk")


@given(st.lists(st.tuples(st.integers(1, 4), st.booleans()), min_size=1, max_size=12))
def test_gold_at_the_edges_of_words_reaches_100(pieces: list[tuple[int, bool]]) -> None:
    """Whatever is between the words."""
    words, spans, at = [], [], 0
    for length, tagged in pieces:
        words.append((at, at + length))
        if tagged:
            spans.append(Span(at, at + length, "ADR"))
        at += length + 1
    one = annotated("d", "x" * at, tuple(words), *spans)
    assert ceiling([one], {"d": tuple(spans)}, ("ADR",))[-1] == Ceiling("micro", 1, 1, 1)
    assert outside_words(words, spans) == []


def test_the_line_of_a_header() -> None:
    """It names figures, words, and the lowest labels; a high ceiling goes without saying."""
    low = Ceiling("micro", 0.875, 0.839, 0.857)
    assert ceiling_line([Ceiling("DRUG", 0.875, 0.839, 0.857), low], "nltk") == (
        'a word tagger without a mistake has F1 85.7 (P 87.5, R 83.9) with words = "nltk"'
    )
    rows = [Ceiling("ADR", 1, 1, 0.999), Ceiling("DRUG", 0.8, 0.8, 0.8), Ceiling("micro", 0.9, 0.9, 0.9)]
    assert ceiling_line(rows, "nltk").endswith('words = "nltk"; lowest by label: DRUG 80.0')
    assert ceiling_line([Ceiling("ADR", 1, 1, 0.996), Ceiling("micro", 1, 1, 0.996)], "nltk") == ""
