"""Verdicts of conformance checks as a view and as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from adrbench.reporting.rendering import render_records
from adrbench.reporting.tables import Column, Display, TableView, table
from adrbench.testing._run import Kind
from adrbench.testing._verdict import Status, Verdict

_ORDER: tuple[Status, ...] = ("passed", "failed", "advice", "expected", "skipped")
_COLUMNS = (Column("check", "Check"), Column("status", "Verdict"), Column("title", "What must be true"))

Verdicts = Mapping[Kind, Sequence[Verdict]]


def passed(verdicts: Verdicts) -> bool:
    """Whether every check passed that was not expected to fail.

    Args:
        verdicts: The verdicts by kind of plugin.

    Returns:
        False if a check failed. Advice is no failure.
    """
    return not any(verdict.status == "failed" for those in verdicts.values() for verdict in those)


def verdicts_view(name: str, verdicts: Verdicts) -> Display:
    """The verdicts as a view.

    Args:
        name: The plugin that was checked.
        verdicts: The verdicts by kind of plugin.

    Returns:
        A table for each kind with a row for each check, and below it what was seen.
    """
    return Display(tuple(_table(f"{kind.capitalize()} {name}", those) for kind, those in verdicts.items()))


def _table(heading: str, verdicts: Sequence[Verdict]) -> TableView:
    counts = Counter(verdict.status for verdict in verdicts)
    summary = ", ".join(f"{counts[status]} {status}" for status in _ORDER if counts[status])
    seen = tuple((verdict.check, verdict.status, verdict.detail) for verdict in verdicts if verdict.detail)
    marked = frozenset(place for place, verdict in enumerate(verdicts) if verdict.status not in {"passed", "skipped"})
    return table(f"{heading}: {summary}", _COLUMNS, map(vars, verdicts), problems=seen, marked=marked)


def to_json(name: str, verdicts: Verdicts) -> str:
    """The verdicts as JSON.

    Args:
        name: The plugin that was checked.
        verdicts: The verdicts by kind of plugin.

    Returns:
        ``[{schema_version, kind, name, passed, checks: [{check, title, status, detail}]}]``.
    """
    records = (
        {"kind": kind, "name": name, "passed": passed({kind: those}), "checks": [asdict(one) for one in those]}
        for kind, those in verdicts.items()
    )
    return render_records(records, "json")
