"""The command line. Importing it is cheap: what a command needs is imported when the command runs."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from adrbench._system.version import __version__
from adrbench.cli.check import check
from adrbench.cli.compare import compare
from adrbench.cli.data import data
from adrbench.cli.gate import gate
from adrbench.cli.leaderboard import leaderboard
from adrbench.cli.new import new
from adrbench.cli.output import echo
from adrbench.cli.plugins import plugins
from adrbench.cli.pretrain import pretrain
from adrbench.cli.report import report
from adrbench.cli.run import run
from adrbench.cli.score import score
from adrbench.errors import InputError
from adrbench.reporting.escaping import for_terminal


@contextmanager
def _safe_messages() -> Iterator[None]:
    """What click says of wrong usage repeats what was given, which must not steer the terminal."""
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = for_terminal(error.message)
        raise


class _Group(click.Group):
    """A group whose commands end with a clear message and exit code 2 when the input is wrong."""

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _safe_messages():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        try:
            with _safe_messages():
                return super().invoke(ctx)
        except InputError as error:
            echo(f"adrbench: {error}", err=True)
            sys.exit(2)
        except BrokenPipeError:
            # Whoever reads our output has had enough: `adrbench leaderboard DIR | head`.
            sys.stderr.close()
            sys.exit(0)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="adrbench")
def main() -> None:
    """Which kind of NER method should I use on this text, and what will it cost me?

    Exit codes: 0 fine, 1 a gate found a regression or a check failed, 2 wrong usage or input, 3 some cells failed,
    4 nothing was measured, 130 interrupted.
    """


for command in (run, leaderboard, report, compare, gate, score, data, plugins, pretrain, check, new):
    main.add_command(command)
