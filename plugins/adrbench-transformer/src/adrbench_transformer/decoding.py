"""From tag scores to the best tag sequence that a scheme allows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def follows(before: str, after: str) -> bool:
    """Tell whether a tag may follow another (BIO and BIOES alike).

    Args:
        before: A tag.
        after: The tag behind it.

    Returns:
        False only for an ``I-`` or ``E-`` tag that continues no open span of its label.
    """
    opened = before[0] in "BI"
    continues = after[0] in "IE"
    return (opened and before[2:] == after[2:]) if continues else True


class Grammar:
    """The transitions that a tag set allows.

    A span left open (``B-X O`` in BIOES) is allowed: decoding ends it there. To forbid it would make decoding invent an
    end.

    Args:
        tags: The names of the tags.

    Attributes:
        allowed: Booleans, tags x tags.
        initial: Whether a document may begin with each tag.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self.allowed = np.array([[follows(before, after) for after in tags] for before in tags])
        self.initial = np.array([follows("O", tag) for tag in tags])
        self._tags = list(tags)
        self._joins = np.array([[after[0] in "IE" and follows(before, after) for after in tags] for before in tags])
        self._outside = tags.index("O")
        openings = {"I": "B", "E": "S"}
        self._opening = [tags.index(openings.get(tag[0], tag[0]) + tag[1:]) for tag in tags]

    def weights(self, moves: Scores | None = None) -> Scores:
        """Weights of transitions, minus infinity for those that the scheme does not allow.

        Args:
            moves: Learnt weights, (tags + 1) x tags, the last row for a document's first tag; None: all are 0.

        Returns:
            An array of the same shape, as ``probabilities`` takes it.
        """
        allowed = np.vstack([self.allowed, self.initial])
        return np.where(allowed, 0.0 if moves is None else moves, -np.inf).astype(np.float32)

    def legal(self, tags: Sequence[int], seen: Collection[int]) -> list[int]:
        """Change gold tags to tags that a model can give which sees some words only.

        Args:
            tags: A tag number for each word.
            seen: The numbers of the words that the model sees.

        Returns:
            Tag numbers: ``O`` for unseen words. Behind an unseen word a span continues as a new span.
        """
        found: list[int] = []
        before = self._outside
        for word, tag in enumerate(tags):
            here = tag if word in seen else self._outside
            before = here if self.allowed[before, here] else self._opening[here]
            found.append(before)
        return found

    def best(self, scores: Scores, moves: Scores | None = None) -> list[int]:
        """Find the allowed sequence with the highest sum of scores and weights (Viterbi).

        Args:
            scores: Scores of the tags, words x tags.
            moves: Learnt weights of transitions, (tags + 1) x tags, the last row for a document's first tag. None: all
                are 0. Viterbi then runs only if the best unconstrained sequence is not allowed.

        Returns:
            One tag number a word. Ties go to the lower number.
        """
        if not len(scores):
            return []
        if moves is None:
            greedy = scores.argmax(axis=1)
            if self.initial[greedy[0]] and self.allowed[greedy[:-1], greedy[1:]].all():
                return [int(tag) for tag in greedy]
            moves = np.zeros((len(self.initial) + 1, len(self.initial)), dtype=np.float32)
        barred = np.where(self.allowed, moves[:-1].astype(np.float64), -np.inf)
        total = scores[0].astype(np.float64) + np.where(self.initial, moves[-1].astype(np.float64), -np.inf)
        back = np.zeros(scores.shape, dtype=np.intp)
        for i in range(1, len(scores)):
            through = total[:, None] + barred
            back[i] = through.argmax(axis=0)
            total = through.max(axis=0) + scores[i]
        path = [int(total.argmax())]
        for i in range(len(scores) - 1, 0, -1):
            path.append(int(back[i, path[-1]]))
        return path[::-1]

    def probabilities(
        self, scores: Scores, spans: Sequence[tuple[int, int, str]], moves: Scores | None = None
    ) -> list[float]:
        """Compute the probabilities of spans (forward-backward algorithm).

        Args:
            scores: Log-probabilities of the tags, words x tags.
            spans: The first word, the last word and the label of each.
            moves: Weights of transitions as ``best`` takes them, minus infinity for forbidden ones. None: words are
                independent, and any tag may follow any other.

        Returns:
            For each span the summed probability of all tag sequences that it can be read from.
        """
        if not spans:
            return []
        emitted = scores.astype(np.float64)
        words, tags = emitted.shape
        weights = np.zeros((tags + 1, tags)) if moves is None else moves.astype(np.float64)
        between = weights[:-1]
        # What joins two words to one span may not stand on either side of it.
        apart = np.where(self._joins, -np.inf, between)
        heads, tails = [weights[-1] + emitted[0]], [np.zeros(tags)]
        for here in emitted[1:]:
            heads.append(_sum(heads[-1][:, None] + between, axis=0) + here)
        for there in emitted[:0:-1]:
            tails.append(_sum(between + (there + tails[-1]), axis=1))
        tails.reverse()
        total = _sum(heads[-1], axis=0)
        answers = []
        for first, last, label in spans:
            named = np.array([tag[2:] == label for tag in self._tags])
            inside = (_sum(heads[first - 1][:, None] + apart, axis=0) if first else weights[-1]) + emitted[first]
            inside = np.where(named, inside, -np.inf)
            for word in range(first + 1, last + 1):
                inside = _sum(inside[:, None] + np.where(self._joins, between, -np.inf), axis=0) + emitted[word]
            if last + 1 < words:
                inside = inside + _sum(apart + (emitted[last + 1] + tails[last + 1]), axis=1)
            answers.append(min(1.0, float(np.exp(_sum(inside, axis=0) - total))))
        return answers


def _sum(logarithms: Any, axis: int) -> Any:
    """The logarithm of the sum of what these are the logarithms of."""
    return np.logaddexp.reduce(logarithms, axis=axis)
