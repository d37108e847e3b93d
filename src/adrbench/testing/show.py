"""Verdicts as a table and as plain data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from adrbench.reporting import escaping
from adrbench.testing._run import Kind
from adrbench.testing._verdict import Status, Verdict

_STYLES = {"passed": "green", "failed": "bold red", "advice": "yellow", "expected": "yellow", "skipped": "dim"}
_ORDER: tuple[Status, ...] = ("passed", "failed", "advice", "expected", "skipped")

Verdicts = Mapping[Kind, Sequence[Verdict]]


def passed(verdicts: Verdicts) -> bool:
    """Tell whether nothing failed apart from expected failures. Advice is no failure.

    Args:
        verdicts: The verdicts of each kind of plugin.

    Returns:
        True if no verdict is ``failed``.
    """
    return not any(verdict.status == "failed" for those in verdicts.values() for verdict in those)


def table(name: str, kind: Kind, verdicts: Sequence[Verdict]) -> RenderableType:
    """Draw verdicts as a table, one row a check, with details for all that did not simply pass.

    Args:
        name: The plugin's name.
        kind: The plugin's kind.
        verdicts: The verdicts of its checks.

    Returns:
        A headline with counts, and the table, for ``rich``.
    """
    rows = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in ("Check", "Verdict", "What must be true, and what was seen"):
        rows.add_column(column, overflow="fold", no_wrap=column != "What must be true, and what was seen")
    for verdict in verdicts:
        said = Text(verdict.title)
        if verdict.detail:
            said.append(f"\n{verdict.detail}", style=_STYLES[verdict.status] if verdict.status != "passed" else "dim")
        rows.add_row(Text(verdict.check), Text(verdict.status, style=_STYLES[verdict.status]), said)
    counts = Counter(verdict.status for verdict in verdicts)
    summary = ", ".join(f"{counts[status]} {status}" for status in _ORDER if counts[status])
    return Group(Text(f"{kind.capitalize()} {name}: {summary}", style="bold"), rows)


def to_json(name: str, verdicts: Verdicts) -> str:
    """Write verdicts as JSON.

    Args:
        name: The plugin's name.
        verdicts: The verdicts of each kind of plugin of that name.

    Returns:
        ``[{kind, name, passed, checks: [{check, title, status, detail}]}]``.
    """
    plain = [
        {
            "kind": kind,
            "name": name,
            "passed": passed({kind: those}),
            "checks": [asdict(verdict) for verdict in those],
        }
        for kind, those in verdicts.items()
    ]
    return escaping.to_json(plain)
