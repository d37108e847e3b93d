"""Keeping results: whole folders, together, checked, published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from adrbench.config import read_benchmark
from adrbench.plugins.registry import Registry
from adrbench.reporting.site.write import write_site
from adrbench.results.merge import Merged
from adrbench.results.merge import merge as merge_results
from adrbench.results.migration import Migration
from adrbench.results.migration import migrate as migrate_results
from adrbench.results.store import results_folder
from adrbench.results.verification import Check
from adrbench.running.verify import verify as checks


def merge(results: Sequence[str | Path], *, into: str | Path) -> Merged:
    """Merge results folders of several people or machines into one, by the keys of cells.

    Args:
        results: The results folders; they are only read.
        into: A folder that is new or empty, or a results folder, which then counts as the first.

    Returns:
        The counts, and the cells on whose predictions folders disagree; ``.lines()`` says them.

    Raises:
        adrbench.errors.InputError: If a folder is no results folder or is damaged, or if plans contradict each other.
    """
    return merge_results([Path(one) for one in results], Path(into))


def site(
    results: str | Path | Sequence[str | Path], out: str | Path, *, title: str = "Results", repository: str = ""
) -> list[str]:
    """Write a static site of results folders: pages of corpora and methods, and rankings over corpora.

    Args:
        results: The results folders, or benchmark files whose results are in ``runs/NAME``; they are only read.
        out: A folder that is new or empty, or a site that was written before, which is replaced.
        title: The name of the site.
        repository: The address of the repository that takes further rows.

    Returns:
        A line for each thing that was written.

    Raises:
        adrbench.errors.InputError: If matplotlib is not installed, a folder is no results folder, ``out`` holds
            something else, or it cannot be written. Nothing was written then.
    """
    registry = Registry()
    several = [results] if isinstance(results, str | Path) else results
    folders = [results_folder(Path(one), registry) for one in several]
    return write_site(folders, Path(out), registry, title=title, repository=repository)


def migrate(results: str | Path) -> Migration:
    """Bring a results folder of an older format up to date, in place; nothing is lost.

    Args:
        results: the results folder.

    Returns:
        What was done; ``.lines()`` says it.

    Raises:
        adrbench.errors.StoreError: the folder is no results folder, or a run is writing to it.
    """
    return migrate_results(Path(results))


def verify(
    results: str | Path,
    *,
    benchmark: str | Path | None = None,
    cells: int = 0,
    seed: int = 0,
    bound: float = 0.01,
    device: Literal["auto", "cpu", "cuda"] | None = None,
    offline: bool = False,
) -> tuple[Check, ...]:
    """Check a results folder: files, folds, and every figure, counted anew from predictions.

    Args:
        results: The results folder; nothing is written to it.
        benchmark: The benchmark file that was run; None: corpora are not looked at, and no cell is run.
        cells: How many finished cells to run again, drawn at random.
        seed: The seed of that draw.
        bound: The largest difference in F1, a fraction, of a cell that is run again under other conditions: on another
            kind of machine, on another device, or in another precision.
        device: Where to run cells again: ``auto``, ``cpu`` or ``cuda``; None: as each was measured.
        offline: Use no network.

    Returns:
        The checks; each has a ``name``, a ``state`` (``ok``, ``failed`` or ``skipped``) and a ``detail``.

    Raises:
        adrbench.errors.InputError: If the folder is no results folder, or the benchmark cannot be planned.
    """
    registry = Registry()
    read = read_benchmark(Path(benchmark), registry, offline=offline) if benchmark else None
    return tuple(
        checks(Path(results), registry, read, cells=cells, seed=seed, bound=bound, device=device, offline=offline)
    )
