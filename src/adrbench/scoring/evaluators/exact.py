"""Exact match: a predicted span is right if start, end and label are those of a gold span of the same document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adrbench.api import Counts, EvaluatorPlugin, Figures, Span, SpanColumns
from adrbench.scoring.evaluators.figures import averaged, distinct, quotients, unknown_labels

plugin = EvaluatorPlugin(
    name="exact",
    summary="precision, recall and F1 of spans that match in start, end and label (conlleval, seqeval)",
    implementation="adrbench.scoring.evaluators.exact:ExactMatch",
)


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
        self.labels = distinct(labels)
        self._zero = {f"{label}/{kind}": 0.0 for label in labels for kind in ("tp", "fp", "fn")}

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> Counts:
        """Count one document: ``LABEL/tp``, ``LABEL/fp`` and ``LABEL/fn``.

        Args:
            gold: The gold spans.
            predicted: The predicted spans.

        Returns:
            Counts of spans for every label, zeros included.

        Raises:
            ValueError: A span has a label that is none of the evaluator's. Dropping it would make a tagger look better
                than it is.
        """
        expected, found = set(gold), set(predicted)
        counts = self._zero.copy()
        try:
            for span in expected:
                counts[f"{span.label}/{'tp' if span in found else 'fn'}"] += 1
            for span in found - expected:
                counts[f"{span.label}/fp"] += 1
        except KeyError:
            raise unknown_labels(expected | found, self.labels) from None
        return counts

    def count_many(self, gold: SpanColumns, predicted: SpanColumns, documents: int) -> Mapping[str, Any]:
        """Count many documents at once.

        Args:
            gold: The gold spans.
            predicted: The predicted spans.
            documents: How many documents there are.

        Returns:
            What ``count`` gives for each document, as arrays [documents].
        """
        from adrbench.scoring.evaluators.packed import exact_counts  # noqa: PLC0415  (single documents need no numpy)

        counts = exact_counts(gold, predicted, documents, len(self.labels))
        return {f"{label}/{kind}": counts[kind][:, i] for i, label in enumerate(self.labels) for kind in counts}

    def micro_f1(self, counts: Counts) -> tuple[Any, Any]:
        """The two additive counts whose quotient is micro F1.

        Args:
            counts: Counts by name; floats, or arrays of one shape.

        Returns:
            2 tp, and 2 tp + fp + fn, over all labels.
        """
        tp, fp, fn = self._pooled(counts)
        return 2 * tp, 2 * tp + fp + fn

    def _pooled(self, counts: Counts) -> tuple[Any, ...]:
        """True positives, false positives and false negatives of all labels together."""
        return tuple(sum(counts[f"{label}/{kind}"] for label in self.labels) for kind in ("tp", "fp", "fn"))

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts. Works on floats and, element by element, on arrays of one shape.

        ``precision`` = tp / (tp + fp), ``recall`` = tp / (tp + fn), ``f1`` = 2 tp / (2 tp + fp + fn), as fractions;
        ``support`` (gold spans), ``predicted`` (predicted spans) and ``tp``, in spans. ``micro`` pools the counts of
        all labels. ``macro`` is the plain mean over the labels that occur, in gold or predictions, ``weighted`` the
        mean weighted by support, as in seqeval and scikit-learn; their ``support``, ``predicted`` and ``tp`` are sums.

        Args:
            total: Summed counts, by name.

        Returns:
            Figures for ``micro``, ``macro``, ``weighted`` and each label.
        """
        one = {
            label: quotients(total[f"{label}/tp"], total[f"{label}/fp"], total[f"{label}/fn"]) for label in self.labels
        }
        return {**averaged(quotients(*self._pooled(total)), one), **one}
