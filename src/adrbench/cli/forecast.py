"""``adrbench forecast``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from adrbench.cli.output import DATASETS, EVALUATOR, SPLITS, format_option, show
from adrbench.errors import InputError


def _percent(_: click.Context, __: click.Parameter, value: float | None) -> float | None:
    if value is not None and not 1 <= value < 100:  # noqa: PLR2004
        hint = f"; did you mean {100 * value:g}?" if 0 < value < 1 else ""
        raise InputError(f"--target {value:g}: should be an F1 in percent, from 1 to less than 100{hint}")
    return value


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option(
    "--target",
    type=float,
    callback=_percent,
    metavar="F1",
    help="Say how many documents this F1 needs, in percent.",
)
@click.option(
    "--times",
    type=float,
    multiple=True,
    metavar="X",
    help="Forecast for X times the training documents (repeatable).  [default: 1.5, 2 and 4]",
)
@DATASETS
@SPLITS
@click.option("--tagger", "taggers", multiple=True, metavar="ID", help="Use only this tagger (repeatable).")
@EVALUATOR
@format_option()
def forecast(
    results: Path,
    target: float | None,
    times: tuple[float, ...],
    datasets: tuple[str, ...],
    splits: tuple[str, ...],
    taggers: tuple[str, ...],
    evaluator: str,
    format_name: str,
) -> None:
    """Forecast F1 with more annotated text, from the learning curves of RESULTS.

    RESULTS: a results folder, or the benchmark file whose results are in runs/NAME. A curve needs four
    train_fractions or more. A forecast with a bad fit is refused, with the reason.

    Exit codes: 0 fine, 2 wrong usage or no learning curve, 4 nothing was measured.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.forecast_view import forecast_view  # noqa: PLC0415
    from adrbench.results import forecast as forecasting  # noqa: PLC0415
    from adrbench.results.store import Store, results_folder  # noqa: PLC0415

    registry = Registry()
    forecasts = forecasting.forecast(
        Store(results_folder(results, registry)),
        registry,
        target=None if target is None else target / 100,
        times=times or forecasting.TIMES,
        evaluator=evaluator,
        datasets=datasets,
        splits=splits,
        taggers=taggers,
    )
    show(forecast_view(forecasts), format_name)
    if not any(one.f1 for one in forecasts):
        sys.exit(4)
