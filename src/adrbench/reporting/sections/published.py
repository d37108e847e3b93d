"""Published against ours: a dumbbell for each tagger that a paper has too."""

from __future__ import annotations

from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.dots import pairs
from adrbench.reporting.charts.scales import rows_taken
from adrbench.reporting.leaderboard.cells import bounds
from adrbench.reporting.leaderboard.columns import COLUMNS
from adrbench.reporting.leaderboard.papers import DIFFERENCE, published_table
from adrbench.reporting.tables import Column, table


def published(source: Source) -> Section:
    """Compare measured F1 with published F1.

    Args:
        source: The results folder to report on.

    Returns:
        For each corpus and split with published figures in the benchmark file: all of them in a table, and F1 of the
        taggers that were measured too in a figure.
    """
    blocks = tuple(
        Block(place.name, lines, (papers,), figures)
        for place in source.places
        if place.rows and (papers := published_table(source.board, place.rows))
        for lines, figures in [_figures(place)]
    )
    why = "" if blocks else "the benchmark file gives no published figure for what was run"
    return Section("published", "Published against ours", blocks, omitted=why)


def _figures(place: Place) -> tuple[tuple[str, ...], tuple[Figure, ...]]:
    rows = [row for row in place.rows if row.published_f1 is not None]
    both = {
        row.tagger: (row.f1, row.published_f1) for row in rows if row.f1 is not None and row.published_f1 is not None
    }
    if not both:
        return ("None of these taggers was measured here.",), ()
    shown = table(
        f"F1 in percent, ours and published, {place.name}",
        (
            *(COLUMNS[key] for key in ("tagger", "f1", "f1_interval", "published_f1")),
            DIFFERENCE,
            Column("published_source", "Source"),
        ),
        (
            {**vars(row), "f1_interval": bounds(row), "difference": row.f1 and row.f1 - (row.published_f1 or 0.0)}
            for row in rows
        ),
    )
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
        1.05 + 0.32 * rows_taken(list(both)),
    )
    return (), (figure,)
