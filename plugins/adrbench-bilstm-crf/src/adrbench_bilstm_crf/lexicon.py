"""Words as numbers: what the network is told of each distinct word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from adrbench_bilstm_crf.vectors import WordVectors

# Longer words keep their two ends, which is where morphology is.
LONGEST_WORD = 32
SHAPES = 8
UNKNOWN = 1


def normalise(word: str) -> str:
    """The form under which words share a vector: lower case, digits as 0, lone surrogates as question marks."""
    return re.sub(r"\d", "0", word.lower()).encode("utf-8", "replace").decode("utf-8")


def shape(word: str) -> int:
    """The kind of capitalisation or digits, from 1 to ``SHAPES - 1``."""
    if any(c.isdigit() for c in word):
        return 2 if any(c.isalpha() for c in word) else 1
    if not any(c.isalpha() for c in word):
        return 3
    if word == word.lower():
        return 4
    if word == word.upper() and len(word) > 1:
        return 5
    return 6 if word[1:] == word[1:].lower() else 7


@dataclass(frozen=True)
class WordTable:
    """The features of distinct words, one a row. Row 0 is padding: all zeros.

    ``vectors`` (n, size): given vectors, zero where there is none. ``tuned`` (n): row of the network's own table, 0 for
    none, ``UNKNOWN`` for words without any vector. ``shapes`` (n): kinds of capitalisation. ``characters``
    (n, ``LONGEST_WORD``): the spelling, 0 for padding.
    """

    vectors: Tensor
    tuned: Tensor
    shapes: Tensor
    characters: Tensor

    def to(self, device: torch.device) -> WordTable:
        """The same table on a device."""
        return WordTable(*(t.to(device) for t in (self.vectors, self.tuned, self.shapes, self.characters)))


@dataclass(frozen=True)
class Lexicon:
    """What was known of words when the tagger was fitted: vectors, training words, training characters."""

    vectors: WordVectors
    tuned: dict[str, int]
    characters: dict[str, int]

    @classmethod
    def of(cls, words: Iterable[str], vectors: WordVectors) -> Lexicon:
        """The lexicon of a training part's words; those seen once stand for unknown ones unless they have a vector."""
        words = list(words)
        counts = Counter(map(normalise, words))
        known = [w for w, n in counts.items() if n > 1 or vectors.find(w) is not None]
        characters = sorted({c for word in set(words) for c in word})
        return cls.restored(vectors, known, characters)

    @classmethod
    def restored(cls, vectors: WordVectors, tuned: Iterable[str], characters: Iterable[str]) -> Lexicon:
        """The lexicon of given words and characters, numbered in their order."""
        return cls(
            vectors,
            {w: i for i, w in enumerate(tuned, UNKNOWN + 1)},
            {c: i for i, c in enumerate(characters, 2)},
        )

    def encode(self, sentences: Sequence[Sequence[str]]) -> tuple[WordTable, list[Tensor]]:
        """The table of all words that occur, and each sentence as rows of it."""
        rows: dict[str, int] = {}
        ids = [torch.tensor([rows.setdefault(w, len(rows) + 1) for w in s], dtype=torch.long) for s in sentences]
        vectors = np.zeros((len(rows) + 1, self.vectors.size), dtype=np.float32)
        tuned = torch.zeros(len(rows) + 1, dtype=torch.long)
        shapes = torch.zeros(len(rows) + 1, dtype=torch.long)
        characters = torch.zeros((len(rows) + 1, LONGEST_WORD), dtype=torch.long)
        for word, row in rows.items():
            form = normalise(word)
            vector = self.vectors.find(word, form)
            if vector is not None:
                vectors[row] = vector
            tuned[row] = self.tuned.get(form, UNKNOWN if vector is None else 0)
            shapes[row] = shape(word)
            spelling = word if len(word) <= LONGEST_WORD else word[: LONGEST_WORD // 2] + word[-LONGEST_WORD // 2 :]
            characters[row, : len(spelling)] = torch.tensor([self.characters.get(c, 1) for c in spelling])
        return WordTable(torch.from_numpy(vectors), tuned, shapes, characters), ids
