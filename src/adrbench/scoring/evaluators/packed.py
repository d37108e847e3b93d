"""Spans of many documents as columns of integers, so that millions of them can be compared at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from adrbench.api import Evaluator, Span, SpanColumns

CountTable = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Parts = tuple[tuple[int, int], ...]
Shapes = dict[Parts, int]
_ROOM = 2**62


def pack(documents: Sequence[Sequence[Span]], labels: Sequence[str], shapes: Shapes) -> SpanColumns:
    """Pack the spans of each document.

    Args:
        documents: The spans of each document.
        labels: All labels, numbered by their order.
        shapes: The numbers of discontinuous shapes: one dictionary for all that is to be compared.

    Returns:
        The packed spans.

    Raises:
        ValueError: A span has a label that is none of ``labels``.
    """
    spans = list(chain.from_iterable(documents))
    starts, ends, named, parts = (list(map(attrgetter(name), spans)) for name in ("start", "end", "label", "parts"))
    number: Mapping[str, int] = {label: place for place, label in enumerate(labels)}
    count = len(starts)
    try:
        numbered = np.fromiter(map(number.__getitem__, named), np.int64, count)
    except KeyError:
        unknown = sorted(set(named) - number.keys())
        raise ValueError(f"spans with labels {unknown}, but the labels are {list(labels)}") from None
    shape = np.zeros(count, dtype=np.int64)
    # Hardly any corpus has discontinuous mentions.
    if any(parts):
        shape = np.fromiter((shapes.setdefault(own, len(shapes) + 1) if own else 0 for own in parts), np.int64, count)
    return SpanColumns(
        np.repeat(np.arange(len(documents)), np.fromiter(map(len, documents), np.int64, len(documents))),
        np.fromiter(starts, np.int64, count),
        np.fromiter(ends, np.int64, count),
        numbered,
        shape,
    )


def select(spans: SpanColumns, mask: Mask) -> SpanColumns:
    """Select spans.

    Args:
        spans: Spans as columns.
        mask: One truth value a span.

    Returns:
        The spans that ``mask`` marks.
    """
    shapes = None if spans.shapes is None else spans.shapes[mask]
    return SpanColumns(spans.documents[mask], spans.starts[mask], spans.ends[mask], spans.labels[mask], shapes)


def count_at_once(
    evaluator: Evaluator, gold: SpanColumns, predicted: SpanColumns, documents: int
) -> tuple[tuple[str, ...], CountTable]:
    """The counts of documents by an evaluator that has ``count_many``.

    Args:
        evaluator: The evaluator.
        gold: The gold spans.
        predicted: The predicted spans.
        documents: How many documents there are.

    Returns:
        The names of the columns, and an array [documents, columns].
    """
    counting: Any = evaluator
    columns: Mapping[str, Any] = counting.count_many(gold, predicted, documents)
    return tuple(columns), np.stack([np.asarray(column, dtype=np.float64) for column in columns.values()], axis=1)


def exact_counts(
    gold: SpanColumns, predicted: SpanColumns, documents: int, labels: int
) -> dict[str, NDArray[np.float64]]:
    """Counts of exact spans: the same as ``ExactMatch.count`` of every document.

    Each document is a set, so that a span that is there twice counts once.

    Args:
        gold: SpanColumns gold spans.
        predicted: SpanColumns predicted spans.
        documents: How many documents there are.
        labels: How many labels there are.

    Returns:
        ``tp``, ``fp`` and ``fn``, each an array [documents, labels].
    """
    keys = _keys(gold, predicted)
    expected, first = _distinct(keys[: len(gold)])
    found, second = _distinct(keys[len(gold) :])
    places = np.searchsorted(expected, found)
    right = places < len(expected)
    right[right] = expected[places[right]] == found[right]
    hit = np.zeros(len(expected), dtype=np.bool_)
    hit[places[right]] = True
    cells = gold.documents[first] * labels + gold.labels[first]
    others = predicted.documents[second] * labels + predicted.labels[second]
    size = documents * labels
    counted = np.concatenate([cells[hit], others[~right] + size, cells[~hit] + 2 * size])
    tp, fp, fn = np.bincount(counted, minlength=3 * size).reshape(3, documents, labels).astype(np.float64)
    return {"tp": tp, "fp": fp, "fn": fn}


def _distinct(keys: Ints) -> tuple[Ints, Ints | slice]:
    """Distinct keys, sorted, and where they stand."""
    if (keys[1:] > keys[:-1]).all():
        # As most spans are stored, and much faster than sorting them again.
        return keys, slice(None)
    return np.unique(keys, return_index=True)


def _keys(gold: SpanColumns, predicted: SpanColumns) -> Ints:
    """A number for each span, gold ones first: the same for spans that are the same."""
    keys = np.concatenate([gold.documents, predicted.documents])
    size = int(keys.max(initial=0)) + 1
    pairs = [(gold.starts, predicted.starts), (gold.ends, predicted.ends), (gold.labels, predicted.labels)]
    if gold.shapes is not None and predicted.shapes is not None:
        pairs.append((gold.shapes, predicted.shapes))
    for pair in pairs:
        column = np.concatenate(pair)
        width = int(column.max(initial=0)) + 1
        if size * width > _ROOM:
            # As many numbers as there are spans, instead of as many as there are combinations.
            keys, size = np.unique(keys, return_inverse=True)[1], len(keys)
        keys, size = keys * width + column, size * width
    return keys
