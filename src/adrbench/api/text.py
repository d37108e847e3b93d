"""Text and the spans in it: the nouns that corpora, taggers and evaluators share."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A labelled stretch of text: ``text[start:end]``, in characters, end exclusive."""

    start: int
    end: int
    label: str


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
    """A document with its gold spans, sorted. Only ``fit`` ever receives one."""

    document: Document
    spans: tuple[Span, ...]
