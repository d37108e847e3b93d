"""CRFsuite, held so that it says nothing and lives in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pycrfsuite

from adrbench_crf.features import BIAS
from adrbench_crf.plugin import CrfParams

Rows = list[list[str]]


class _Trainer(pycrfsuite.Trainer):  # type: ignore[misc]  # python-crfsuite has no types
    """Passes on how far training is, instead of printing it."""

    def __init__(self, progress: Callable[[int], None], **settings: float | bool) -> None:
        super().__init__(algorithm="lbfgs", params=settings, verbose=False)
        self._progress = progress
        self._iterations = 0

    def message(self, message: str) -> None:
        """Count the iterations that CRFsuite's log announces."""
        if message.startswith("***** Iteration"):
            self._iterations += 1
            self._progress(self._iterations)


class Model:
    """A trained CRF.

    Args:
        content: The bytes of CRFsuite's model file.
        outside_bias: The factor on the tags' bias weights at prediction.
    """

    def __init__(self, content: bytes, outside_bias: float) -> None:
        self.content = content  # CRFsuite reads from these very bytes: they must live as long as the model
        self._outside_bias = outside_bias
        self._tagger = pycrfsuite.Tagger()
        self._tagger.open_inmemory(content)

    @classmethod
    def train(
        cls,
        sequences: Iterable[tuple[Rows, Sequence[str]]],
        params: CrfParams,
        path: Path,
        progress: Callable[[int], None],
    ) -> Model:
        """Train a CRF (L-BFGS, or OWL-QN with an L1 penalty).

        Args:
            sequences: Features and tags of each text; every text has at least one token.
            params: The parameters, checked.
            path: A file that CRFsuite writes its model to, and that is read back.
            progress: Called with the number of each iteration, from 1.

        Returns:
            The trained model.
        """
        trainer = _Trainer(
            progress,
            **{
                "c1": params.c1,
                "c2": params.c2,
                "max_iterations": params.max_iterations,
                "feature.possible_transitions": params.all_transitions,
            },
        )
        for rows, tags in sequences:
            trainer.append(pycrfsuite.ItemSequence(rows), tags)
        trainer.train(str(path))
        return cls(path.read_bytes(), params.outside_bias)

    def tag(self, rows: Rows) -> list[str]:
        """Find the most probable tags of a text (Viterbi).

        Args:
            rows: The features of each token.

        Returns:
            One tag a token.
        """
        if self._outside_bias == 1:
            return list(self._tagger.tag(pycrfsuite.ItemSequence(rows)))
        weighted = [dict.fromkeys(row, 1.0) | {BIAS: self._outside_bias} for row in rows]
        return list(self._tagger.tag(pycrfsuite.ItemSequence(weighted)))

    def marginals(self, tags: Sequence[str], first: int, last: int) -> list[float]:
        """The probability of each tag from one token to another, in the text that was tagged last.

        Args:
            tags: Its tags, as ``tag`` gave them.
            first: The number of the first token.
            last: The number of the last token.

        Returns:
            Fractions, one a token: the summed probability of all tag sequences that have its tag there.
        """
        # Sums of rounded numbers can exceed 1 by a hair.
        return [min(1.0, self._tagger.marginal(tags[i], i)) for i in range(first, last + 1)]
