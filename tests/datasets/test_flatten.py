"""From gold as annotated to flat spans."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.datasets._flatten import Discontinuous, Overlap, flatten

# "pain in foot and knee": pain in foot, pain in … knee
FOOT = Span(0, 12, "ADR")
KNEE = Span(0, 21, "ADR", ((0, 7), (17, 21)))


@st.composite
def mentions(draw: st.DrawFn) -> Span:
    """A plain or discontinuous mention in thirty characters, or one that leaves them."""
    edges = sorted(draw(st.sets(st.integers(0, 34), min_size=2, max_size=6)))
    parts = tuple(zip(edges[::2], edges[1::2], strict=False))
    reach = parts[-1][1]
    if len(parts) == 1 and reach <= 30:
        return Span(*parts[0], draw(st.sampled_from("AB")))
    start = min(parts[0][0], 29)
    return Span(start, max(start + 1, min(reach, 30)), draw(st.sampled_from("AB")), parts)


@given(
    st.lists(mentions(), max_size=8),
    st.sampled_from(["cover", "first", "parts", "drop"]),
    st.sampled_from(["keep", "first", "longest"]),
)
def test_flat_spans_are_flat(spans: list[Span], discontinuous: Discontinuous, overlap: Overlap) -> None:
    """Sorted, distinct, in one piece and inside the text; apart from one another unless all are kept."""
    flat = flatten(spans, 30, discontinuous, overlap)
    assert list(flat.spans) == sorted(set(flat.spans))
    assert all(not span.parts and 0 <= span.start < span.end <= 30 for span in flat.spans)
    if overlap != "keep":
        assert all(one.end <= two.start for one, two in zip(flat.spans, flat.spans[1:], strict=False))
    assert flat.cut == sum(any(end > 30 for _, end in span.parts) for span in spans)
    plain = [span for span in spans if not span.parts]
    if overlap == "keep":
        assert set(plain) <= set(flat.spans)
    if discontinuous == "drop":
        assert len(flat.spans) + flat.overlapping == len(set(plain))


@given(st.lists(mentions(), max_size=8), st.sampled_from(["first", "longest"]))
def test_what_is_left_out_overlaps_what_is_kept(spans: list[Span], overlap: Overlap) -> None:
    """No span is left out without need."""
    everything = set(flatten(spans, 30, "cover", "keep").spans)
    kept = flatten(spans, 30, "cover", overlap).spans
    for span in everything - set(kept):
        assert any(one.start < span.end and span.start < one.end for one in kept)


@pytest.mark.parametrize(
    ("discontinuous", "expected"),
    [
        ("cover", [Span(0, 21, "ADR")]),
        ("first", [Span(0, 7, "ADR")]),
        ("parts", [Span(0, 7, "ADR"), Span(17, 21, "ADR")]),
        ("drop", []),
    ],
)
def test_a_discontinuous_mention(discontinuous: Discontinuous, expected: list[Span]) -> None:
    """It becomes what the benchmark file says, and is counted whatever that is."""
    flat = flatten([KNEE], 21, discontinuous, "keep")
    assert list(flat.spans) == expected
    assert flat.discontinuous == 1


@pytest.mark.parametrize(
    ("overlap", "expected"),
    [
        ("keep", [FOOT, Span(0, 21, "ADR"), Span(8, 12, "SITE")]),
        ("first", [Span(0, 21, "ADR")]),
        ("longest", [Span(0, 21, "ADR")]),
    ],
)
def test_overlapping_mentions(overlap: Overlap, expected: list[Span]) -> None:
    """All are kept, or the longer of those that begin first, or the longest."""
    flat = flatten([FOOT, KNEE, Span(8, 12, "SITE")], 21, "cover", overlap)
    assert list(flat.spans) == expected
    assert flat.overlapping == 3 - len(expected)


def test_first_and_longest_differ() -> None:
    """A short span in front keeps its place or loses it."""
    spans = [Span(0, 5, "A"), Span(3, 12, "B")]
    assert flatten(spans, 20, "cover", "first").spans == (spans[0],)
    assert flatten(spans, 20, "cover", "longest").spans == (spans[1],)
