"""Write one version into every distribution: ``python tools/version.py 0.2.0``; without a version, show them.

That is the package's own constant, each ``pyproject.toml``, what our distributions ask of one another, and the tags
that the page on GitHub names.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
_FORM = re.compile(r"\d+\.\d+\.\d+((a|b|rc)\d+)?(\.dev\d+)?")
_PLACES = (
    re.compile(r'(?<=^version = ")[^"]+(?="$)', re.MULTILINE),
    re.compile(r"(?<=^version: )\d\S*$", re.MULTILINE),
    re.compile(r'(?<=^__version__ = ")[^"]+(?="$)', re.MULTILINE),
    re.compile(r"(?<=adrbench/adrbench@v)\d\S*"),
    re.compile(r"(?<=rev: v)\d\S*"),
    re.compile(r'(?<=["@]adrbench)[\w\-\[\],]*[>=]=[^",;]+'),
)


def files(root: Path) -> list[Path]:
    """Return the files that hold a version, the package's own first."""
    constant = root / "src" / "adrbench" / "_system" / "version.py"
    others = (root / "CITATION.cff", root / "docs" / "github.md", root / "pyproject.toml")
    return [constant, *others, *sorted(root.glob("plugins/*/pyproject.toml"))]


def versions(text: str) -> list[str]:
    """Return every version of ours that the text of a file holds."""
    return [re.split("[>=]=", place)[-1] for pattern in _PLACES for place in pattern.findall(text)]


def renewed(text: str, version: str) -> str:
    """Return the text of a file with ``version`` in place of every version of ours."""
    for pattern in _PLACES:
        text = pattern.sub(lambda match: re.sub(r"[^=]+$", version, match.group()), text)
    return text


def main(arguments: list[str]) -> int:
    """Write the version that is named, or show those that are there. Returns the exit code."""
    if len(arguments) > 1 or any(not _FORM.fullmatch(argument) for argument in arguments):
        print("usage: python tools/version.py [0.2.0]", file=sys.stderr)
        return 2
    for file in files(ROOT):
        text = file.read_text(encoding="utf-8")
        for version in arguments:
            text = renewed(text, version)
            file.write_text(text, encoding="utf-8")
        print(f"{file.relative_to(ROOT)}: {', '.join(sorted(set(versions(text))))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
