"""Models side by side: what each takes on average over its grid, and its F1 at each value of a parameter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean

from pydantic import JsonValue

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.bars import Measure, grouped, measures
from adrbench.reporting.charts.lines import legend_height
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.charts.scatter import FEWEST, Point, memory_time, trend
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.tables import Column, figures, table, words
from adrbench.results.leaderboard import Row
from adrbench.results.leaderboard.grids import Grid, grids, ordered
from adrbench.results.leaderboard.settings import plain, setting

_PAIR = 2
_LINES = (
    "Time and memory of a model are means over the measured settings of its grid; fit and predict, wall time a fold.",
)


@dataclass(frozen=True)
class _Mean:
    """What a model takes on average over its grid; memory is that of the GPU where every setting used one."""

    name: str
    settings: int
    seconds: float
    memory: float
    gpu: bool
    f1: float


def models(source: Source) -> Section:
    """Compare the grids of several models.

    Args:
        source: The results folder to report on.

    Returns:
        For each corpus and split with several grids: F1 at each value of a parameter, time and memory of each model,
        and time against memory.
    """
    blocks = []
    for place in source.places:
        found = [grid for grid in grids(place.rows) if grid.measured and grid.axes]
        if len(found) >= _PAIR and (shown := tuple(_figures(place, found))):
            tables = {figure.table.title: figure.table for figure in shown}
            blocks.append(Block(place.name, tables=tuple(tables.values()), figures=shown))
    return Section("models", "Models over their grids", tuple(blocks), _LINES, latex=True, layout="wide")


def _figures(place: Place, found: Sequence[Grid]) -> Iterator[Figure]:
    made = _by_value(place, found)
    if made is not None:
        yield made
    means = [mean for grid in found if (mean := _mean(grid)) is not None]
    if len(means) >= _PAIR:
        yield from _costs(place, means)


def _by_value(place: Place, found: Sequence[Grid]) -> Figure | None:
    """F1 of each model at each value of the parameter with the fewest; the others as most models have them best."""
    axes: dict[str, list[JsonValue]] = {}
    for grid in found:
        for name, values in grid.axes.items():
            known = axes.setdefault(name, [])
            known += [value for value in values if value not in known]
    shared = [name for name in axes if all(name in grid.axes for grid in found)]
    if not shared:
        return None
    across = min(shared, key=lambda name: len(axes[name]))
    others = _most_common_best(found, [name for name in axes if name != across])
    places = ordered(axes[across])
    shown = {grid.tagger_id: [_f1_at(grid, {**others, across: value}) for value in places] for grid in found}
    shown = {name: line for name, line in shown.items() if any(one is not None for one in line)}
    if len(shown) < _PAIR:
        return None
    parts = [f"{across} {plain(value)}" for value in places]
    at = f" at {setting(others)}" if others else ""
    why = f"{setting(others)} is the best of most models." if others else ""
    best_first = sorted(shown, key=lambda name: -max(one or 0.0 for one in shown[name]))
    return Figure(
        place.figure("models", "f1"),
        f"F1 by {across}{at}, {place.name}",
        f"F1 in percent of {len(best_first)} models (rows, best first) at {len(places)} values of {across}{at}. {why}",
        table(
            f"F1 in percent by {across}{at}, {place.name}",
            (*words("Tagger"), *figures(*parts, kind="percent")),
            ((name, *shown[name]) for name in best_first),
        ),
        partial(
            grouped,
            names=best_first,
            parts=parts,
            values=[[None if one is None else 100 * one for one in shown[name]] for name in best_first],
            axis="F1, %",
        ),
        0.8 + legend_height(parts) + rows_taken(best_first) * (0.15 + 0.17 * len(places)),
        (why,) if why else (),
    )


def _most_common_best(found: Sequence[Grid], names: Sequence[str]) -> Mapping[str, JsonValue]:
    """For each parameter the value that the best settings of most grids have."""
    best = [grid.best.grid_point for grid in found if grid.best is not None]
    chosen: dict[str, JsonValue] = {}
    for name in names:
        values = [point[name] for point in best if name in point]
        counted = Counter(map(repr, values))
        chosen[name] = max(values, key=lambda value: counted[repr(value)])
    return chosen


def _f1_at(grid: Grid, point: Mapping[str, JsonValue]) -> float | None:
    """F1 at a setting; the best one, if the grid has parameters that the setting does not name."""
    known = {name: value for name, value in point.items() if name in grid.axes}
    rows = (row for row in grid.measured if all(row.grid_point.get(name) == value for name, value in known.items()))
    return max((row.f1 for row in rows if row.f1 is not None), default=None)


def _mean(grid: Grid) -> _Mean | None:
    """None without costs, or with those of several machines."""
    rows: list[Row] = [row for row in grid.measured if row.cost.fit_seconds is not None]
    if not rows or len({row.cost.machine for row in rows}) > 1:
        return None
    gpu = all(row.cost.peak_gpu_memory_bytes for row in rows)
    sizes = [(row.cost.peak_gpu_memory_bytes if gpu else row.cost.peak_memory_bytes) or 0 for row in rows]
    return _Mean(
        grid.tagger_id,
        len(rows),
        fmean((row.cost.fit_seconds or 0.0) + (row.cost.predict_seconds or 0.0) for row in rows),
        fmean(sizes),
        gpu,
        max(row.f1 or 0.0 for row in rows),
    )


def _costs(place: Place, means: Sequence[_Mean]) -> Iterator[Figure]:
    kind = "GPU memory" if all(mean.gpu for mean in means) else "memory"
    quickest = sorted(means, key=lambda mean: mean.seconds)
    shown = table(
        f"Time and {kind} of each model, means over its grid, {place.name}",
        (
            *words("Tagger"),
            *figures("Settings"),
            Column("mean_seconds", "Fit and predict, s", "seconds"),
            Column("mean_bytes", f"Peak {kind}", "bytes"),
            Column("f1", "Best F1", "percent", COLUMNS["f1"].says),
        ),
        ((mean.name, mean.settings, mean.seconds, int(mean.memory), mean.f1) for mean in quickest),
    )
    minutes = max(mean.seconds for mean in means) >= 120  # noqa: PLR2004
    unit, one = ("min", 60.0) if minutes else ("s", 1.0)
    giant = max(mean.memory for mean in means) >= 2**31
    size, byte = ("GiB", 2.0**30) if giant else ("MiB", 2.0**20)
    yield Figure(
        place.figure("models", "costs"),
        f"Time and {kind} of each model, {place.name}",
        f"Mean time a fold and mean peak {kind} of {len(means)} models over their grids. Fastest: {quickest[0].name}.",
        shown,
        partial(
            measures,
            names=[mean.name for mean in quickest],
            panels=(
                Measure(f"Fit and predict a fold, {unit}", tuple(m.seconds / one for m in quickest), "{:.1f}"),
                Measure(
                    f"Peak {kind}, {size}", tuple(m.memory / byte for m in quickest), "{:.1f}" if giant else "{:,.0f}"
                ),
            ),
        ),
        0.9 + 2 * (0.35 + 0.28 * rows_taken([mean.name for mean in means])),
    )
    points = [Point(mean.name, max(mean.memory, 1.0), max(mean.seconds, 1e-4)) for mean in means]
    line = trend(points)
    said = (
        f"Least squares on the logarithms: time ∝ memory^{line.exponent:.2f}, r = {line.r:.2f}, {len(points)} models; "
        "a model below the line takes less time than others of its memory."
        if line
        else f"No trend line: it takes {FEWEST} models that differ in both by a tenth."
    )
    yield Figure(
        place.figure("models", "memory-time"),
        f"Time against {kind}, a point a model, {place.name}",
        f"Mean time a fold against mean peak {kind} of {len(points)} models over their grids, both logarithmic. {said}",
        shown,
        partial(
            memory_time,
            points=points,
            found=line,
            labels=(f"peak {kind}, mean over the grid", "fit and predict a fold, mean"),
        ),
        3.3,
        (said,),
    )
