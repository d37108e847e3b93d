"""Write locked.txt: every third party of all distributions, with the hashes of all platforms: ``python tools/lock.py``.

The versions are those of constraints.txt, so a change there is followed by a call of this; a test compares the two.
Needs ``uv``. torch is left out, with what only its builds for GPUs need: which build suits depends on the machine.
A distribution that has a ``constraints.txt`` of its own wants an environment of its own, and is no part of this.
"""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
LOCKED = ROOT / "locked.txt"
_WHEELS = runpy.run_path(str(ROOT / "tools" / "wheels.py"))
_LEFT_OUT = re.compile(r"(torch|triton|nvidia-(?!ml-py).+|cuda-.+)==")
_HEAD = """\
# Third parties of all distributions, for pip install --no-deps --require-hashes -r locked.txt
# Written by python tools/lock.py from constraints.txt. torch is not here: install the build that suits the machine.
"""


def requirements() -> list[str]:
    """Return what the distributions need of others, extras included, as they say it."""
    together = [project for project in _WHEELS["projects"]() if project == ROOT or not _apart(project)]
    needed = [
        line
        for facts in map(_WHEELS["described"], together)
        for lines in (facts["dependencies"], *facts.get("optional-dependencies", {}).values())
        for line in lines
        if not line.startswith("adrbench")
    ]
    return list(dict.fromkeys(needed))


def _apart(project: Path) -> bool:
    return (project / "constraints.txt").is_file()


def locked() -> str:
    """Return the text of locked.txt."""
    with TemporaryDirectory() as folder:
        needed = Path(folder) / "needed.in"
        needed.write_text("\n".join(requirements()), encoding="utf-8")
        command = ["uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
        command += ["--no-annotate", "--no-header", "--no-emit-index-url", "--no-emit-find-links"]
        command += ["-c", str(ROOT / "constraints.txt"), str(needed)]
        written = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    entries = re.split(r"^(?=\w)", written, flags=re.MULTILINE)
    return _HEAD + "".join(entry for entry in entries if entry.strip() and not _LEFT_OUT.match(entry))


def with_torch() -> str:
    """Return the text of locked.txt and the pin of torch, without hashes: what a release depends on."""
    tested = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    [pin] = re.findall(r"^torch==.+$", tested, flags=re.MULTILINE)
    return f"{LOCKED.read_text(encoding='utf-8')}{pin}\n"


def main(arguments: Sequence[str]) -> int:
    """Write locked.txt; with ``--with-torch FILE`` that file, from locked.txt as it is. Returns the exit code."""
    match arguments:
        case []:
            LOCKED.write_text(locked(), encoding="utf-8")
        case ["--with-torch", file]:
            Path(file).parent.mkdir(parents=True, exist_ok=True)
            Path(file).write_text(with_torch(), encoding="utf-8")
        case _:
            sys.stderr.write("usage: python tools/lock.py [--with-torch FILE]\n")
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
