"""Build the wheels of all distributions: ``python tools/wheels.py FOLDER``.

``FOLDER/requirements.txt`` then installs them together, with every extra. A distribution that has a ``constraints.txt``
of its own wants an environment of its own: ``FOLDER/requirements-NAME.txt`` installs it and adrbench.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def requirement(project: Path, wheels: Path) -> str:
    """Return the line that installs a distribution from its wheel, with all its extras."""
    described = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    name, extras = described["name"], ",".join(described.get("optional-dependencies", {}))
    [wheel] = wheels.glob(f"{name.replace('-', '_')}-*.whl")
    return f"{name}{f'[{extras}]' if extras else ''} @ {wheel.as_uri()}\n"


def main(arguments: list[str]) -> int:
    """Build all wheels and write the files that install them. Returns the exit code."""
    if len(arguments) != 1:
        print("usage: python tools/wheels.py FOLDER", file=sys.stderr)
        return 2
    wheels = Path(arguments[0]).resolve()
    shutil.rmtree(wheels, ignore_errors=True)
    wheels.mkdir(parents=True)
    projects = [ROOT, *sorted(file.parent for file in ROOT.glob("plugins/*/pyproject.toml"))]
    for project in projects:
        # What an earlier build left there would go into this wheel too.
        shutil.rmtree(project / "build", ignore_errors=True)
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(wheels)]
    subprocess.run([*command, *map(str, projects)], check=True)
    own = [project for project in projects[1:] if (project / "constraints.txt").is_file()]
    together = "".join(requirement(project, wheels) for project in projects if project not in own)
    (wheels / "requirements.txt").write_text(together, encoding="utf-8")
    for project in own:
        lines = f"adrbench @ {requirement(ROOT, wheels).rpartition(' @ ')[2]}{requirement(project, wheels)}"
        (wheels / f"requirements-{project.name}.txt").write_text(lines, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
