"""The labels of published figures: those of a corpus, averages over them, and the tags that an evaluator gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adrbench.api.evaluator import AVERAGE, AVERAGES
from adrbench.config.model import Benchmark, DatasetEntry
from adrbench.errors import PluginError, closest
from adrbench.plugins.registry import Registry
from adrbench.scoring.evaluators.build import labels_given


def known_labels(entry: DatasetEntry, registry: Registry) -> tuple[str, ...]:
    """Tell the labels of a corpus before it is read.

    Args:
        entry: Its entry in the benchmark file.
        registry: The installed plugins.

    Returns:
        The labels; empty if only its files tell them.
    """
    if entry.labels or entry.use not in registry.names("datasets"):
        return entry.labels
    try:
        labels: tuple[str, ...] = registry.describe("datasets", entry.use).labels
    except PluginError:
        return ()
    return labels


def label_problems(
    benchmark: Benchmark, labels: Mapping[str, Sequence[str]], registry: Registry
) -> Iterator[tuple[str, str]]:
    """Published figures of a label that neither the corpus has nor an evaluator gives.

    Args:
        benchmark: The benchmark.
        labels: The labels of each corpus, by name; a corpus that is not in it is not checked.
        registry: The installed plugins.

    Yields:
        The problems, as (path, message).
    """
    for i, row in enumerate(benchmark.published):
        own = labels.get(row.dataset, ())
        if row.label in own or (own and row.label in AVERAGES) or not (own or row.dataset == AVERAGE):
            continue
        valid = [*AVERAGES, *own] if own else list(AVERAGES[:1])
        for name in benchmark.benchmark.evaluators if own else ():
            valid += [label for label in _given(registry, name, own) if label not in valid]
        if row.label not in valid:
            yield f"published[{i}].label", f"{row.label!r} is no label of {row.dataset}; {closest(row.label, valid)}"


def _given(registry: Registry, name: str, labels: Sequence[str]) -> Sequence[str]:
    try:
        return labels_given(registry, name, labels)
    except PluginError:
        # It is a problem of its own, told where it stands.
        return ()
