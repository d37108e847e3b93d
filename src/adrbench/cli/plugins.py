"""``adrbench plugins``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import format_option, show
from adrbench.reporting.tables import Column, Display, TableCell, TableView, table

if TYPE_CHECKING:
    from adrbench.plugins.listing import ListedPlugin


@click.command()
@click.option(
    "--wait",
    type=FiniteRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Longest time that the import of one description may take.  [default: 2]",
)
@format_option()
def plugins(wait: float | None, format_name: str) -> None:
    """List the installed plugins of each kind, and say what is missing for those that cannot be used."""
    from adrbench.plugins.listing import WAIT_SECONDS, Listing  # noqa: PLC0415

    rows = Listing(wait or WAIT_SECONDS).rows()
    groups = dict.fromkeys(row.group for row in rows)
    show(Display(tuple(_table(group, [row for row in rows if row.group == group]) for group in groups)), format_name)


def _table(group: str, rows: list[ListedPlugin]) -> TableView:
    # Only taggers have families, and versions apart from those of their distributions.
    shown = group == "taggers"
    columns = (
        Column("name", "Name"),
        Column("group", "Group", shown=False),
        Column("family", "Family", shown=shown),
        Column("version", "Version", shown=shown),
        Column("distribution", "Distribution"),
        Column("distribution_version", "Its version", shown=False),
        Column("state", "State"),
        Column("problem", "Problem", shown=False),
        Column("remedy", "Remedy", shown=False),
        Column("summary", "Description"),
    )
    records = (
        vars(row)
        | {
            "distribution": TableCell(f"{row.distribution} {row.distribution_version}", row.distribution),
            "state": TableCell(f"{row.state}: {row.problem}" if row.problem else row.state, row.state),
        }
        for row in rows
    )
    marked = frozenset(place for place, row in enumerate(rows) if row.state != "ready")
    return table(group.capitalize(), columns, records, marked=marked)
