"""Write what README.md shows of the results in results/ade: ``python tools/readme.py``.

A part of the README stands between ``<!-- NAME -->`` and ``<!-- end -->``. A test compares it with the results.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from click.testing import CliRunner

from adrbench.cli import main as adrbench

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
_ADE = str(ROOT / "results" / "ade")
_PARAGRAPHS = 3


def recommendation() -> str:
    """Return the first paragraphs that a terminal of 80 columns shows, as a block of code."""
    paragraphs = _printed("recommend", _ADE).split("\n\n")[:_PARAGRAPHS]
    lines = [line.rstrip() for line in "\n\n".join(paragraphs).splitlines()]
    return "\n".join(["```text", *lines, "```"])


def leaderboard() -> str:
    """Return the headline and the table of the grouped split, as Markdown."""
    return next(
        f"{headline}\n\n{table}"
        for headline, table in re.findall(
            r"^(\*\*.+\*\*)\n\n((?:\|.*\n)+)", _printed("leaderboard", _ADE, "--format", "markdown"), re.MULTILINE
        )
        if "grouped" in headline
    ).rstrip()


def renewed(text: str) -> str:
    """Return the text of the README with each part as the results give it now."""
    for part in (recommendation, leaderboard):
        before, begin, rest = text.partition(f"<!-- {part.__name__} -->\n")
        _, end, after = rest.partition("<!-- end -->\n")
        if not end:
            raise ValueError(f"README.md has no part {part.__name__}")
        text = f"{before}{begin}{part()}\n{end}{after}"
    return text


def _printed(*arguments: str) -> str:
    result = CliRunner().invoke(adrbench, list(arguments), env={"COLUMNS": "80"}, catch_exceptions=False)
    if result.exit_code:
        raise RuntimeError(result.output)
    return result.stdout


def main() -> int:
    """Write the README. Returns the exit code."""
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
