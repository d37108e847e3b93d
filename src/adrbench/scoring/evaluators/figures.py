"""What evaluators share: checks of what they are made for, quotients with a value at 0, averages over labels.

Arithmetic is on floats or, element by element, on numpy arrays of one shape.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from adrbench.api import EvaluatorPlugin, Span
from adrbench.api.evaluator import AVERAGES
from adrbench.errors import closest

QUOTIENTS = ("precision", "recall", "f1")


def distinct(labels: Sequence[str]) -> tuple[str, ...]:
    """Check the labels of an evaluator.

    Args:
        labels: All labels that occur.

    Returns:
        The labels.

    Raises:
        ValueError: No label, a label twice, or one with the name of an average.
    """
    if not labels or len(set(labels)) != len(labels) or set(labels) & set(AVERAGES):
        raise ValueError(f"labels must be distinct, at least one, none of {AVERAGES}; got {list(labels)}")
    return tuple(labels)


def known(variant: str, plugin: EvaluatorPlugin) -> str:
    """Check the variant of an evaluator.

    Args:
        variant: A name.
        plugin: The evaluator's description.

    Returns:
        The variant.

    Raises:
        ValueError: The evaluator has no such variant.
    """
    if variant not in plugin.variants:
        raise ValueError(f"evaluator {plugin.name!r} has no variant {variant!r}; {closest(variant, plugin.variants)}")
    return variant


def unknown_labels(spans: Iterable[Span], labels: Sequence[str]) -> ValueError:
    """The error for spans whose labels are not the evaluator's. Dropping them would flatter a tagger.

    Args:
        spans: Gold or predicted spans.
        labels: The evaluator's labels.

    Returns:
        The error, to be raised.
    """
    unknown = sorted({span.label for span in spans} - set(labels))
    return ValueError(f"spans with labels {unknown}, but the labels are {list(labels)}")


def ratio(part: Any, whole: Any) -> Any:
    """A quotient that is 0.0 where its denominator is 0.

    Args:
        part: The numerator, 0 where the denominator is.
        whole: The denominator.

    Returns:
        ``part / whole``. Where whole is 0, dividing by 1 gives the 0.0.
    """
    return part / (whole + (whole == 0))


def quotients(tp: Any, fp: Any, fn: Any) -> dict[str, Any]:
    """The usual figures.

    Args:
        tp: True positives.
        fp: False positives.
        fn: False negatives.

    Returns:
        ``precision``, ``recall`` and ``f1`` as fractions; ``support``, ``predicted`` and ``tp`` as counts.
    """
    return {
        "precision": ratio(tp, tp + fp),
        "recall": ratio(tp, tp + fn),
        "f1": ratio(2 * tp, 2 * tp + fp + fn),
        "support": tp + fn,
        "predicted": tp + fp,
        "tp": tp,
    }


def averaged(
    micro: Mapping[str, Any], by_label: Mapping[str, Mapping[str, Any]], names: Sequence[str] = QUOTIENTS
) -> dict[str, Mapping[str, Any]]:
    """The averages over labels, as in seqeval and scikit-learn.

    ``macro`` is the plain mean over the labels that occur, in gold or predictions. ``weighted`` is the mean weighted by
    support (gold), 0.0 without gold. All other figures of both are those of ``micro``.

    Args:
        micro: The figures of all labels pooled.
        by_label: The figures of each label.
        names: The figures to average.

    Returns:
        ``micro`` as given, ``macro`` and ``weighted``.
    """
    every = by_label.values()
    occurring = sum(f["support"] + f.get("predicted", 0) > 0 for f in every)
    support = sum(f["support"] for f in every)
    macro = {name: ratio(sum(f[name] for f in every), occurring) for name in names}
    weighted = {name: ratio(sum(f[name] * f["support"] for f in every), support) for name in names}
    return {"micro": micro, "macro": {**micro, **macro}, "weighted": {**micro, **weighted}}
