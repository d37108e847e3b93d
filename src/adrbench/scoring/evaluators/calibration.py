"""Calibration: whether scores of mentions are the shares that are right, and what checking the least certain gives."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

from adrbench.api import Counts, EvaluatorPlugin, Figures, Span
from adrbench.scoring.evaluators.figures import QUOTIENTS, averaged, distinct, quotients, ratio, unknown_labels

BINS = tuple(i / 10 for i in range(10))
"""Lower edges of the bins of the reliability diagram; a bin holds its lower edge, the last one 1 too."""
CHECKED = (1, 2, 5, 10, 20, 30, 50)
"""Shares of mentions that are checked, in percent."""
COVERED = tuple(range(10, 101, 10))
"""Shares of mentions that are kept, in percent."""
LEVELS = (
    *(i / 100 for i in range(100)),
    *(i / 1000 for i in range(991, 1000)),
    *(i / 10_000 for i in range(9991, 10_000)),
)
"""Lower edges of the levels in which mentions are ranked: 118, the narrowest next to 1, where most scores are."""

plugin = EvaluatorPlugin(
    name="calibration",
    summary="calibration error of the scores of mentions, risk and coverage, F1 after checking the least certain ones",
    implementation="adrbench.scoring.evaluators.calibration:Calibration",
)


class Calibration:
    """How far the scores of predicted mentions can be trusted. A mention is right by exact match.

    - ``ece``: the expected calibration error, with ten bins of equal width: the mean over mentions of the difference
      between mean score and share right in their bin. Naeini, Cooper and Hauskrecht (2015), Obtaining well calibrated
      probabilities using Bayesian binning, AAAI; Guo, Pleiss, Sun and Weinberger (2017), On calibration of modern
      neural networks, ICML.
    - ``brier``: the mean squared difference between the score and 1 (right) or 0 (wrong). Brier (1950), Verification of
      forecasts expressed in terms of probability, Monthly Weather Review 78.
    - ``risk/C``: the share of wrong mentions among the C% with the highest scores. ``aurc`` is the area under the
      curve of risk against coverage. Geifman and El-Yaniv (2017), Selective classification for deep neural networks,
      NeurIPS.
    - ``f1_checked/K``: F1 when the K% of mentions with the lowest scores are checked and the wrong ones of them are
      removed. Missed mentions stay missed.

    Scores are ranked in ``LEVELS``; mentions of one level count as tied, and a share of a level is taken to have that
    share of its wrong mentions. Mentions without a score take part in precision, recall and F1 only. A span predicted
    twice counts once. A quotient with the denominator 0 is 0.0; ``scored`` says how many mentions have a score.

    Raises ``ValueError`` on labels as ``ExactMatch`` does.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = distinct(labels)
        ranks = (f"rank/{level}/{kind}" for level in range(len(LEVELS)) for kind in ("right", "wrong"))
        bins = (
            f"{label}/bin/{i}/{kind}" for label in labels for i in range(len(BINS)) for kind in ("n", "right", "sum")
        )
        plain = (f"{label}/{kind}" for label in labels for kind in ("tp", "fp", "fn", "squares"))
        self._zero = dict.fromkeys((*ranks, *bins, *plain), 0.0)

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Count one document.

        Args:
            gold: The gold spans.
            predicted: The predicted spans. Of equal ones with different scores the highest score counts.

        Returns:
            ``rank/LEVEL/right`` and ``rank/LEVEL/wrong`` over all labels. For each label ``LABEL/bin/BIN/n``, ``right``
            and ``sum`` (of scores), ``LABEL/tp``, ``fp``, ``fn``, and ``LABEL/squares`` (of differences). Zeros are
            included.

        Raises:
            ValueError: A span has a label that is none of the evaluator's.
        """
        expected = set(gold)
        found: dict[Span, float | None] = {}
        for span in predicted:
            found[span] = max((s for s in (found.get(span), span.score) if s is not None), default=None)
        counts = self._zero.copy()
        try:
            for span in expected - found.keys():
                counts[f"{span.label}/fn"] += 1
            for span, score in found.items():
                right = span in expected
                counts[f"{span.label}/{'tp' if right else 'fp'}"] += 1
                if score is None:
                    continue
                counts[f"rank/{bisect_right(LEVELS, score) - 1}/{'right' if right else 'wrong'}"] += 1
                place = f"{span.label}/bin/{bisect_right(BINS, score) - 1}"
                counts[f"{place}/n"] += 1
                counts[f"{place}/right"] += right
                counts[f"{place}/sum"] += score
                counts[f"{span.label}/squares"] += (score - right) ** 2
        except KeyError:
            raise unknown_labels([*expected, *found], self.labels) from None
        return counts

    def micro_f1(self, counts: Counts) -> tuple[Any, Any]:
        """The two additive counts whose quotient is micro F1.

        Args:
            counts: Counts by name; floats, or arrays of one shape.

        Returns:
            2 tp, and 2 tp + fp + fn, over all labels.
        """
        tp, fp, fn = (sum(counts[f"{label}/{kind}"] for label in self.labels) for kind in ("tp", "fp", "fn"))
        return 2 * tp, 2 * tp + fp + fn

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts. Works on floats and, element by element, on arrays of one shape.

        For ``micro``, ``macro``, ``weighted`` and each label: the figures of ``ExactMatch.score``, ``ece`` and
        ``brier``, ``confidence`` (mean score) and ``scored`` (mentions with a score). ``bin/EDGE/predicted``,
        ``bin/EDGE/confidence`` and ``bin/EDGE/right`` are the reliability diagram: mentions, mean score and share right
        in the bin that begins at EDGE. For the averages also ``aurc``, ``risk/C``, ``f1_checked/K`` and
        ``precision_checked/K``, over all labels together.

        Args:
            total: Summed counts, by name.

        Returns:
            Figures for ``micro``, ``macro``, ``weighted`` and each label; fractions, but for numbers of mentions.
        """
        one = {label: self._figures(total, [label]) for label in self.labels}
        micro = {**self._figures(total, self.labels), **self._ranked(total)}
        return {**averaged(micro, one, (*QUOTIENTS, "ece")), **one}

    def _figures(self, total: Counts, labels: Sequence[str]) -> dict[str, Any]:
        def pooled(name: str) -> Any:
            return sum(total[f"{label}/{name}"] for label in labels)

        bins = [tuple(pooled(f"bin/{i}/{kind}") for kind in ("n", "right", "sum")) for i in range(len(BINS))]
        scored = sum(n for n, _, _ in bins)
        figures = {
            **quotients(*(pooled(kind) for kind in ("tp", "fp", "fn"))),
            "ece": ratio(sum(abs(right - scores) for _, right, scores in bins), scored),
            "brier": ratio(pooled("squares"), scored),
            "confidence": ratio(sum(scores for _, _, scores in bins), scored),
            "scored": scored,
        }
        for edge, (n, right, scores) in zip(BINS, bins, strict=True):
            figures |= {
                f"bin/{edge}/predicted": n,
                f"bin/{edge}/confidence": ratio(scores, n),
                f"bin/{edge}/right": ratio(right, n),
            }
        return figures

    def _ranked(self, total: Counts) -> dict[str, Any]:
        levels = [(total[f"rank/{i}/right"], total[f"rank/{i}/wrong"]) for i in range(len(LEVELS))]
        scored = sum(right + wrong for right, wrong in levels)
        wrong = sum(wrong for _, wrong in levels)
        tp, fp, fn = (sum(total[f"{label}/{kind}"] for label in self.labels) for kind in ("tp", "fp", "fn"))
        figures = {"aurc": ratio(sum(_areas(levels)), scored)}
        for share in COVERED:
            kept = share / 100 * scored
            figures[f"risk/{share}"] = ratio(wrong - _wrong_below(levels, scored - kept), kept)
        for share in CHECKED:
            checked = quotients(tp, fp - _wrong_below(levels, share / 100 * scored), fn)
            figures |= {f"{name}_checked/{share}": checked[name] for name in ("precision", "f1")}
        return figures


def _wrong_below(levels: Sequence[tuple[Any, Any]], mentions: Any) -> Any:
    """How many of so many mentions with the lowest scores are wrong."""
    below: Any = 0.0
    found: Any = 0.0
    for right, wrong in levels:
        part = ratio(mentions - below, right + wrong)
        found = found + wrong * ((part > 0) * (part < 1) * part + (part >= 1))
        below = below + right + wrong
    return found


def _areas(levels: Sequence[tuple[Any, Any]]) -> Iterator[Any]:
    """The area below the curve of risk against mentions kept, level by level, the highest first.

    With W wrong among N mentions kept before, and w wrong among m in the level, the risk at t more mentions is
    (W + t w / m) / (N + t); its integral over t from 0 to m is W L + w - (w / m) N L with L = ln((N + m) / N).
    """
    import numpy as np  # noqa: PLC0415  (the description is in this module)

    kept: Any = 0.0
    lost: Any = 0.0
    for right, wrong in reversed(levels):
        here = right + wrong
        # Without mentions kept before, both products with L are 0.
        growth = np.log1p(ratio(here * (kept > 0), kept))
        yield lost * growth + wrong - ratio(wrong, here) * kept * growth
        kept, lost = kept + here, lost + wrong
