"""Words and tags as flair can take them: no odd words, no endless sentences."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.api import decode

# flair compares every word of a sentence with every other one, and its CRF goes from word to word in Python.
LONGEST = 256
_LONGEST_WORD = 64
_ENDS = frozenset(".!?\n")


def spelt(word: str) -> str:
    """Spell a word as flair can take it.

    flair drops empty words, cannot encode lone surrogates, and reads every character of a word.

    Args:
        word: The word.

    Returns:
        The word, not empty, without lone surrogates. Of a word of more than 64 characters, the first and the last 32.

    >>> spelt(""), spelt("a" * 500) == "a" * 64
    (' ', True)
    """
    if len(word) > _LONGEST_WORD:
        # The two ends, which is where morphology is.
        word = word[: _LONGEST_WORD // 2] + word[-_LONGEST_WORD // 2 :]
    return word.encode("utf-8", "replace").decode("utf-8") or " "


def cut(words: Sequence[str], longest: int = LONGEST) -> list[tuple[int, int]]:
    """Cut a text into ranges of at most ``longest`` words.

    A cut is behind the last end of a sentence within reach, else after ``longest`` words.

    Args:
        words: The words of the text.
        longest: The most words of a range.

    Returns:
        Ranges ``(start, end)``, end exclusive, which together cover all words, in order.

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
    """Read spans off a sequence of tags, in words.

    Args:
        tags: One tag a word, BIO or BIOES.

    Returns:
        ``(first, end, label)`` of each span, end exclusive.

    >>> mentions(["O", "B-ADR", "E-ADR"])
    [(1, 3, 'ADR')]
    """
    return [(s.start, s.end, s.label) for s in decode([(i, i + 1) for i in range(len(tags))], tags)]
