"""``adrbench compare``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from adrbench.errors import InputError

if TYPE_CHECKING:
    from adrbench.results.comparison.results import Contender

INTERVALS = ("bootstrap", "bca", "t", "z", "nadeau-bengio")


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--dataset", "--datasets", "datasets", multiple=True, metavar="NAME", help="Only this corpus (repeatable)."
)
@click.option("--splits", multiple=True, metavar="NAME", help="Only this split (repeatable).")
@click.option(
    "--evaluator",
    "evaluators",
    multiple=True,
    metavar="NAME[:VARIANT]",
    help="Judge by this one (repeatable).  [default: the benchmark's]",
)
@click.option(
    "--interval",
    type=click.Choice(INTERVALS),
    default="bootstrap",
    show_default=True,
    help="Of the difference: the first two over documents or groups, pooled; the others over folds.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=10, show_default=True, metavar="N", help="So many documents."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["rich", "markdown", "json"]),
    default="rich",
    show_default=True,
    help="JSON gives fractions, the others percent and points.",
)
@click.option("--with-text", is_flag=True, help="Show the texts of these documents, mentions as [words|LABEL].")
@click.option(
    "--benchmark",
    type=click.Path(path_type=Path),
    help="The benchmark file of the results, for --with-text; known if RESULTS is one.",
)
@click.option("--offline", is_flag=True, help="Use no network to find a text.")
def compare(
    results: Path,
    first: str,
    second: str,
    datasets: tuple[str, ...],
    splits: tuple[str, ...],
    evaluators: tuple[str, ...],
    interval: str,
    limit: int,
    form: str,
    with_text: bool,
    benchmark: Path | None,
    offline: bool,
) -> None:
    """Compare taggers A and B of RESULTS on the corpora and splits where both have every fold.

    RESULTS: a results folder, or the benchmark file whose results are in runs/NAME. A tagger of another folder is
    ID@FOLDER; corpus and folds must be the same. The difference is A less B: above 0, A is better.
    """
    from adrbench.cli.data.selection import make_console  # noqa: PLC0415
    from adrbench.reporting import comparison_tables  # noqa: PLC0415
    from adrbench.reporting import tables as sheets  # noqa: PLC0415
    from adrbench.reporting.comparison_texts import read_texts  # noqa: PLC0415
    from adrbench.results.comparison import results as comparing  # noqa: PLC0415

    if benchmark is not None and not with_text:
        raise InputError("--benchmark has no effect without --with-text")
    if results.suffix == ".toml":
        from adrbench.config import read_benchmark  # noqa: PLC0415

        benchmark = benchmark or results
        results = Path("runs") / read_benchmark(results).benchmark.name
    if with_text and benchmark is None:
        raise InputError("--with-text needs --benchmark FILE: results hold no text, the file says where it is")
    sides = [_contender(name, results) for name in (first, second)]
    found = comparing.compare(
        *sides,
        evaluators=evaluators,
        kind=interval,  # type: ignore[arg-type]
        datasets=datasets,
        splits=splits,
    )
    texts = None
    if with_text and benchmark is not None:
        names = list(dict.fromkeys(comparison.dataset for comparison in found.comparisons))
        texts = read_texts(benchmark, sides[0].folder, names, offline=offline)
    if form == "json":
        click.echo(comparison_tables.to_json(found, limit, texts))
        return
    tables = list(comparison_tables.sheets(found, limit, texts))
    left_out = [f"{dataset} {name}: left out: {why}" for (dataset, name), why in found.left_out.items()]
    if form == "markdown":
        click.echo("\n\n".join([sheets.to_markdown(tables), *(f"- {line}" for line in left_out)]))
        return
    console = make_console()
    for sheet in tables:
        console.print(sheets.to_rich(sheet))
        console.print()
    for line in left_out:
        console.print(line)


def _contender(text: str, results: Path) -> Contender:
    """A tagger of ``results``, or of the folder after ``@``."""
    from adrbench.results.comparison.results import Contender  # noqa: PLC0415

    tagger, at, folder = text.partition("@")
    if not tagger or (at and not folder):
        raise InputError(f"{text}: should be ID, or ID@FOLDER")
    return Contender(tagger, Path(folder) if at else results)
