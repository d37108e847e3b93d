"""The command line within this process, for tests in which a process of its own is not the point."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from adrbench.cli import main


@dataclass(frozen=True)
class Done:
    """What a command left: as of ``subprocess.run``."""

    returncode: int
    stdout: str
    stderr: str


def adrbench(*arguments: str, environment: Mapping[str, str | None] | None = None, folder: Path | None = None) -> Done:
    """Run ``adrbench`` here, while other processes that it starts are real ones.

    Args:
        arguments: What follows ``adrbench``.
        environment: Variables; None unsets one. Folders of ``PYTHONPATH`` are on the path of this process too; what is
            imported from them is forgotten afterwards.
        folder: Where to work.

    Returns:
        Exit code and output. Whatever the command raises passes.
    """
    variables = dict(environment or {})
    sites = [site for site in (variables.get("PYTHONPATH") or "").split(os.pathsep) if site]
    before = set(sys.modules)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [*sites, *sys.path])
        importlib.invalidate_caches()
        if folder is not None:
            patch.chdir(folder)
        for name, value in variables.items():
            if value is None:
                patch.delenv(name, raising=False)
            else:
                patch.setenv(name, value)
        try:
            result = CliRunner().invoke(main, list(arguments), prog_name="adrbench")
        finally:
            for name in set(sys.modules) - before:
                if str(getattr(sys.modules[name], "__file__", "")).startswith(tuple(sites) or ("\0",)):
                    del sys.modules[name]
    importlib.invalidate_caches()
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Done(result.exit_code, result.stdout, result.stderr)
