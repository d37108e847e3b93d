"""From columns of tags to spans, all tokens at once.

What ``adrbench.api.decode`` does to one sentence, which is what conlleval and seqeval do, this does to a million tokens
in a few numpy operations. Where a mention begins and ends depends only on a tag and the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from adrbench.scoring.evaluators.packed import Ints, Mask

Orphans = Literal["begin", "reject"]
_OUTSIDE, _BEGIN, _INSIDE, _END, _SINGLE = range(5)
# Last and End, Unit, Whole and Single, Middle and Inside are the same.
_LETTERS = {"B": _BEGIN, "I": _INSIDE, "M": _INSIDE, "E": _END, "L": _END, "S": _SINGLE, "U": _SINGLE, "W": _SINGLE}
_OUTSIDES = "Oo0"
BARE = "ENTITY"


@dataclass
class TagTable:
    """What tags mean: a number for each, with its letter and the number of its label.

    ``raw``: tags are bare labels, each token a mention of its own (``conlleval -r``). ``outside``: one more tag of no
    mention, beside ``O``, ``o``, ``0`` and these with a label (``O-ADR``). Bare ``B`` and ``I`` have the label
    ``ENTITY``.
    """

    raw: bool = False
    outside: str = "O"
    labels: dict[str, int] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)
    _meanings: dict[tuple[int, str], int] = field(default_factory=dict)

    def learn(self, tags: Iterable[str]) -> str | None:
        """Take in the tags that occur.

        Args:
            tags: Tags of any tokens.

        Returns:
            The first tag without a meaning, or ``None``.
        """
        for tag in tags:
            if tag not in self._numbers:
                meaning = self._meaning(tag.strip())
                if meaning is None:
                    return tag
                if meaning[0] != _OUTSIDE:
                    self.labels.setdefault(meaning[1], len(self.labels))
                self._numbers[tag] = self._meanings.setdefault(meaning, len(self._meanings))
        return None

    def numbers(self, tags: Sequence[str]) -> Ints:
        """Number tags.

        Args:
            tags: Tags that ``learn`` has taken in.

        Returns:
            A number for each: the same for tags that mean the same.
        """
        return np.fromiter(map(self._numbers.__getitem__, tags), np.int64, len(tags))

    def letters_and_labels(self) -> tuple[Ints, Ints]:
        """The meaning of each number of a tag.

        Returns:
            By the number of a tag: its letter, and the number of its label (-1 outside of mentions).
        """
        letters = np.array([letter for letter, _ in self._meanings], dtype=np.int64)
        labels = [-1 if letter == _OUTSIDE else self.labels[label] for letter, label in self._meanings]
        return letters, np.array(labels, dtype=np.int64)

    def _meaning(self, tag: str) -> tuple[int, str] | None:
        if tag in {"O", self.outside}:
            return _OUTSIDE, ""
        if self.raw:
            return (_BEGIN, tag) if tag else None
        letter, mark, label = tag[:1], tag[1:2], tag[2:]
        if mark not in {"", "-", "_"} or (mark and not label):
            return None
        if letter and letter in _OUTSIDES:
            return _OUTSIDE, label
        if letter not in _LETTERS:
            return None
        return _LETTERS[letter], label if mark else BARE


@dataclass(frozen=True, eq=False)
class Mentions:
    """Mentions by token: the first, the one after the last, the number of the label.

    ``orphans``: marks those that begin without a tag that begins one.
    """

    starts: Ints
    ends: Ints
    labels: Ints
    orphans: Mask

    def is_iob1(self, begun_anew: int) -> bool:
        """Whether mentions begin with ``I`` except right after one of their label.

        Args:
            begun_anew: How many mentions begin with ``B`` right after one of the same label.

        Returns:
            Whether the tags are IOB1.
        """
        return bool(self.orphans.any()) and int((~self.orphans).sum()) == begun_anew

    def kept(self, orphans: Orphans) -> Mask:
        """Select the mentions that count.

        Args:
            orphans: Whether mentions without a tag that begins one count.

        Returns:
            One truth value a mention.
        """
        return ~self.orphans if orphans == "reject" else np.ones(len(self.starts), dtype=np.bool_)


def find_mentions(letters: Ints, labels: Ints, firsts: Ints) -> tuple[Mentions, int]:
    """Find the mentions of tagged tokens.

    The rules of conlleval (Tjong Kim Sang and Buchholz 2000, CoNLL, its script) for IOB1 and IOB2, with those of
    seqeval's default mode for ``E`` and ``S``: a mention begins at a begin, at another label, and after the outside,
    an end or the border of a sentence.

    Args:
        letters: The letter of each token's tag.
        labels: The number of each token's label, -1 outside of mentions.
        firsts: The first token of each sentence.

    Returns:
        The mentions, and how many begin with ``B`` right after one of the same label.
    """
    before, label_before = np.empty_like(letters), np.empty_like(labels)
    before[1:], label_before[1:] = letters[:-1], labels[:-1]
    before[firsts], label_before[firsts] = _OUTSIDE, -1
    inside = letters != _OUTSIDE
    opens = (letters == _BEGIN) | (letters == _SINGLE)
    closed = (before == _OUTSIDE) | (before == _END) | (before == _SINGLE) | (label_before != labels)
    begins = inside & (opens | closed)
    ends: NDArray[np.bool_] = inside.copy()
    ends[:-1] &= ~(inside & ~begins)[1:]
    starts = np.flatnonzero(begins)
    found = Mentions(starts, np.flatnonzero(ends) + 1, labels[starts], ~opens[starts])
    return found, int((begins & (letters == _BEGIN) & (label_before == labels)).sum())


def label_names(labels: Mapping[str, int]) -> tuple[str, ...]:
    """List labels by number.

    Args:
        labels: The number of each label.

    Returns:
        The labels in the order of their numbers.
    """
    return tuple(sorted(labels, key=labels.__getitem__))
