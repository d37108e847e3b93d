"""``adrbench report``."""

from __future__ import annotations

from pathlib import Path

import click

from adrbench.cli.output import INTERVAL, PRICES, echo


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the page to this file.")
@click.option("--figures", type=click.Path(path_type=Path, file_okay=False), help="Write figures and tables here.")
@INTERVAL
@click.option("--labels", is_flag=True, help="Show the figures by label, which the page otherwise folds.")
@click.option(
    "--with-text", is_flag=True, help="Show examples of corpus text, whose licence may restrict who gets the page."
)
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read corpora for --with-text as this benchmark file says.",
)
@PRICES
def report(
    results: Path,
    html: Path | None,
    figures: Path | None,
    interval: str,
    with_text: bool,
    benchmark: Path | None,
    prices: Path | None,
    *,
    labels: bool,
) -> None:
    """Write a report of RESULTS: a results folder, or the benchmark file whose results are in runs/NAME.

    One page of HTML that needs no network (--html), and figures for a paper as SVG, PDF and PNG with LaTeX tables
    (--figures).
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.files import write_report  # noqa: PLC0415
    from adrbench.results.prices import read_prices  # noqa: PLC0415
    from adrbench.results.store import results_folder  # noqa: PLC0415

    if html is None and figures is None:
        raise click.UsageError("nothing to write: give --html FILE, --figures DIR or both")
    registry = Registry()
    if results.suffix == ".toml":
        benchmark = benchmark or results
    results = results_folder(results, registry)
    if with_text and benchmark is None:
        raise click.UsageError("--with-text needs --benchmark FILE, which says where the corpora are")
    if with_text and html is None:
        raise click.UsageError("--with-text is about the page: give --html FILE")
    written = write_report(
        results,
        registry,
        html=html,
        figures=figures,
        interval=interval,  # type: ignore[arg-type]
        labels=labels,
        text_from=benchmark if with_text else None,
        prices=read_prices(prices) if prices is not None else None,
    )
    for line in written:
        echo(line)
