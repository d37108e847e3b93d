"""The view of further timings: how the costs of a tagger vary when the same cells are run again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from adrbench.reporting.tables import Column, Display, table
from adrbench.results.timings import RowTimings

COLUMNS = (
    Column("dataset", "Dataset"),
    Column("split", "Split"),
    Column("tagger", "Tagger"),
    Column("cells", "Cells", "count", "cells that were run again"),
    Column("timings", "Timings", "count", "timings of each cell, the first one included"),
    Column("fit_seconds", "Fit", "seconds", "wall seconds of the fit, mean"),
    Column("fit_seconds_spread", "±", "seconds", "standard deviation of the fit's time when a cell is run again"),
    Column("predict_seconds", "Predict", "seconds", "wall seconds of the prediction, mean"),
    Column("predict_seconds_spread", "±", "seconds", "the same of the prediction"),
    Column("peak_memory_bytes", "Memory", "bytes", "peak memory of a cell's process, mean", shown=False),
    Column("peak_memory_bytes_spread", "±", "bytes", "the same of the peak memory", shown=False),
    Column("other_answers", "Others", "count", "further runs that gave other answers than the first"),
)


def timings_view(rows: Iterable[RowTimings]) -> Display:
    """Show further timings.

    Args:
        rows: The timings of each row.

    Returns:
        A table of them.
    """
    rows = tuple(rows)
    notes = [
        "Fit, Predict: mean wall seconds of cells and timings; ±: standard deviation of one timing of the same cell.",
        "Others: further runs whose answers differ from the first ones; 0 is what should be.",
    ]
    if elsewhere := sum(row.elsewhere for row in rows):
        notes.append(f"{elsewhere:,} further timings were taken on other machines and are in no figure.")
    return Display((table("Timed again", COLUMNS, map(_values, rows), notes=tuple(notes), identity=3),))


def _values(row: RowTimings) -> dict[str, object]:
    return {**{name: value for name, value in vars(row).items() if name != "elsewhere"}, **dict(_costs(row))}


def _costs(row: RowTimings) -> Iterator[tuple[str, object]]:
    for name in ("fit_seconds", "predict_seconds"):
        repeated = getattr(row, name)
        yield name, repeated.mean
        yield f"{name}_spread", repeated.spread
    yield "peak_memory_bytes", round(row.peak_memory_bytes.mean)
    yield "peak_memory_bytes_spread", round(row.peak_memory_bytes.spread)
