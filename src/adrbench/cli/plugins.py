"""``adrbench plugins``."""

from __future__ import annotations

import click


@click.command()
def plugins() -> None:
    """List taggers, datasets and evaluators: which are at hand, and what the others lack."""
    from rich import box  # noqa: PLC0415
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from adrbench.plugins import Group, discover  # noqa: PLC0415

    groups: tuple[Group, ...] = ("taggers", "datasets", "evaluators")
    console = Console()
    for group in groups:
        table = Table(
            title=group.capitalize(), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )
        for column in ("Name", "Family", "Distribution", "State", "What it is"):
            table.add_column(column, overflow="fold")
        for found in discover(group):
            state = Text("ready", style="green")
            if found.problem:
                state = Text(found.problem, style="yellow" if found.description else "red")
            table.add_row(
                found.name,
                getattr(found.description, "family", ""),
                f"{found.distribution} {found.version}",
                state,
                getattr(found.description, "summary", ""),
            )
        console.print(table)
