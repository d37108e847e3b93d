"""``adrbench plugins``."""

from __future__ import annotations

import click

from adrbench.cli.output import echo

_STYLES = {"ready": "green", "missing": "yellow", "slow": "yellow"}


@click.command()
@click.option(
    "--wait",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="How long the import of a description may take.  [default: 2]",
)
@click.option("--format", "format_name", type=click.Choice(["table", "json"]), default="table", show_default=True)
def plugins(wait: float | None, format_name: str) -> None:
    """List taggers, datasets and evaluators: which are at hand, and what the others lack."""
    from adrbench.plugins.listing import WAIT_SECONDS, Listing  # noqa: PLC0415

    # Under way while the libraries for tables are imported.
    listing = Listing(wait or WAIT_SECONDS)
    if format_name == "json":
        from dataclasses import asdict  # noqa: PLC0415

        from adrbench.reporting.escaping import to_json  # noqa: PLC0415

        echo(to_json([asdict(row) for row in listing.rows()]))
        return
    from rich import box  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    from adrbench.cli.output import make_console  # noqa: PLC0415

    rows, console = listing.rows(), make_console()
    for group in dict.fromkeys(row.group for row in rows):
        table = Table(
            title=group.capitalize(), title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False
        )
        # Only taggers have families, and versions apart from those of their distributions.
        more = ("Family", "Version") if group == "taggers" else ()
        for column in ("Name", *more, "Distribution", "State", "What it is"):
            table.add_column(column, overflow="fold")
        for row in rows:
            if row.group == group:
                state = Text(f"{row.state}: {row.problem}" if row.problem else row.state)
                state.stylize(_STYLES.get(row.state, "red"))
                middle = (row.family, row.version) if more else ()
                words = (row.name, *middle, f"{row.distribution} {row.distribution_version}")
                table.add_row(*map(Text, words), state, Text(row.summary))
        console.print(table)
