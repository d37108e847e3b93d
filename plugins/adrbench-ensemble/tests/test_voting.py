"""The vote, as a pure function of what the members say."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench_ensemble.voting import elect, f1

spans = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 12),
    st.integers(1, 5),
    st.sampled_from(["ADR", "DRUG"]),
)
answer = st.lists(spans, max_size=6)
answers = st.lists(answer, min_size=2, max_size=5)
weight = st.floats(0, 1, allow_subnormal=False)
shares = st.floats(0, 1, exclude_max=True)


def adr(start: int, end: int) -> Span:
    """A plain span of the one label that most tests need."""
    return Span(start, end, "ADR")


def flat(found: list[Span]) -> bool:
    """In order, and none reaches into the next."""
    return all(one.end <= other.start for one, other in pairwise(found))


@given(answers, st.data(), shares)
def test_what_stands_is_flat_and_was_said(said: list[list[Span]], data: st.DataObject, share: float) -> None:
    """Spans come in order, without overlap, and none that no member said."""
    weights = data.draw(st.lists(weight, min_size=len(said), max_size=len(said)))
    found = elect(said, weights, share)
    assert flat(found)
    assert set(found) <= {span for spans_ in said for span in spans_}


@given(answers, st.data(), shares, shares)
def test_a_lower_threshold_only_adds(said: list[list[Span]], data: st.DataObject, one: float, other: float) -> None:
    """What stands at a higher threshold stands at a lower one too: a union holds all that a majority holds."""
    weights = data.draw(st.lists(weight, min_size=len(said), max_size=len(said)))
    low, high = sorted((one, other))
    assert set(elect(said, weights, high)) <= set(elect(said, weights, low))
    assert set(elect(said, weights, 0.5)) <= set(elect(said, weights, 0.0))


@given(answers, st.data(), shares)
def test_the_order_of_members_does_not_matter(said: list[list[Span]], data: st.DataObject, share: float) -> None:
    """Members in another order, and their spans too, give the same."""
    weights = data.draw(st.lists(weight, min_size=len(said), max_size=len(said)))
    pairs = data.draw(st.permutations(list(zip(said, weights, strict=True))))
    turned = elect([data.draw(st.permutations(spans_)) for spans_, _ in pairs], [w for _, w in pairs], share)
    assert turned == elect(said, weights, share)


@given(answer, st.integers(2, 5), shares)
def test_one_mind_is_left_as_it_is(said: list[Span], members: int, share: float) -> None:
    """What all members say, and does not overlap, stands unchanged."""
    agreed = elect([said], [1.0], 0.0)
    assert elect([agreed] * members, [1.0] * members, share) == agreed


@given(answers)
def test_majority_is_more_than_half(said: list[list[Span]]) -> None:
    """With one vote each, what stands has more than half of them, and what has them and overlaps nothing stands."""
    found = elect(said, [1.0] * len(said), 0.5)
    votes = {span: sum(span in spans_ for spans_ in said) for spans_ in said for span in spans_}
    strong = {span for span, count in votes.items() if Fraction(count, len(said)) > Fraction(1, 2)}
    assert set(found) <= strong
    assert {s for s in strong if all(s.end <= o.start or o.end <= s.start for o in strong - {s})} <= set(found)


def test_a_tie_does_not_stand() -> None:
    """Exactly half of the votes is not more than half."""
    assert elect([[adr(0, 4)], []], [1, 1], 0.5) == []
    assert elect([[adr(0, 4)], [], [adr(0, 4)]], [1, 1, 1], 0.5) == [adr(0, 4)]


def test_a_span_said_twice_by_one_counts_once() -> None:
    """A member has one vote a span."""
    assert elect([[adr(0, 4), adr(0, 4)], [], []], [1, 1, 1], 0.5) == []


def test_labels_and_parts_are_part_of_what_is_said() -> None:
    """Votes for another label, or for a discontinuous span of the same edges, are votes for something else."""
    others = [Span(0, 9, "DRUG"), Span(0, 9, "ADR", ((0, 2), (5, 9)))]
    assert elect([[adr(0, 9)], others[:1], others[1:]], [1, 1, 1], 0.5) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ([[adr(0, 9)], [adr(5, 7)], [adr(5, 7)]], adr(5, 7)),
        ([[adr(0, 4)], [adr(3, 9)], []], adr(3, 9)),
        ([[adr(3, 7)], [adr(0, 4)], []], adr(0, 4)),
        ([[Span(0, 4, "DRUG")], [adr(0, 4)], []], adr(0, 4)),
    ],
    ids=["votes", "length", "start", "label"],
)
def test_of_spans_that_overlap(said: list[list[Span]], kept: Span) -> None:
    """Votes decide first, then length, then the start, then the label's name."""
    assert elect(said, [1, 1, 1], 0.0) == [kept]


def test_weights_decide() -> None:
    """One good member outweighs two poor ones, and a member without weight has no say."""
    assert elect([[adr(0, 4)], [adr(2, 6)], [adr(2, 6)]], [0.9, 0.3, 0.3], 0.5) == [adr(0, 4)]
    assert elect([[adr(0, 4)], [adr(6, 8)]], [0.9, 0.0], 0.0) == [adr(0, 4)]


def test_f1_of_known_cases() -> None:
    """Micro F1 over documents, 0 where there is nothing at all."""
    assert f1([[adr(0, 4)], [adr(0, 4), adr(6, 8)]], [[adr(0, 4)], [adr(6, 9)]]) == pytest.approx(2 / 5)
    assert f1([[]], [[]]) == 0.0
