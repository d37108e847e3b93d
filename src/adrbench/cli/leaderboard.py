"""``adrbench leaderboard``."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import click

from adrbench.cli.output import (
    BOUNDS,
    DATASETS,
    EVALUATOR,
    INTERVAL,
    PRICES,
    SPLITS,
    echo,
    failure_hint,
    format_option,
    show_leaderboard,
)
from adrbench.errors import InputError


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@format_option()
@INTERVAL
@EVALUATOR
@DATASETS
@SPLITS
@click.option("--all", "everything", is_flag=True, help="Show every setting of a grid; JSON and CSV always have them.")
@click.option("--labels", is_flag=True, help="Show the figures by label, too; JSON and CSV always have them.")
@click.option(
    "--provenance", is_flag=True, help="Show plugin, version and code of each tagger; JSON and CSV always have them."
)
@BOUNDS
@click.option(
    "--published",
    is_flag=True,
    help="Show all published figures of the benchmark file beside ours; JSON and CSV always have them.",
)
@click.option(
    "--corpora",
    is_flag=True,
    help="Show all corpora of a split side by side, with their average; JSON and CSV then have rows of it.",
)
@PRICES
@click.option(
    "--front",
    is_flag=True,
    help="Show only taggers that no other one beats in F1, time, memory and tokens or price at once.",
)
@click.option(
    "--why",
    default="",
    metavar="ID",
    help="Show, instead, why cells of this tagger failed: reason, traceback and output.",
)
def leaderboard(
    results: Path,
    format_name: str,
    interval: str,
    evaluator: str,
    datasets: tuple[str, ...],
    splits: tuple[str, ...],
    prices: Path | None,
    why: str,
    *,
    front: bool,
    **options: bool,
) -> None:
    """Show the leaderboard of RESULTS: a results folder, or the benchmark file whose results are in runs/NAME."""
    # Stored predictions are hundreds of thousands of small lists, none of them garbage.
    gc.disable()
    # numpy is not loaded yet. On a busy machine, threads of matrix products this small wait longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.results.leaderboard import leaderboard as score  # noqa: PLC0415
    from adrbench.results.leaderboard.front import on_front  # noqa: PLC0415
    from adrbench.results.prices import read_prices  # noqa: PLC0415
    from adrbench.results.selection import sections_of  # noqa: PLC0415
    from adrbench.results.store import Store, results_folder  # noqa: PLC0415

    registry, sheet = Registry(), read_prices(prices) if prices is not None else None
    store = Store(results_folder(results, registry))
    if why:
        if format_name not in {"rich", "json", "csv"}:
            raise InputError(f"--why prints text, JSON or CSV, not {format_name}; valid: rich, json, csv")
        from adrbench.reporting.failures_text import failures_text  # noqa: PLC0415
        from adrbench.results.failures import failures  # noqa: PLC0415

        found = failures(store, why)
        echo(failures_text(found, format_name) if found or format_name != "rich" else f"{why}: all cells went well")
        return
    board = score(store, registry, interval, evaluator, sheet)  # type: ignore[arg-type]
    board = sections_of(board, datasets, splits)
    board = on_front(board) if front else board
    show_leaderboard(board, format_name, **options)
    if format_name == "rich" and (hint := failure_hint(board, results)):
        echo(hint)
