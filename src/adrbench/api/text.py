"""Text and the spans in it: the nouns that corpora, taggers and evaluators share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch of text: ``text[start:end]``, in characters, end exclusive.

    ``parts``: the ranges of a discontinuous mention, in order, ``start`` and ``end`` then being its outermost edges;
    empty for the plain case. A mention that leaves its text (a sentence boundary cut it) ends with the text, and its
    parts reach beyond. Spans are equal only if their parts are, so no plain span ever matches a discontinuous one.

    ``score``: how sure the tagger is, a fraction from 0 to 1, or None if it does not say. It is no part of equality,
    order or hash, so a scored span matches gold as any other does.
    """

    start: int
    end: int
    label: str
    parts: tuple[tuple[int, int], ...] = ()
    score: float | None = field(default=None, compare=False, kw_only=True)

    def __repr__(self) -> str:
        plain = f"Span(start={self.start}, end={self.end}, label={self.label!r}"
        parts = f", parts={self.parts}" if self.parts else ""
        score = "" if self.score is None else f", score={self.score:g}"
        return f"{plain}{parts}{score})"

    def to_list(self) -> list[Any]:
        """As plain data: ``[start, end, label]``, then ``parts`` if there are any, then ``score`` if there is one.

        A span with a score always has a place for its parts: ``[start, end, label, [], score]``.
        """
        plain = [self.start, self.end, self.label]
        parts = [list(part) for part in self.parts]
        if self.score is not None:
            return [*plain, parts, self.score]
        return [*plain, parts] if parts else plain

    @classmethod
    def from_list(cls, plain: Sequence[Any]) -> Self:
        """The span that ``to_list`` made plain.

        Raises:
            ValueError: The list has another length, or its score is no fraction.
        """
        if len(plain) == 3:  # noqa: PLR2004
            return cls(*plain)
        start, end, label, parts, *rest = plain
        score = fraction(*rest) if rest else None
        return cls(start, end, label, tuple((first, last) for first, last in parts), score=score)


def fraction(score: Any) -> float:
    """A score as a float, whatever kind of number its tagger counts with.

    Args:
        score: What a tagger gave as the score of a span.

    Returns:
        The same number, from 0 to 1.

    Raises:
        ValueError: It is no number, or outside of that range.
    """
    try:
        number = float(score)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(score, bool | str) or not 0 <= number <= 1:
        raise ValueError(f"the score of a span should be a fraction from 0 to 1, or None, not {score!r}")
    return number


@dataclass(frozen=True, slots=True)
class Document:
    """A text as a tagger sees it at prediction: no gold.

    ``tokens`` are character ranges, the same for every tagger; ``group`` names the source (abstract, label, post)
    that must not stand on both sides of a grouped split.
    """

    id: str
    text: str
    tokens: tuple[tuple[int, int], ...]
    group: str

    def words(self) -> list[str]:
        """The surface form of every token, in order."""
        return [self.text[start:end] for start, end in self.tokens]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document with its gold spans, sorted, none of them discontinuous. Only ``fit`` ever receives one."""

    document: Document
    spans: tuple[Span, ...]
