"""Words that keep similar company: clusters and nearest neighbours by count-based word vectors.

The vectors are truncated singular vectors of positive pointwise mutual information between a word and its neighbours,
left and right ones apart (Levy and Goldberg, 2014, "Neural word embedding as implicit matrix factorization", with the
smoothing of contexts of Levy, Goldberg and Dagan, 2015). Clusters of several sizes at once as features of a CRF are
Turian, Ratinov and Bengio's (2010) and Guo et al.'s (2014).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.cluster import MiniBatchKMeans
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.extmath import randomized_svd
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

Clusters = Mapping[str, Sequence[str]]
Neighbours = Mapping[str, Sequence[str]]

_DIMENSIONS = 64
_REACH = 2  # neighbours on each side
_CONTEXTS = 5000  # the most frequent words, as neighbours
_FREQUENT = 6000  # the most frequent words, as nearest neighbours
_LEAST_SIMILARITY = 0.5  # cosine; words further away are no neighbours
_SMOOTHING = 0.75  # exponent on the contexts' counts: rare contexts weigh less


def learn(
    sentences: Sequence[Sequence[str]], sizes: Sequence[int], neighbours: int, seed: int
) -> tuple[Clusters, Neighbours]:
    """Cluster every word that occurs twice or more, once for each number of clusters, and find its nearest neighbours.

    Args:
        sentences: The words of each sentence, as ``normal`` gives them.
        sizes: Numbers of clusters. Numbers above half the number of words are left out, since a cluster of one word
            says no more than the word.
        neighbours: How many nearest neighbours a word may have. Where the vectors have more than half as many
            dimensions as there are words, it has none.
        seed: The seed of the singular vectors and of k-means.

    Returns:
        For each word the names of its clusters, such as ``"128.17"``, in the order of ``sizes``; and for each word its
        neighbours among the frequent words.
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    words = sorted((word for word, count in counts.items() if count > 1), key=lambda word: (-counts[word], word))
    sizes = [size for size in sizes if 2 * size <= len(words)]
    neighbours = neighbours if len(words) >= 2 * _DIMENSIONS else 0
    if not sizes and not neighbours:
        return {}, {}
    # Sums depend on how they are shared out: with one thread, clusters are the same for every number of threads.
    with threadpool_limits(1):
        vectors = _vectors(_associations(sentences, words), seed)
        columns = [
            MiniBatchKMeans(size, random_state=seed, n_init=1, batch_size=2048, max_iter=20).fit_predict(vectors)
            for size in sizes
        ]
        nearest = _nearest(words, vectors, neighbours) if neighbours else {}
    clusters = {
        word: [f"{size}.{column[i]}" for size, column in zip(sizes, columns, strict=True)]
        for i, word in enumerate(words)
    }
    return clusters if sizes else {}, nearest


def _nearest(words: Sequence[str], vectors: npt.NDArray[np.float64], count: int) -> Neighbours:
    """For each word the most similar frequent words, if they are similar enough."""
    frequent = vectors[:_FREQUENT]
    index = NearestNeighbors(n_neighbors=min(count + 1, len(frequent)), algorithm="brute").fit(frequent)
    best = index.kneighbors(vectors, return_distance=False)
    similarity = np.einsum("wd,wkd->wk", vectors, frequent[best])
    nearest: dict[str, list[str]] = {}
    for i, (word, row, values) in enumerate(zip(words, best, similarity, strict=True)):
        # A word is no neighbour of its own.
        near = [words[j] for j, value in zip(row, values, strict=True) if j != i and value > _LEAST_SIMILARITY]
        if near:
            nearest[word] = near[:count]
    return nearest


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


def _vectors(associations: Any, seed: int) -> npt.NDArray[np.float64]:
    """One vector of unit length a word, rows as in ``associations``; a word without associations has a null vector."""
    dimensions = min(_DIMENSIONS, *associations.shape)
    left, values, _ = randomized_svd(associations, dimensions, n_iter=3, random_state=seed)
    vectors = left * np.sqrt(values)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: npt.NDArray[np.float64] = vectors / np.where(length > 0, length, 1)
    return unit
