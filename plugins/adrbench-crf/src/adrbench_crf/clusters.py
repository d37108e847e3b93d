"""Words that keep similar company: clusters and nearest neighbours by word vectors.

Clusters of several sizes at once as features of a CRF are Turian, Ratinov and Bengio's (2010) and Guo et al.'s (2014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.cluster import MiniBatchKMeans
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from adrbench_crf.vectors import WordVectors

Clusters = Mapping[str, Sequence[str]]
Neighbours = Mapping[str, Sequence[str]]

_FREQUENT = 6000  # the most frequent words, as nearest neighbours
_LEAST_SIMILARITY = 0.5  # cosine; words further away are no neighbours
_WORDS_A_CLUSTER = 2  # a cluster of one word says no more than the word
_WORDS_FOR_NEIGHBOURS = 128  # with fewer, every word is somewhat near


def fewest_words(sizes: Sequence[int], neighbours: int) -> int | None:
    """How many different words it takes to learn anything.

    Args:
        sizes: Numbers of clusters.
        neighbours: How many nearest neighbours a word may have.

    Returns:
        The number; None if nothing is to be learnt.
    """
    needed = [_WORDS_A_CLUSTER * size for size in sizes] + [_WORDS_FOR_NEIGHBOURS] * bool(neighbours)
    return min(needed, default=None)


def learn(vectors: WordVectors, sizes: Sequence[int], neighbours: int, seed: int) -> tuple[Clusters, Neighbours]:
    """Sort words into clusters, once for each number of clusters, and find their nearest neighbours.

    Args:
        vectors: The words and their vectors.
        sizes: Numbers of clusters. Numbers above half the number of words are left out.
        neighbours: How many nearest neighbours a word may have. Of fewer than 128 words, none has any.
        seed: The seed of k-means.

    Returns:
        For each word the names of its clusters, such as ``"128.17"``, in the order of ``sizes``; and for each word its
        neighbours among the frequent words.
    """
    words, matrix = vectors.words, vectors.matrix
    sizes = [size for size in sizes if _WORDS_A_CLUSTER * size <= len(words)]
    neighbours = neighbours if len(words) >= _WORDS_FOR_NEIGHBOURS else 0
    # Sums depend on how they are shared out: with one thread, clusters are the same for every number of threads.
    with threadpool_limits(1):
        columns = [
            MiniBatchKMeans(size, random_state=seed, n_init=1, batch_size=2048, max_iter=20).fit_predict(matrix)
            for size in sizes
        ]
        nearest = _nearest(vectors, neighbours) if neighbours else {}
    clusters = {
        word: [f"{size}.{column[i]}" for size, column in zip(sizes, columns, strict=True)]
        for i, word in enumerate(words)
    }
    return clusters if sizes else {}, nearest


def _nearest(vectors: WordVectors, count: int) -> Neighbours:
    """For each word the most similar frequent words, if they are similar enough."""
    words, matrix = vectors.words, vectors.matrix
    frequent = matrix[:_FREQUENT]
    index = NearestNeighbors(n_neighbors=min(count + 1, len(frequent)), algorithm="brute").fit(frequent)
    best = index.kneighbors(matrix, return_distance=False)
    similarity = np.einsum("wd,wkd->wk", matrix, frequent[best])
    nearest: dict[str, list[str]] = {}
    for i, (word, row, values) in enumerate(zip(words, best, similarity, strict=True)):
        # A word is no neighbour of its own.
        near = [words[j] for j, value in zip(row, values, strict=True) if j != i and value > _LEAST_SIMILARITY]
        if near:
            nearest[word] = near[:count]
    return nearest
