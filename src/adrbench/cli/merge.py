"""``adrbench merge``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from adrbench.cli.output import echo


@click.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="RESULTS...")
@click.option(
    "--into",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Write to this folder: new, empty, or a results folder, which then counts as the first.",
)
def merge(results: tuple[Path, ...], into: Path) -> None:
    """Merge results folders of several people or machines into one.

    Cells are matched by their keys. A cell that several folders have finished is taken from the first of them. Plans
    that contradict each other are an error, and nothing is written. Exit code 1: folders disagree on the predictions
    of a cell.
    """
    from adrbench.results.merge import merge as merge_results  # noqa: PLC0415

    done = merge_results(results, into)
    for line in done.lines():
        echo(line)
    if done.disagreements:
        sys.exit(1)
