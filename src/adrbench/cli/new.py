"""``adrbench new``."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import click

from adrbench.cli.output import echo


@click.command()
@click.argument("kind", type=click.Choice(["tagger", "dataset", "evaluator"]))
@click.argument("name")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Create this folder.  [default: NAME, in the current folder]"
)
@click.option("--author", default="", metavar="TEXT", help="Name this author in the licence.")
def new(kind: Any, name: str, folder: Path | None, author: str) -> None:
    """Make a plugin: a distribution that can be installed, is tested, and conforms as it is.

    NAME is what a benchmark file will say after `use =`, in small letters, digits and hyphens.
    """
    from adrbench.calls.plugins import new as create  # noqa: PLC0415

    files = create(kind, name, folder, author=author)
    place = folder or Path(name)
    echo(f"{place}: {'an' if kind == 'evaluator' else 'a'} {kind} that works, in {len(files)} files. Next:\n")
    # A bare NAME would be looked up in the package index.
    here = str(place) if place.is_absolute() else f"./{place}"
    echo(f"  pip install -e {shlex.quote(f'{here}[test]')}")
    echo(f"  adrbench check {name}")
    echo(f"  adrbench run {shlex.quote(str(place / 'benchmark.toml'))}\n")
    [code] = [file for file in files if file.endswith(f"/{kind}.py")]
    echo(f"Your own part is {place / code}.")
