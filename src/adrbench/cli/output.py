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
_WIDTH = 100
_Command = TypeVar("_Command", bound=Callable[..., Any])


def format_option(*more: str, default: str = "rich") -> Callable[[_Command], _Command]:
    """The option ``--format``. ``more``: formats that only this command has."""
    return click.option(
        "--format",
        "format_name",
        type=click.Choice([*FORMATS, *more]),
        default=default,
        show_default=True,
        help="Print in this format; JSON and CSV have fractions, the others percent.",
    )


def echo(text: str = "", *, err: bool = False) -> None:
    """Print a line in which no character can steer a terminal, to standard output or standard error."""
    click.echo(for_terminal(text), err=err)


def tell(sentences: str) -> None:
    """Print sentences, broken between words where a terminal shows them."""
    from rich.text import Text  # noqa: PLC0415

    console = make_console()
    console.print(Text(sentences), soft_wrap=not console.is_terminal)


def show(view: Display, format_name: str) -> None:
    """Print a view."""
    if format_name in {"rich", "text"}:
        from adrbench.reporting.terminal import to_rich  # noqa: PLC0415

        make_console().print(to_rich(view))
        return
    from adrbench.reporting.rendering import render  # noqa: PLC0415

    echo(render(view, format_name))


def show_leaderboard(board: Board, format_name: str, **options: bool) -> None:
    """Print a leaderboard; JSON and CSV have every row and column of it. ``options``: of ``leaderboard_view``."""
    from adrbench.reporting.leaderboard.view import leaderboard_text, leaderboard_view  # noqa: PLC0415

    if format_name == "rich":
        show(leaderboard_view(board, **options), format_name)
    else:
        echo(leaderboard_text(board, format_name, **options))


def failure_hint(board: Board, results: Path) -> str:
    """How to see why a cell failed; empty if none did. ``results``: as the command line names them."""
    failed = dict.fromkeys(row.tagger for row in board.rows if row.status in {"failed", "timeout", "oom"})
    if not failed:
        return ""
    return why_hint(next(iter(failed)), results)


def why_hint(tagger: str, results: Path) -> str:
    """How to see why a cell of a tagger failed. ``results``: as the command line names them."""
    command = f"adrbench leaderboard {shlex.quote(str(results))} --why {shlex.quote(tagger)}"
    return f"Traceback and output of a failed cell: {command}"


def make_console() -> SafeConsole:
    """The terminal as wide as it is; what is no terminal has 100 columns, unless ``COLUMNS`` says otherwise."""
    from adrbench.reporting.terminal import SafeConsole  # noqa: PLC0415

    fixed = None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH
    if not os.environ.get("COLUMNS", "1").strip("0"):
        # Some containers say so; nothing would be printed.
        fixed = shutil.get_terminal_size((_WIDTH, 0)).columns
    return SafeConsole(highlight=False, width=fixed)
