"""Verdicts as tables: a row a label, as classification reports have them, and the evaluator's further figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adrbench.api.evaluator import AVERAGES
from adrbench.reporting.tables import Sheet
from adrbench.results.external import ExternalScore
from adrbench.results.leaderboard.rows import Row
from adrbench.results.leaderboard.text import bounds, percent
from adrbench.scoring.evaluators.figures import QUOTIENTS

_SHOWN = frozenset((*QUOTIENTS, "support", "predicted", "tp"))
ZERO = "A quotient with the denominator 0 is 0.0: so it is without gold, without predictions, and without both."


def to_sheets(verdicts: Sequence[ExternalScore], notes: Sequence[str]) -> list[Sheet]:
    """Percent, labels first, then the averages. ``notes`` stand below the last table."""
    found = []
    for verdict in verdicts:
        ordered = sorted(verdict.rows, key=lambda row: (row.label in AVERAGES, _place(row.label)))
        rows = tuple(_cells(row, verdict) for row in ordered)
        columns = ("Label", "P", "R", "F1", "95%", "Gold", "Predicted", "Right")
        found.append(
            Sheet(f"{verdict.evaluator}: {_title(verdict.rows[0])}", columns, rows, notes=(_interval(verdict),))
        )
        if further := _further(verdict):
            found.append(further)
    last = found[-1]
    return [*found[:-1], Sheet(last.title, last.columns, last.rows, last.text, (*last.notes, *notes, ZERO))]


def _place(label: str) -> int:
    return AVERAGES.index(label) if label in AVERAGES else 0


def _title(row: Row) -> str:
    names = " · ".join(name for name in (row.dataset, row.split, row.tagger) if name)
    return names + (f" · mean over {row.folds} folds" if row.folds > 1 else "")


def _interval(verdict: ExternalScore) -> str:
    row = verdict.rows[0]
    if row.interval is None:
        return "No interval: it takes two folds, or two documents or sentences that are known to be apart."
    over = "documents or sentences, pooled" if row.interval == "bootstrap" else "folds"
    return f"P, R, F1 in percent; 95%: interval of F1, {row.interval} over {over}."


def _cells(row: Row, verdict: ExternalScore) -> tuple[str, ...]:
    figures = verdict.figures[row.label]
    counts = (_number(name, figures[name]) if name in figures else "" for name in ("support", "predicted", "tp"))
    return (row.label, percent(row.precision), percent(row.recall), percent(row.f1), bounds(row), *counts)


def _further(verdict: ExternalScore) -> Sheet | None:
    """What the evaluator gives beyond the usual figures, where it is not 0; what it breaks down twice is left out."""
    labels = [label for label in verdict.figures if label not in AVERAGES[1:]]
    names = [
        name
        for name in verdict.figures[labels[0]]
        if name not in _SHOWN
        and name.count("/") < 2  # noqa: PLR2004
        and any(verdict.figures[label].get(name) for label in labels)
    ]
    if not names:
        return None
    rows = tuple((name, *(_number(name, verdict.figures[label].get(name, 0)) for label in labels)) for name in names)
    return Sheet(f"{verdict.evaluator}: further figures", ("", *labels), rows)


def _number(name: str, value: Any) -> str:
    """A count as it is, a fraction in percent."""
    return percent(value) if name.startswith((*QUOTIENTS, "share")) else f"{value:,.10g}"
