"""``adrbench --help``: every command, with a whole sentence."""

from __future__ import annotations

import importlib
import pkgutil

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
