"""``adrbench recommend``."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.output import EVALUATOR, echo, make_console, show
from adrbench.reporting.tables import Display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adrbench.reporting.advice import Advice


@click.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.option("--dataset", default="", metavar="NAME", help="Recommend for this corpus only.")
@click.option(
    "--split", default="", metavar="NAME", help="Go by this split.  [default: a grouped one, where there is one]"
)
@click.option("--label", default="", metavar="NAME", help="Go by the F1 of this label instead of all together.")
@EVALUATOR
@click.option(
    "--margin",
    type=float,
    default=1.0,
    show_default=True,
    metavar="POINTS",
    help="Take a tagger for as good as the best if its F1 is lower by this much at most.",
)
@click.option(
    "--documents",
    type=int,
    default=100_000,
    show_default=True,
    metavar="N",
    help="Count the cost of one fit and of tagging this many documents.",
)
@click.option(
    "--prices",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Count in money instead of seconds, by this price sheet.",
)
@click.option("--max-seconds-per-1000", type=float, metavar="S", help="Limit the time to tag 1,000 documents.")
@click.option("--max-fit", metavar="TIME", help="Limit the time of the fit, as in 90s or 2h.")
@click.option("--max-memory", metavar="SIZE", help="Limit the memory, as in 2GiB.")
@click.option("--no-gpu", is_flag=True, help="Leave out taggers that used a GPU.")
@click.option("--max-price-per-1000", type=float, metavar="MONEY", help="Limit the price of tagging 1,000 documents.")
@click.option("--min-recall", type=float, metavar="PERCENT", help="Ask for at least this recall.")
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["rich", "markdown", "json"]),
    default="rich",
    show_default=True,
    help="Print in this format.",
)
def recommend(
    results: Path, dataset: str, split: str, label: str, evaluator: str, format_name: str, **asked: Any
) -> None:
    """Say which tagger of RESULTS to use, and what it will cost.

    RESULTS: a results folder, or the benchmark file whose results are in runs/NAME. Nothing is trained.

    Of the taggers that are as good as the best, the cheapest is named. Limits are held against the worst fold, with
    what a further fold may take more.

    Exit codes: 0 fine, 1 no tagger keeps the limits on some corpus, 2 wrong usage or input, 4 no tagger was measured on
    every fold.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from adrbench.reporting.notebook import Results  # noqa: PLC0415
    from adrbench.reporting.recommendation_view import recommendation_text  # noqa: PLC0415

    asked["no_gpu"] = asked["no_gpu"] or None
    found = Results(results).recommend(dataset=dataset, split=split, label=label, evaluator=evaluator, **asked)
    if format_name == "rich":
        _show(found)
    else:
        echo(recommendation_text(found, format_name))
    sys.exit(_exit_code(found))


def _show(found: Sequence[Advice]) -> None:
    from rich.text import Text  # noqa: PLC0415

    from adrbench.reporting.recommendation_view import alternatives_table, heading, paragraphs  # noqa: PLC0415

    console = make_console()
    for place, one in enumerate(found):
        if place:
            console.print()
        console.print(Text(heading(one), style="bold"))
        for paragraph in paragraphs(one):
            console.print(Text(paragraph))
            console.print()
        for warning in one.warnings:
            console.print(Text.assemble(("Warning: ", "yellow"), warning))
        if one.alternatives:
            show(Display((alternatives_table(one),)), "rich")


def _exit_code(found: Sequence[Advice]) -> int:
    if not any(one.tagger or one.alternatives for one in found):
        return 4
    return 0 if all(one.tagger for one in found) else 1
