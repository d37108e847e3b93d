"""Learning curves as tables."""

from __future__ import annotations

from adrbench.reporting.formatting import percent
from adrbench.reporting.leaderboard.cells import bounds
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.headings import interval_names
from adrbench.reporting.tables import Column, TableCell, TableView
from adrbench.results.leaderboard.curves import Curve
from adrbench.results.leaderboard.grids import best_only
from adrbench.results.leaderboard.rows import Row


def curve_table(curve: Curve, *, everything: bool, caption: str = "") -> TableView:
    """Show a learning curve: F1 with its interval at each fraction.

    Args:
        curve: The learning curve.
        everything: All settings of a grid instead of only the best.
        caption: What must be said wherever the table stands alone.

    Returns:
        A row for each tagger, a column for each fraction.
    """
    counts = {fraction: curve.documents(fraction) for fraction in curve.fractions}
    columns = (
        COLUMNS["tagger"],
        *(
            Column(f"f1_at_{fraction:g}", f"{100 * fraction:g}%{'' if n is None else f' ({n:,.0f})'}", "percent")
            for fraction, n in counts.items()
        ),
    )
    made = []
    for tagger in curve_taggers(curve, everything=everything):
        rows = curve.rows[tagger]
        shown = [rows.get(fraction) for fraction in curve.fractions]
        if any(row is not None and row.f1 is not None for row in shown):
            name = f"{tagger}{' (tuned)' if rows[max(rows)].tuned else ''}"
            made.append((TableCell(name), *(_estimate(row) for row in shown)))
    names = interval_names(row for rows in curve.rows.values() for row in rows.values())
    heading = f"{curve.dataset} · {curve.split} · F1 by share of the training documents (their number){names}"
    return TableView(heading, columns, tuple(made), problems=tuple(curve.unmeasured()), caption=caption)


def curve_taggers(curve: Curve, *, everything: bool) -> list[str]:
    """Select the taggers of a learning curve.

    Args:
        curve: The learning curve.
        everything: All settings of a grid instead of only the best at the largest fraction.

    Returns:
        Their ids, best first.
    """
    last = {tagger: rows[max(rows)] for tagger, rows in curve.rows.items()}
    kept = tuple(last.values()) if everything else best_only(tuple(last.values()), most=1)
    return [row.tagger for row in kept]


def _estimate(row: Row | None) -> TableCell:
    if row is None or row.f1 is None:
        return TableCell()
    interval = bounds(row)
    shown = f" {interval}" if interval.startswith("±") else f" ({interval})" if interval else ""
    return TableCell(percent(row.f1) + shown, row.f1)
