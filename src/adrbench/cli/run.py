"""``adrbench run``."""

from __future__ import annotations

import gc
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from adrbench.cli.output import device_option, echo, make_console, show, tell
from adrbench.errors import ExecutorLost
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, INTERVALS

if TYPE_CHECKING:
    from adrbench.results.results import Summary


@click.command()
@click.argument("file", metavar="FILE|NAME", type=click.Path(path_type=Path), required=False)
@click.option("--results", type=click.Path(path_type=Path), help="Write results to this folder.  [default: runs/NAME]")
@click.option("--only", multiple=True, metavar="ID", help="Run only this tagger of the file (repeatable).")
@click.option("--splits", multiple=True, metavar="NAME", help="Run only this split of the file (repeatable).")
@click.option("--datasets", multiple=True, metavar="NAME", help="Run only this corpus of the file (repeatable).")
@click.option(
    "--folds", type=click.IntRange(min=2), help="Use this many folds in cross-validations instead of the file's number."
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use only N documents of each corpus, and N texts to pretrain on.",
)
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="Run this many cells at a time; on this machine, only 1 gives fair timings.  "
    "[default: 1; with --executor, as many as there is room for]",
)
@click.option(
    "--executor",
    default="local",
    show_default=True,
    metavar="NAME",
    help="Run cells on the machines of this engine (adrbench plugins lists them), or on this machine (local).",
)
@click.option("--address", metavar="ADDRESS", help="The address of the engine; short for --executor-option address=….")
@click.option(
    "--executor-option",
    "executor_options",
    multiple=True,
    metavar="NAME=VALUE",
    help="Set this parameter of the engine (repeatable).",
)
@click.option(
    "--same-machine",
    is_flag=True,
    help="Run the folds of a row on one machine, so that its costs can be told.",
)
@device_option("Run every tagger on this device.")
@click.option(
    "--interval",
    type=click.Choice(INTERVALS),
    default=DEFAULT_INTERVAL,
    show_default=True,
    help="Show this interval of P, R and F1 in the leaderboard.",
)
@click.option(
    "--list", "listing", is_flag=True, help="List the benchmarks that come with adrbench, and what they lack here."
)
@click.option("--dry-run", is_flag=True, help="Show what would be run, without running it.")
@click.option("--offline", is_flag=True, help="Use no network; replay the recorded responses of servers.")
@click.option(
    "--prices",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Price tokens by this TOML file, for a budget of money and for the leaderboard.",
)
@click.option(
    "--responses",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the responses of servers in this folder.  [default: beside the results, RESULTS.responses]",
)
@click.option(
    "--strict", is_flag=True, help="Fail if a corpus is missing, instead of using a stand-in or leaving it out."
)
@click.option("--fail-fast", is_flag=True, help="Stop at the first cell that fails.")
@click.option(
    "--time-again",
    type=click.IntRange(min=0),
    default=0,
    metavar="K",
    help="Run each finished cell again until it has K further timings, and check that its answers are the same.",
)
@click.option("--keep-models", is_flag=True, help="Keep every fitted model in the results folder.")
def run(
    file: Path | None,
    results: Path | None,
    listing: bool,
    dry_run: bool,
    address: str | None,
    executor_options: tuple[str, ...],
    **options: Any,
) -> None:
    """Run the unfinished cells of a benchmark, and show the leaderboard.

    The benchmark is a FILE, or the NAME of one that comes with adrbench; a file of that name comes first.
    A finished cell is never run again. To resume after an interruption, give the same command.
    """
    # A corpus is hundreds of thousands of small tuples, none of them garbage: the collector would walk them in vain.
    gc.disable()
    from adrbench.cli.progress import dry_run_view, listing_view, make_view  # noqa: PLC0415
    from adrbench.cli.step_summary import append_step_summary  # noqa: PLC0415
    from adrbench.config import read_benchmark  # noqa: PLC0415
    from adrbench.plugins.registry import Registry  # noqa: PLC0415
    from adrbench.reporting.notebook import Results  # noqa: PLC0415
    from adrbench.results.store import Store, usual_folder  # noqa: PLC0415
    from adrbench.running.availability import availabilities  # noqa: PLC0415
    from adrbench.running.expected_requests import expected_requests  # noqa: PLC0415
    from adrbench.running.expected_time import ExpectedTimes  # noqa: PLC0415
    from adrbench.running.options import Options, read_executor_options  # noqa: PLC0415
    from adrbench.running.prepare import prepare  # noqa: PLC0415
    from adrbench.running.run import run as run_benchmark  # noqa: PLC0415

    named = read_executor_options(executor_options, address)
    registry, chosen = Registry(), Options(**options, executor_options=named)
    if listing or file is None:
        if not listing or file is not None:
            raise click.UsageError("give either a benchmark, as FILE or NAME, or --list")
        show(listing_view(availabilities(registry, offline=chosen.offline)), "rich")
        return
    benchmark = read_benchmark(file, registry, offline=chosen.offline)
    folder = results or usual_folder(benchmark.benchmark.name)
    view = make_view(make_console(), folder)
    if dry_run:
        store = Store.find(folder)
        plan = prepare(benchmark, chosen, store, view.reading, registry)
        times, requests = ExpectedTimes(plan, store, registry), expected_requests(plan, store, registry)
        show(dry_run_view(plan, store, times, chosen.at_a_time, requests), "rich")
        return
    try:
        with view:
            summary = run_benchmark(benchmark, folder, chosen, view, registry)
    except KeyboardInterrupt:
        again = shlex.join(sys.argv[1:])
        echo(f"\nInterrupted. Finished cells are kept in {folder}; to go on: adrbench {again}", err=True)
        sys.exit(130)
    except ExecutorLost as error:
        again = shlex.join(sys.argv[1:])
        echo(f"adrbench: {error}\nFinished cells are kept in {folder}; to go on: adrbench {again}", err=True)
        sys.exit(3)
    view.close(summary, folder)
    if headlines := Results(folder, summary, registry).headlines():
        tell("\n".join(("", *headlines)))
        echo(f"Why, and what it costs: adrbench recommend {shlex.quote(str(folder))}")
    append_step_summary(summary.board)
    sys.exit(exit_code(dict(summary.statuses)) or timing_code(summary))


def timing_code(summary: Summary) -> int:
    """Choose the exit code of cells that were run again.

    Args:
        summary: The run.

    Returns:
        1 if a cell gave other answers, 3 if a cell could not be run again, else 0.
    """
    if any(row.other_answers for row in summary.timings):
        return 1
    return 3 if summary.untimed else 0


def exit_code(statuses: dict[str, int]) -> int:
    """Choose the exit code of a run.

    Args:
        statuses: How many cells have each status.

    Returns:
        0 if all went well (a skipped cell is no failure), 3 if a cell failed, 4 if nothing was measured.
    """
    if not statuses.get("ok"):
        return 4
    return 3 if any(statuses.get(status) for status in ("failed", "timeout", "oom", "pending")) else 0
