"""``adrbench compare``."""

from __future__ import annotations

from pathlib import Path

import click

from adrbench.cli.output import DATASETS, SPLITS, echo, format_option, show
from adrbench.errors import InputError
from adrbench.scoring.statistics.kinds import DEFAULT_DIFFERENCE, INTERVALS


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@DATASETS
@SPLITS
@click.option(
    "--evaluator",
    "evaluators",
    multiple=True,
    metavar="NAME[:VARIANT]",
    help="Score with this evaluator (repeatable).  [default: the benchmark's]",
)
@click.option(
    "--interval",
    type=click.Choice(INTERVALS),
    default=DEFAULT_DIFFERENCE,
    show_default=True,
    help="Show this interval of the difference: bootstrap and bca resample documents or groups, the others use folds.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    metavar="N",
    help="List the N documents that differ most.",
)
@format_option()
@click.option("--with-text", is_flag=True, help="Show the texts of these documents, with mentions as [words|LABEL].")
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path),
    help="Read the texts as this benchmark file says; needed with --with-text unless RESULTS is a benchmark file.",
)
@click.option("--offline", is_flag=True, help="Use no network to read texts.")
def compare(
    results: Path,
    first: str,
    second: str,
    datasets: tuple[str, ...],
    splits: tuple[str, ...],
    evaluators: tuple[str, ...],
    interval: str,
    limit: int,
    format_name: str,
    with_text: bool,
    benchmark: Path | None,
    offline: bool,
) -> None:
    """Compare taggers A and B of RESULTS on the corpora and splits where both have every fold.

    RESULTS: a results folder, or the benchmark file whose results are in runs/NAME. A tagger of another folder is
    ID@FOLDER; corpus and folds must be the same. The difference is A less B: above 0, A is better.
    """
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting import comparison_view as views  # noqa: PLC0415
    from adrbench.reporting.comparison_texts import read_texts  # noqa: PLC0415
    from adrbench.reporting.rendering import render_records  # noqa: PLC0415
    from adrbench.results.comparison import results as comparing  # noqa: PLC0415
    from adrbench.results.store import results_folder  # noqa: PLC0415

    if benchmark is not None and not with_text:
        raise InputError("--benchmark has no effect without --with-text; add that, or leave it out")
    registry = Registry()
    if results.suffix == ".toml":
        benchmark = benchmark or results
    results = results_folder(results, registry)
    if with_text and benchmark is None:
        raise InputError("--with-text needs --benchmark FILE: results hold no text, the file says where it is")
    sides = comparing.Contender.parse(first, results), comparing.Contender.parse(second, results)
    found = comparing.compare(
        *sides,
        registry,
        evaluators=evaluators,
        kind=interval,  # type: ignore[arg-type]
        datasets=datasets,
        splits=splits,
    )
    texts = None
    if with_text and benchmark is not None:
        names = list(dict.fromkeys(comparison.dataset for comparison in found.comparisons))
        texts = read_texts(benchmark, sides[0].folder, names, registry, offline=offline)
    if format_name == "json":
        echo(views.comparison_json(found, limit, texts))
    elif format_name == "csv":
        echo(render_records(views.comparison_records(found), format_name))
    else:
        show(views.comparison_view(found, limit, texts), format_name)
