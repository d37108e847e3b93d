"""Words that keep similar company, as clusters: k-means over word2vec vectors.

Turian, Ratinov and Bengio (2010), "Word representations: a simple and general method for semi-supervised learning",
and Guo et al. (2014), "Revisiting embedding features for simple semi-supervised learning", for clusters of several
sizes at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adrbench.api import Unavailable

Clusters = Mapping[str, tuple[str, ...]]


def learn(sentences: Sequence[Sequence[str]], sizes: Sequence[int], epochs: int, seed: int, threads: int) -> Clusters:
    """The clusters of every word seen twice or more: one name for each of ``sizes``, such as ``"64.17"``.

    Raises ``Unavailable`` if gensim or scikit-learn is not installed.
    """
    try:
        from gensim.models import Word2Vec  # noqa: PLC0415 (an optional dependency)
        from sklearn.cluster import MiniBatchKMeans  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # noqa: PLC0415
    except ImportError as error:
        raise Unavailable(f"clusters need {error.name}: pip install 'adrbench-crf[clusters]'") from error
    if not any(len(sentence) > 1 for sentence in sentences):
        return {}
    with threadpool_limits(threads):
        # One worker: with more, gensim's result depends on how the threads happen to run.
        model = Word2Vec(vector_size=64, window=3, sg=1, epochs=epochs, min_count=2, workers=1, seed=seed)
        model.build_vocab(sentences)
        if len(model.wv) < max(sizes):
            return {}
        model.train(sentences, total_examples=model.corpus_count, epochs=model.epochs)
        vectors = model.wv.get_normed_vectors()
        columns = [
            MiniBatchKMeans(size, random_state=seed, n_init=1, batch_size=2048, max_iter=20).fit_predict(vectors)
            for size in sizes
        ]
    return {
        word: tuple(f"{size}.{column[i]}" for size, column in zip(sizes, columns, strict=True))
        for i, word in enumerate(model.wv.index_to_key)
    }
