"""``adrbench --help``: every command, with a whole sentence."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

import adrbench.cli
from adrbench.cli import main


@pytest.mark.parametrize("width", [40, 80, 200])
def test_every_command_is_there_with_its_sentence(width: int) -> None:
    """A command that has a module and no section would be hard to find."""
    shown = CliRunner().invoke(main, ["--help"], terminal_width=width).stdout
    names = []
    for module in pkgutil.iter_modules(adrbench.cli.__path__):
        command = getattr(importlib.import_module(f"adrbench.cli.{module.name}"), module.name, None)
        if isinstance(command, click.Command):
            names.append(module.name)
            sentence = (command.help or "").split(".", 1)[0]
            assert " ".join(sentence.split()) in " ".join(shown.split())
    assert len(names) >= 20
    assert "..." not in shown.split("Options:")[1]


def groups(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """The words that lead to a group, and to every group within it."""
    yield path
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from groups(command, *path, name)


GROUPS = list(groups(main))


@pytest.mark.parametrize("width", [40, 80, 200])
@pytest.mark.parametrize("path", GROUPS, ids=" ".join)
def test_no_group_cuts_a_sentence(path: tuple[str, ...], width: int) -> None:
    """Click would end a long one with three dots."""
    group: click.Command | None = main
    for name in path:
        assert isinstance(group, click.Group)
        group = group.get_command(click.Context(group), name)
    assert isinstance(group, click.Group)
    shown = " ".join(CliRunner().invoke(main, [*path, "--help"], terminal_width=width).stdout.split())
    ctx = click.Context(group)
    for name in group.list_commands(ctx):
        command = group.get_command(ctx, name)
        assert command is not None
        sentence = " ".join((command.help or "").split()).split(". ", 1)[0].removesuffix(".")
        assert sentence
        assert f"{name} {sentence}" in shown


def test_there_is_a_group_within_the_command() -> None:
    """Otherwise the test of every group would be a test of one."""
    assert ("data",) in GROUPS


def test_a_list_of_commands_loads_nothing_that_runs_them() -> None:
    """Commands import what they need when they run; otherwise each of them would make every start slower."""
    program = (
        "import sys\nfrom adrbench.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'numpy', 'pydantic', 'adrbench.results', 'adrbench.running'}\n"
        "print(*sorted(set(sys.modules) & heavy), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "Measure:" in done.stdout
    assert done.stderr.split() == []
