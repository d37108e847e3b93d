"""Errors: what kind of mistake each missed mention and each wrong prediction is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from adrbench.api import Counts, DocumentFacts, EvaluatorPlugin, Figures, Span
from adrbench.scoring.evaluators._matching import Pair, best_pairs, clusters, overlap, same_place
from adrbench.scoring.evaluators._words import Words
from adrbench.scoring.evaluators.figures import averaged, distinct, quotients, unknown_labels

Kind = Literal[
    "boundary-long",
    "boundary-short",
    "boundary-shifted",
    "label",
    "label+boundary",
    "merged",
    "split",
    "missed",
    "spurious",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
LENGTHS = ("1", "2", "3", "4+")
"""Words of a span, from four on in one class."""

plugin = EvaluatorPlugin(
    name="errors",
    summary="what kind of mistake each wrong span is: boundary, label, merged, split, missed, spurious; by length",
    implementation="adrbench.scoring.evaluators.errors:Errors",
    needs=("tokens",),
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """The gold spans that a mistake misses and the predicted ones that are wrong by it; sorted, either may be none."""

    kind: Kind
    gold: tuple[Span, ...]
    predicted: tuple[Span, ...]


def classify(gold: Iterable[Span], predicted: Iterable[Span]) -> list[Mistake]:
    """The mistakes in a document. Each wrong span is in exactly one of them.

    Right spans (``ExactMatch``) take no part, so all ``gold`` of the mistakes are exact match's false negatives and all
    ``predicted`` its false positives. Of the others,

    - ``label``: start and end are right, the label is not. Such pairs are taken first.
    - The rest is paired one to one where spans overlap: as many pairs as can be, then as many of one label, then the
      most alike. A pair with the right label is ``boundary-long`` if the prediction holds the gold,
      ``boundary-short`` if it lies in it, else ``boundary-shifted``; with a wrong label it is ``label+boundary``.
    - ``merged``: the prediction of a pair overlaps further gold too, which has no pair and lies apart from the pair's
      gold. ``split``: the gold of a pair overlaps further predictions, likewise. Labels play no part in these two.
    - ``missed`` and ``spurious``: the remaining gold and predicted spans.

    A discontinuous span overlaps the text between its outermost edges. A plain prediction with these edges is too long
    for it. The order of spans plays no part.

    Args:
        gold: The gold spans of the document.
        predicted: The predicted spans of the document.

    Returns:
        The mistakes, in order of place.
    """
    expected, found = set(gold), set(predicted)
    mistakes: list[Mistake] = []
    for missing, wrong in clusters(expected - found, found - expected):
        for g, p in _same_place(missing, wrong):
            mistakes.append(Mistake("label", (g,), (p,)))
            missing.remove(g)
            wrong.remove(p)
        mistakes.extend(_apart(missing, wrong))
    return sorted(mistakes, key=lambda mistake: (*mistake.gold, *mistake.predicted))


def _same_place(gold: Sequence[Span], predicted: Sequence[Span]) -> list[Pair]:
    pairs: list[Pair] = []
    free = list(predicted)
    for g in gold:
        there = next((p for p in free if same_place(g, p)), None)
        if there is not None:
            free.remove(there)
            pairs.append((g, there))
    return pairs


def _apart(gold: Sequence[Span], predicted: Sequence[Span]) -> list[Mistake]:
    """Mistakes among spans none of which has the place of another.

    There are as many pairs as can be, so of a pair at most one side overlaps spans without a pair (were it both, there
    would be one pair more): it is merged or split, never both.
    """
    pairs = best_pairs(gold, predicted, lambda g, p: (1, int(g.label == p.label), _likeness(g, p)))
    groups = [([g], [p]) for g, p in pairs]
    alone: list[Mistake] = []
    for g in sorted(set(gold).difference(g for g, _ in pairs)):
        fitting = [(overlap(g, p[0]), here) for here, p in groups if overlap(g, p[0]) and _free(g, here)]
        if fitting:
            max(fitting, key=lambda fit: fit[0])[1].append(g)
        else:
            alone.append(Mistake("missed", (g,), ()))
    for p in sorted(set(predicted).difference(p for _, p in pairs)):
        fitting = [(overlap(g[0], p), here) for g, here in groups if overlap(g[0], p) and _free(p, here)]
        if fitting:
            max(fitting, key=lambda fit: fit[0])[1].append(p)
        else:
            alone.append(Mistake("spurious", (), (p,)))
    return [*alone, *(Mistake(_kind(g, p), tuple(sorted(g)), tuple(sorted(p))) for g, p in groups)]


def _likeness(one: Span, other: Span) -> float:
    """Twice the shared characters by all characters: 1 for the same place (Dice)."""
    return 2 * overlap(one, other) / (one.end - one.start + other.end - other.start)


def _free(span: Span, others: Collection[Span]) -> bool:
    return not any(overlap(span, other) for other in others)


def _kind(gold: Sequence[Span], predicted: Sequence[Span]) -> Kind:
    if len(gold) > 1:
        return "merged"
    if len(predicted) > 1:
        return "split"
    g, p = gold[0], predicted[0]
    if g.label != p.label:
        return "label+boundary"
    if (g.start, g.end) == (p.start, p.end):
        return "boundary-long" if g.parts else "boundary-short"
    if p.start <= g.start and p.end >= g.end:
        return "boundary-long"
    return "boundary-short" if g.start <= p.start and g.end >= p.end else "boundary-shifted"


class Errors:
    """How many wrong spans there are of each class (``classify``), by label and by length in words.

    A gold span counts for its label and length, a predicted one for its own; so the classes of a label add up to its
    false negatives and false positives by exact match. Length: the words of ``DocumentFacts.tokens`` that a span, or
    one of its parts, touches; one that touches none is counted with those of one word.

    Raises ``ValueError`` on labels as ``ExactMatch`` does.
    """

    def __init__(self, labels: Sequence[str]) -> None:
        self.labels = distinct(labels)
        self._names = ["tp", *(f"{kind}/{side}" for kind in KINDS for side in _sides(kind))]
        self._zero = {f"{label}/{name}/{n}": 0.0 for label in labels for name in self._names for n in LENGTHS}

    def count(self, gold: Sequence[Span], predicted: Sequence[Span], setting: DocumentFacts) -> Counts:
        """Count one document: ``LABEL/tp/LENGTH``, ``LABEL/KIND/fn/LENGTH`` and ``LABEL/KIND/fp/LENGTH``.

        There is no ``fp`` of ``missed`` and no ``fn`` of ``spurious``.

        Args:
            gold: The gold spans.
            predicted: The predicted spans.
            setting: Its ``tokens`` are the words that lengths are counted in.

        Returns:
            Counts of spans by name, zeros included.

        Raises:
            ValueError: A span has a label that is none of the evaluator's.
        """
        counts = self._zero.copy()
        if not gold and not predicted:
            return counts
        words = Words(setting.tokens)

        def add(span: Span, name: str) -> None:
            length = min(max(len(words.of(span)), 1), len(LENGTHS))
            counts[f"{span.label}/{name}/{LENGTHS[length - 1]}"] += 1

        try:
            for span in set(gold).intersection(predicted):
                add(span, "tp")
            for mistake in classify(gold, predicted):
                for span in mistake.gold:
                    add(span, f"{mistake.kind}/fn")
                for span in mistake.predicted:
                    add(span, f"{mistake.kind}/fp")
        except KeyError:
            raise unknown_labels([*gold, *predicted], self.labels) from None
        return counts

    def score(self, total: Counts) -> Figures:
        """Figures of summed counts. Works on floats and, element by element, on arrays of one shape.

        To the figures of ``ExactMatch.score`` it adds, in spans, ``KIND/fn`` (gold) and ``KIND/fp`` (predicted) for
        each class that has them, with ``KIND/fn/LENGTH`` and ``KIND/fp/LENGTH``; ``support/LENGTH`` and
        ``recall/LENGTH`` of gold spans of a length, the recall of none being 0.0. All but precision, recall and F1 are
        those of ``micro`` in the averages.

        Args:
            total: Summed counts, by name.

        Returns:
            Figures for ``micro``, ``macro``, ``weighted`` and each label.
        """
        one = {label: self._figures(total, [label]) for label in self.labels}
        return {**averaged(self._figures(total, self.labels), one), **one}

    def _figures(self, total: Counts, labels: Sequence[str]) -> dict[str, Any]:
        by_length: dict[str, Any] = {
            f"{name}/{n}": sum(total[f"{label}/{name}/{n}"] for label in labels)
            for name in self._names
            for n in LENGTHS
        }
        found: dict[str, Any] = {name: sum(by_length[f"{name}/{n}"] for n in LENGTHS) for name in self._names}
        tp = found.pop("tp")
        fp, fn = (sum(found[f"{kind}/{side}"] for kind in KINDS if side in _sides(kind)) for side in ("fp", "fn"))
        figures = quotients(tp, fp, fn) | found | by_length
        for n in LENGTHS:
            hits = figures.pop(f"tp/{n}")
            missing = sum(by_length[f"{kind}/fn/{n}"] for kind in KINDS if "fn" in _sides(kind))
            figures |= {f"{name}/{n}": quotients(hits, 0, missing)[name] for name in ("support", "recall")}
        return figures


def _sides(kind: Kind) -> tuple[str, ...]:
    return {"missed": ("fn",), "spurious": ("fp",)}.get(kind, ("fn", "fp"))
