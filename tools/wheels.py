"""Build the wheels of all distributions: ``python tools/wheels.py FOLDER [--sources]``.

``--sources`` adds their source distributions, which needs ``build``. ``--names`` alone prints the names as JSON.

``FOLDER/requirements.txt`` then installs them together, with every extra, apart from a distribution that has a
``constraints.txt`` of its own: that wants an environment of its own. ``FOLDER/requirements-NAME.txt`` installs one
distribution with its extras, and adrbench without any.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def projects() -> list[Path]:
    """Return the folders of all distributions, the core's first."""
    return [ROOT, *sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))]


def described(project: Path) -> dict[str, Any]:
    """Return what a distribution says of itself."""
    facts: dict[str, Any] = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return facts


def requirement(project: Path, wheels: Path) -> str:
    """Return the line that installs a distribution from its wheel, with all its extras."""
    facts = described(project)
    name, extras = facts["name"], ",".join(facts.get("optional-dependencies", {}))
    [wheel] = wheels.glob(f"{name.replace('-', '_')}-*.whl")
    return f"{name}{f'[{extras}]' if extras else ''} @ {wheel.as_uri()}\n"


def build(wheels: Path, *, sources: bool) -> None:
    """Build all distributions and write the files that install them."""
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir(parents=True)
    for project in projects():
        # What an earlier build left there would go into this wheel too.
        shutil.rmtree(project / "build", ignore_errors=True)
        if sources:
            command = [sys.executable, "-m", "build", "--sdist", "--outdir", str(wheels), str(project)]
            subprocess.run(command, check=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels)]
    subprocess.run([*command, *map(str, projects())], check=True)
    own = [project for project in projects()[1:] if (project / "constraints.txt").is_file()]
    together = "".join(requirement(project, wheels) for project in projects() if project not in own)
    (wheels / "requirements.txt").write_text(together, encoding="utf-8")
    for project in projects()[1:]:
        lines = f"adrbench @ {requirement(ROOT, wheels).rpartition(' @ ')[2]}{requirement(project, wheels)}"
        (wheels / f"requirements-{project.name}.txt").write_text(lines, encoding="utf-8")


def main(arguments: list[str]) -> int:
    """Build, or print names. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python tools/wheels.py", description="Build all distributions.")
    parser.add_argument("folder", nargs="?", type=Path, help="written anew; what it holds is removed")
    parser.add_argument("--sources", action="store_true", help="add source distributions")
    parser.add_argument("--names", action="store_true", help="print the names of all distributions as JSON")
    options = parser.parse_args(arguments)
    if options.names:
        print(json.dumps([described(project)["name"] for project in projects()]))
    elif options.folder is None:
        parser.error("which folder?")
    else:
        build(options.folder.resolve(), sources=options.sources)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
