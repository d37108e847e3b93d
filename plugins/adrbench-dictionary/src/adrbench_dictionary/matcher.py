"""Finding terms in documents: Aho-Corasick on folded text, results in tokens of the document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate

import ahocorasick

from adrbench.api import Document

_SPACE = re.compile(r"\s")

Occurrence = tuple[int, int, str]
"""First token, end token (exclusive), term."""


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
    """Terms, ready to be matched.

    Args:
        terms: Folded, non-empty terms.
        fold_case: Whether texts are case-folded before they are matched, as the terms were.
    """

    def __init__(self, terms: Iterable[str], fold_case: bool) -> None:
        self.fold_case = fold_case
        self._automaton = ahocorasick.Automaton()
        for term in sorted(terms):
            self._automaton.add_word(term, term)
        self._automaton.make_automaton()

    def occurrences(self, document: Document) -> list[Occurrence]:
        """Find every occurrence of a term that starts and ends at token boundaries, overlaps included.

        Args:
            document: The document.

        Returns:
            The occurrences by first token; of those that start together the longest first.
        """
        if not len(self._automaton):
            return []
        text = fold(document.text, self.fold_case)
        starts, ends = self._boundaries(document, len(text))
        # `iter`, not `iter_long`: the latter drops matches that a longer, off-boundary candidate shadows.
        places = (
            (starts.get(last + 1 - len(term)), ends.get(last + 1), term) for last, term in self._automaton.iter(text)
        )
        whole = [(start, end, term) for start, end, term in places if start is not None and end is not None]
        return sorted(whole, key=lambda place: (place[0], -place[1]))

    def _boundaries(self, document: Document, folded_length: int) -> tuple[dict[int, int], dict[int, int]]:
        """Offsets in the folded text: where a token starts → its number, where it ends → the number after it."""
        text, tokens = document.text, document.tokens
        if folded_length == len(text):  # folding never shortens a character, so nothing has moved
            moved: list[int] | range = range(len(text) + 1)
        else:
            moved = [0, *accumulate(len(character.casefold()) for character in text)]
        starts = {moved[start]: i for i, (start, _) in enumerate(tokens)}
        return starts, {moved[end]: i for i, (_, end) in enumerate(tokens, start=1)}
