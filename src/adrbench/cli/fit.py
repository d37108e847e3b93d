"""``adrbench fit``."""

from __future__ import annotations

import gc
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.output import device_option, echo, make_console
from adrbench.errors import FitFailed
from adrbench.reporting.formatting import duration, percent, percent_between

if TYPE_CHECKING:
    from adrbench.results.schema import Costs
    from adrbench.running.fit import Fitted


@click.command()
@click.argument("file", metavar="FILE|NAME", type=click.Path(path_type=Path))
@click.option("--tagger", required=True, metavar="ID", help="Fit this row: a tagger's id, or a point of its grid.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="Keep the tagger in this new or empty folder."
)
@click.option("--dataset", default="", metavar="NAME", help="Learn from this corpus.  [default: the only one]")
@click.option(
    "--split",
    default="",
    metavar="NAME",
    help="Fit under the conditions of this split.  [default: the first grouped one, else the first]",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    help="Keep the figures of this results folder beside.  [default: runs/NAME, if it is there]",
)
@device_option("Fit on this device.")
@click.option("--no-scores", "scores", flag_value=False, default=True, help="Do not ask for the scores of spans.")
@click.option("--overwrite", is_flag=True, help="Replace a tagger that is kept in the folder.")
@click.option("--offline", is_flag=True, help="Use no network.")
def fit(file: Path, tagger: str, out: Path, results: Path | None, **options: Any) -> None:
    """Fit a tagger of a benchmark on all documents of a corpus, and keep it in a folder.

    The conditions are those of a cell of `adrbench run`: words, labels, seed, threads. Documents under test are learnt
    from too, those of a release's test part as well. A tuned tagger searches anew, on all documents.
    """
    # As in `adrbench run`: a corpus is many small objects, none of them garbage.
    gc.disable()
    from adrbench.cli.fit_view import make_view  # noqa: PLC0415
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.tagger_card import tagger_card  # noqa: PLC0415
    from adrbench.results.store import find_results  # noqa: PLC0415
    from adrbench.running.fit import fit as fit_tagger  # noqa: PLC0415

    registry = Registry()
    benchmark = read_benchmark(file, registry, offline=options["offline"])
    view = make_view(make_console())
    known = find_results(results, benchmark.benchmark.name)
    try:
        with view:
            done = fit_tagger(benchmark, out, tagger, registry, card=tagger_card, results=known, view=view, **options)
    except KeyboardInterrupt:
        echo(f"\nInterrupted. Nothing was kept in {out}.", err=True)
        sys.exit(130)
    except FitFailed as error:
        echo(f"adrbench: {error}\nNothing was kept in {out}.", err=True)
        sys.exit(4 if error.status == "skipped" else 3)
    for line in _lines(done):
        echo(line)


def _lines(done: Fitted) -> list[str]:
    from adrbench.reporting.tagger_card import fit_time  # noqa: PLC0415

    record, figures = done.record, done.figures
    lines = [f"fitted in {fit_time(done.seconds, record.predicted_fit_seconds)}"]
    if record.costs is not None and _shared(record.costs):
        used = duration(record.costs.cpu_seconds["fit"])
        lines.append(f"its processor time was {used}: other work kept this machine busy, so the time says little")
    if figures is not None:
        lines += [f"{figures.folder}: {warning}" for warning in figures.warnings]
        if record.predicted_fit_seconds and (record.machine is None or figures.machine != record.machine.id):
            lines.append(f"{figures.folder}: its times are of another machine, so the prediction is, too")
    for one in record.measured:
        if one.label == "micro":
            interval = percent_between(one.f1, one.f1_low, one.f1_high)
            lines.append(f"F1 {percent(one.f1)} ({interval}) over {one.folds} folds of the split {one.split}")
    return [*lines, f"kept in {done.folder}; to use it: adrbench tag {shlex.quote(str(done.folder))} TEXTS"]


def _shared(costs: Costs) -> bool:
    """True if a fit had much less than one core: without a GPU it uses at least one most of the time."""
    wall = costs.seconds["fit"]
    return wall >= 1 and costs.peak_gpu_memory_bytes is None and costs.cpu_seconds["fit"] < 0.7 * wall
