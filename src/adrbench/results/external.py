"""From folds to figures: the rows that a leaderboard has, for a system that adrbench did not run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from adrbench.api import Figures
from adrbench.api.evaluator import AVERAGES
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard._estimates import Drawn, draw, estimates
from adrbench.results.leaderboard.rows import Row
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator
from adrbench.scoring.external.folds import Fold, count
from adrbench.scoring.external.tags import BARE
from adrbench.scoring.statistics.bootstrap import LEAST_UNITS, CountTable, by_unit
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, IntervalKind, is_over_folds


@dataclass(frozen=True)
class ExternalScore:
    """Figures of another system under one evaluator.

    Attributes:
        evaluator: The evaluator.
        rows: A row for each label, ``micro`` and the other averages first.
        figures: All figures of the counts pooled over folds, by label and name.
        no_interval: Why there is no interval; empty if there is one.
    """

    evaluator: str
    rows: tuple[Row, ...]
    figures: Figures
    no_interval: str = ""


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
        kind: The interval. ``nadeau-bengio`` takes several folds for a cross-validation, in which each fold tests its
            even share of the documents. A single fold has a bootstrap over its units instead of an interval over
            folds, if there are enough units.
        registry: The registry of plugins.
        tagger: The name of the system, for the rows.
        dataset: The corpus, for the rows.
        splits: The split, for the rows.

    Returns:
        Rows and figures.

    Raises:
        InputError: The evaluator cannot take the labels, or needs more than files tell; or there are too few units to
            resample.
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
    drawn: Drawn | None = None
    too_few = ""
    shown: IntervalKind = "bootstrap" if len(folds) == 1 and is_over_folds(kind) else kind
    if not is_over_folds(shown):
        units = np.concatenate([_by_unit(fold, table) for fold, table in zip(folds, tables, strict=True)])
        too_few = _too_few(len(units), folds[0])
        if too_few and shown == kind:
            raise InputError(f"--interval {kind}: {too_few}")
        drawn = None if too_few else draw(units, names, built.score)
    if not labels:
        pooled = {name: figures for name, figures in pooled.items() if name != BARE}
    made = _score(each, pooled, evaluator, shown, drawn, tagger=tagger, dataset=dataset, splits=splits)
    return replace(made, no_interval=too_few)


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
    return _score([figures], figures, evaluator, DEFAULT_INTERVAL, None, tagger=tagger, dataset=dataset, splits="")


def _score(
    each: Sequence[Figures],
    pooled: Figures,
    evaluator: str,
    kind: IntervalKind,
    drawn: Drawn | None,
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
        replace(common, label=label, **estimates(label, each, kind, 1 / len(each), drawn))
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


def _too_few(units: int, fold: Fold) -> str:
    """Why so many units are not resampled; empty if they are."""
    if units >= LEAST_UNITS:
        return ""
    there = f"{'is' if units == 1 else 'are'} {units:,} {fold.unit}{'' if units == 1 else 's'}"
    hint = " (an empty line ends a sentence)" if fold.unit == "sentence" else ""
    return f"a bootstrap needs {LEAST_UNITS} {fold.unit}s, and there {there}{hint}"


def _by_unit(fold: Fold, counts: CountTable) -> CountTable:
    """Counts with a row for each unit; most often each document is one."""
    return counts if len(set(fold.units)) == len(fold.units) else by_unit(counts, fold.units)
