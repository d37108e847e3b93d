"""Scored stretches of words: which of them stand, and from which score on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adrbench.api import Annotated, Span

FLOOR = 0.05
"""The lowest threshold; stretches with a lower score are no candidates."""
DEFAULT = 0.5
"""The threshold of a label without gold on the held-out text."""
_GRID = tuple(step / 20 for step in range(1, 20))


def flat(candidates: Iterable[Span], thresholds: Mapping[str, float]) -> list[Span]:
    """Choose the spans that stand: the highest scores first, none that overlaps another.

    Args:
        candidates: Spans with scores.
        thresholds: The least score by label.

    Returns:
        The spans, in order of the text.
    """
    chosen: list[Span] = []
    for span in sorted(candidates, key=lambda span: (-(span.score or 0.0), span)):
        if (span.score or 0.0) < thresholds[span.label]:
            continue
        if all(span.end <= other.start or other.end <= span.start for other in chosen):
            chosen.append(span)
    return sorted(chosen)


def choose(gold: Sequence[Annotated], candidates: Sequence[Sequence[Span]], labels: Sequence[str]) -> dict[str, float]:
    """Choose for each label the threshold with the best F1 of exact spans, each label for itself.

    Args:
        gold: Held-out documents with their gold.
        candidates: The candidates of each document.
        labels: The labels.

    Returns:
        The thresholds by label. Of equally good ones it is that closest to 0.5, which is also that of a label without
        gold.
    """
    found: dict[str, float] = {}
    for label in labels:
        right = [{span for span in annotated.spans if span.label == label} for annotated in gold]
        own = [[span for span in spans if span.label == label] for spans in candidates]
        grid = _GRID if any(right) else (DEFAULT,)
        found[label] = max(grid, key=lambda value: (_f1(right, own, label, value), -abs(value - DEFAULT)))
    return found


def _f1(right: Sequence[set[Span]], candidates: Sequence[Sequence[Span]], label: str, threshold: float) -> float:
    predicted = [flat(spans, {label: threshold}) for spans in candidates]
    hits = sum(len(wanted & set(spans)) for wanted, spans in zip(right, predicted, strict=True))
    total = sum(map(len, right)) + sum(map(len, predicted))
    return 2 * hits / total if total else 0.0
