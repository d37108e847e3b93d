"""The leaderboard: a sortable table for each corpus and split, F1 with its interval as a bar."""

from __future__ import annotations

from adrbench.reporting._content import Block, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.leaderboard.headings import title
from adrbench.reporting.leaderboard.labels import labels_tables
from adrbench.reporting.leaderboard.legend import legend_lines
from adrbench.reporting.leaderboard.ranking import ranked_table
from adrbench.reporting.leaderboard.remarks import remarks
from adrbench.results.leaderboard.grids import listing
from adrbench.results.leaderboard.rows import unmeasured


def ranking(source: Source) -> Section:
    """Show the leaderboard.

    Args:
        source: The results folder to report on.

    Returns:
        A sortable table for each corpus and split, and a legend of its columns.
    """
    blocks = tuple(_block(place, source) for place in source.places)
    paper = any(row.published_f1 is not None for row in source.board.rows)
    bars = f"In a bar: the mark is the mean F1, the band its interval{', the thin line the paper' if paper else ''}."
    return Section(
        "leaderboard", "Leaderboard", blocks, (*legend_lines(source.board), bars), layout="wide", legend=True
    )


def _block(place: Place, source: Source) -> Block:
    shown = [row for row in place.rows if row.has_figures]
    notes = [f"{taggers}: {status}, {reason}" for taggers, status, reason in unmeasured(place.rows)]
    notes += source.board.notes.get((place.section.dataset, place.section.split), ())
    if place.measured and place.measured[0].interval is None:
        notes.append("No interval: it takes two measured folds, or a split that has one.")
    heading = title(place.rows) if place.rows else place.name
    kept = {row.tagger for row in listing(shown, everything=False)[0]}
    brief = [row for row in shown if row.tagger in kept]
    several = len(source.board.machines) > 1
    folded = [ranked_table(f"All {len(shown)} rows", shown, machines=several)] if len(brief) < len(shown) else []
    tables = [ranked_table(heading, brief, machines=several)] if shown else []
    (tables if source.labels else folded).extend(
        labels_tables(source.board, place.rows, everything=False) if shown else ()
    )
    return Block(
        heading,
        tables=tuple(tables),
        notes=(*remarks(shown), *notes),
        folded=tuple(folded),
    )
