"""What a leaderboard consists of. Figures are fractions, times seconds, sizes bytes."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypedDict

import numpy as np
from pydantic import JsonValue

from adrbench.results.schema import CardRecord, Machine

# Names of columns in JSON and CSV: those on the left go with the next minor version.
RENAMED: Mapping[str, str] = {
    "splits": "split",
    "of": "tagger_id",
    "point": "grid_point",
    "others": "other_f1",
    "of_splits": "full_split",
}


def _renamed(old: str) -> Callable[[Row], object]:
    """The getter of an attribute by its old name."""

    def get(row: Row) -> object:
        warnings.warn(f"Row.{old} goes with version 0.2: use Row.{RENAMED[old]}", DeprecationWarning, stacklevel=2)
        return getattr(row, RENAMED[old])

    return get


@dataclass(frozen=True)
class Cost:
    """What a tagger's cells cost: times as mean over folds, memory as the largest of all folds.

    ``fit_seconds`` and ``predict_seconds`` are wall time; imports and warm-up are in ``import_seconds`` instead.
    ``total_seconds``: fit and predict summed over folds. ``tune_seconds`` and ``pretrain_seconds``: all that was spent
    before, each study and each pre-training counted once. ``energy_joules``: of fit and predict, summed over folds.
    ``machine`` names the machine; None when folds ran on several, and then there are no times, since those of different
    machines don't mix.
    """

    fit_seconds: float | None = None
    predict_seconds: float | None = None
    total_seconds: float | None = None
    cpu_seconds: float | None = None
    import_seconds: float | None = None
    documents_per_second: float | None = None
    tokens_per_second: float | None = None
    peak_memory_bytes: int | None = None
    peak_gpu_memory_bytes: int | None = None
    parameters: int | None = None
    tune_seconds: float | None = None
    pretrain_seconds: float | None = None
    energy_joules: float | None = None
    machine: str | None = None


@dataclass(frozen=True)
class Row:
    """A tagger on a split of a corpus, for one label (``micro``: all of them together).

    ``precision``, ``recall`` and ``f1`` are means over the ``folds`` that were measured; ``f1_low`` and ``f1_high``
    bound the interval that ``interval`` names. ``ties``: letters; taggers that share one do not differ significantly.
    ``limit``: the corpus was cut to so many documents, for a quick look. ``gold``: what predictions are scored against,
    ``all`` mentions as annotated or the ``flat`` ones that the benchmark file makes of them. ``evaluator``: what
    judges; ``imported``: predictions of a system that adrbench did not run, so without costs. ``other_f1``: F1
    by the other evaluators of the benchmark. ``tagger_id``: the tagger's id in the benchmark file, and ``grid_point``:
    where in its grid the row stands. ``fraction`` of each training part is learnt from, ``train_documents`` on average;
    ``full_split``: what the split with all of it is called. ``tuned``: best values by study, fold by fold.
    ``use``: the plugin, of which ``version``, and ``code``, the hash of its sources.
    ``status``: ok, failed, timeout, oom, skipped or pending, with its ``reason``.
    """

    dataset: str
    split: str
    tagger: str
    family: str
    label: str
    status: str
    reason: str = ""
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    f1_low: float | None = None
    f1_high: float | None = None
    interval: str | None = None
    folds: int = 0
    folds_planned: int = 0
    support: int | None = None
    ties: str = ""
    fold_f1: tuple[float, ...] = ()
    published_precision: float | None = None
    published_recall: float | None = None
    published_f1: float | None = None
    published_source: str = ""
    stand_in_for: str = ""
    limit: int | None = None
    gold: str = "all"
    evaluator: str = "exact"
    imported: bool = False
    other_f1: Mapping[str, float | None] = field(default_factory=dict)
    tagger_id: str = ""
    grid_point: Mapping[str, JsonValue] = field(default_factory=dict)
    fraction: float = 1.0
    full_split: str = ""
    train_documents: float | None = None
    tuned: tuple[Mapping[str, JsonValue], ...] = ()
    use: str = ""
    version: str = ""
    code: str = ""
    cost: Cost = field(default_factory=Cost)

    @property
    def has_figures(self) -> bool:
        """Whether there is a figure to show, measured or published."""
        return self.recall is not None or self.published_f1 is not None

    splits = property(_renamed("splits"))
    of = property(_renamed("of"))
    point = property(_renamed("point"))
    others = property(_renamed("others"))
    of_splits = property(_renamed("of_splits"))

    def flat(self) -> dict[str, object]:
        """The row as one plain object, costs included, with the ``RENAMED`` facts under both names."""
        plain: dict[str, object] = {**vars(self), **vars(self.cost)}
        del plain["cost"]
        plain["fold_f1"] = list(self.fold_f1)
        plain["other_f1"] = dict(self.other_f1)
        plain["grid_point"] = dict(self.grid_point)
        plain["tuned"] = [dict(values) for values in self.tuned]
        return plain | {old: plain[new] for old, new in RENAMED.items()}


class RowFigures(TypedDict):
    """The fields of a leaderboard's row that are figures."""

    precision: float | None
    recall: float | None
    f1: float | None
    f1_low: float | None
    f1_high: float | None
    interval: str | None
    support: int
    fold_f1: tuple[float, ...]


def mean_of(folds: Sequence[Mapping[str, float]], name: str) -> float | None:
    """The mean of a figure over folds; None if the evaluator does not give it."""
    return float(np.mean([fold[name] for fold in folds])) if name in folds[0] else None


def together(problems: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Problems as (tagger, status, reason), with the taggers that share status and reason named as one.

    >>> together([("a", "skipped", "no GPU"), ("b", "failed", "typo"), ("c", "skipped", "no GPU")])
    [('a, c', 'skipped', 'no GPU'), ('b', 'failed', 'typo')]
    """
    taggers: dict[tuple[str, str], list[str]] = {}
    for tagger, status, reason in problems:
        names = taggers.setdefault((status, reason), [])
        if tagger not in names:
            names.append(tagger)
    return [(", ".join(names), *problem) for problem, names in taggers.items()]


def unmeasured(rows: Iterable[Row]) -> list[tuple[str, str, str]]:
    """What of some rows could not be measured, and why, as ``together`` has it."""
    return together((row.tagger, row.status, row.reason) for row in rows if row.status != "ok")


@dataclass(frozen=True)
class Board:
    """All rows of a results folder, with what their reader has to know.

    ``notes``: lines about a corpus and split, by (dataset, split): hard cases of the gold, what stands on both sides
    of the split. ``absent``: corpora of the benchmark that could not be had, with the reason.
    """

    benchmark: str
    rows: tuple[Row, ...]
    interval: str
    corpora: Mapping[str, CardRecord]
    machines: Mapping[str, Machine]
    notes: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)

    def sections(self) -> dict[tuple[str, str], list[Row]]:
        """Rows for all labels together, by (dataset, split), best first, those without a figure last."""
        found: dict[tuple[str, str], list[Row]] = {}
        for row in self.rows:
            if row.label == "micro":
                found.setdefault((row.dataset, row.split), []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: (row.recall is None, -(row.f1 or row.recall or 0.0)))
        return found
