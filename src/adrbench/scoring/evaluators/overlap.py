"""Overlap: the SemEval-2013 family of scores, which give credit to spans that are nearly right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from adrbench.api import Counts, EvaluatorPlugin, Figures, Span
from adrbench.scoring.evaluators._matching import best_pairs, clusters, same_place
from adrbench.scoring.evaluators.figures import averaged, distinct, known, ratio, unknown_labels

Variant = Literal["type", "partial", "exact", "strict"]
Outcome = Literal["correct", "partial", "incorrect"]

# Twice the credit, so that it is whole.
_CREDIT: dict[Outcome, int] = {"correct": 2, "partial": 1, "incorrect": 0}
_GOLD = ("correct", "partial", "incorrect", "missed")
_PREDICTED = ("correct", "partial", "incorrect", "spurious")

# ``strict`` repeats what ``exact`` says; what readers mean by a lenient or relaxed score is most often ``type``.
plugin = EvaluatorPlugin(
    name="overlap",
    summary="precision, recall and F1 with credit for overlap: type, partial, exact, strict (SemEval-2013, MUC)",
    implementation="adrbench.scoring.evaluators.overlap:Overlap",
    variants=get_args(Variant),
)


class Overlap:
    """The four scores of SemEval-2013 task 9.1 on spans that are matched one to one.

    Gold and predicted spans of a document that overlap are paired, none twice, so that the credit is as large as can
    be; among such matchings there are as many pairs as can be, and then as many of one label. A pair is

    - ``type``: correct if the labels are the same, else incorrect;
    - ``partial``: correct if start and end are the same, else partial (credit 1/2); labels don't matter;
    - ``exact``: correct if start and end are the same, else incorrect; labels don't matter;
    - ``strict``: correct if start, end and label are the same, else incorrect. Its micro figures are those of ``exact``
      match (``adrbench.scoring.evaluators.exact``).

    A gold span without a pair is missed, a predicted one spurious. The order of spans plays no part, and nested spans
    are spans like others: a perfect prediction has F1 1.0.

    What becomes of a gold span counts for *its* label, what becomes of a predicted span for *its own*: a pair with
    different labels is in the recall of the one and in the precision of the other. So the counts of labels add up to
    those of ``micro``, and where labels don't matter a label's recall is how much of its gold was found under any name.

    A span given twice counts once. A discontinuous span overlaps what lies between its outermost edges, and has the
    start and end of no span but one with the same parts. A quotient with the denominator 0 is 0.0.

    Segura-Bedmar, Martínez and Herrero-Zazo (2013), SemEval-2013 task 9, SemEval; the five counts: Chinchor and
    Sundheim (1993), MUC-5 evaluation metrics, MUC-5. Both leave the matching open; nervaluate takes the first overlap.

    Raises ``ValueError`` on an unknown variant, and on labels as ``ExactMatch`` does.
    """

    def __init__(self, labels: Sequence[str], variant: str = "type") -> None:
        self.labels = distinct(labels)
        self.variant = known(variant, plugin)
        sides = (*(f"gold/{kind}" for kind in _GOLD), *(f"predicted/{kind}" for kind in _PREDICTED))
        self._zero = {f"{label}/{kind}": 0.0 for label in labels for kind in sides}

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Count one document: ``LABEL/gold/correct`` and so on.

        The sides ``gold`` and ``predicted`` each have correct, partial and incorrect; gold missed, predicted spurious.

        Args:
            gold: The gold spans.
            predicted: The predicted spans.

        Returns:
            Counts of spans for every label, zeros included.

        Raises:
            ValueError: A span has a label that is none of the evaluator's.
        """
        counts = self._zero.copy()
        try:
            for expected, found in clusters(gold, predicted):
                pairs = best_pairs(expected, found, self._worth)
                for g, p in pairs:
                    outcome = self._outcome(g, p)
                    counts[f"{g.label}/gold/{outcome}"] += 1
                    counts[f"{p.label}/predicted/{outcome}"] += 1
                for g in set(expected).difference(g for g, _ in pairs):
                    counts[f"{g.label}/gold/missed"] += 1
                for p in set(found).difference(p for _, p in pairs):
                    counts[f"{p.label}/predicted/spurious"] += 1
        except KeyError:
            raise unknown_labels([*gold, *predicted], self.labels) from None
        return counts

    def _outcome(self, gold: Span, predicted: Span) -> Outcome:
        right_label = self.variant in {"partial", "exact"} or gold.label == predicted.label
        right_place = self.variant == "type" or same_place(gold, predicted)
        if right_label and right_place:
            return "correct"
        return "partial" if self.variant == "partial" else "incorrect"

    def _worth(self, gold: Span, predicted: Span) -> tuple[int, int, int]:
        return _CREDIT[self._outcome(gold, predicted)], 1, int(gold.label == predicted.label)

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts. Works on floats and, element by element, on arrays of one shape.

        ``precision`` = (correct + partial / 2) / predicted, ``recall`` = (correct + partial / 2) / support, ``f1``
        their harmonic mean, as fractions; ``support`` (gold spans) and ``predicted``. ``correct``, ``partial``,
        ``incorrect`` and ``missed`` are gold spans, ``spurious`` predicted ones: for ``micro`` the five counts of MUC.
        Averages are those of ``ExactMatch.score``.

        Args:
            total: Summed counts, by name.

        Returns:
            Figures for ``micro``, ``macro``, ``weighted`` and each label.
        """
        one = {label: _figures({k: total[f"{label}/{k}"] for k in self._kinds()}) for label in self.labels}
        micro = _figures({k: sum(total[f"{label}/{k}"] for label in self.labels) for k in self._kinds()})
        return {**averaged(micro, one), **one}

    def _kinds(self) -> list[str]:
        return [*(f"gold/{kind}" for kind in _GOLD), *(f"predicted/{kind}" for kind in _PREDICTED)]


def _figures(counts: dict[str, Any]) -> dict[str, Any]:
    support = sum(counts[f"gold/{kind}"] for kind in _GOLD)
    predicted = sum(counts[f"predicted/{kind}"] for kind in _PREDICTED)
    recall = ratio(counts["gold/correct"] + counts["gold/partial"] / 2, support)
    precision = ratio(counts["predicted/correct"] + counts["predicted/partial"] / 2, predicted)
    return {
        "precision": precision,
        "recall": recall,
        "f1": ratio(2 * precision * recall, precision + recall),
        "support": support,
        "predicted": predicted,
        **{kind: counts[f"gold/{kind}"] for kind in _GOLD},
        "spurious": counts["predicted/spurious"],
    }
