"""``adrbench leaderboard``."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from adrbench.cli.run import INTERVALS


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "form",
    type=click.Choice(["rich", "markdown", "csv", "json", "latex"]),
    default="rich",
    show_default=True,
    help="JSON and CSV give fractions, the others percent.",
)
@click.option("--interval", type=click.Choice(INTERVALS), default="t", show_default=True, help="Interval of F1.")
@click.option("--evaluator", default="", metavar="NAME[:VARIANT]", help="Judge by another evaluator than the file's.")
@click.option("--all", "everything", is_flag=True, help="Every setting of a grid; JSON and CSV always have them all.")
@click.option(
    "--provenance", is_flag=True, help="Plugin, version and code of each tagger; JSON and CSV always have them."
)
def leaderboard(results: Path, form: str, interval: str, evaluator: str, *, everything: bool, provenance: bool) -> None:
    """Show the leaderboard of RESULTS: a results folder, or the benchmark file whose results are in runs/NAME."""
    # Stored predictions are hundreds of thousands of small lists, none of them garbage.
    gc.disable()
    # numpy is not loaded yet. On a busy machine, threads of matrix products this small wait longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from rich.console import Console  # noqa: PLC0415

    from adrbench.errors import InputError  # noqa: PLC0415
    from adrbench.reporting import leaderboard_files, leaderboard_text  # noqa: PLC0415
    from adrbench.results.leaderboard import leaderboard as score  # noqa: PLC0415
    from adrbench.results.store import Store  # noqa: PLC0415

    if results.suffix == ".toml":
        from adrbench.config import read_benchmark  # noqa: PLC0415

        results = Path("runs") / read_benchmark(results).benchmark.name
    if provenance and form == "latex":
        raise InputError("--provenance has no place in LaTeX tables; use --format markdown or json")
    board = score(Store(results), interval, evaluator)  # type: ignore[arg-type]
    if form == "rich":
        Console().print(leaderboard_text.tables(board, everything=everything, with_provenance=provenance))
    elif form == "markdown":
        click.echo(leaderboard_files.to_markdown(board, everything=everything, with_provenance=provenance))
    elif form == "latex":
        click.echo(leaderboard_files.to_latex(board, everything=everything))
    else:
        click.echo({"json": leaderboard_files.to_json, "csv": leaderboard_files.to_csv}[form](board))
