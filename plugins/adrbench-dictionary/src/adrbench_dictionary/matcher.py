"""Finding terms in documents: Aho-Corasick on folded text, results in the characters of the original."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import accumulate

import ahocorasick

from adrbench.api import Document, Span

_SPACE = re.compile(r"\s")


def fold(text: str, fold_case: bool) -> str:
    r"""Bring text into the form in which terms and texts are compared.

    Args:
        text: A term or a text.
        fold_case: Whether case is folded (Unicode).

    Returns:
        The text with every white space character as a space. Case folding may make it longer.

    >>> fold("Renal\tFailure", fold_case=True)
    'renal failure'
    """
    text = _SPACE.sub(" ", text)
    return text.casefold() if fold_case else text


class Matcher:
    """Terms with their labels, ready to be matched.

    Args:
        terms: Folded, non-empty terms, each with its label.
        fold_case: Whether texts are case-folded before they are matched, as the terms were.
        scores: For some of the terms the score of their spans, a fraction.
    """

    def __init__(self, terms: Mapping[str, str], fold_case: bool, scores: Mapping[str, float] | None = None) -> None:
        self.terms = dict(sorted(terms.items()))
        self.scores = dict(scores or {})
        self.fold_case = fold_case
        self._automaton = ahocorasick.Automaton()
        for term, label in self.terms.items():
            self._automaton.add_word(term, (term, label))
        self._automaton.make_automaton()

    def occurrences(self, document: Document) -> Iterator[tuple[str, Span]]:
        """Find every occurrence of a term that starts and ends at token boundaries, overlaps included.

        Args:
            document: The document.

        Yields:
            ``(term, span)``, in the order in which the occurrences end.
        """
        if not self.terms:
            return
        text = fold(document.text, self.fold_case)
        starts, ends = self._boundaries(document, len(text))
        # `iter`, not `iter_long`: the latter drops matches that a longer, off-boundary candidate shadows.
        for last, (term, label) in self._automaton.iter(text):
            start, end = starts.get(last + 1 - len(term)), ends.get(last + 1)
            if start is not None and end is not None:
                yield term, Span(start, end, label)

    def find(self, document: Document) -> list[Span]:
        """Tag a document: of overlapping occurrences the leftmost wins, then the longest.

        Args:
            document: The document.

        Returns:
            Spans without overlap, in order, with a score if their term has one.
        """
        kept: list[Span] = []
        free = 0
        for term, span in sorted(self.occurrences(document), key=lambda pair: (pair[1].start, -pair[1].end)):
            if span.start >= free:
                kept.append(replace(span, score=self.scores[term]) if term in self.scores else span)
                free = span.end
        return kept

    def _boundaries(self, document: Document, folded_length: int) -> tuple[dict[int, int], dict[int, int]]:
        """Token starts and ends: offset in the folded text → offset in the original."""
        text, tokens = document.text, document.tokens
        if folded_length == len(text):  # folding never shortens a character, so nothing has moved
            return {start: start for start, _ in tokens}, {end: end for _, end in tokens}
        moved = [0, *accumulate(len(character.casefold()) for character in text)]
        return {moved[start]: start for start, _ in tokens}, {moved[end]: end for _, end in tokens}
