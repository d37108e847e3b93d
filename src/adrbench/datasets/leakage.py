"""How much train and test overlap: the same text, near duplicates, texts of the same group."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from math import ceil

from adrbench.api import Document
from adrbench.datasets.text.normalisation import normalise

THRESHOLD = 0.8
# Shorter texts share most of their words by chance.
FEWEST_WORDS = 6
_WORD = re.compile(r"\d+(?:[.,]\d+)*|\w+")
_NUMBER = "0"
# Bounds for a corpus of one sentence with variations, where every text is like every other: so many candidates of a
# word and for a text are looked at, so many partners of a text kept.
_CANDIDATES, _PARTNERS = 500, 20
# Products of shares and sizes are whole numbers up to an error far smaller than this.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Leaks:
    """How much train and test overlap, in test documents summed over folds.

    Attributes:
        tested: Documents under test.
        same_text: Those whose text is in the training part, white space and case aside.
        near_duplicates: Other documents with a text of nearly the same words in the training part.
        same_group: Those with a text of their group in the training part.
        complete: False if near duplicates may be more than were counted.
    """

    tested: int
    same_text: int
    near_duplicates: int
    same_group: int
    complete: bool = True

    def lines(self) -> list[str]:
        """Say the overlap in words.

        Returns:
            A sentence for each kind that occurs.
        """
        kinds = [
            (self.same_text, "the same text in the training part"),
            (self.near_duplicates, "a near duplicate (not the same text) in the training part"),
            (self.same_group, "a text of the same group in the training part"),
        ]
        lines = [
            f"{count:,} of {self.tested:,} test documents {'has' if count == 1 else 'have'} {what}"
            for count, what in kinds
            if count
        ]
        return lines if self.complete else [*lines, "there may be more near duplicates than were counted"]


@dataclass(frozen=True)
class Likeness:
    """Which documents are alike, found once for any number of splits.

    By document id: ``groups``; ``texts`` and ``words``, numbers that are equal where the text (white space and case
    aside) or its set of words is, ``words`` without texts of few words. ``pairs`` of numbers of ``words``: similar
    sets.
    """

    groups: Mapping[str, str]
    texts: Mapping[str, int]
    words: Mapping[str, int]
    pairs: tuple[tuple[int, int], ...]
    complete: bool

    @cached_property
    def _similar(self) -> Mapping[int, Sequence[int]]:
        similar = defaultdict(list)
        for one, other in self.pairs:
            similar[one].append(other)
            similar[other].append(one)
        return similar

    def leaks(self, folds: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Leaks:
        """Count the leaks of a split.

        Args:
            folds: Of each fold, the ids that are trained on and the ids that are tested.

        Returns:
            Counts of test documents, summed over folds.
        """
        tested = same_text = near = same_group = 0
        for train, test in folds:
            groups = {self.groups[i] for i in train}
            texts = {self.texts[i] for i in train}
            words = {self.words[i] for i in train if i in self.words}
            tested += len(test)
            same_group += sum(self.groups[i] in groups for i in test)
            fresh = [i for i in test if self.texts[i] not in texts]
            same_text += len(test) - len(fresh)
            near += sum(
                not words.isdisjoint((self.words[i], *self._similar.get(self.words[i], ())))
                for i in fresh
                if i in self.words
            )
        return Leaks(tested, same_text, near, same_group, self.complete)


def compare(documents: Sequence[Document], threshold: float = THRESHOLD) -> Likeness:
    """Find the documents that are alike.

    Args:
        documents: All documents of a corpus.
        threshold: The Jaccard similarity of their sets of words from which two are near duplicates, over 0 and up to 1.

    Returns:
        What is needed to count the leaks of any split of them.
    """
    texts: dict[str, int] = {}
    sets: dict[frozenset[str], int] = {}
    text_of: dict[str, int] = {}
    words_of: dict[str, int] = {}
    for document in documents:
        text = normalise(document.text)
        text_of[document.id] = texts.setdefault(text, len(texts))
        words = word_set(text)
        if len(words) >= FEWEST_WORDS:
            words_of[document.id] = sets.setdefault(words, len(sets))
    pairs, complete = similar(list(sets), threshold)
    return Likeness({d.id: d.group for d in documents}, text_of, words_of, tuple(pairs), complete)


def word_set(text: str) -> frozenset[str]:
    """Collect the distinct words of a text, case aside. All numbers are one word.

    Args:
        text: The text.

    Returns:
        The words.

    >>> sorted(word_set("Rash after 2.5 or 10 mg; rash!"))
    ['0', 'after', 'mg', 'or', 'rash']
    """
    return frozenset(_NUMBER if word[0].isdecimal() else word for word in _WORD.findall(text.casefold()))


def similar(sets: Sequence[frozenset[str]], threshold: float) -> tuple[list[tuple[int, int]], bool]:
    """Find pairs of sets whose intersection is at least ``threshold`` of their union.

    Prefix filtering: with the words of each set ordered from rare to frequent, two sets that are alike share one of
    their first words (Chaudhuri, Ganti, Kaushik 2006, A Primitive Operator for Similarity Joins in Data Cleaning).
    From the smallest set to the largest, a shorter prefix is enough (Xiao et al. 2008, PPJoin). The result is exact,
    unless very many sets share their rarest words; then some pairs, spread evenly, are left out.

    Args:
        sets: The sets.
        threshold: The least share, above 0.

    Returns:
        The places of the two sets of each pair, and whether these are all pairs.
    """
    frequency = Counter(chain.from_iterable(sets))
    rank = {word: place for place, (word, _) in enumerate(sorted(frequency.items(), key=lambda item: item[::-1]))}
    order = sorted(range(len(sets)), key=lambda place: (len(sets[place]), place))
    ranked = [frozenset(rank[word] for word in sets[place]) for place in order]
    sizes = [len(words) for words in ranked]
    holders: dict[int, list[int]] = defaultdict(list)
    pairs = []
    complete = True
    for number, words in enumerate(ranked):
        size = sizes[number]
        prefix = sorted(words)[: size - ceil(threshold * size - _ROUNDING) + 1]
        smallest = bisect_left(sizes, threshold * size - _ROUNDING)
        candidates: set[int] = set()
        for word in prefix:
            held = holders.get(word, ())
            first = bisect_left(held, smallest)
            step = 1 + (len(held) - first) // _CANDIDATES
            complete &= step == 1
            candidates.update(held[first + number % step :: step])
        partners = 0
        for other in _rotated(list(candidates), number):
            common = len(words & ranked[other])
            if common >= threshold * (size + sizes[other] - common) - _ROUNDING:
                pairs.append((order[other], order[number]))
                partners += 1
                if partners == _PARTNERS:
                    complete &= len(candidates) == _PARTNERS
                    break
        for word in prefix[: size - ceil(2 * threshold / (1 + threshold) * size - _ROUNDING) + 1]:
            holders[word].append(number)
    return [(min(pair), max(pair)) for pair in pairs], complete


def _rotated(candidates: list[int], number: int) -> list[int]:
    """The candidates, begun somewhere else for each number: those who keep only some shall not all keep the same."""
    start = number * 7919 % (len(candidates) or 1) if len(candidates) > _PARTNERS else 0
    return candidates[start:] + candidates[:start] if start else candidates
