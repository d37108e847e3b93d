"""Grids: every measured setting of a tagger, and the best one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.grids import Axis, Panel, heat_maps, profiles
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.formatting import percent
from adrbench.reporting.leaderboard.cells import bounds
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.legend import GRID
from adrbench.reporting.tables import TableCell, TableView, figures, table, words
from adrbench.results.leaderboard import Row
from adrbench.results.leaderboard.grids import Grid, grids
from adrbench.results.leaderboard.rows import unmeasured
from adrbench.results.leaderboard.settings import plain, setting

_PLANE = 2
# What is shown of a setting, see ``_measures``.
_SCORES = ("f1", "precision", "recall")
_MEASURES = tuple(
    COLUMNS[key]
    for key in (*(key for one in _SCORES for key in (one, f"{one}_interval")), "fit_seconds", "peak_memory_bytes")
)
_MINUTE, _HOUR = 60.0, 3600.0
_BEST = "Of a grid with more than six settings other figures show the best one only; learning curves do of every grid."


def settings(source: Source) -> Section:
    """Show every measured setting of the grids.

    Args:
        source: The results folder to report on.

    Returns:
        For each corpus and split with grids, a table of the best settings and a figure for each grid.
    """
    blocks = tuple(block for place in source.places for block in _blocks(place))
    return Section("grids", "Grids of settings", blocks, (GRID, _BEST), latex=True, layout="wide")


def _blocks(place: Place) -> Iterator[Block]:
    found = [grid for grid in grids(place.rows) if grid.measured and grid.axes]
    if found:
        figures = tuple(_figure(place, grid) for grid in found)
        missing = unmeasured(row for grid in found for row in grid.rows)
        notes = tuple(f"{who}: {status}, {reason}" for who, status, reason in missing)
        yield Block(place.name, tables=(_best(place, found),), figures=figures, notes=notes)


def _best(place: Place, found: Sequence[Grid]) -> TableView:
    rows = (
        (
            grid.tagger_id,
            setting({name: grid.measured[0].grid_point[name] for name in grid.axes}),
            *_measures(grid.measured[0]),
            grid.measured[-1].f1,
            TableCell(f"{len(grid.measured)} of {len(grid.rows)}", len(grid.measured)),
        )
        for grid in found
    )
    columns = (
        *words("Tagger", "Best setting"),
        *_MEASURES,
        *figures("Lowest F1", kind="percent"),
        *figures("Measured"),
    )
    return table(f"Best settings, {place.name}. Chosen on the test folds, so optimistic", columns, rows)


def _measures(row: Row) -> tuple[Any, ...]:
    scores = (value for one in _SCORES for value in (getattr(row, one), bounds(row, one)))
    return *scores, row.cost.fit_seconds, row.cost.peak_memory_bytes


def _figure(place: Place, grid: Grid) -> Figure:
    axes = grid.axes
    # The two parameters with the most values span the plane, the one with more of them across.
    names = sorted(axes, key=lambda name: -len(axes[name]))[:_PLANE]
    others = [name for name in axes if name not in names]
    across = names[0]
    down = names[1] if len(names) == _PLANE else None
    plane = [
        [_at(grid, {across: x} | ({down: y} if down else {})) for x in axes[across]]
        for y in (axes[down] if down else (None,))
    ]
    panels = list(_panels(plane))
    best = next(
        ((n, m) for n, line in enumerate(plane) for m, row in enumerate(line) if row is not None and row is grid.best),
        None,
    )
    over = f" Each place shows the best F1 over {' and '.join(others)}, and what that setting costs." if others else ""
    kind = f"a heat map of {down} by {across}, lighter for more" if down else f"a line over {across}"
    measures = ", ".join(panel.title for panel in panels)
    said = f"Best: {setting(grid.best.grid_point)}, with {percent(grid.best.f1)}." if grid.best else ""
    draw: Callable[[Any, Any], None]
    if down:
        draw = partial(heat_maps, down=_axis(down, axes), across=_axis(across, axes), panels=panels, best=best)
        height = 0.45 + len(panels) * (0.35 + 0.3 * rows_taken(_axis(down, axes).words))
    else:
        draw = partial(profiles, across=_axis(across, axes), panels=panels)
        height = 0.5 + 1.45 * len(panels)
    frame = " The best setting is framed." if down else ""
    return Figure(
        place.figure("grid", grid.tagger_id),
        f"Settings of {grid.tagger_id}, {place.name}",
        f"{measures}: for each {kind}, over {len(grid.measured)} measured settings.{over} {said}",
        _table(place, grid),
        draw,
        height,
        tuple(line.strip() for line in (f"{said}{frame}{over}",)),
    )


def _axis(name: str, axes: dict[str, tuple[Any, ...]]) -> Axis:
    values = axes[name]
    numeric = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    return Axis(name, tuple(map(plain, values)), tuple(map(float, values)) if numeric else ())


def _at(grid: Grid, point: dict[str, Any]) -> Row | None:
    """The best row at a place, which is the only one where no other parameter differs."""
    here = [row for row in grid.measured if all(row.grid_point.get(name) == value for name, value in point.items())]
    return max(here, key=lambda row: row.f1 or 0.0, default=None)


def _panels(plane: Sequence[Sequence[Row | None]]) -> Iterator[Panel]:
    """F1, precision, recall, and those costs that are known: fit time, peak memory, and peak memory of the GPU."""
    rows = [row for line in plane for row in line if row is not None]
    ends = [
        (100 * row.f1_low, 100 * row.f1_high) if row and row.f1_low is not None and row.f1_high is not None else None
        for row in plane[0]
    ]
    yield Panel("F1, %", _values(plane, lambda row: row.f1, 0.01), "{:.1f}", bounds=tuple(ends))
    if any(row.precision is not None for row in rows):
        yield Panel("Precision, %", _values(plane, lambda row: row.precision, 0.01), "{:.1f}")
    yield Panel("Recall, %", _values(plane, lambda row: row.recall, 0.01), "{:.1f}")
    times = [row.cost.fit_seconds for row in rows if row.cost.fit_seconds is not None]
    if times:
        unit, one = next((u for u in (("h", _HOUR), ("min", _MINUTE)) if max(times) >= 2 * u[1]), ("s", 1.0))
        form = "{:.1f}" if max(times) / one < 100 else "{:.0f}"  # noqa: PLR2004
        yield Panel(f"Fit a fold, {unit}", _values(plane, lambda row: row.cost.fit_seconds, one), form, ratios=True)
    measures: tuple[tuple[str, Callable[[Row], int | None]], ...] = (
        ("Peak memory", lambda row: row.cost.peak_memory_bytes),
        ("Peak GPU memory", lambda row: row.cost.peak_gpu_memory_bytes),
    )
    for title, memory in measures:
        sizes = [found for row in rows if (found := memory(row))]
        if sizes:
            unit, one = ("GiB", 2.0**30) if max(sizes) >= 2**31 else ("MiB", 2.0**20)
            form = "{:.1f}" if unit == "GiB" else "{:,.0f}"
            yield Panel(f"{title}, {unit}", _values(plane, memory, one), form, ratios=True)


def _values(
    plane: Sequence[Sequence[Row | None]], of: Callable[[Row], float | None], unit: float
) -> tuple[tuple[float | None, ...], ...]:
    def value(row: Row | None) -> float | None:
        found = of(row) if row is not None else None
        return None if found is None else found / unit

    return tuple(tuple(map(value, line)) for line in plane)


def _table(place: Place, grid: Grid) -> TableView:
    axes = tuple(grid.axes)
    rows = ((*(plain(row.grid_point.get(name)) for name in axes), *_measures(row)) for row in grid.rows)
    heading = f"Every setting of {grid.tagger_id}, {place.name}, best first"
    return table(heading, (*words(*axes), *_MEASURES), rows)
