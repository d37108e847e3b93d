"""F1 by label: a heat map of taggers and labels."""

from __future__ import annotations

from functools import partial

from adrbench.reporting._content import Block, Figure, Section
from adrbench.reporting._source import Place, Source
from adrbench.reporting.charts.areas import heat
from adrbench.reporting.charts.scales import folded, longest_line, most_lines, rows_taken
from adrbench.reporting.tables import figures, table, words

_ONE = 1


def labels(source: Source) -> Section:
    """Show F1 by label.

    Args:
        source: The results folder to report on.

    Returns:
        A heat map for each corpus and split with several labels.
    """
    blocks = tuple(
        Block(place.name, figures=(_figure(place, source),))
        for place in source.places
        if place.measured and len(place.card.labels) > _ONE
    )
    why = "" if blocks else "every corpus has one label"
    return Section("labels", "F1 by label", blocks, omitted=why)


def _figure(place: Place, source: Source) -> Figure:
    dataset, splits = place.section.dataset, place.section.split
    found = {
        (row.tagger, label): source.by_label[dataset, splits, row.tagger, label]
        for row in place.measured
        for label in place.card.labels
    }
    # Frequent labels first: of them a figure says most.
    support = {
        label: max(found[row.tagger, label].support or 0 for row in place.measured) for label in place.card.labels
    }
    order = sorted(support, key=lambda label: (-support[label], label))
    names = [row.tagger for row in place.measured]
    long = max(longest_line(folded(label)) for label in order)
    values = [[found[name, label].f1 for label in order] for name in names]
    shown = [[None if value is None else 100 * value for value in line] for line in values]
    by_label = table(
        f"F1 by label in percent, {place.name}",
        (*words("Tagger"), *figures(*(f"{label} ({support[label]:,} gold)" for label in order), kind="percent")),
        ((name, *line) for name, line in zip(names, values, strict=True)),
    )
    return Figure(
        place.figure("labels"),
        f"F1 by label, {place.name}",
        f"Heat map of F1 in percent for {len(names)} taggers (rows, best first) and {len(order)} labels (columns, most "
        "frequent first); lighter is better, and each cell holds its figure.",
        by_label,
        partial(heat, names=names, labels=order, values=shown),
        # Long labels stand aslant above the map.
        0.9 + 0.3 * rows_taken(names) + 0.05 * max(0, long - 10) + 0.15 * (most_lines(order) - 1),
    )
