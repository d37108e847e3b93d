"""The layout of conlleval, the script of the CoNLL shared tasks (Tjong Kim Sang and Buchholz 2000)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from adrbench.scoring.evaluators.packed import exact_counts
from adrbench.scoring.external.streams import Stream


def to_conlleval(streams: Sequence[Stream]) -> str:
    """The output of conlleval for files, one after the other, to the letter.

    Args:
        streams: The files. Labels are those that occur, in the order of their bytes.

    Returns:
        The text. A quotient with the denominator 0 is 0.00.
    """
    labels = sorted({name for stream in streams for name in stream.names}, key=str.encode)
    totals = {kind: np.zeros(len(labels)) for kind in ("tp", "fp", "fn")}
    for stream in streams:
        for kind, counts in exact_counts(*stream.packed(labels), len(stream.units), len(labels)).items():
            totals[kind] += counts.sum(axis=0)
    tokens, right = sum(stream.processed for stream in streams), sum(stream.right for stream in streams)
    tp, fp, fn = (int(counts.sum()) for counts in totals.values())
    lines = [
        f"processed {tokens} tokens with {tp + fn} phrases; found: {tp + fp} phrases; correct: {tp}.",
        f"accuracy: {100 * right / max(tokens, 1):6.2f}%; {_figures(tp, fp, fn)}",
    ]
    for label, *own in zip(labels, *(counts.astype(int).tolist() for counts in totals.values()), strict=True):
        lines.append(f"{label:>17}: {_figures(*own)}  {own[0] + own[1]}")
    return "\n".join(lines)


def _figures(tp: int, fp: int, fn: int) -> str:
    precision, recall = 100 * tp / max(tp + fp, 1), 100 * tp / max(tp + fn, 1)
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return f"precision: {precision:6.2f}%; recall: {recall:6.2f}%; FB1: {f1:6.2f}"
