"""Documents in pieces that a prompt holds. Each character that is no white space is in exactly one piece."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from adrbench.api import Annotated, Document, Span

Unit = Literal["document", "sentence"]

# A sentence ends at a line's end, or at a mark that white space follows and no small letter.
_SENTENCE_END = re.compile(r"(?:[.!?…。！？][\"'”’)\]]*(?=\s+[^\sa-z])|\n)\s*")


@dataclass(frozen=True)
class Piece:
    """A part of a document.

    Attributes:
        text: Its text, without white space around it.
        start: Where it begins in the document's text, in characters.
    """

    text: str
    start: int


@dataclass(frozen=True)
class Example:
    """A piece of a training document.

    Attributes:
        text: Its text.
        spans: The gold spans that lie in it, in characters of ``text``.
    """

    text: str
    spans: tuple[Span, ...]


def cut(document: Document, unit: Unit, window: int) -> list[Piece]:
    """Cut a document into pieces. No token is cut, so a token longer than ``window`` is a piece of its own.

    Args:
        document: The document.
        unit: ``sentence``: a piece a sentence. ``document``: as many sentences a piece as ``window`` allows.
        window: The most characters of a piece.

    Returns:
        The pieces, in order; none for a document of white space.

    >>> text = "He woke. She slept. They left."
    >>> [piece.text for piece in cut(Document("1", text, (), "1"), "document", 20)]
    ['He woke. She slept.', 'They left.']
    """
    text = document.text
    ends = [end for end in _sentence_ends(text) if not _in_token(document, end)]
    pieces: list[tuple[int, int]] = []
    start = 0
    for end in ends:
        if pieces and unit == "document" and len(text[pieces[-1][0] : end].strip()) <= window:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces.append((start, end))
        start = end
    return [
        Piece(stripped, first + len(text[first:end]) - len(text[first:end].lstrip()))
        for whole in pieces
        for first, end in _fitting(document, *whole, window)
        if (stripped := text[first:end].strip())
    ]


def examples(annotated: Annotated, unit: Unit, window: int) -> list[Example]:
    """Cut a training document into examples, as documents under test are cut.

    Args:
        annotated: The document with its gold.
        unit: As for ``cut``.
        window: As for ``cut``.

    Returns:
        The examples, in order. A span that does not lie in one piece is in no example.
    """
    return [
        Example(
            piece.text,
            tuple(
                Span(span.start - piece.start, span.end - piece.start, span.label)
                for span in annotated.spans
                if piece.start <= span.start and span.end <= piece.start + len(piece.text)
            ),
        )
        for piece in cut(annotated.document, unit, window)
    ]


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _SENTENCE_END.finditer(text):
        if match.end() < len(text):
            yield match.end()
    if text:
        yield len(text)


def _in_token(document: Document, at: int) -> bool:
    number = bisect_left(document.tokens, (at, 0)) - 1
    return number >= 0 and document.tokens[number][1] > at


def _fitting(document: Document, start: int, end: int, window: int) -> Iterator[tuple[int, int]]:
    """A range in parts of at most ``window`` characters, each cut as late as possible."""
    text = document.text
    while len(text[start:end].strip()) > window:
        start = end - len(text[start:end].lstrip())
        fitting = range(min(start + window, end - 1), start, -1)
        at = next((at for at in (*fitting, *range(start + window + 1, end)) if _may_cut(document, at)), end)
        yield start, at
        start = at
    if start < end:
        yield start, end


def _may_cut(document: Document, at: int) -> bool:
    """Whether a position is at white space or at a token's edge, and inside no token."""
    beside = document.text[at - 1].isspace() or document.text[at].isspace()
    if not beside:
        number = bisect_left(document.tokens, (at, 0))
        before, after = document.tokens[number - 1 : number], document.tokens[number : number + 1]
        beside = any(token[1] == at for token in before) or any(token[0] == at for token in after)
    return beside and not _in_token(document, at)
