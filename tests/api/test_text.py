"""Spans as plain data, and their scores."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span

PARTS = st.sampled_from([(), ((3, 5), (7, 9))])
SCORES = st.none() | st.floats(0, 1)


def spans() -> st.SearchStrategy[Span]:
    """Plain and discontinuous spans, with and without a score."""
    return st.builds(
        lambda parts, score: Span(3, 9, "ADR", parts, score=score),
        PARTS,
        SCORES,
    )


@given(spans())
def test_a_span_is_the_same_after_json(span: Span) -> None:
    """Its plain form is JSON, from which the same span comes back, score included."""
    again = Span.from_list(json.loads(json.dumps(span.to_list())))
    assert (again, again.score) == (span, span.score)


@given(spans(), SCORES)
def test_a_score_is_no_part_of_identity(span: Span, score: float | None) -> None:
    """Spans that differ in their score only are equal, in no order, and one element of a set."""
    other = Span(span.start, span.end, span.label, span.parts, score=score)
    assert span == other
    assert not span < other
    assert len({span, other}) == 1


def test_plain_forms() -> None:
    """Gold keeps its short form; a span with a score has five places."""
    assert Span(0, 4, "ADR").to_list() == [0, 4, "ADR"]
    assert Span(0, 9, "ADR", ((0, 4), (7, 9))).to_list() == [0, 9, "ADR", [[0, 4], [7, 9]]]
    assert Span(0, 4, "ADR", score=0.5).to_list() == [0, 4, "ADR", [], 0.5]
    assert repr(Span(0, 4, "ADR", score=0.25)) == "Span(start=0, end=4, label='ADR', score=0.25)"


def test_a_score_is_given_by_name() -> None:
    """The constructor of API 1.0 means what it meant; a fifth place is no score."""
    assert Span(0, 4, "ADR", ()).score is None
    with pytest.raises(TypeError):
        Span(0, 4, "ADR", (), 0.5)  # type: ignore[call-arg]


@pytest.mark.parametrize("score", [-0.1, 1.1, float("nan"), float("inf"), True, "0.5", [0.5], {}])
def test_what_is_no_fraction_is_refused(score: Any) -> None:
    """A score that is read must be a number from 0 to 1."""
    with pytest.raises(ValueError, match="a fraction from 0 to 1, or None, not"):
        Span.from_list([0, 4, "ADR", [], score])
