"""Novelty: how much is found of what the tagger has met in training, and of what it has not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, get_args

from adrbench.api import Counts, DocumentFacts, EvaluatorPlugin, Figures, Span
from adrbench.scoring.evaluators.figures import averaged, distinct, known, ratio, unknown_labels

Variant = Literal["unseen", "seen"]

_KINDS = ("tp", "fn")

plugin = EvaluatorPlugin(
    name="novelty",
    summary="recall of gold mentions whose words were not among the mentions in training (unseen), or were (seen)",
    implementation="adrbench.scoring.evaluators.novelty:Novelty",
    variants=get_args(Variant),
    needs=("seen",),
)


class Novelty:
    """Recall, by exact match, on one part of the gold: the mentions ``unseen`` in training, or the ``seen`` ones.

    A mention is seen if one of the same label and the same words, case aside, is in the training part
    (``DocumentFacts.seen``). There is neither precision nor F1: a wrong prediction belongs to no part of the gold, so
    the figures have no such names. A gold span given twice counts once. A recall or share of nothing is 0.0.

    Augenstein, Derczynski and Bontcheva (2017), Generalisation in named entity recognition, Computer Speech and
    Language 44.

    Raises ``ValueError`` on an unknown variant, and on labels as ``ExactMatch`` does.
    """

    def __init__(self, labels: Sequence[str], variant: str = "unseen") -> None:
        self.labels = distinct(labels)
        self.variant = known(variant, plugin)
        self._zero = {
            f"{label}/{part}/{kind}": 0.0 for label in labels for part in get_args(Variant) for kind in _KINDS
        }

    def count(self, gold: Sequence[Span], predicted: Sequence[Span], setting: DocumentFacts) -> Counts:
        """Count one document: ``LABEL/PART/tp`` and ``LABEL/PART/fn`` for both parts, whatever the variant.

        Args:
            gold: The gold spans.
            predicted: The predicted spans.
            setting: Its ``seen`` has an answer for each gold span.

        Returns:
            Counts of gold spans by name, zeros included.

        Raises:
            ValueError: ``setting.seen`` has another length than ``gold``, or a span has a label that is none of the
                evaluator's.
        """
        if len(setting.seen) != len(gold):
            raise ValueError(f"{len(setting.seen)} answers to which of {len(gold)} gold spans were seen")
        found = set(predicted)
        if not {span.label for span in (*gold, *found)} <= set(self.labels):
            raise unknown_labels([*gold, *found], self.labels)
        counts = self._zero.copy()
        for span, seen in dict(zip(gold, setting.seen, strict=True)).items():
            counts[f"{span.label}/{'seen' if seen else 'unseen'}/{'tp' if span in found else 'fn'}"] += 1
        return counts

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts. Works on floats and, element by element, on arrays of one shape.

        ``recall`` = tp / support, as a fraction; ``support`` (gold spans of the part) and ``tp``, in spans; ``share``:
        the part of all gold that this is, as a fraction. ``macro`` is the mean recall of labels with gold in the part.

        Args:
            total: Summed counts, by name.

        Returns:
            Figures for ``micro``, ``macro``, ``weighted`` and each label.
        """
        one = {label: self._figures(total, [label]) for label in self.labels}
        return {**averaged(self._figures(total, self.labels), one, ("recall",)), **one}

    def _figures(self, total: Counts, labels: Sequence[str]) -> dict[str, Any]:
        tp, support = (
            sum(total[f"{label}/{self.variant}/{kind}"] for label in labels for kind in kinds)
            for kinds in (("tp",), _KINDS)
        )
        gold = sum(total[f"{label}/{part}/{kind}"] for label in labels for part in get_args(Variant) for kind in _KINDS)
        return {"recall": ratio(tp, support), "support": support, "share": ratio(support, gold), "tp": tp}
