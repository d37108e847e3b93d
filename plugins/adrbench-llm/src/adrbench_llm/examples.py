"""Which training texts a prompt shows."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Literal, Protocol

from adrbench_llm.pieces import Example

_WORD_OR_MARK = r"\w+|[^\w\s]"

Kind = Literal["similar", "random", "first"]


class Selection(Protocol):
    """Gives the examples of a text."""

    def of(self, texts: Sequence[str]) -> list[Sequence[Example]]:
        """Select examples.

        Args:
            texts: The texts.

        Returns:
            The examples of each text, in the order of the prompt.
        """


class Same:
    """The same examples for each text.

    Args:
        examples: The examples.
    """

    def __init__(self, examples: Sequence[Example]) -> None:
        self._examples = examples

    def of(self, texts: Sequence[str]) -> list[Sequence[Example]]:
        """Give all of them for each text.

        Args:
            texts: The texts to be tagged.

        Returns:
            The examples of each text.
        """
        return [self._examples for _ in texts]


class Similar:
    """The most similar examples by the cosine of TF-IDF vectors of words and pairs of words, the best one last.

    Args:
        examples: The examples, at least one.
        shots: How many of them a text gets.
    """

    def __init__(self, examples: Sequence[Example], shots: int) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415  (other selections do not need it)

        self._examples = examples
        self._shots = shots
        self._vectorizer = TfidfVectorizer(token_pattern=_WORD_OR_MARK, ngram_range=(1, 2), sublinear_tf=True)
        self._vectors = self._vectorizer.fit_transform([example.text for example in examples])

    def of(self, texts: Sequence[str]) -> list[Sequence[Example]]:
        """Give the most similar ones of each text.

        Args:
            texts: The texts to be tagged.

        Returns:
            The examples of each text, the most similar last. Of equally similar ones the first in training is taken.
        """
        if not texts:
            return []
        import numpy as np  # noqa: PLC0415

        chosen: list[Sequence[Example]] = []
        vectors = self._vectorizer.transform(texts)
        for row in range(len(texts)):
            similarity = (self._vectors @ vectors[row].T).toarray().ravel()
            # Rounded, so that the last bit of a sum decides no tie.
            best = np.argsort(-similarity.round(9), kind="stable")[: self._shots]
            chosen.append([self._examples[number] for number in reversed(best.tolist())])
        return chosen


def select(kind: Kind, examples: Sequence[Example], shots: int, seed: int) -> Selection:
    """Prepare the selection of examples.

    Args:
        kind: ``similar`` to the text by TF-IDF; ``random``, drawn once for all texts; or the ``first`` of the training
            part.
        examples: All examples of the training part.
        shots: How many a prompt shows.
        seed: Draws the random ones.

    Returns:
        The selection. It gives fewer examples where there are fewer.
    """
    if not shots or not examples:
        return Same(())
    if kind == "similar":
        return Similar(examples, shots)
    if kind == "random":
        return Same(random.Random(seed).sample(list(examples), min(shots, len(examples))))
    return Same(examples[:shots])
