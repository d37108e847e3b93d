"""``adrbench verify``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import echo

if TYPE_CHECKING:
    from adrbench.running.verify import Device


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read the corpora as this benchmark file says, and compare them with what was kept.",
)
@click.option(
    "--cells", type=click.IntRange(min=0), default=0, show_default=True, help="Run so many finished cells again."
)
@click.option("--seed", type=int, default=0, show_default=True, help="Draw these cells with this seed.")
@click.option(
    "--bound",
    type=FiniteRange(0, 100),
    default=1.0,
    show_default=True,
    help="Allow this difference in F1, in points, on another kind of machine or device, or in another precision.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    help="Run cells again on this device.  [default: as each was measured]",
)
@click.option("--offline", is_flag=True, help="Use no network.")
def verify(
    results: Path, benchmark: Path | None, cells: int, seed: int, bound: float, device: Device | None, *, offline: bool
) -> None:
    """Check RESULTS: files, folds, and every figure, counted anew from predictions.

    RESULTS is a results folder, or the benchmark file whose results are in runs/NAME. With a benchmark file the corpora
    are read again, and --cells runs some cells again. On the same kind of machine their predictions must be the same.
    Nothing is written to RESULTS. Exit code 1: a check failed.
    """
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.results.store import results_folder  # noqa: PLC0415
    from adrbench.running.verify import verify as checks  # noqa: PLC0415

    registry = Registry()
    if results.suffix == ".toml":
        benchmark = benchmark or results
    if cells and benchmark is None:
        raise click.UsageError("--cells needs --benchmark FILE, which says what a cell is")
    read = read_benchmark(benchmark, registry, offline=offline) if benchmark else None
    folder, failed = results_folder(results, registry), False
    told = checks(folder, registry, read, cells=cells, seed=seed, bound=bound / 100, device=device, offline=offline)
    for check in told:
        echo(f"{check.state:7}  {check.name}: {check.detail}")
        failed |= check.state == "failed"
    if failed:
        sys.exit(1)
