"""``adrbench data list``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.data.selection import suffixes
from adrbench.cli.output import format_option, show
from adrbench.reporting.tables import Column, Display, TableCell, TableView, table

if TYPE_CHECKING:
    from adrbench.api import DatasetPlugin
    from adrbench.datasets.load import LocalCopy

# A row is one line but for its description; `adrbench data card` has the rest.
_PLACE, _LABELS, _LICENCE = 18, 13, 17


@click.command(name="list")
@click.option("--formats", is_flag=True, help="List only the formats.")
@format_option()
def list_(formats: bool, format_name: str) -> None:
    """List the corpora and formats that a benchmark file can use, and which corpora are on this machine.

    No corpus is read; `adrbench data card NAME` describes one in full.
    """
    from adrbench.api import DatasetPlugin  # noqa: PLC0415
    from adrbench.datasets.load import LocalCopy, local_copy  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    readers: list[DatasetPlugin] = []
    copies: list[LocalCopy] = []
    for plugin in Registry().discover("datasets"):
        if not isinstance(plugin.description, DatasetPlugin):
            copies.append(LocalCopy(plugin.name, "", problem=plugin.problem))
        elif plugin.description.format:
            readers.append(plugin.description)
        else:
            copies.append(local_copy(plugin.description))
    show(Display((*([] if formats else [_corpora(copies)]), _formats(readers))), format_name)


def _corpora(copies: Sequence[LocalCopy]) -> TableView:
    columns = (
        Column("name", "Name"),
        Column("at_hand", "On this machine"),
        Column("labels", "Labels"),
        Column("licence", "Licence"),
        Column("summary", "Description"),
        Column("problem", "Problem", shown=False),
    )
    records = (
        {
            **vars(copy),
            "at_hand": _cut(_place(copy), _PLACE, copy.place),
            "labels": _cut(", ".join(copy.info.labels) if copy.info else "", _LABELS),
            "licence": _cut(copy.info.licence if copy.info else "", _LICENCE),
        }
        for copy in copies
    )
    problems = tuple((copy.name, "broken", copy.problem) for copy in copies if copy.problem)
    note = "adrbench data card NAME describes a corpus in full, and says how to get it."
    return table("Corpora", columns, records, notes=(note,), problems=problems)


def _place(copy: LocalCopy) -> str:
    if copy.problem:
        return "broken"
    return "see data card" if copy.place is None else copy.place or "no"


def _cut(text: str, most: int, value: Any = None) -> TableCell:
    """A cell of at most so many characters; programs get the value, or the whole text."""
    return TableCell(text if len(text) <= most else f"{text[: most - 1]}…", text if value is None else value)


def _formats(plugins: Sequence[DatasetPlugin]) -> TableView:
    columns = (Column("name", "Name"), Column("summary", "Reads"), Column("writes", "Writes"))
    writes = {one.name: ", ".join(suffixes(one.name)) or "a folder" if one.writer else "no" for one in plugins}
    records = ({"name": one.name, "summary": one.summary, "writes": writes[one.name]} for one in plugins)
    return table("Formats (path = …)", columns, records)
