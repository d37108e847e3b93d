"""Exact match: a predicted span is right if start, end and label are those of a gold span of the same document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adrbench.api import Counts, EvaluatorPlugin, Figures, Span

plugin = EvaluatorPlugin(
    name="exact",
    summary="precision, recall and F1 of spans that match in start, end and label (conlleval, seqeval)",
    implementation="adrbench.evaluation.exact:ExactMatch",
)

AVERAGES = ("micro", "macro")


class ExactMatch:
    """Precision, recall and F1 of exact spans; on the same tags the figures are those of seqeval.

    Which mode depends on what ``adrbench.api.decode`` does with an orphan ``I-``. ``begin`` gives seqeval's default
    mode, which is conlleval's, on any BIO or BIOES tags, malformed ones too. ``reject`` gives its strict mode for IOB2,
    on any BIO tags; not its strict IOBES, which also drops an entity without its ``E-``. On tags without orphans the
    modes are one.

    Each document is a set of ``(start, end, label)``: a span predicted twice counts once. A quotient with the
    denominator 0 is 0.0, as in conlleval and with seqeval's ``zero_division=0``: where there is neither gold nor
    prediction, F1 is 0.0, not 1.0.

    Raises ``ValueError`` on no label, a label twice, or one with the name of an average.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        if not labels or len(set(labels)) != len(labels) or set(labels) & set(AVERAGES):
            raise ValueError(f"labels must be distinct, at least one, none of {AVERAGES}; got {list(labels)}")
        self.labels = tuple(labels)
        self._zero = {f"{label}/{kind}": 0.0 for label in labels for kind in ("tp", "fp", "fn")}

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Count one document: ``LABEL/tp``, ``LABEL/fp`` and ``LABEL/fn``, for every label, zeros included.

        Raises ``ValueError`` on a span whose label is none of the evaluator's, gold or predicted: dropping it would
        make a tagger look better than it is.
        """
        expected, found = set(gold), set(predicted)
        counts = self._zero.copy()
        try:
            for span in expected:
                counts[f"{span.label}/{'tp' if span in found else 'fn'}"] += 1
            for span in found - expected:
                counts[f"{span.label}/fp"] += 1
        except KeyError:
            unknown = sorted({span.label for span in expected | found} - set(self.labels))
            raise ValueError(f"spans with labels {unknown}, but the labels are {list(self.labels)}") from None
        return counts

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts: for ``micro``, ``macro`` and each label.

        ``precision`` = tp / (tp + fp), ``recall`` = tp / (tp + fn), ``f1`` = 2 tp / (2 tp + fp + fn), as fractions;
        ``support`` (gold spans), ``predicted`` (predicted spans) and ``tp``, in spans. ``micro`` pools the counts of
        all labels. ``macro`` is the plain mean over the labels that occur, in gold or predictions, as in seqeval and
        scikit-learn; its ``support``, ``predicted`` and ``tp`` are the sums.

        Works on floats and, element by element, on arrays of one shape.
        """
        one: dict[str, dict[str, Any]] = {
            label: _figures(total[f"{label}/tp"], total[f"{label}/fp"], total[f"{label}/fn"]) for label in self.labels
        }
        tp, fp, fn = (sum(total[f"{label}/{kind}"] for label in self.labels) for kind in ("tp", "fp", "fn"))
        micro = _figures(tp, fp, fn)
        occurring = sum(f["support"] + f["predicted"] > 0 for f in one.values())
        means = {name: _ratio(sum(f[name] for f in one.values()), occurring) for name in ("precision", "recall", "f1")}
        return {"micro": micro, "macro": {**micro, **means}, **one}


def _figures(tp: Any, fp: Any, fn: Any) -> dict[str, Any]:
    return {
        "precision": _ratio(tp, tp + fp),
        "recall": _ratio(tp, tp + fn),
        "f1": _ratio(2 * tp, 2 * tp + fp + fn),
        "support": tp + fn,
        "predicted": tp + fp,
        "tp": tp,
    }


def _ratio(part: Any, whole: Any) -> Any:
    """``part / whole``, and 0.0 where whole is 0: part is then 0 too, so dividing by 1 instead says the same."""
    return part / (whole + (whole == 0))
