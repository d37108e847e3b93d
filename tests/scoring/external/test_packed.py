"""Exact counts of many documents at once, with the evaluator as the referee."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.scoring.evaluators.exact import ExactMatch, plugin
from adrbench.scoring.external.folds import Case, Documents, count
from adrbench.scoring.statistics.bootstrap import table

LABELS = ("ADR", "DRUG")


@st.composite
def spans(draw: st.DrawFn) -> Span:
    """Spans near each other, nested and overlapping ones and discontinuous ones among them, some far out."""
    start = draw(st.integers(0, 4) | st.just(2**40))
    end = start + draw(st.integers(3, 5))
    parts = draw(st.sampled_from([(), (), ((start, start + 1), (end - 1, end))]))
    return Span(start, end, draw(st.sampled_from(LABELS)), parts)


@given(st.lists(st.tuples(st.lists(spans(), max_size=5), st.lists(spans(), max_size=5)), min_size=1, max_size=6))
def test_counting_at_once_equals_counting_one_by_one(documents: list[tuple[list[Span], list[Span]]]) -> None:
    """Repeated, nested and discontinuous spans are counted as the exact evaluator counts them, document by document."""
    cases = tuple(Case(str(i), gold, predicted, ()) for i, (gold, predicted) in enumerate(documents))
    exact = ExactMatch(LABELS)
    names, counts = count(Documents("x", cases, tuple(case.id for case in cases)), exact, plugin, LABELS)
    expected_names, expected = table([exact.count(gold, predicted) for gold, predicted in documents])
    assert names == expected_names
    assert counts.tolist() == expected.tolist()
