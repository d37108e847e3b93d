"""From tag scores to the best tag sequence that a scheme allows."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


def follows(before: str, after: str) -> bool:
    """Whether tag ``after`` may stand right behind tag ``before`` (BIO and BIOES alike)."""
    opened = before[0] in "BI"
    continues = after[0] in "IE"
    return (opened and before[2:] == after[2:]) if continues else True


class Grammar:
    """The transitions that a tag set allows: hard constraints, with or without learnt weights on what is allowed.

    ``allowed`` is tags x tags, ``initial`` says what a document may begin with. An entity left open (``B-X O`` in
    BIOES) is allowed: decoding reads it as ended there, and to forbid it would rather invent an end.
    """

    def __init__(self, tags: Sequence[str]) -> None:
        self.allowed = np.array([[follows(before, after) for after in tags] for before in tags])
        self.initial = np.array([follows("O", tag) for tag in tags])
        self._outside = tags.index("O")
        openings = {"I": "B", "E": "S"}
        self._opening = [tags.index(openings.get(tag[0], tag[0]) + tag[1:]) for tag in tags]

    def legal(self, tags: Sequence[int], seen: Collection[int]) -> list[int]:
        """Tag numbers as a model can give them that sees only the words ``seen``: the others are outside.

        A span goes on behind an unseen word as a new one.
        """
        found: list[int] = []
        before = self._outside
        for word, tag in enumerate(tags):
            here = tag if word in seen else self._outside
            before = here if self.allowed[before, here] else self._opening[here]
            found.append(before)
        return found

    def best(self, scores: Scores, moves: Scores | None = None) -> list[int]:
        """Tag numbers of the allowed sequence with the highest sum of ``scores`` (words x tags) and ``moves``.

        ``moves``: learnt weights of transitions, (tags + 1) x tags, the last row for a document's first tag. Ties go
        to the lower tag number. Without ``moves`` the best unconstrained sequence, if allowed, is the answer; only
        otherwise does Viterbi run.
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
