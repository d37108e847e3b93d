"""Tags and spans are two views of one flat annotation."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Scheme, Span, decode, encode, tag_set

LABELS = ("ADR", "DRUG", "A-B")
SCHEMES: tuple[Scheme, ...] = ("BIO", "BIOES")
ORPHANS = ("begin", "reject")

Tokens = list[tuple[int, int]]


@st.composite
def tokenised(draw: st.DrawFn) -> Tokens:
    """Tokens of 1 to 5 characters, with 0 to 2 characters between them."""
    tokens, at = [], 0
    for gap, length in draw(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 5)), max_size=20)):
        tokens.append((at + gap, at + gap + length))
        at += gap + length
    return tokens


@st.composite
def aligned(draw: st.DrawFn) -> tuple[Tokens, list[Span]]:
    """Tokens, and spans that begin and end with one and do not overlap; some touch."""
    tokens = draw(tokenised())
    spans, i = [], 0
    while i < len(tokens):
        length = draw(st.integers(0, 3))  # 0: a token outside
        if length:
            end = tokens[min(i + length, len(tokens)) - 1][1]
            spans.append(Span(tokens[i][0], end, draw(st.sampled_from(LABELS))))
        i += length or 1
    return tokens, spans


@st.composite
def anywhere(draw: st.DrawFn) -> tuple[Tokens, list[Span]]:
    """Tokens, and spans anywhere: overlapping, ending inside a token, between tokens or beyond the last."""
    ends = st.tuples(st.integers(0, 40), st.integers(1, 20), st.sampled_from(LABELS))
    return draw(tokenised()), [Span(a, a + n, label) for a, n, label in draw(st.lists(ends, max_size=8))]


@given(aligned(), st.sampled_from(SCHEMES), st.sampled_from(ORPHANS), st.randoms())
def test_aligned_spans_survive_tagging(case: tuple[Tokens, list[Span]], scheme: Scheme, orphans: Any, rng: Any) -> None:
    """Spans that do not overlap and end with tokens come back from their tags, whatever order they are given in."""
    tokens, spans = case
    shuffled = rng.sample(spans, len(spans))
    assert decode(tokens, encode(tokens, shuffled, scheme), orphans) == spans


@given(anywhere(), st.sampled_from(SCHEMES))
def test_encoding_is_well_formed(case: tuple[Tokens, list[Span]], scheme: Scheme) -> None:
    """Any spans give one tag of the scheme a token, without orphans; read and written again they stay the same."""
    tokens, spans = case
    tags = encode(tokens, spans, scheme)
    read = decode(tokens, tags, "reject")
    assert len(tags) == len(tokens)
    assert set(tags) <= set(tag_set(LABELS, scheme))
    assert read == decode(tokens, tags, "begin")
    assert encode(tokens, read, scheme) == tags


@given(anywhere())
def test_both_schemes_hold_the_same_spans(case: tuple[Tokens, list[Span]]) -> None:
    """BIO and BIOES lose the same spans and keep the same spans."""
    tokens, spans = case
    assert decode(tokens, encode(tokens, spans, "BIO")) == decode(tokens, encode(tokens, spans, "BIOES"))


@given(tokenised(), st.data(), st.sampled_from(SCHEMES), st.sampled_from(ORPHANS))
def test_any_tags_give_flat_spans(tokens: Tokens, data: st.DataObject, scheme: Scheme, orphans: Any) -> None:
    """Whatever a model emits, the spans are in order, do not overlap, and begin and end with a token."""
    tags = data.draw(st.lists(st.sampled_from(tag_set(LABELS, scheme)), min_size=len(tokens), max_size=len(tokens)))
    spans = decode(tokens, tags, orphans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert {span.start for span in spans} <= {start for start, _ in tokens}
    assert {span.end for span in spans} <= {end for _, end in tokens}


@pytest.mark.parametrize(
    ("tags", "begin", "reject"),
    [
        ("O I-X I-X O", [(1, 3)], []),
        ("B-X I-X I-Y O", [(0, 2), (2, 3)], [(0, 2)]),
        ("B-X O I-X B-X", [(0, 1), (2, 3), (3, 4)], [(0, 1), (3, 4)]),
        ("O E-X S-X O", [(1, 2), (2, 3)], [(2, 3)]),
        ("B-X E-X E-X I-X", [(0, 2), (2, 3), (3, 4)], [(0, 2)]),
        ("B-X I-X O O", [(0, 2)], [(0, 2)]),
    ],
)
def test_orphans(tags: str, begin: list[tuple[int, int]], reject: list[tuple[int, int]]) -> None:
    """A continuation without its begin starts a span or none, as asked; a begin without its end stays a span."""
    tokens = [(i, i + 1) for i in range(4)]
    for orphans, expected in (("begin", begin), ("reject", reject)):
        assert [(s.start, s.end) for s in decode(tokens, tags.split(), orphans)] == expected  # type: ignore[arg-type]


def test_of_overlapping_spans_the_longest_is_tagged_then_the_first() -> None:
    """Where spans overlap, the longest wins, and between equals the first."""
    tokens = [(0, 3), (4, 7), (8, 11), (12, 15)]
    assert encode(tokens, [Span(0, 7, "X"), Span(4, 15, "Y")]) == ["O", "B-Y", "I-Y", "I-Y"]
    assert encode(tokens, [Span(4, 11, "Y"), Span(0, 7, "X")]) == ["B-X", "I-X", "O", "O"]


@given(tokenised(), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.sampled_from(LABELS)), max_size=1))
def test_a_span_covers_every_token_that_it_touches(tokens: Tokens, edges: list[tuple[int, int, str]]) -> None:
    """A token is touched if it shares a character with the span."""
    spans = [Span(start, start + length, label) for start, length, label in edges]
    touched = [any(start < span.end and end > span.start for span in spans) for start, end in tokens]
    assert [tag != "O" for tag in encode(tokens, spans)] == touched


def test_a_span_inside_a_token_takes_the_whole_token() -> None:
    """A span covers every token it touches, so what comes back is as wide as the tokens."""
    tokens = [(0, 14), (15, 20)]
    assert decode(tokens, encode(tokens, [Span(5, 14, "X")])) == [Span(0, 14, "X")]


@pytest.mark.parametrize("tag", ["X-ADR", "B", "B-", "", "BI-ADR", "ADR"])
def test_an_unknown_tag_is_an_error(tag: str) -> None:
    """A tag of no known scheme is refused with its place."""
    with pytest.raises(ValueError, match=r"^tag 1 is "):
        decode([(0, 1), (2, 3)], ["O", tag])


@pytest.mark.parametrize("tags", [[], ["O", "O"]])
def test_a_tag_too_few_or_too_many_is_an_error(tags: list[str]) -> None:
    """Tags and tokens must be as many."""
    with pytest.raises(ValueError, match=rf"^{len(tags)} tags for 1 tokens$"):
        decode([(0, 1)], tags)


def test_the_tag_set_has_each_tag_once_and_o_first() -> None:
    """The tag set of a scheme is O and each prefix with each label."""
    assert tag_set(["X", "Y"]) == ["O", "B-X", "I-X", "B-Y", "I-Y"]
    assert tag_set(["X"], "BIOES") == ["O", "B-X", "I-X", "E-X", "S-X"]
