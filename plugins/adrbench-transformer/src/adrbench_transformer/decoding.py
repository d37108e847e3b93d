"""From tag probabilities to the best tag sequence that a scheme allows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def follows(before: str, after: str) -> bool:
    """Whether tag ``after`` may stand right behind tag ``before`` (BIO and BIOES alike)."""
    opened = before[0] in "BI"
    continues = after[0] in "IE"
    return (opened and before[2:] == after[2:]) if continues else True


class Grammar:
    """The transitions that a tag set allows: hard constraints, as in the decoding of a CRF, but without learnt weights.

    An entity left open (``B-X O`` in BIOES) is allowed: decoding reads it as ended there, and to forbid it would
    rather invent an end.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self.allowed = np.array([[follows(before, after) for after in tags] for before in tags])
        self.initial = np.array([follows("O", tag) for tag in tags])

    def best(self, scores: Scores) -> list[int]:
        """Tag numbers of the allowed sequence with the highest sum of ``scores`` (words x tags, log-probabilities).

        Ties go to the lower tag number. The best unconstrained sequence, if allowed, is the answer; only otherwise
        does Viterbi run.
        """
        if not len(scores):
            return []
        greedy = scores.argmax(axis=1)
        if self.initial[greedy[0]] and self.allowed[greedy[:-1], greedy[1:]].all():
            return [int(tag) for tag in greedy]
        barred = np.where(self.allowed, 0.0, -np.inf)
        total = scores[0].astype(np.float64) + np.where(self.initial, 0.0, -np.inf)
        back = np.zeros(scores.shape, dtype=np.intp)
        for i in range(1, len(scores)):
            through = total[:, None] + barred
            back[i] = through.argmax(axis=0)
            total = through.max(axis=0) + scores[i]
        path = [int(total.argmax())]
        for i in range(len(scores) - 1, 0, -1):
            path.append(int(back[i, path[-1]]))
        return path[::-1]
