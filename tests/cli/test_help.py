"""``adrbench --help``: every command, with a whole sentence."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys

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
