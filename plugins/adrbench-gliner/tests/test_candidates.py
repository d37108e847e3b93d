"""Which spans stand, and the thresholds."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Document, Span
from adrbench_gliner.candidates import choose, flat

SPANS = st.builds(
    lambda start, length, label, score: Span(start, start + length, label, score=score),
    st.integers(0, 30),
    st.integers(1, 6),
    st.sampled_from("AB"),
    st.floats(0, 1),
)


def gold(*spans: Span) -> Annotated:
    text = "some words that hold a few mentions"
    return Annotated(Document("d", text, tuple(m.span() for m in re.finditer(r"\S+", text)), "d"), spans)


@given(st.lists(SPANS))
def test_spans_that_stand_do_not_overlap(spans: list[Span]) -> None:
    found = flat(spans, {"A": 0.5, "B": 0.2})
    assert all(one.end <= two.start for one, two in pairwise(found))
    assert all((span.score or 0) >= {"A": 0.5, "B": 0.2}[span.label] for span in found)
    left = [span for span in spans if span not in found and (span.score or 0) >= {"A": 0.5, "B": 0.2}[span.label]]
    assert all(any(span.start < one.end and one.start < span.end for one in found) for span in left)


def test_each_label_has_the_threshold_that_is_best_on_the_held_out_text() -> None:
    held = [gold(Span(0, 4, "LOW"), Span(5, 10, "HIGH"))]
    candidates = [
        [
            Span(0, 4, "LOW", score=0.23),
            Span(11, 15, "LOW", score=0.13),
            Span(5, 10, "HIGH", score=0.93),
            Span(16, 20, "HIGH", score=0.83),
        ]
    ]
    assert choose(held, candidates, ("HIGH", "LOW", "NEVER")) == {"HIGH": 0.85, "LOW": 0.2, "NEVER": 0.5}


def test_without_held_out_text_the_threshold_is_a_half() -> None:
    assert choose([], [], ("A",)) == {"A": 0.5}
