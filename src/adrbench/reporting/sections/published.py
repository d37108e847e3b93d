"""Published against ours: a dumbbell for each tagger that a paper has too."""

from __future__ import annotations

from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.dots import pairs
from adrbench.reporting.leaderboard_view import COLUMNS, bounds
from adrbench.reporting.tables import Column, table


def published(source: Source) -> Section:
    """Compare measured F1 with published F1.

    Args:
        source: The results folder to report on.

    Returns:
        A figure and a table for each corpus and split with published F1 in the benchmark file.
    """
    blocks = tuple(_block(place) for place in source.places if any(row.published_f1 is not None for row in place.rows))
    why = "" if blocks else "the benchmark file gives no published figure for what was run"
    return Section("published", "Published against ours", blocks, omitted=why)


def _block(place: Place) -> Block:
    rows = [row for row in place.rows if row.published_f1 is not None]
    both = {
        row.tagger: (row.f1, row.published_f1) for row in rows if row.f1 is not None and row.published_f1 is not None
    }
    shown = table(
        f"F1 in percent, ours and published, {place.name}",
        (
            *(COLUMNS[key] for key in ("tagger", "f1", "f1_interval", "published_f1")),
            Column("difference", "Difference", "points"),
            Column("published_source", "Source"),
        ),
        (
            {**vars(row), "f1_interval": bounds(row), "difference": row.f1 and row.f1 - (row.published_f1 or 0.0)}
            for row in rows
        ),
    )
    if not both:
        return Block(place.name, ("None of these taggers was measured here.",), (shown,))
    figure = Figure(
        place.figure("published"),
        f"F1, ours and published, {place.name}",
        f"F1 in percent of {len(both)} taggers: ours, and the figure of the paper.",
        shown,
        partial(
            pairs,
            names=list(both),
            values=[(100 * ours, 100 * theirs) for ours, theirs in both.values()],
            labels=("ours", "published"),
            axis="F1, %",
        ),
        1.05 + 0.32 * len(both),
    )
    return Block(place.name, figures=(figure,))
