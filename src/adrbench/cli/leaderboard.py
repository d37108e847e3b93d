"""``adrbench leaderboard``."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from adrbench.cli.output import format_option, show_leaderboard
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, INTERVALS


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@format_option()
@click.option(
    "--interval",
    type=click.Choice(INTERVALS),
    default=DEFAULT_INTERVAL,
    show_default=True,
    help="Show this interval of P, R and F1.",
)
@click.option(
    "--evaluator", default="", metavar="NAME[:VARIANT]", help="Score with this evaluator instead of the file's."
)
@click.option("--all", "everything", is_flag=True, help="Show every setting of a grid; JSON and CSV always have them.")
@click.option("--labels", is_flag=True, help="Show the figures by label, too; JSON and CSV always have them.")
@click.option(
    "--provenance", is_flag=True, help="Show plugin, version and code of each tagger; JSON and CSV always have them."
)
@click.option(
    "--intervals",
    is_flag=True,
    help="Show the intervals of P and R however narrow the terminal; JSON and CSV always have them.",
)
@click.option("--front", is_flag=True, help="Show only taggers that no other one beats in F1, time and memory at once.")
def leaderboard(
    results: Path, format_name: str, interval: str, evaluator: str, *, front: bool, **options: bool
) -> None:
    """Show the leaderboard of RESULTS: a results folder, or the benchmark file whose results are in runs/NAME."""
    # Stored predictions are hundreds of thousands of small lists, none of them garbage.
    gc.disable()
    # numpy is not loaded yet. On a busy machine, threads of matrix products this small wait longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.results.leaderboard import leaderboard as score  # noqa: PLC0415
    from adrbench.results.leaderboard.front import on_front  # noqa: PLC0415
    from adrbench.results.store import Store, results_folder  # noqa: PLC0415

    registry = Registry()
    board = score(Store(results_folder(results, registry)), registry, interval, evaluator)  # type: ignore[arg-type]
    board = on_front(board) if front else board
    show_leaderboard(board, format_name, **options)
