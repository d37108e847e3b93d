"""The command line. A command is imported when it is used, and what it needs when it runs."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from adrbench._system.platforms import unsupported
from adrbench._system.version import __version__
from adrbench.cli._groups import Group
from adrbench.cli._streams import open_streams
from adrbench.cli.output import echo
from adrbench.errors import InputError, closest
from adrbench.reporting.escaping import for_terminal

# By what they are for, in the order of a user's path. Each is a function of the module of its name.
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "Measure": ("init", "run", "validate"),
    "Decide": ("recommend", "leaderboard", "compare", "report", "forecast", "audit", "score", "gate"),
    "Use": ("fit", "tag"),
    "Keep": ("merge", "verify", "site", "migrate"),
    "Corpora and plugins": ("data", "plugins", "check", "new", "pretrain"),
}
_COMMANDS = tuple(sorted(name for names in _SECTIONS.values() for name in names))


@contextmanager
def _safe_messages() -> Iterator[None]:
    """What click says of wrong usage repeats what was given, which must not steer the terminal."""
    try:
        yield
    except click.ClickException as error:
        vars(error)["message"] = for_terminal(error.message)
        raise


class _Main(Group):
    """A group whose commands end with a clear message and exit code 2 when the input is wrong."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  (click's signature)
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"adrbench.cli.{cmd_name}"), cmd_name)
        return command

    def sections(self, ctx: click.Context) -> Mapping[str, Sequence[str]]:  # noqa: ARG002  (the same for every context)
        return _SECTIONS

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            ctx.fail(f"unknown command {args[0]!r}; {closest(args[0], _COMMANDS)}")
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with _safe_messages():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> object:
        try:
            with open_streams(), _safe_messages():
                return super().invoke(ctx)
        except InputError as error:
            echo(f"adrbench: {error}", err=True)
            sys.exit(2)
        except KeyboardInterrupt:
            echo("\nInterrupted.", err=True)
            sys.exit(130)

    def main(self, *args: Any, **extra: Any) -> Any:
        if sentence := unsupported():
            sys.stderr.write(f"adrbench: {sentence}\n")
            sys.exit(2)
        with open_streams():
            return super().main(*args, **extra)


@click.group(cls=_Main, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="adrbench")
def main() -> None:
    """Which kind of NER method should I use on this text, and what will it cost me?

    Exit codes: 0 fine, 1 a gate found a regression or a check failed, 2 wrong usage or input, 3 some cells failed,
    4 nothing was measured, 130 interrupted.
    """
