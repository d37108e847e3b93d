"""Word vectors by counting: truncated singular vectors of the mutual information between words and their neighbours.

Positive pointwise mutual information with left and right neighbours apart (Levy and Goldberg, 2014, "Neural word
embedding as implicit matrix factorization"), with the smoothing of contexts of Levy, Goldberg and Dagan (2015).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adrbench.api import CorpusError

DIMENSIONS = 64
_REACH = 2  # neighbours on each side
_CONTEXTS = 5000  # the most frequent words, as neighbours
_SMOOTHING = 0.75  # exponent on the contexts' counts: rare contexts weigh less
_WORDS, _MATRIX = "words.json", "vectors.npy"


@dataclass(frozen=True)
class WordVectors:
    """Vectors of words, the most frequent words first.

    Attributes:
        words: The words, as ``normal`` gives them.
        matrix: A row of unit length for each word, shape (words, dimensions); a null vector for a word without
            associations.
    """

    words: tuple[str, ...]
    matrix: npt.NDArray[np.floating[Any]]

    def save(self, folder: Path) -> None:
        """Write the vectors, in single precision.

        Args:
            folder: An existing folder.
        """
        (folder / _WORDS).write_text(json.dumps(self.words), encoding="utf-8")
        np.save(folder / _MATRIX, self.matrix.astype(np.float32), allow_pickle=False)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read vectors that ``save`` wrote.

        Args:
            folder: The folder.

        Returns:
            The vectors.

        Raises:
            CorpusError: They are not there, or are not what ``save`` writes.
        """
        try:
            words = tuple(map(str, json.loads((folder / _WORDS).read_text(encoding="utf-8"))))
            matrix = np.load(folder / _MATRIX, allow_pickle=False)
        except (OSError, ValueError, TypeError, EOFError) as error:
            raise CorpusError(f"{folder}: no word vectors of adrbench pretrain can be read ({error})") from error
        if matrix.ndim != 2 or len(matrix) != len(words) or matrix.dtype != np.float32:  # noqa: PLR2004 (a matrix)
            raise CorpusError(
                f"{folder}: {len(words)} words and vectors of shape {matrix.shape} do not belong together"
            )
        return cls(words, matrix)


def learn(sentences: Sequence[Sequence[str]], seed: int, dimensions: int = DIMENSIONS, fewest: int = 1) -> WordVectors:
    """Learn a vector for every word that occurs twice or more.

    Args:
        sentences: The words of each sentence, as ``normal`` gives them.
        seed: The seed of the singular vectors.
        dimensions: Of a vector, at most.
        fewest: With fewer different words, there are no vectors.

    Returns:
        The vectors. Equally frequent words are in the order of the alphabet.
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    words = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
    if len(words) < max(fewest, 1):
        return WordVectors((), np.zeros((0, dimensions)))
    # Sums depend on how they are shared out: with one thread, vectors are the same for every number of threads.
    with threadpool_limits(1):
        return WordVectors(tuple(words), _vectors(_associations(sentences, words), dimensions, seed))


def _associations(sentences: Sequence[Sequence[str]], words: Sequence[str]) -> Any:
    """Positive pointwise mutual information: a sparse matrix, words × (contexts for each place around a word)."""
    number = {word: i for i, word in enumerate(words)}
    contexts = min(len(words), _CONTEXTS)
    gap = [-1] * _REACH  # keeps sentences out of each other's reach
    text = np.array([i for sentence in sentences for i in (*(number.get(word, -1) for word in sentence), *gap)])
    blocks = []
    for offset in range(1, _REACH + 1):
        left, right = text[:-offset], text[offset:]
        for word, context in ((left, right), (right, left)):
            seen = (word >= 0) & (context >= 0) & (context < contexts)
            ones = np.ones(int(seen.sum()))
            blocks.append(sparse.coo_matrix((ones, (word[seen], context[seen])), shape=(len(words), contexts)).tocsr())
    together = sparse.hstack(blocks).tocoo()
    of_word = np.asarray(together.sum(axis=1)).ravel()
    of_context = np.asarray(together.sum(axis=0)).ravel() ** _SMOOTHING
    expected = of_word[together.row] * of_context[together.col] / of_context.sum()
    values = np.log(together.data / expected)
    kept = values > 0
    return sparse.csr_matrix((values[kept], (together.row[kept], together.col[kept])), shape=together.shape)


def _vectors(associations: Any, most: int, seed: int) -> npt.NDArray[np.float64]:
    """One vector of unit length a word, rows as in ``associations``; a word without associations has a null vector."""
    dimensions = min(most, *associations.shape)
    left, values, _ = randomized_svd(associations, dimensions, n_iter=3, random_state=seed)
    vectors = left * np.sqrt(values)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float64] = vectors / np.where(length > 0, length, 1)
    return unit
