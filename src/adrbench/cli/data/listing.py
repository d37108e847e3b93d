"""``adrbench data list``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from adrbench.cli.data.selection import suffixes
from adrbench.cli.output import make_console

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from adrbench.api import DatasetPlugin
    from adrbench.datasets.load import LocalCopy


_WIDE = 160


@click.command(name="list")
@click.option("--formats", is_flag=True, help="Only the formats.")
def list_(formats: bool) -> None:
    """List the corpora and formats that a benchmark file can use, and which corpora are at hand.

    No corpus is read; `adrbench data card NAME` says all about one.
    """
    from rich.text import Text  # noqa: PLC0415

    from adrbench.api import DatasetPlugin  # noqa: PLC0415
    from adrbench.datasets.load import LocalCopy, local_copy  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    console = make_console()
    forms: list[DatasetPlugin] = []
    local_copies: list[LocalCopy] = []
    for found in Registry().discover("datasets"):
        if not isinstance(found.description, DatasetPlugin):
            local_copies.append(LocalCopy(found.name, "", problem=found.problem))
        elif found.description.format:
            forms.append(found.description)
        else:
            local_copies.append(local_copy(found.description))
    if not formats:
        console.print(_corpora(local_copies, wide=console.width >= _WIDE))
        for copy in local_copies:
            if copy.problem:
                console.print(Text.assemble((copy.name, "bold"), (f": {copy.problem}", "red")), soft_wrap=True)
        console.print(Text("adrbench data card NAME says all about one, and how to get it.\n", style="dim"))
    console.print(_formats(forms))


def _corpora(local_copies: Iterable[LocalCopy], wide: bool) -> Table:
    table = _table("Corpora")
    table.add_column("Name", no_wrap=True, style="bold")
    # One line each but for the last: the card has the rest.
    table.add_column("At hand", no_wrap=True, overflow="ellipsis", width=None if wide else 22)
    table.add_column("Labels", no_wrap=True, overflow="ellipsis", width=None if wide else 13)
    table.add_column("Licence", no_wrap=True, overflow="ellipsis", width=None if wide else 17)
    table.add_column("What it is", overflow="fold")
    for copy in local_copies:
        info = copy.info
        labels = ", ".join(info.labels) if info else ""
        licence = info.licence if info else ""
        table.add_row(copy.name, _place(copy), labels, licence, copy.summary)
    return table


def _place(copy: LocalCopy) -> Text:
    from rich.text import Text  # noqa: PLC0415

    if copy.problem:
        return Text("broken", style="red")
    if copy.place is None:
        return Text("see data card", style="dim")
    return Text(copy.place, style="green") if copy.place else Text("no", style="yellow")


def _formats(plugins: Iterable[DatasetPlugin]) -> Table:
    table = _table("Formats (path = …)")
    table.add_column("Name", no_wrap=True, style="bold")
    table.add_column("Reads", overflow="fold")
    table.add_column("Writes", no_wrap=True)
    for plugin in plugins:
        writes = ", ".join(suffixes(plugin.name)) or "a folder" if plugin.writer else "no"
        table.add_row(plugin.name, plugin.summary, writes)
    return table


def _table(title: str) -> Table:
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415

    return Table(
        title=title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        show_edge=False,
        collapse_padding=True,
    )
