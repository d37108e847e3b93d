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
    """Bring a word into the form under which words share a vector.

    Args:
        word: The word.

    Returns:
        The word in lower case, with digits as 0 and lone surrogates as question marks.
    """
    return re.sub(r"\d", "0", word.lower()).encode("utf-8", "replace").decode("utf-8")


def shape(word: str) -> int:
    """Classify a word's capitalisation and digits.

    Args:
        word: The word.

    Returns:
        A number from 1 to ``SHAPES - 1``.
    """
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
    """The features of distinct words, one word a row. Row 0 is padding: all zeros.

    Attributes:
        vectors: Given vectors, shape (n, size); zeros for words without a vector.
        tuned: Rows of the network's own table, shape (n). 0 for no row, ``UNKNOWN`` for words without any vector.
        shapes: Kinds of capitalisation, shape (n).
        characters: The spelling, shape (n, ``LONGEST_WORD``); 0 is padding.
    """

    vectors: Tensor
    tuned: Tensor
    shapes: Tensor
    characters: Tensor

    def to(self, device: torch.device) -> WordTable:
        """Copy the table to a device.

        Args:
            device: The device.

        Returns:
            The same table there.
        """
        return WordTable(*(t.to(device) for t in (self.vectors, self.tuned, self.shapes, self.characters)))


@dataclass(frozen=True)
class Lexicon:
    """The words that a fitted tagger knows.

    Attributes:
        vectors: The given word vectors.
        tuned: The row of each training word in the network's own table, by normal form.
        characters: The number of each training character.
    """

    vectors: WordVectors
    tuned: dict[str, int]
    characters: dict[str, int]

    @classmethod
    def of(cls, words: Iterable[str], vectors: WordVectors) -> Lexicon:
        """Make the lexicon of a training part.

        A word that occurs once and has no vector counts as unknown, so that training sees unknown words.

        Args:
            words: All words of the training part, with repetitions.
            vectors: The given word vectors.

        Returns:
            The lexicon.
        """
        words = list(words)
        counts = Counter(map(normalise, words))
        known = [w for w, n in counts.items() if n > 1 or vectors.find(w) is not None]
        characters = sorted({c for word in set(words) for c in word})
        return cls.restored(vectors, known, characters)

    @classmethod
    def restored(cls, vectors: WordVectors, tuned: Iterable[str], characters: Iterable[str]) -> Lexicon:
        """Make the lexicon of given words and characters, numbered in their order.

        Args:
            vectors: The given word vectors.
            tuned: The normal forms with a row of their own in the network's table.
            characters: The characters.

        Returns:
            The lexicon.
        """
        return cls(
            vectors,
            {w: i for i, w in enumerate(tuned, UNKNOWN + 1)},
            {c: i for i, c in enumerate(characters, 2)},
        )

    def encode(self, sentences: Sequence[Sequence[str]]) -> tuple[WordTable, list[Tensor]]:
        """Turn sentences into numbers.

        Args:
            sentences: The words of each sentence.

        Returns:
            The table of all distinct words, and for each sentence the rows of its words, integers of shape (words).
        """
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
