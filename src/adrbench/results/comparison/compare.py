"""Two taggers on the same folds: paired differences of their figures, and the documents in which they differ."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Literal

import numpy as np

from adrbench._system.seed import DEFAULT_SEED
from adrbench.api import Figures, Span
from adrbench.api.evaluator import AVERAGES
from adrbench.errors import InputError
from adrbench.scoring.statistics.bootstrap import CountTable, Score, by_unit, columns
from adrbench.scoring.statistics.intervals import Interval, about_mean
from adrbench.scoring.statistics.kinds import DEFAULT_DIFFERENCE, IntervalKind, is_over_folds
from adrbench.scoring.statistics.paired import Figure, difference_intervals, holm, nadeau_bengio_test, randomisations

Answers = Sequence[tuple[Span, ...]]


@dataclass(frozen=True, eq=False)
class Counted:
    """A tagger's counts under an evaluator.

    Attributes:
        columns: The names of the columns.
        ids: The ids of the documents under test, by fold.
        folds: The counts, by fold: arrays [documents, columns].
    """

    columns: tuple[str, ...]
    ids: tuple[tuple[str, ...], ...]
    folds: tuple[CountTable, ...]

    def units(self, groups: Mapping[str, str] | None) -> CountTable:
        """Add up the counts of each unit over all folds.

        Args:
            groups: The group of each document, if groups are the units; None: documents are.

        Returns:
            An array [units, columns].
        """
        names = [name for fold in self.ids for name in fold]
        return by_unit(np.concatenate(self.folds), [groups[name] for name in names] if groups else names)


@dataclass(frozen=True)
class Line:
    """One figure of two taggers. All values are fractions.

    Attributes:
        label: The label, or ``micro`` for all of them.
        figure: The name of the figure.
        first: The figure of the first tagger: a mean over folds if the interval is over folds, else of pooled counts.
        second: The same of the second tagger.
        difference: ``first`` less ``second``.
        low: The lower end of the 95% interval of the difference; None with a single document or group.
        high: Its upper end.
        interval: The kind of the interval.
        p: The p-value of approximate randomisation on pooled counts.
        adjusted: The same, adjusted by Holm over the lines shown together.
        fold_p: The p-value of the corrected t-test on ``fold_differences``; None with one fold.
        fold_differences: The difference in each fold.
        support: Gold in the pooled counts.
    """

    label: str
    figure: str
    first: float
    second: float
    difference: float
    low: float | None
    high: float | None
    interval: str | None
    p: float
    adjusted: float
    fold_p: float | None
    fold_differences: tuple[float, ...]
    support: float


@dataclass(frozen=True)
class Judged:
    """The figures of both taggers under one evaluator.

    Attributes:
        evaluator: The evaluator.
        lines: A line for all labels together and one for each label.
    """

    evaluator: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Disagreement:
    """A document under test in which the taggers' spans differ.

    Attributes:
        document: Its id.
        fold: The fold, from 0.
        gold: Its gold spans.
        first: The spans of the first tagger.
        second: The spans of the second tagger.
    """

    document: str
    fold: int
    gold: tuple[Span, ...]
    first: tuple[Span, ...]
    second: tuple[Span, ...]

    def tally(self, predicted: Sequence[Span]) -> dict[str, int]:
        """Count right, wrong and missed spans by exact match.

        Args:
            predicted: The spans of one tagger.

        Returns:
            ``tp``, ``fp`` and ``fn``.
        """
        gold, found = set(self.gold), set(predicted)
        return {"tp": len(gold & found), "fp": len(found - gold), "fn": len(gold - found)}

    @property
    def more_errors(self) -> int:
        """How many more wrong and missed spans the first tagger has than the second."""
        first, second = self.tally(self.first), self.tally(self.second)
        return first["fp"] + first["fn"] - second["fp"] - second["fn"]


@dataclass(frozen=True)
class Comparison:
    """Two taggers on one split of one corpus.

    Attributes:
        dataset: The corpus.
        split: The split.
        first: The name of the first tagger.
        second: The name of the second tagger.
        folds: How many folds there are.
        documents: How many documents are under test.
        unit: The unit that was resampled and swapped.
        units: How many units there are.
        judged: The figures by evaluator.
        apart: Every document in which the taggers differ, largest difference first. A document that several folds test
            can be there several times.
        found: Gold spans by the taggers that gave them exactly: ``both``, ``first``, ``second``, ``neither``.
        gold: The gold that predictions are scored against: ``all`` or ``flat``.
        limit: The corpus was cut to so many documents, for a quick look.
        stand_in_for: The corpora that this one stands in for.
    """

    dataset: str
    split: str
    first: str
    second: str
    folds: int
    documents: int
    unit: Literal["document", "group"]
    units: int
    judged: tuple[Judged, ...]
    apart: tuple[Disagreement, ...]
    found: Mapping[str, int]
    gold: str = "all"
    limit: int | None = None
    stand_in_for: str = ""


def differences(
    first: Counted,
    second: Counted,
    score: Score,
    *,
    groups: Mapping[str, str] | None = None,
    test_share: float = 0.2,
    kind: IntervalKind = DEFAULT_DIFFERENCE,
    only: Sequence[str] = (),
    but: Sequence[str] = (),
    seed: int = DEFAULT_SEED,
) -> tuple[Line, ...]:
    """Compare the figures of two taggers: F1, or recall where there is no F1.

    Args:
        first: The counts of the first tagger.
        second: The counts of the second tagger, on the same documents.
        score: Figures from summed counts.
        groups: The group of each document, if groups are resampled and swapped; None: documents are.
        test_share: The part of the documents that a fold tests.
        kind: The interval. With one fold, ``bootstrap`` replaces an interval over folds.
        only: The labels to compare; empty: ``micro`` and every label.
        but: Labels to leave out.
        seed: The seed of resamples and swaps.

    Returns:
        A line for ``micro`` and one for each label.

    Raises:
        InputError: The evaluator gives neither F1 nor recall, or a figure that is no number.
        ValueError: The two were not counted on the same documents in the same way.
    """
    if first.columns != second.columns or first.ids != second.ids:
        raise ValueError("the taggers were counted on other documents, or by other evaluators")
    names, folds = first.columns, len(first.folds)
    tables = first.units(groups), second.units(groups)
    pooled = [_score(table.sum(axis=0), names, score) for table in tables]
    chosen = [figure for figure in _figures(pooled[0]) if figure[0] in (only or (figure[0],)) and figure[0] not in but]
    by_fold = [[_score(table.sum(axis=0), names, score) for table in side.folds] for side in (first, second)]
    p = randomisations(*tables, names, score, chosen, seed=seed)
    over_folds = is_over_folds(kind) and folds > 1
    drawn: list[Interval | None] = [None] * len(chosen)
    if not over_folds:
        drawn = difference_intervals(
            *tables, names, score, chosen, kind="bca" if kind == "bca" else "bootstrap", seed=seed
        )
    lines = []
    for (label, figure), chance, bounds in zip(chosen, p, drawn, strict=True):
        ours, theirs = ([float(fold[label][figure]) for fold in side] for side in by_fold)
        _check((label, figure), (*ours, *theirs))
        apart = tuple(a - b for a, b in zip(ours, theirs, strict=True))
        values = [fmean(ours), fmean(theirs)] if over_folds else [float(side[label][figure]) for side in pooled]
        interval = about_mean(kind, apart, test_share) if is_over_folds(kind) and folds > 1 else bounds
        line = Line(
            label=label,
            figure=figure,
            first=values[0],
            second=values[1],
            difference=values[0] - values[1],
            low=interval.low if interval else None,
            high=interval.high if interval else None,
            interval=interval.kind if interval else None,
            p=chance,
            adjusted=chance,
            fold_p=nadeau_bengio_test(apart, test_share) if folds > 1 else None,
            fold_differences=apart,
            support=float(pooled[0][label]["support"]),
        )
        # An evaluator can be sound on all documents together and not on a resample of them.
        _check((label, figure), (line.low, line.high))
        lines.append(line)
    adjusted = holm([line.p for line in lines])
    return tuple(replace(line, adjusted=value) for line, value in zip(lines, adjusted, strict=True))


def _score(total: CountTable, names: Sequence[str], score: Score) -> Figures:
    return score({name: values.item() for name, values in columns(names, total[None, :]).items()})


def _figures(figures: Figures) -> list[Figure]:
    """What is compared: of ``micro`` and of each label its F1, else its recall."""
    found = [
        (label, name)
        for label in ("micro", *(label for label in figures if label not in AVERAGES))
        for name in [next((name for name in ("f1", "recall") if name in figures[label]), "")]
        if name
    ]
    if not found:
        raise InputError("the evaluator gives neither F1 nor recall, so there is nothing to compare")
    return found


def _check(figure: Figure, numbers: Iterable[float | None]) -> None:
    if not all(number is None or math.isfinite(number) for number in numbers):
        raise InputError(f"the evaluator's {figure[1]} of {figure[0]} is no number, so it cannot be compared")


def documents_apart(
    gold: Mapping[str, Sequence[Span]],
    tests: Sequence[Sequence[str]],
    first: Sequence[Answers],
    second: Sequence[Answers],
) -> tuple[tuple[Disagreement, ...], dict[str, int]]:
    """Find the documents in which predictions differ.

    Args:
        gold: The gold spans by document id.
        tests: The ids under test, by fold.
        first: The spans of the first tagger by fold, one entry a document under test.
        second: The same of the second tagger.

    Returns:
        The documents, and gold spans by the taggers that gave them (``Comparison.found``). Documents in which one
        tagger has most errors more than the other come first, then those with most spans of only one tagger.
    """
    found = Counter(dict.fromkeys(("both", "first", "second", "neither"), 0))
    apart = []
    for document in _documents(gold, tests, first, second):
        ours, theirs = set(document.first), set(document.second)
        for span in set(document.gold):
            here, there = span in ours, span in theirs
            found["both" if here and there else "first" if here else "second" if there else "neither"] += 1
        if ours != theirs:
            apart.append(document)
    apart.sort(key=lambda d: (-abs(d.more_errors), -len(set(d.first) ^ set(d.second)), d.document, d.fold))
    return tuple(apart), dict(found)


def _documents(
    gold: Mapping[str, Sequence[Span]],
    tests: Sequence[Sequence[str]],
    first: Sequence[Answers],
    second: Sequence[Answers],
) -> Iterator[Disagreement]:
    for fold, (test, ours, theirs) in enumerate(zip(tests, first, second, strict=True)):
        for name, one, other in zip(test, ours, theirs, strict=True):
            yield Disagreement(name, fold, tuple(gold[name]), one, other)
