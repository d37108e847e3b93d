"""Text and the spans in it: the nouns that corpora, taggers and evaluators share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch of text: ``text[start:end]``, in characters, end exclusive.

    Spans are equal only if their parts are, so a plain span never matches a discontinuous one. The score is no part of
    equality, order or hash, so a scored span matches gold as any other does.

    Attributes:
        start: The first character.
        end: The end, exclusive.
        label: The label.
        parts: The ranges of a discontinuous mention, in order, from ``start`` to ``end``. Empty for a plain mention. A
            mention that a sentence boundary cut ends with its text, and its parts reach beyond.
        score: The tagger's confidence, a fraction from 0 to 1, or None if it gives none.
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
        """Turn the span into plain data.

        Returns:
            ``[start, end, label]``, then ``parts`` if there are any, then ``score`` if there is one. A span with a
            score always has a place for its parts: ``[start, end, label, [], score]``.
        """
        plain = [self.start, self.end, self.label]
        parts = [list(part) for part in self.parts]
        if self.score is not None:
            return [*plain, parts, self.score]
        return [*plain, parts] if parts else plain

    @classmethod
    def from_list(cls, plain: Sequence[Any]) -> Self:
        """Make a span from plain data.

        Args:
            plain: A list as ``to_list`` makes it.

        Returns:
            The span.

        Raises:
            ValueError: The list has another length, or its score is no fraction.
        """
        if len(plain) == 3:  # noqa: PLR2004
            return cls(*plain)
        start, end, label, parts, *rest = plain
        score = fraction(*rest) if rest else None
        return cls(start, end, label, tuple((first, last) for first, last in parts), score=score)


def fraction(score: Any) -> float:
    """Turn a score into a float, whatever kind of number its tagger uses.

    Args:
        score: The score of a span, as a tagger gave it.

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
    """A text as a tagger sees it at prediction, without gold.

    Attributes:
        id: Unique in the corpus.
        text: The text.
        tokens: Character ranges of its words, the same for every tagger.
        group: Its source (abstract, label, post), which a grouped split keeps on one side.
    """

    id: str
    text: str
    tokens: tuple[tuple[int, int], ...]
    group: str

    def words(self) -> list[str]:
        """List the surface forms of the tokens.

        Returns:
            One string a token, in order.
        """
        return [self.text[start:end] for start, end in self.tokens]


@dataclass(frozen=True, slots=True)
class Annotated:
    """A document with its gold spans. Only ``fit`` ever receives it.

    Attributes:
        document: The document.
        spans: Its gold spans, sorted, with no discontinuous span among them.
    """

    document: Document
    spans: tuple[Span, ...]
