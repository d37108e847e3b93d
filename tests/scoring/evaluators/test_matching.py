"""The matching of gold and predicted spans, with trying all of them as the referee."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.scoring.evaluators._matching import Pair, best_pairs, clusters, overlap

side = st.lists(
    st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 3),
        st.integers(1, 3),
        st.sampled_from(["ADR", "DRUG"]),
    ),
    max_size=4,
    unique=True,
)


def worth(gold: Span, predicted: Span) -> tuple[int, int, int]:
    return int(gold.start == predicted.start) + int(gold.end == predicted.end), 1, int(gold.label == predicted.label)


def total(pairs: list[Pair]) -> tuple[int, ...]:
    return tuple(sum(column) for column in zip((0, 0, 0), *(worth(*pair) for pair in pairs), strict=True))


@given(gold=side, predicted=side)
def test_no_other_matching_is_worth_more(gold: list[Span], predicted: list[Span]) -> None:
    """Of all ways to pair spans that overlap, none has more of the first number, then of the second, then the third."""
    found = [pair for cluster in clusters(gold, predicted) for pair in best_pairs(*cluster, worth)]
    edges = [(g, p) for g in gold for p in predicted if overlap(g, p)]
    matchings = (
        chosen
        for size in range(min(len(gold), len(predicted)) + 1)
        for chosen in combinations(edges, size)
        if len({g for g, _ in chosen}) == len({p for _, p in chosen}) == size
    )
    assert set(found) <= set(edges)
    assert total(found) == max(total(list(matching)) for matching in matchings)
    assert len({g for g, _ in found}) == len({p for _, p in found}) == len(found)


@given(gold=side, predicted=side)
def test_clusters_hold_each_span_once_and_keep_apart_what_does_not_overlap(
    gold: list[Span], predicted: list[Span]
) -> None:
    """Every span is in one cluster, and no span overlaps one of another cluster."""
    found = list(clusters(gold, predicted))
    assert sorted(g for expected, _ in found for g in expected) == sorted(gold)
    assert sorted(p for _, others in found for p in others) == sorted(predicted)
    for one, other in combinations([expected + others for expected, others in found], 2):
        assert not any(overlap(a, b) for a in one for b in other)


def test_the_first_number_outweighs_all_others() -> None:
    """One pair in the right place is worth more than two pairs with the right labels."""
    gold = [Span(2, 6, "ADR"), Span(4, 8, "DRUG")]
    predicted = [Span(4, 8, "ADR"), Span(6, 10, "DRUG")]

    def place_first(g: Span, p: Span) -> tuple[int, int, int]:
        return int((g.start, g.end) == (p.start, p.end)), 1, int(g.label == p.label)

    assert best_pairs(gold, predicted, place_first) == [(gold[1], predicted[0])]
