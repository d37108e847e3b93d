"""The leaderboard for people at a terminal: rich tables, percent, best first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from adrbench.reporting._provenance import provenance
from adrbench.results.leaderboard.curves import Curve, sections
from adrbench.results.leaderboard.grids import listing
from adrbench.results.leaderboard.rows import PENDING, Board, Row, unmeasured
from adrbench.results.leaderboard.text import (
    bounds,
    curve_head,
    curve_rows,
    curve_title,
    extra_costs,
    legend,
    name_of,
    percent,
    remarks,
    seconds,
    size,
    title,
)

_STATUS_STYLE = {"failed": "red", "oom": "red", "timeout": "red", "skipped": "yellow", PENDING: "dim"}


def tables(
    board: Board, *, with_legend: bool = True, everything: bool = False, with_provenance: bool = False
) -> RenderableType:
    """The whole leaderboard, a table for each corpus and split, and one for each learning curve.

    ``everything``: all settings of large grids, not the best and worst few. ``with_provenance``: what each tagger is.
    """
    parts: list[RenderableType] = []
    several = len(board.machines) > 1
    for rows, curve in sections(board):
        shown, more = listing(rows, everything=everything)
        parts.append(_table(shown, rows[0], several))
        parts += [Text(f"  {line}") for line in more]
        parts.extend(reasons(unmeasured(rows)))
        parts.extend(Text(f"  {line}", style="dim") for line in remarks(rows))
        parts.extend(Text(f"  {line}", style="dim") for line in board.notes.get((rows[0].dataset, rows[0].split), ()))
        parts.append(Text())
        if curve is not None:
            # Above the table, not as its own title, which would be as narrow as it is.
            parts.append(Text(curve_title(curve), style="bold"))
            parts += [_curve(curve, everything=everything), *reasons(curve.unmeasured()), Text()]
    parts.extend(Text(f"{name}: left out: {reason}") for name, reason in board.absent.items())
    if with_legend:
        lines = [*legend(board), *(provenance(board) if with_provenance else ())]
        parts.append(Text("\n".join(lines), style="dim"))
    return Group(*parts)


def _frame(caption: str | None = None) -> Table:
    return Table(
        title=None if caption is None else Text(caption),
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
        show_edge=False,
    )


def _curve(curve: Curve, *, everything: bool) -> Table:
    table = _frame()
    table.add_column("Tagger", no_wrap=True)
    for name in curve_head(curve):
        table.add_column(name, justify="right")
    for line in curve_rows(curve, everything=everything):
        table.add_row(*map(Text, line))
    return table


def _table(rows: Sequence[Row], first: Row, several_machines: bool) -> Table:
    table = _frame(title(first))
    gpu = any(row.cost.peak_gpu_memory_bytes for row in rows)
    published = any(row.published_f1 is not None for row in rows)
    extra = extra_costs(rows)
    table.add_column("Tagger", no_wrap=True)
    for name in ("P", "R", "F1", "95%"):
        table.add_column(name, justify="right", no_wrap=True, style="bold" if name == "F1" else "")
    table.add_column("Ties")
    for name in first.other_f1:
        table.add_column(f"F1 {name}", justify="right")
    if published:
        table.add_column("Paper", justify="right")
    for name in ("Fit", "Predict", "Docs/s", "Memory"):
        table.add_column(name, justify="right", no_wrap=True)
    if gpu:
        table.add_column("GPU", justify="right", no_wrap=True)
    for name in extra:
        table.add_column(name, justify="right", no_wrap=True)
    if several_machines:
        table.add_column("Machine")
    for row in rows:
        cost = row.cost
        rate = f"{cost.documents_per_second:,.0f}" if cost.documents_per_second else ""
        table.add_row(
            Text(name_of(row)),  # a setting stands in brackets, as rich's own marks do
            percent(row.precision),
            percent(row.recall),
            percent(row.f1),
            bounds(row),
            row.ties,
            *map(percent, row.other_f1.values()),
            *([percent(row.published_f1)] if published else []),
            seconds(cost.fit_seconds),
            seconds(cost.predict_seconds),
            rate,
            size(cost.peak_memory_bytes),
            *([size(cost.peak_gpu_memory_bytes)] if gpu else []),
            *(told(cost)[0] for told in extra.values()),
            *([(cost.machine or "several") if row.folds else ""] if several_machines else []),
        )
    return table


def reasons(problems: Iterable[tuple[str, str, str]]) -> Iterator[Text]:
    """A line for each of (taggers, status, reason)."""
    for taggers, status, reason in problems:
        yield Text.assemble("  ", (taggers, "bold"), " ", (status, _STATUS_STYLE.get(status, "")), f": {reason}")
