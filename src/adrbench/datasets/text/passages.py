"""A text as a tagger is given it: whole, or cut into the units that it was fitted on, each with its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from adrbench.datasets.text._ranges import Range, Tokens
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.datasets.text.splitters import Splitter
from adrbench.datasets.text.tokens import Unit

MAX_CHARACTERS = 100_000
"""Longer stretches are given to a tagger in pieces, whose memory grows with the length of a text."""


class Passage(NamedTuple):
    """A stretch of a text.

    Attributes:
        start: Where it begins in the text, in characters.
        text: Its own text.
        tokens: Ranges of its words, counted from its beginning.
    """

    start: int
    text: str
    tokens: Tokens


class PassageCutter:
    """Cuts texts into passages. Every character that is no white space lies in exactly one of them.

    Args:
        splitter: Makes words.
        unit: What the tagger was fitted on. A ``document`` of up to ``MAX_CHARACTERS`` is one passage, and a longer one
            is cut between sentences; of texts for a tagger of sentences each sentence is a passage.
    """

    def __init__(self, splitter: Splitter, unit: Unit) -> None:
        self.splitter = splitter
        self._unit = unit
        self._sentences = SentenceSplitter()

    def cut(self, text: str, tokens: Tokens | None = None, *, sentence: bool = False) -> list[Passage]:
        """Cut a text.

        Args:
            text: The text, of any length.
            tokens: Its words, if its format fixes them. No passage ends inside of one.
            sentence: Whether the text is a single sentence already.

        Returns:
            The passages, in order.
        """
        if (sentence or self._unit == "document") and len(text) <= MAX_CHARACTERS:
            words = self.splitter.sentence if sentence else self.splitter.document
            return [Passage(0, text, words(text) if tokens is None else tokens)]
        ranges: Sequence[Range] = self._sentences.ranges(text)
        if sentence or self._unit == "document":
            ranges = list(_together(ranges))
        ranges = [piece for stretch in ranges for piece in _pieces(text, stretch)]
        if tokens is not None:
            return list(_with_tokens(text, around(ranges, tokens), tokens))
        words = self.splitter.sentence if self._unit == "sentence" else self.splitter.document
        return [Passage(start, text[start:end], words(text[start:end])) for start, end in ranges]


def around(ranges: Sequence[Range], tokens: Sequence[Range] | None) -> list[Range]:
    """Join stretches whose boundary a token crosses.

    Args:
        ranges: The stretches, in order.
        tokens: The words; None: nothing is joined.

    Returns:
        The stretches.
    """
    joined: list[Range] = []
    inside = {at for start, end in tokens or () for at in range(start + 1, end)}
    for start, end in ranges:
        if joined and start in inside:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def _together(ranges: Sequence[Range]) -> Iterator[Range]:
    """Consecutive sentences, as many as there is room for."""
    first = last = None
    for start, end in ranges:
        if first is None or last is None or end - first > MAX_CHARACTERS:
            if first is not None and last is not None:
                yield first, last
            first = start
        last = end
    if first is not None and last is not None:
        yield first, last


def _pieces(text: str, stretch: Range) -> Iterator[Range]:
    """A stretch cut where it is too long: at the last white space that there is, else anywhere."""
    start, end = stretch
    while end - start > MAX_CHARACTERS:
        limit = start + MAX_CHARACTERS
        place = max(text.rfind(blank, start + 1, limit) for blank in (" ", "\n", "\t"))
        cut = place if place > start else limit
        yield start, cut
        start = cut
    yield start, end


def _with_tokens(text: str, ranges: Sequence[Range], tokens: Tokens) -> Iterator[Passage]:
    place = 0
    for start, end in ranges:
        inside = []
        while place < len(tokens) and tokens[place][0] < end:
            inside.append((tokens[place][0] - start, tokens[place][1] - start))
            place += 1
        # A token may begin before or end behind the sentence that was found: it is whole in this passage.
        first = start + min(0, inside[0][0]) if inside else start
        last = max(end, start + inside[-1][1]) if inside else end
        shift = start - first
        yield Passage(first, text[first:last], tuple((s + shift, e + shift) for s, e in inside))
