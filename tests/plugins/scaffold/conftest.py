"""Command lines in which generated plugins are installed as any other distribution is."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., str]


def _runner(folder: Path, bin_: Path, python: Path, **variables: str) -> Run:
    """Commands in ``folder``, run by ``python``: ``run(command, code=0)`` gives what is printed."""
    bin_.mkdir(exist_ok=True)
    for name in ("adrbench", "pytest", "pip"):
        command = bin_ / name
        command.write_text(f'#!/bin/sh\nexec {python} -P -m {name} "$@"\n')
        command.chmod(0o755)
    path = f"{bin_}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "120", **variables}

    def run(command: str, code: int = 0) -> str:
        done = subprocess.run(
            ["bash", "-euc", command],
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=300,
        )
        assert done.returncode == code, done.stdout
        return done.stdout

    return run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Commands in ``tmp_path``; what stands in ``tmp_path / "site"`` is installed."""
    return _runner(tmp_path, tmp_path / "bin", Path(sys.executable), PYTHONPATH=str(tmp_path / "site"))


@pytest.fixture
def run_apart(tmp_path: Path) -> Run:
    """Commands in ``tmp_path`` and a virtual environment that sees what is installed here, and changes none of it."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=False, symlinks=True)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(place), "platbase": str(place)}))
    (site / "here.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    # All that a plugin needs is here, setuptools too; nothing is fetched. ("0" is how pip wants "no isolation" said.)
    return _runner(
        tmp_path, place / "bin", place / "bin" / "python", PYTHONPATH="", PIP_NO_INDEX="1", PIP_NO_BUILD_ISOLATION="0"
    )


@pytest.fixture
def put_on_path(tmp_path: Path) -> Callable[[Path], None]:
    """Do what installing a generated distribution comes to: put its package and its entry points on the path."""

    def put(distribution: Path) -> None:
        project = tomllib.loads((distribution / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        name, version = project["name"], project["version"]
        info = tmp_path / "site" / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        [(group, points)] = project["entry-points"].items()
        lines = [f"{point} = {value}\n" for point, value in points.items()]
        (info / "entry_points.txt").write_text(f"[{group}]\n{''.join(lines)}")
        [package] = (distribution / "src").iterdir()
        (tmp_path / "site" / package.name).symlink_to(package)

    return put
