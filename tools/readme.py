"""Write what README.md shows of the results in results/ade, its pictures too: ``python tools/readme.py``.

A part of the README stands between ``<!-- NAME -->`` and ``<!-- end -->``. Tests compare all of it with the results.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from rich.console import RenderableType

import adrbench
from adrbench.cli import main as command
from adrbench.reporting.leaderboard_view import leaderboard_text, leaderboard_view
from adrbench.reporting.terminal import SafeConsole, to_rich
from adrbench.results.leaderboard import Board

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
_ADE = ROOT / "results" / "ade"
_PARAGRAPHS = 2
_TABLE = re.compile(r"^(\*\*.+\*\*)\n\n((?:\|.*\n)+)", re.MULTILINE)
# What is as wide as this has all columns of a table beside each other.
_WIDE = 104


def readme(board: Board) -> str:
    """Return the text of the README with each part as the results give it now."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, part in (("recommendation", recommendation()), ("leaderboard", table(board))):
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->\n")
        if not end:
            raise ValueError(f"README.md has no part {name}")
        text = f"{before}{begin}{part}\n{end}{after}"
    return text


def recommendation() -> str:
    """Return the first paragraphs that a terminal of 80 columns shows, as a block of code."""
    paragraphs = _printed("recommend", str(_ADE)).split("\n\n")[:_PARAGRAPHS]
    lines = [line.rstrip() for line in "\n\n".join(paragraphs).splitlines()]
    return "\n".join(["```text", *lines, "```"])


def table(board: Board) -> str:
    """Return the headline and the table of the grouped split, as Markdown."""
    tables = _TABLE.findall(leaderboard_text(board, "markdown"))
    return next(f"{headline}\n\n{rows}" for headline, rows in tables if "grouped" in headline).rstrip()


def terminal(board: Board) -> str:
    """Return a picture, as SVG, of the leaderboard in a terminal."""
    shown: RenderableType = to_rich(leaderboard_view(board, legend=False))
    console = SafeConsole(
        record=True, width=_WIDE, force_terminal=True, color_system="truecolor", highlight=False, file=io.StringIO()
    )
    console.print(shown)
    picture = console.export_svg(title="adrbench leaderboard results/ade")
    # A picture that is shown from a folder needs no network.
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


def chart() -> str:
    """Return the report's chart of F1 against time under the grouped split, as SVG."""
    with TemporaryDirectory() as folder:
        _printed("report", str(_ADE), "--figures", folder)
        return (Path(folder) / "ade-grouped-f1-time-double.svg").read_text(encoding="utf-8")


def _printed(*arguments: str) -> str:
    done = CliRunner().invoke(command, arguments, env={"COLUMNS": "80"}, catch_exceptions=False)
    if done.exit_code:
        raise RuntimeError(done.output)
    return done.stdout


def main() -> int:
    """Write README and pictures. Returns the exit code."""
    board = adrbench.leaderboard(_ADE)
    PICTURES.mkdir(exist_ok=True)
    for path, text in (
        (ROOT / "README.md", readme(board)),
        (PICTURES / "terminal.svg", terminal(board)),
        (PICTURES / "f1-time.svg", chart()),
    ):
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
