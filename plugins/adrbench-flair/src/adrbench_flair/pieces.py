"""Words and tags as flair can take them: no odd words, no endless sentences."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.api import decode

# flair compares every word of a sentence with every other one, and its CRF goes from word to word in Python.
LONGEST = 256
_LONGEST_WORD = 64
_ENDS = frozenset(".!?\n")


def spelt(word: str) -> str:
    """A word that flair keeps: it drops empty ones, cannot encode lone surrogates, and reads every character.

    >>> spelt(""), spelt("a" * 500) == "a" * 64
    (' ', True)
    """
    if len(word) > _LONGEST_WORD:
        # The two ends, which is where morphology is.
        word = word[: _LONGEST_WORD // 2] + word[-_LONGEST_WORD // 2 :]
    return word.encode("utf-8", "replace").decode("utf-8") or " "


def cut(words: Sequence[str], longest: int = LONGEST) -> list[tuple[int, int]]:
    """Ranges of at most ``longest`` words that together are all of them, in order; none for no words.

    Cut is behind the last end of a sentence that is in reach, else wherever it must be.

    >>> cut(["It", "hurts", ".", "Why", "?"], 4), cut(["a", "b", "c"], 2)
    ([(0, 3), (3, 5)], [(0, 2), (2, 3)])
    """
    ranges, start = [], 0
    while len(words) - start > longest:
        reach = range(start + longest, start, -1)
        end = next((i for i in reach if words[i - 1] in _ENDS), start + longest)
        ranges.append((start, end))
        start = end
    return [*ranges, (start, len(words))] if start < len(words) else ranges


def mentions(tags: Sequence[str]) -> list[tuple[int, int, str]]:
    """Spans of a sequence of tags, in words.

    >>> mentions(["O", "B-ADR", "E-ADR"])
    [(1, 3, 'ADR')]
    """
    return [(s.start, s.end, s.label) for s in decode([(i, i + 1) for i in range(len(tags))], tags)]
