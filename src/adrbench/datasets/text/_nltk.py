"""NLTK's words with their character ranges, in linear time and without NLTK's limit of wall-clock time."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any

from adrbench.datasets.text._ranges import Range, Tokens

_VISIBLE = re.compile(r"\S+")
# NLTK writes a quote in one of two ways; what each of them may stand for in the text.
_REWRITTEN = {"``": re.compile("``|\"|''"), "''": re.compile("''|\"")}
_WHITE = "".join(character for character in map(chr, range(0x3001)) if character.isspace())
# What may stand between the last period of a text and its end.
_CLOSING = _WHITE + "])}>\"'»”’"
# Longer stretches hardly come again, and are not kept.
_LONGEST_KEPT = 60


@contextmanager
def no_time_limit() -> Iterator[None]:
    """Let NLTK's regular expressions take the time they need: by itself it gives up after five seconds on the clock."""
    try:
        from nltk import redos  # noqa: PLC0415
    except ImportError:  # before NLTK 3.10 there was no limit
        yield
        return
    limit, redos.DEFAULT_TIMEOUT = redos.DEFAULT_TIMEOUT, None
    try:
        yield
    finally:
        redos.DEFAULT_TIMEOUT = limit


class NltkWords:
    """Splits sentences; each distinct stretch of visible characters is split once."""

    def __init__(self) -> None:
        self._inner = lru_cache(maxsize=2**17)(self._split_inner)
        self._ending = lru_cache(maxsize=2**14)(self._split_ending)

    def ranges(self, text: str) -> Tokens:
        """Split a sentence into the words of ``nltk.NLTKWordTokenizer``.

        NLTK's rules look no further than the white space around a stretch of visible characters, but at the end of the
        text, where a last period is a word of its own. So each distinct stretch is split once, whatever the text.

        Args:
            text: A sentence, or any text taken for one.

        Returns:
            Character ranges in order, without overlap. Every character that is no white space lies in exactly one of
            them: quotes, which NLTK rewrites, stand as in the text, and what it swallows is a word of its own.
        """
        until = len(text.rstrip(_CLOSING))
        # The last stretch that holds more than closing brackets and quotes, and all that follows it.
        last = until - len(text[:until].rsplit(None, 1)[-1]) if until else 0
        ranges: list[Range] = []
        for match in _VISIBLE.finditer(text, 0, last):
            start, end = match.span()
            split = self._inner if end - start <= _LONGEST_KEPT else self._split_inner
            words = split(text[start - 1 : start], match[0], text[end])
            if words is None:
                ranges.append((start, end))
            else:
                ranges.extend([(start + left, start + right) for left, right in words])
        ending = text[last:]
        split_end = self._ending if len(ending) <= _LONGEST_KEPT else self._split_ending
        ranges.extend(
            [(last + left, last + right) for left, right in split_end(text[last - 1 : last] if last else "", ending)]
        )
        return tuple(ranges)

    def _split_inner(self, before: str, stretch: str, after: str) -> Tokens | None:
        """The words of a stretch between two characters of white space, in its own coordinates; None for one word."""
        # A word on either side, so that the stretch is neither the beginning nor the end of what NLTK sees.
        words = self._words(f"x{before}{stretch}{after}x" if before else f"{stretch}{after}x")
        ranges = _aligned(stretch, words[1:-1] if before else words[:-1])
        return None if len(ranges) == 1 else ranges

    def _split_ending(self, before: str, ending: str) -> Tokens:
        """The words of the end of a text after a character of white space, in its own coordinates."""
        words = self._words(f"x{before}{ending}" if before else ending)
        return _aligned(ending, words[1:] if before else words)

    def _words(self, text: str) -> list[str]:
        with no_time_limit():
            words: list[str] = self._tokeniser.tokenize(text)
        return words

    @cached_property
    def _tokeniser(self) -> Any:
        # NLTK imports scikit-learn and scipy on its way: about two seconds, so only when something is to be tokenised.
        from nltk.tokenize.destructive import NLTKWordTokenizer  # noqa: PLC0415

        return NLTKWordTokenizer()


def _aligned(text: str, words: Sequence[str]) -> Tokens:
    """Where the words stand in the text, one after the other; what is between them is a word too."""
    ranges: list[Range] = []
    position = 0
    for word in words:
        place = _find(text, word, position)
        if place is not None:
            ranges.extend(match.span() for match in _VISIBLE.finditer(text, position, place[0]))
            ranges.append(place)
            position = place[1]
    ranges.extend(match.span() for match in _VISIBLE.finditer(text, position))
    return tuple(ranges)


def _find(text: str, word: str, position: int) -> Range | None:
    if word in _REWRITTEN:
        match = _REWRITTEN[word].search(text, position)
        return match and match.span()
    start = text.find(word, position)
    return (start, start + len(word)) if start >= 0 else None
