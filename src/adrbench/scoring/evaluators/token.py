"""Tokens: each word is judged by itself, as studies that print no spans do."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from adrbench.api import Counts, DocumentFacts, EvaluatorPlugin, Figures, Span
from adrbench.scoring.evaluators._words import Words
from adrbench.scoring.evaluators.figures import averaged, distinct, known, quotients, unknown_labels

Variant = Literal["io", "bio"]

plugin = EvaluatorPlugin(
    name="token",
    summary="precision, recall and F1 of words: by label (io), or with figures of their own for B- and I- (bio)",
    implementation="adrbench.scoring.evaluators.token:Token",
    variants=get_args(Variant),
    needs=("tokens",),
)


class Token:
    """Precision, recall and F1 over words, the words of ``DocumentFacts.tokens``.

    ``io``: a word has the label of each span that touches it; of a discontinuous span, that one of its parts touches.
    ``bio``: a word has ``B-LABEL`` if it is the first of such a span and ``I-LABEL`` if it is a later one. Words of no
    span are in no figure: there is none for ``O``.

    A word has a label, or a tag, once, however many spans give it, and may have several where spans overlap. So on flat
    spans that begin and end with words the figures are those of scikit-learn on the tags without their ``O``, and
    nested gold is not lost. A span that touches no word counts nowhere. A quotient with the denominator 0 is 0.0.

    Raises ``ValueError`` on an unknown variant, on labels as ``ExactMatch`` does, and if under ``bio`` a label is the
    tag of another.
    """

    def __init__(self, labels: Sequence[str], variant: str = "io") -> None:
        self.labels = distinct(labels)
        self.variant = known(variant, plugin)
        self.tags = {label: (f"B-{label}", f"I-{label}") if variant == "bio" else (label,) for label in labels}
        if variant == "bio" and (taken := {tag for tags in self.tags.values() for tag in tags} & set(labels)):
            raise ValueError(f"labels {sorted(taken)} cannot be told from the tags of other labels")
        every = [tag for tags in self.tags.values() for tag in tags]
        self._zero = {f"{tag}/{kind}": 0.0 for tag in every for kind in ("tp", "fp", "fn")}

    def count(self, gold: Sequence[Span], predicted: Sequence[Span], setting: DocumentFacts) -> Counts:
        """Count the words of one document: ``TAG/tp``, ``TAG/fp`` and ``TAG/fn``; under ``io`` a tag is a label.

        Args:
            gold: The gold spans.
            predicted: The predicted spans.
            setting: Its ``tokens`` are the words.

        Returns:
            Counts of words by name, zeros included.

        Raises:
            ValueError: A span has a label that is none of the evaluator's.
        """
        counts = self._zero.copy()
        if not gold and not predicted:
            return counts
        if not {span.label for span in (*gold, *predicted)} <= self.tags.keys():
            raise unknown_labels([*gold, *predicted], self.labels)
        words = Words(setting.tokens)
        expected, found = self._tagged(gold, words), self._tagged(predicted, words)
        for _, tag in expected & found:
            counts[f"{tag}/tp"] += 1
        for _, tag in expected - found:
            counts[f"{tag}/fn"] += 1
        for _, tag in found - expected:
            counts[f"{tag}/fp"] += 1
        return counts

    def _tagged(self, spans: Iterable[Span], words: Words) -> set[tuple[int, str]]:
        """Words by place, with their tags."""
        tagged = set()
        for span in spans:
            tags = self.tags[span.label]
            for nth, word in enumerate(words.of(span)):
                tagged.add((word, tags[-1] if nth else tags[0]))
        return tagged

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts. Works on floats and, element by element, on arrays of one shape.

        The figures of ``ExactMatch.score``, with words in place of spans; ``support`` is gold words. Under ``bio`` a
        label pools its two tags, ``micro`` pools all, ``macro`` and ``weighted`` are means over tags.

        Args:
            total: Summed counts, by name.

        Returns:
            Figures for ``micro``, ``macro``, ``weighted``, each label and, under ``bio``, each tag.
        """

        def pooled(tags: Iterable[str]) -> tuple[float, float, float]:
            columns = list(tags)
            tp, fp, fn = (sum(total[f"{tag}/{kind}"] for tag in columns) for kind in ("tp", "fp", "fn"))
            return tp, fp, fn

        by_tag = {tag: quotients(*pooled([tag])) for tags in self.tags.values() for tag in tags}
        micro = quotients(*pooled(by_tag))
        by_label = {label: quotients(*pooled(tags)) for label, tags in self.tags.items()}
        return {**averaged(micro, by_tag), **by_label, **by_tag}
