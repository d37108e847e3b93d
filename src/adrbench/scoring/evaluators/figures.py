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
    """The labels. Raises ``ValueError`` on no label, a label twice, or one with the name of an average."""
    if not labels or len(set(labels)) != len(labels) or set(labels) & set(AVERAGES):
        raise ValueError(f"labels must be distinct, at least one, none of {AVERAGES}; got {list(labels)}")
    return tuple(labels)


def known(variant: str, plugin: EvaluatorPlugin) -> str:
    """The variant. Raises ``ValueError`` if the plugin has no such one."""
    if variant not in plugin.variants:
        raise ValueError(f"evaluator {plugin.name!r} has no variant {variant!r}; {closest(variant, plugin.variants)}")
    return variant


def unknown_labels(spans: Iterable[Span], labels: Sequence[str]) -> ValueError:
    """The error that some spans have labels other than the evaluator's: dropping them would flatter a tagger."""
    unknown = sorted({span.label for span in spans} - set(labels))
    return ValueError(f"spans with labels {unknown}, but the labels are {list(labels)}")


def ratio(part: Any, whole: Any) -> Any:
    """``part / whole``, and 0.0 where whole is 0: part is then 0 too, so dividing by 1 instead says the same."""
    return part / (whole + (whole == 0))


def quotients(tp: Any, fp: Any, fn: Any) -> dict[str, Any]:
    """The usual figures of hits, false positives and false negatives."""
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
    """``micro`` as given, ``macro`` and ``weighted`` of the figures ``names``, as in seqeval and scikit-learn.

    ``macro`` is the plain mean over the labels that occur, in gold or predictions; ``weighted`` is the mean weighted by
    support (gold), 0.0 without gold. All other figures of both are those of ``micro``.
    """
    every = by_label.values()
    occurring = sum(f["support"] + f.get("predicted", 0) > 0 for f in every)
    support = sum(f["support"] for f in every)
    macro = {name: ratio(sum(f[name] for f in every), occurring) for name in names}
    weighted = {name: ratio(sum(f[name] * f["support"] for f in every), support) for name in names}
    return {"micro": micro, "macro": {**micro, **macro}, "weighted": {**micro, **weighted}}
