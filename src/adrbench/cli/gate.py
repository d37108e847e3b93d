"""``adrbench gate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from adrbench.cli.numbers import FiniteRange
from adrbench.cli.output import DATASETS, SPLITS, echo, format_option, show
from adrbench.errors import InputError

if TYPE_CHECKING:
    from adrbench.plugins.registry import Registry
    from adrbench.results.gate.verdicts import Limits, Selection
    from adrbench.results.store import Store


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--baseline", type=click.Path(path_type=Path), required=True, metavar="FILE", help="Compare with this baseline."
)
@click.option(
    "--max-drop",
    type=FiniteRange(min=0),
    default=1.0,
    show_default=True,
    metavar="POINTS",
    help="Allow F1 to fall by this many percentage points.",
)
@click.option(
    "--max-slowdown",
    type=FiniteRange(min=1),
    metavar="TIMES",
    help="Allow fit and predict to take this many times as long on the same machine.  [default: any]",
)
@click.option("--update", is_flag=True, help="Write the baseline from RESULTS instead of comparing.")
@DATASETS
@SPLITS
@click.option("--tagger", "taggers", multiple=True, metavar="ID", help="Use only this tagger (repeatable).")
@click.option(
    "--evaluator",
    default="",
    metavar="NAME[:VARIANT]",
    help="Score a new baseline with this evaluator.  [default: the benchmark's]",
)
@format_option()
def gate(
    results: Path,
    baseline: Path,
    max_drop: float,
    max_slowdown: float | None,
    update: bool,
    datasets: tuple[str, ...],
    splits: tuple[str, ...],
    taggers: tuple[str, ...],
    evaluator: str,
    format_name: str,
) -> None:
    """Fail if a tagger of RESULTS became worse than in the baseline.

    Worse is an F1 (micro, counts pooled over folds) that is lower by more than --max-drop points AND a 95% interval of
    its change that excludes 0: percentiles of 10,000 resamples of the documents (whole groups, where the split keeps
    them whole), both runs scored on the same resample. A large drop that chance can explain is reported and passes,
    and so does a certain one that is small. Worse is also a tagger that failed, or is gone. What this machine cannot
    run, and times of another machine, are reported and not compared.

    Exit codes: 0 fine, 1 worse, 2 wrong usage, unreadable baseline, other corpus or folds, 4 nothing was measured.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.results.gate.verdicts import Limits, Selection  # noqa: PLC0415
    from adrbench.results.store import Store, results_folder  # noqa: PLC0415

    registry = Registry()
    store = Store(results_folder(results, registry))
    choice = Selection(datasets, splits, taggers)
    if update:
        _update(store, baseline, evaluator, choice, registry)
    else:
        _judge(store, baseline, evaluator, Limits(max_drop, max_slowdown), choice, format_name, registry)


def _update(store: Store, path: Path, evaluator: str, choice: Selection, registry: Registry) -> None:
    from adrbench.results.gate.verdicts import update_file  # noqa: PLC0415

    done = update_file(store, path, evaluator, registry, choice)
    if not done.written:
        echo(f"adrbench: {store.folder}: nothing was measured; {path} was not touched", err=True)
        sys.exit(4)
    echo(f"{path}: {done.written} rows written, {done.kept} kept as they were, {done.dropped} dropped")


def _judge(
    store: Store, path: Path, evaluator: str, limits: Limits, choice: Selection, format_name: str, registry: Registry
) -> None:
    from adrbench.cli.step_summary import append_markdown  # noqa: PLC0415
    from adrbench.reporting.gate_view import gate_view  # noqa: PLC0415
    from adrbench.reporting.rendering import to_markdown  # noqa: PLC0415
    from adrbench.results.gate.baseline import read_baseline  # noqa: PLC0415
    from adrbench.results.gate.verdicts import exit_code  # noqa: PLC0415
    from adrbench.results.gate.verdicts import gate as judge  # noqa: PLC0415

    baseline = read_baseline(path)
    if evaluator and evaluator != baseline.evaluator:
        raise InputError(
            f"--evaluator {evaluator}: the baseline was scored with {baseline.evaluator}; leave --evaluator out"
        )
    verdicts = judge(store, baseline, limits, registry, choice)
    view = gate_view(verdicts, limits, baseline.evaluator, str(path))
    append_markdown(to_markdown(view))
    show(view, format_name)
    sys.exit(exit_code(verdicts))
