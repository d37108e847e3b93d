"""The leaderboard: a sortable table for each corpus and split, F1 with its interval as a bar."""

from __future__ import annotations

from collections.abc import Sequence

from adrbench.reporting._content import Bar, Block, Cell, Section, Table, cells, number
from adrbench.reporting._source import Place, Source
from adrbench.results.leaderboard import Row
from adrbench.results.leaderboard.grids import listing
from adrbench.results.leaderboard.rows import unmeasured
from adrbench.results.leaderboard.settings import setting
from adrbench.results.leaderboard.text import (
    bounds,
    extra_costs,
    legend,
    name_of,
    percent,
    remarks,
    seconds,
    size,
    title,
)

_ROOM = 0.08
_LEAST_RANGE = 0.05
_F1 = 3


def ranking(source: Source) -> Section:
    """The board, with what its figures are."""
    blocks = tuple(_block(place, source) for place in source.places)
    paper = any(row.published_f1 is not None for row in source.board.rows)
    bars = f"In a bar: the mark is the mean F1, the band its interval{', the thin line the paper' if paper else ''}."
    return Section("leaderboard", "Leaderboard", blocks, (*legend(source.board), bars))


def _block(place: Place, source: Source) -> Block:
    shown = [row for row in place.rows if row.has_figures]
    notes = [f"{taggers}: {status}, {reason}" for taggers, status, reason in unmeasured(place.rows)]
    notes += source.board.notes.get((place.section["dataset"], place.section["splits"]), ())
    if place.measured and place.measured[0].interval is None:
        notes.append("No interval: it takes two measured folds, or a split that has one.")
    heading = title(place.rows[0]) if place.rows else place.name
    kept = {row.tagger for row in listing(shown, everything=False)[0]}
    brief = [row for row in shown if row.tagger in kept]
    notes = [*remarks(shown), *notes]
    several = len(source.board.machines) > 1
    tables = (_table(heading, brief, several=several),) if shown else ()
    folded = (_table(f"All {len(shown)} rows", shown, several=several),) if len(brief) < len(shown) else ()
    return Block(heading, tables=tables, notes=tuple(notes), folded=folded)


def _table(caption: str, rows: Sequence[Row], *, several: bool) -> Table:
    published = any(row.published_f1 is not None for row in rows)
    gpu = any(row.cost.peak_gpu_memory_bytes for row in rows)
    costs = any(row.cost.fit_seconds is not None for row in rows)
    low, high = _range(rows)
    others = list(dict.fromkeys(name for row in rows for name in row.other_f1))
    head = ["Tagger", "P", "R", "F1", "95%", f"F1 from {100 * low:.0f} to {100 * high:.0f}", "Ties"]
    head += [f"F1 {name}" for name in others]
    head += ["Paper F1"] if published else []
    head += ["Fit, s", "Predict, s", "Docs/s", "Memory"] if costs else []
    head += ["GPU"] if gpu else []
    extra = extra_costs(rows)
    head += [*extra]
    head += ["Machine"] if several else []
    found = []
    for row in rows:
        cost = row.cost
        rate = cost.documents_per_second
        place = "" if row.folds == 0 else cost.machine or ("" if row.imported else "several")
        line = [
            _name(row),
            number(percent(row.precision), row.precision),
            number(percent(row.recall), row.recall),
            number(percent(row.f1), row.f1),
            # Sorted by how wide it is.
            number(
                bounds(row), row.f1_high - row.f1_low if row.f1_high is not None and row.f1_low is not None else None
            ),
            Cell(bar=_bar(row, low, high), sort=row.f1),
            Cell(badges=row.ties),
            *(number(percent(row.other_f1.get(name)), row.other_f1.get(name)) for name in others),
            *([number(percent(row.published_f1), row.published_f1)] if published else []),
        ]
        if costs:
            line += [
                number(seconds(cost.fit_seconds), cost.fit_seconds),
                number(seconds(cost.predict_seconds), cost.predict_seconds),
                number(f"{rate:,.0f}" if rate else "", rate),
                number(size(cost.peak_memory_bytes), cost.peak_memory_bytes),
            ]
        line += [number(size(cost.peak_gpu_memory_bytes), cost.peak_gpu_memory_bytes)] if gpu else []
        line += [number(*told(cost)) for told in extra.values()]
        line += [Cell(place)] if several else []
        found.append(cells(*line))
    plain = {0, 5, 6} | ({len(head) - 1} if several else set())
    numeric = frozenset(range(len(head))) - plain
    return Table(caption, tuple(head), tuple(found), numeric, sortable=True, sorted_by=_F1)


def _name(row: Row) -> Cell:
    """The tagger; the setting of a grid beneath it, where a narrow screen can break it."""
    if not row.grid_point:
        return Cell(name_of(row), note=row.family)
    return Cell(name_of(row).replace(row.tagger, row.tagger_id, 1), note=f"{setting(row.grid_point)} ({row.family})")


def _range(rows: Sequence[Row]) -> tuple[float, float]:
    """The ends of the scale on which the bars of a table are drawn; whole percents."""
    values = [v for row in rows for v in (row.f1, row.f1_low, row.f1_high, row.published_f1) if v is not None]
    if not values:
        return 0.0, 1.0
    room = max(_ROOM * (max(values) - min(values)), _LEAST_RANGE / 2)
    return max(0.0, round(min(values) - room, 2)), min(1.0, round(max(values) + room, 2))


def _bar(row: Row, low: float, high: float) -> Bar | None:
    def place(value: float | None) -> float | None:
        return None if value is None else round(100 * (value - low) / (high - low), 2)

    middle, published = place(row.f1), place(row.published_f1)
    if middle is None and published is None:
        return None
    return Bar(middle, place(row.f1_low), place(row.f1_high), published)
