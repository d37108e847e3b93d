"""``adrbench validate``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from adrbench.cli.output import echo
from adrbench.errors import ConfigError


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
def validate(files: tuple[Path, ...]) -> None:
    """Check benchmark files without reading a corpus or running anything.

    Every problem of every file is told, with its line and the closest valid name. The exit code is 2 if there is any.
    """
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415

    registry, wrong = Registry(), False
    for file in files:
        try:
            benchmark = read_benchmark(file, registry, offline=True)
        except ConfigError as error:
            wrong = True
            echo(f"adrbench: {error}", err=True)
        else:
            counts = {"corpora": benchmark.datasets, "splits": benchmark.splits, "taggers": benchmark.taggers}
            echo(f"{file}: valid ({', '.join(f'{name}: {len(entries)}' for name, entries in counts.items())})")
    if wrong:
        sys.exit(2)
