"""What a point of F1 costs: F1 against time and memory, and memory against time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, listed
from adrbench.reporting.charts.scatter import FEWEST, Point, cost, front, memory_time, trend
from adrbench.reporting.formatting import with_spread
from adrbench.reporting.leaderboard.cells import cost_cell
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.tables import Column, TableCell, TableView, table
from adrbench.reporting.timings_view import timings_view
from adrbench.results.leaderboard import Row
from adrbench.results.timings import timings

_HEIGHT = 3.3
_FURTHER = (
    *("peak_gpu_memory_bytes", "tune_seconds", "pretrain_seconds", "energy_joules"),
    *("prompt_tokens_per_1000", "cached_tokens_per_1000", "completion_tokens_per_1000", "requests_per_1000"),
    *("latency_p50_seconds", "latency_p95_seconds", "money_per_1000"),
)
_PAIR = 2


def costs(source: Source) -> Section:
    """Plot F1 against time and memory.

    Args:
        source: The results folder to report on.

    Returns:
        A block for each corpus, split and machine that measured at least two taggers.
    """
    blocks = tuple(block for place in source.places for block in _blocks(place))
    if again := timings(source.store):
        blocks = (*blocks, Block("Costs of cells that were run again", tables=timings_view(again).tables))
    return Section(
        "costs",
        "F1 against cost",
        blocks,
        ("A filled point is on the Pareto front: no tagger is both cheaper and better. The steps join the front.",),
        omitted="" if blocks else "no two taggers have costs from one machine",
        layout="wide",
    )


def _blocks(place: Place) -> Iterator[Block]:
    by_machine: dict[str, list[Row]] = {}
    for row in place.measured:
        if row.cost.machine and row.cost.fit_seconds is not None and row.cost.predict_seconds is not None:
            by_machine.setdefault(row.cost.machine, []).append(row)
    several = len(by_machine) > 1
    for machine, rows in sorted(by_machine.items()):
        if len(rows) >= _PAIR:
            suffix = (machine,) if several else ()
            heading = f"{place.name}{f', machine {machine}' if several else ''}"
            yield Block(heading, figures=tuple(_figures(place, rows, suffix)))


def _time(row: Row) -> float:
    return (row.cost.fit_seconds or 0.0) + (row.cost.predict_seconds or 0.0)


def _figures(place: Place, rows: Sequence[Row], suffix: tuple[str, ...]) -> Iterator[Figure]:
    f1 = {row.tagger: 100 * (row.f1 or 0.0) for row in rows}
    # A clock too coarse to see a time shows none; a logarithm needs one.
    times = [Point(row.tagger, max(_time(row), 1e-4), f1[row.tagger]) for row in rows]
    memory = [Point(row.tagger, float(row.cost.peak_memory_bytes or 1), f1[row.tagger]) for row in rows]
    known = [key for key in _FURTHER if any(getattr(row.cost, key) for row in rows)]
    time = Column("fit_and_predict_seconds", "Fit and predict, s", "seconds", "wall seconds a fold, mean over folds")
    columns = [
        *(COLUMNS[key] for key in ("tagger", "f1")),
        time,
        *(COLUMNS[key] for key in ("peak_memory_bytes", *known)),
    ]
    shown = table(
        f"F1 and cost, {place.name}",
        columns,
        (_record(row, columns) for row in rows),
    )
    for what, points, label in (
        ("time", times, "fit and predict, wall time a fold"),
        ("memory", memory, "peak memory of a cell"),
    ):
        best = listed(p.name for p in front(points))
        yield Figure(
            place.figure("f1", what, *suffix),
            f"F1 against {what}, {place.name}",
            f"F1 in percent against {label}, logarithmic, for {len(points)} taggers. On the Pareto front: {best}.",
            shown,
            partial(cost, points=points, memory=what == "memory", label=label),
            _HEIGHT,
            (f"Pareto front: {best}.",),
        )
    gpu = [row for row in rows if row.cost.peak_gpu_memory_bytes]
    if len(gpu) >= _PAIR:
        yield _time_and_memory(place, gpu, shown, suffix, gpu=True)
    yield _time_and_memory(place, rows, shown, suffix, gpu=False)


def _record(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    """F1 and costs of a row; costs with their spread over folds."""
    time = TableCell(with_spread("seconds", _time(row), row.cost.total_seconds_sd), _time(row))
    spread = {c.key: cost_cell(c, row) for c in columns if hasattr(row.cost, f"{c.key}_sd")}
    return {**vars(row), **vars(row.cost), **spread, "fit_and_predict_seconds": time}


def _time_and_memory(
    place: Place, rows: Sequence[Row], shown: TableView, suffix: tuple[str, ...], *, gpu: bool
) -> Figure:
    kind = "GPU memory" if gpu else "memory"
    points = [
        Point(
            row.tagger,
            float((row.cost.peak_gpu_memory_bytes if gpu else row.cost.peak_memory_bytes) or 1),
            max(_time(row), 1e-4),
        )
        for row in rows
    ]
    line = trend(points)
    said = (
        f"Least squares on the logarithms: time ∝ memory^{line.exponent:.2f}, r = {line.r:.2f}, {len(points)} taggers."
        if line
        else f"No trend line: it takes {FEWEST} taggers that differ in both by a tenth."
    )
    return Figure(
        place.figure("gpu-memory-time" if gpu else "memory-time", *suffix),
        f"Time against {kind}, {place.name}",
        f"Fit and predict time a fold against peak {kind} of {len(points)} taggers, both logarithmic. {said}",
        shown,
        partial(
            memory_time,
            points=points,
            found=line,
            labels=(f"peak {kind} of a cell", "fit and predict, wall time a fold"),
        ),
        _HEIGHT,
        (said,),
    )
