"""What commands print: views in the format that was asked for, and text that cannot steer a terminal."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from adrbench.reporting.escaping import for_terminal
from adrbench.reporting.tables import FORMATS
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, INTERVALS

if TYPE_CHECKING:
    from adrbench.reporting.tables import Display
    from adrbench.reporting.terminal import SafeConsole
    from adrbench.results.leaderboard.rows import Board

DATASETS = click.option(
    "--dataset", "--datasets", "datasets", multiple=True, metavar="NAME", help="Use only this corpus (repeatable)."
)
SPLITS = click.option(
    "--split", "--splits", "splits", multiple=True, metavar="NAME", help="Use only this split (repeatable)."
)
EVALUATOR = click.option(
    "--evaluator", default="", metavar="NAME[:VARIANT]", help="Score with this evaluator instead of the file's."
)
PRICES = click.option(
    "--prices",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Show the price of tagging 1,000 documents, by this TOML file of prices.",
)
INTERVAL = click.option(
    "--interval",
    type=click.Choice(INTERVALS),
    default=DEFAULT_INTERVAL,
    show_default=True,
    help="Show this interval of P, R and F1.",
)
BOUNDS = click.option(
    "--intervals",
    is_flag=True,
    help="Show the intervals of P and R however narrow the terminal; JSON and CSV always have them.",
)
_WIDTH = 100
_Command = TypeVar("_Command", bound=Callable[..., Any])


def format_option(*more: str, default: str = "rich") -> Callable[[_Command], _Command]:
    """Make the option ``--format``.

    Args:
        *more: Formats that only this command has.
        default: The format without the option.

    Returns:
        A decorator of a command.
    """
    return click.option(
        "--format",
        "format_name",
        type=click.Choice([*FORMATS, *more]),
        default=default,
        show_default=True,
        help="Print in this format; JSON and CSV have fractions, the others percent.",
    )


def device_option(says: str) -> Callable[[_Command], _Command]:
    """Make the option ``--device``.

    Args:
        says: What it does.

    Returns:
        A decorator of a command.
    """
    return click.option(
        "--device", type=click.Choice(["auto", "cpu", "cuda"]), default="auto", show_default=True, help=says
    )


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a line in which no character can steer a terminal.

    Args:
        text: The line.
        err: Whether it goes to standard error.
    """
    click.echo(for_terminal(text), err=err)


def tell(sentences: str) -> None:
    """Print sentences, broken between words where a terminal shows them.

    Args:
        sentences: The sentences, as one text.
    """
    from rich.text import Text  # noqa: PLC0415

    console = make_console()
    console.print(Text(sentences), soft_wrap=not console.is_terminal)


def show(view: Display, format_name: str) -> None:
    """Print a view.

    Args:
        view: The view.
        format_name: The format, such as ``rich`` or ``csv``.
    """
    if format_name in {"rich", "text"}:
        from adrbench.reporting.terminal import to_rich  # noqa: PLC0415

        make_console().print(to_rich(view))
        return
    from adrbench.reporting.rendering import render  # noqa: PLC0415

    echo(render(view, format_name))


def show_leaderboard(board: Board, format_name: str, **options: bool) -> None:
    """Print a leaderboard.

    Args:
        board: The leaderboard.
        format_name: The format; JSON and CSV have every row and column.
        **options: Those of ``leaderboard_view``.
    """
    from adrbench.reporting.leaderboard.view import leaderboard_text, leaderboard_view  # noqa: PLC0415

    if format_name == "rich":
        show(leaderboard_view(board, **options), format_name)
    else:
        echo(leaderboard_text(board, format_name, **options))


def failure_hint(board: Board, results: Path) -> str:
    """Say how to see why a cell failed.

    Args:
        board: The leaderboard with the statuses.
        results: The results folder, as the command line names it.

    Returns:
        A sentence with the command; empty if no cell failed.
    """
    failed = dict.fromkeys(row.tagger for row in board.rows if row.status in {"failed", "timeout", "oom"})
    if not failed:
        return ""
    return why_hint(next(iter(failed)), results)


def why_hint(tagger: str, results: Path) -> str:
    """Say how to see why a cell of a tagger failed.

    Args:
        tagger: The tagger.
        results: The results folder, as the command line names it.

    Returns:
        A sentence with the command.
    """
    command = f"adrbench leaderboard {shlex.quote(str(results))} --why {shlex.quote(tagger)}"
    return f"Traceback and output of a failed cell: {command}"


def make_console() -> SafeConsole:
    """Open standard output as a console.

    Returns:
        The console, as wide as its terminal. A file or pipe has 100 columns, unless ``COLUMNS`` says otherwise.
    """
    from adrbench.reporting.terminal import SafeConsole  # noqa: PLC0415

    fixed = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH
    if not os.environ.get("COLUMNS", "1").strip("0"):
        # Some containers say so; nothing would be printed.
        fixed = shutil.get_terminal_size((_WIDTH, 0)).columns
    return SafeConsole(highlight=False, width=fixed)
