"""From folds to figures: the rows that a leaderboard has, for a system that adrbench did not run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adrbench._system.seed import DEFAULT_SEED
from adrbench.api import Figures
from adrbench.api.evaluator import AVERAGES
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.rows import Row, RowFigures, mean_of
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator
from adrbench.scoring.external.folds import Fold, count
from adrbench.scoring.external.tags import BARE
from adrbench.scoring.statistics.bootstrap import CountTable, bootstrap, by_unit, percentile
from adrbench.scoring.statistics.intervals import Interval, interval
from adrbench.scoring.statistics.kinds import IntervalKind, is_over_folds


@dataclass(frozen=True)
class ExternalScore:
    """Figures of another system under one evaluator.

    Attributes:
        evaluator: The evaluator.
        rows: A row for each label, ``micro`` and the other averages first.
        figures: All figures of the counts pooled over folds, by label and name.
    """

    evaluator: str
    rows: tuple[Row, ...]
    figures: Figures


def judge(
    folds: Sequence[Fold],
    evaluator: str,
    kind: IntervalKind,
    registry: Registry,
    *,
    tagger: str,
    dataset: str,
    splits: str = "",
) -> ExternalScore:
    """Score another system's output.

    Figures are means over folds, or those of the only fold. Without any mention, gold or predicted, all figures are
    0.0.

    Args:
        folds: Gold and predictions, by fold.
        evaluator: ``NAME`` or ``NAME:VARIANT``.
        kind: The interval about the mean of several folds. ``nadeau-bengio`` takes them for a cross-validation, in
            which each fold tests its even share of the documents. A single fold has a bootstrap over its units
            instead; with a single unit there is no interval.
        registry: The registry of plugins.
        tagger: The name of the system, for the rows.
        dataset: The corpus, for the rows.
        splits: The split, for the rows.

    Returns:
        Rows and figures.

    Raises:
        InputError: The evaluator cannot take the labels, or needs more than files tell.
    """
    labels = sorted(frozenset[str]().union(*(fold.labels for fold in folds)))
    plugin, _ = describe_evaluator(registry, evaluator)
    try:
        built = build_evaluator(registry, evaluator, labels or [BARE])
    except ValueError as error:
        raise InputError(f"{folds[0].where}: {error}") from error
    counted = [count(fold, built, plugin, labels or [BARE]) for fold in folds]
    names, tables = counted[0][0], [table for _, table in counted]
    sums = [table.sum(axis=0) for table in tables]
    each = [built.score(dict(zip(names, row.tolist(), strict=True))) for row in sums]
    pooled = built.score(dict(zip(names, np.sum(sums, axis=0).tolist(), strict=True)))
    drawn: Figures = {}
    if kind == "bootstrap" or len(folds) == 1:
        units = np.concatenate([_by_unit(fold, table) for fold, table in zip(folds, tables, strict=True)])
        if len(units) > 1:
            drawn = bootstrap(units, names, built.score, seed=DEFAULT_SEED)
    if not labels:
        pooled = {name: figures for name, figures in pooled.items() if name != BARE}
    return _score(each, pooled, evaluator, kind, drawn, tagger=tagger, dataset=dataset, splits=splits)


def score_of(figures: Figures, evaluator: str, *, tagger: str, dataset: str) -> ExternalScore:
    """Make rows of figures that were counted elsewhere, over all documents together.

    Args:
        figures: The figures, by label and name.
        evaluator: ``NAME`` or ``NAME:VARIANT``.
        tagger: The name of the system, for the rows.
        dataset: The corpus, for the rows.

    Returns:
        Rows without intervals, and the figures.
    """
    return _score([figures], figures, evaluator, "t", {}, tagger=tagger, dataset=dataset, splits="")


def _score(
    each: Sequence[Figures],
    pooled: Figures,
    evaluator: str,
    kind: IntervalKind,
    drawn: Figures,
    *,
    tagger: str,
    dataset: str,
    splits: str,
) -> ExternalScore:
    averages = [name for name in AVERAGES if name in pooled]
    others = [name for name in pooled if name not in AVERAGES]
    common = Row(
        dataset=dataset,
        split=splits,
        tagger=tagger,
        family="imported",
        label="",
        status="ok",
        folds=len(each),
        folds_planned=len(each),
        evaluator=evaluator,
        imported=True,
    )
    rows = [
        replace(common, label=label, **_figures(label, each, kind, drawn))
        for label in (*averages, *others)
        if "support" in pooled[label]
    ]
    return ExternalScore(evaluator, tuple(rows), {name: pooled[name] for name in (*averages, *others)})


def figures_of(folds: Sequence[Fold], evaluator: str, registry: Registry) -> Figures:
    """Score all folds together, without intervals.

    Args:
        folds: Gold and predictions, by fold.
        evaluator: ``NAME`` or ``NAME:VARIANT``.
        registry: The registry of plugins.

    Returns:
        Figures of pooled counts, by label and name.

    Raises:
        InputError: The evaluator needs more than files tell.
    """
    labels = sorted(frozenset[str]().union(*(fold.labels for fold in folds)))
    plugin, _ = describe_evaluator(registry, evaluator)
    built = build_evaluator(registry, evaluator, labels or [BARE])
    counted = [count(fold, built, plugin, labels or [BARE]) for fold in folds]
    total = np.sum([table.sum(axis=0) for _, table in counted], axis=0)
    return built.score(dict(zip(counted[0][0], total.tolist(), strict=True)))


def chosen(folds: Sequence[Fold], labels: Sequence[str]) -> list[Fold]:
    """Keep the mentions of some labels.

    Args:
        folds: Gold and predictions, by fold.
        labels: The labels to keep; empty: all.

    Returns:
        The folds with these mentions only.

    Raises:
        InputError: Neither gold nor predictions have one of the labels.
    """
    present = frozenset[str]().union(*(fold.labels for fold in folds))
    for label in labels:
        if label not in present:
            raise InputError(f"--label {label}: no mention has it, gold or predicted; {closest(label, present)}")
    return [fold.only(labels) for fold in folds] if labels else list(folds)


def _figures(label: str, each: Sequence[Figures], kind: IntervalKind, drawn: Figures) -> RowFigures:
    """Means over folds with their interval. An evaluator may leave out a figure that means nothing for it."""
    folds = [figures[label] for figures in each]
    f1 = tuple(float(fold["f1"]) for fold in folds if "f1" in fold)
    bounds: Interval | None = None
    if f1 and drawn:
        bounds = percentile(np.asarray(drawn[label]["f1"]))
    elif len(f1) > 1 and is_over_folds(kind):
        bounds = interval(kind, f1, 1 / len(folds))
    return {
        "precision": mean_of(folds, "precision"),
        "recall": mean_of(folds, "recall"),
        "f1": mean_of(folds, "f1"),
        "f1_low": bounds.low if bounds else None,
        "f1_high": bounds.high if bounds else None,
        "interval": bounds.kind if bounds else None,
        "support": int(sum(fold["support"] for fold in folds)),
        "fold_f1": f1,
    }


def _by_unit(fold: Fold, counts: CountTable) -> CountTable:
    """Counts with a row for each unit; most often each document is one."""
    return counts if len(set(fold.units)) == len(fold.units) else by_unit(counts, fold.units)
