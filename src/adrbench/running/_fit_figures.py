"""What results say of a row before it is fitted on all documents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adrbench._system.hashing import content_hash
from adrbench.config import SplitEntry
from adrbench.datasets.corpus import Corpus
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.rows import Row
from adrbench.results.leaderboard.score import leaderboard
from adrbench.results.recommendation import predicted_refit_seconds
from adrbench.results.schema import MeasuredRecord, RowRecord
from adrbench.results.store import Store
from adrbench.running.plan import PlannedRow


@dataclass(frozen=True)
class Figures:
    """What results say of a row before it is fitted on everything.

    Attributes:
        folder: The results folder.
        measured: The figures by split and label.
        predicted_seconds: Wall time of the fit in seconds, predicted from the folds; None if it cannot be told.
        machine: The id of the machine of the folds; None if there are several.
        warnings: What a reader of the figures should know.
    """

    folder: Path
    measured: tuple[MeasuredRecord, ...] = ()
    predicted_seconds: float | None = None
    machine: str | None = None
    warnings: tuple[str, ...] = ()


def figures_of(store: Store, row: PlannedRow, corpus: Corpus, condition: SplitEntry, registry: Registry) -> Figures:
    """What a results folder says of a row, if it is of the same tagger and corpus.

    Args:
        store: The results folder.
        row: The row that is to be fitted.
        corpus: The corpus.
        condition: The split whose folds the time is predicted from.
        registry: The installed plugins.

    Returns:
        The figures; without any, a warning says why.
    """
    plan = store.read_plan()
    sections = {s.split: s for s in plan.sections if s.dataset == corpus.name and s.fraction == 1 and s.limit is None}
    rows = {name: r for name, s in sections.items() for r in s.rows if r.tagger == row.tagger and not r.imported}
    if not rows:
        return _none(store, f"it has no figures of {row.tagger} on {corpus.name}")
    cards = {name: store.read_card(sections[name].card) for name in rows}
    if any(card is None or card.fingerprint != corpus.fingerprint for card in cards.values()):
        return Figures(
            store.folder, warnings=(f"its figures are of another {corpus.name}: other texts, words or gold",)
        )
    if any(_identity(stored) != _identity(row) for stored in rows.values()):
        return Figures(
            store.folder, warnings=(f"its figures are of another {row.tagger}: other version or parameters",)
        )
    warnings = []
    if any(stored.code != row.code for stored in rows.values()):
        warnings.append(f"its figures are of earlier code of {row.use}; `adrbench run` measures them anew")
    board = leaderboard(store, registry)
    shown = [one for one in board.rows if (one.dataset, one.tagger) == (corpus.name, row.tagger) and one.split in rows]
    machines = {one.cost.machine for one in shown}
    return Figures(
        store.folder,
        tuple(_measured(one) for one in shown if one.f1 is not None and one.label in {"micro", *corpus.labels}),
        predicted_refit_seconds(store, row.tagger, corpus.name, condition.label),
        next(iter(machines)) if len(machines) == 1 else None,
        tuple(warnings),
    )


def _none(store: Store, why: str) -> Figures:
    return Figures(store.folder, warnings=(why,))


def _identity(row: PlannedRow | RowRecord) -> str:
    plain: Mapping[str, Any] = {name: getattr(row, name) for name in ("use", "version", "params", "tune", "pretrain")}
    return content_hash(plain)


def _measured(row: Row) -> MeasuredRecord:
    return MeasuredRecord(
        split=row.split,
        label=row.label,
        evaluator=row.evaluator,
        folds=row.folds,
        folds_planned=row.folds_planned,
        precision=row.precision,
        recall=row.recall,
        f1=row.f1,
        f1_low=row.f1_low,
        f1_high=row.f1_high,
        interval=row.interval,
        fit_seconds=row.cost.fit_seconds,
        documents_per_second=row.cost.documents_per_second,
        peak_memory_bytes=row.cost.peak_memory_bytes,
        machine=row.cost.machine,
    )
