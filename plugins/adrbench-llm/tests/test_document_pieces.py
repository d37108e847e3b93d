"""Long documents are asked about in pieces, and none of their text is left out."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Document, Span
from adrbench_llm.pieces import Unit, cut, examples

TEXTS = st.text(st.sampled_from("aB .!\n\u00a0é-"), max_size=300)


def _document(text: str) -> Document:
    return Document("1", text, tuple(match.span() for match in re.finditer(r"\w+|[^\w\s]", text)), "1")


@given(TEXTS, st.sampled_from(["document", "sentence"]), st.integers(1, 60))
def test_all_text_is_in_one_piece(text: str, unit: Unit, window: int) -> None:
    """No word is cut, and only one that is longer than the window makes a longer piece."""
    document = _document(text)
    pieces = cut(document, unit, window)
    covered = [at for piece in pieces for at in range(piece.start, piece.start + len(piece.text))]
    assert covered == sorted(set(covered))
    assert {at for at, character in enumerate(text) if not character.isspace()} <= set(covered)
    for piece in pieces:
        end = piece.start + len(piece.text)
        assert text[piece.start : end] == piece.text == piece.text.strip() != ""
        assert not any(start < edge < stop for start, stop in document.tokens for edge in (piece.start, end))
        assert len(piece.text) <= window or (piece.start, end) in document.tokens


def test_a_sentence_is_a_piece_if_asked_for() -> None:
    """Else as many as fit."""
    document = _document("He slept. She woke at 3 p.m. and left.\nThey stayed!")
    assert [piece.text for piece in cut(document, "sentence", 100)] == [
        "He slept.",
        "She woke at 3 p.m. and left.",
        "They stayed!",
    ]
    assert [piece.text for piece in cut(document, "document", 100)] == [document.text]


def test_an_example_has_the_gold_of_its_piece() -> None:
    """In characters of its own text."""
    document = _document("He slept. A rash came. It went.")
    shown = examples(Annotated(document, (Span(12, 16, "ADR"),)), "sentence", 100)
    assert [(example.text, example.spans) for example in shown] == [
        ("He slept.", ()),
        ("A rash came.", (Span(2, 6, "ADR"),)),
        ("It went.", ()),
    ]
