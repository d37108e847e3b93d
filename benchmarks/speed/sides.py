"""What comparisons with another library share: one fold of ADE for both sides, F1, and lines with a verdict."""

from __future__ import annotations

import multiprocessing
import statistics
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from adrbench.api import Annotated, Span
from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.splits import Item, Recipe, make_split
from adrbench.plugins.registry import Registry

# Two fine-tunings of one kind differ by about this much in F1, on the 854 sentences of a fold.
NOISE = 0.01


@dataclass(frozen=True)
class Part:
    """One fold: what is learnt from, what is tested, and the corpus's name, which says if it is the stand-in."""

    train: tuple[Annotated, ...]
    test: tuple[Annotated, ...]
    corpus: str


def folds(limit: int | None = None) -> list[Part]:
    """The five random folds of ADE, adverse reactions only, or those of adr-mini where ADE is not at hand.

    ``limit``: of at most so many documents.
    """
    entry = DatasetEntry(use="ade", labels=("ADR",), stand_in="adr-mini")
    corpus = load_corpus(entry, Path(), Registry(), limit=limit, offline=True)
    found = {a.document.id: a for a in corpus.documents}
    split = make_split([Item(name, a.document.group) for name, a in found.items()], Recipe("random"))
    return [
        Part(tuple(found[name] for name in fold.train), tuple(found[name] for name in fold.test), corpus.name)
        for fold in split.folds
    ]


def f1(gold: Sequence[Annotated], predicted: Sequence[Sequence[Span]]) -> float:
    """Exact-match F1 of spans, pooled over documents."""
    expected = {(a.document.id, span) for a in gold for span in a.spans}
    found = {(a.document.id, span) for a, spans in zip(gold, predicted, strict=True) for span in spans}
    return 2 * len(expected & found) / max(1, len(expected) + len(found))


def report(name: str, values: Sequence[float], unit: str = "s", digits: int = 2) -> float:
    """A figure as median and range; gives the median."""
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name:<52} median {middle:.{digits}f} {unit} ({low:.{digits}f}-{high:.{digits}f})")
    return middle


def compare(name: str, ours: Sequence[float], theirs: Sequence[float], bound: float) -> bool:
    """How many times as fast, run against the run beside it, with what the median should be at least.

    Args:
        name: What was timed.
        ours: Our seconds, one a run.
        theirs: Those of the other side.
        bound: How many times as fast we should be in the median.

    Returns:
        True if the bound is met.
    """
    times = [b / a for a, b in zip(ours, theirs, strict=True)]
    low, middle, high = min(times), statistics.median(times), max(times)
    met = middle >= bound
    print(f"{name:<52} median {middle:.2f}x ({low:.2f}-{high:.2f}), bound {bound:g}x: {'ok' if met else 'TOO SLOW'}")
    return met


def compare_f1(ours: Sequence[float], theirs: Sequence[float], lower: float = NOISE) -> bool:
    """Mean F1 of both sides, and whether ours falls behind.

    Args:
        ours: Our F1, a fraction, one a run.
        theirs: That of the other side.
        lower: How far ours may be behind.

    Returns:
        True if ours is not further behind.
    """
    mine, other = statistics.mean(ours), statistics.mean(theirs)
    met = mine >= other - lower
    allowed = f"at most {100 * lower:g} lower" if lower else "no lower"
    print(f"{'F1':<52} {100 * mine:.1f} against {100 * other:.1f}, {allowed}: {'ok' if met else 'TOO LOW'}")
    return met


def apart(call: Callable[[Any], Any], task: Any) -> Any:
    """What a call gives in a fresh process."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(call, task).result()


def stop(reason: str) -> NoReturn:
    """End, since something that is needed is not there."""
    print(reason, file=sys.stderr)
    sys.exit(2)
