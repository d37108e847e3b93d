"""Random against grouped: what remains of F1 when whole groups are kept together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source, slug
from adrbench.reporting.charts.dots import slopes
from adrbench.reporting.charts.scales import most_lines
from adrbench.reporting.formatting import percent
from adrbench.reporting.tables import Column, figures, table, words


def grouping(source: Source) -> Section:
    """Compare F1 on a random split with F1 on a grouped split.

    Args:
        source: The results folder to report on.

    Returns:
        A slope chart for each corpus that was split both ways.
    """
    blocks = tuple(
        Block(
            f"{one.section.dataset} · {one.section.split} and {other.section.split}",
            figures=(_figure(one, other),),
        )
        for one, other in _couples(source)
    )
    line = (
        "In a random split, texts of one source (an abstract, a label, a post) are in train and in test. What a tagger "
        "loses when they are kept together, it owed to having seen the source."
    )
    return Section(
        "grouping", "Random against grouped", blocks, (line,), "" if blocks else "no corpus was split both ways"
    )


def _couples(source: Source) -> Iterator[tuple[Place, Place]]:
    """Splits of one corpus (by card), the one whose groups are torn apart first, that have taggers in common."""
    for one in source.places:
        for other in source.places:
            same = one.section.card == other.section.card
            if same and not one.section.grouped and other.section.grouped and _common(one, other):
                yield one, other


def _common(one: Place, other: Place) -> dict[str, tuple[float, float]]:
    there = {row.tagger: row.f1 for row in other.measured}
    return {
        row.tagger: (row.f1, there[row.tagger] or 0.0)
        for row in one.measured
        if row.f1 is not None and row.tagger in there
    }


def _figure(one: Place, other: Place) -> Figure:
    found = _common(one, other)
    ends = (one.section.split, other.section.split)
    columns = (*words("Tagger"), *figures(*ends, kind="percent"), Column("change", "Change", "points"))
    most = min(found, key=lambda name: found[name][1] - found[name][0])
    a, b = found[most]
    return Figure(
        slug(one.section.dataset, *ends),
        f"F1, {ends[0]} against {ends[1]}, {one.section.dataset}",
        f"A line for each of {len(found)} taggers from its F1 on the {ends[0]} split to that on the {ends[1]} split. "
        f"{most} changes most, from {percent(a)} to {percent(b)}.",
        table(
            f"F1 in percent by split, {one.section.dataset}",
            columns,
            ((name, a, b, b - a) for name, (a, b) in found.items()),
        ),
        partial(slopes, names=list(found), values=[(100 * a, 100 * b) for a, b in found.values()], ends=ends),
        max(2.6, 0.8 + 0.3 * len(found) * most_lines(found)),
    )
