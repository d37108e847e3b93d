"""Write what README, docs and results/ show of the committed results: ``python tools/figures.py``.

A part of a page stands between ``<!-- NAME -->`` and ``<!-- end -->``. Tests compare all of it with the results.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner
from rich.text import Text

import adrbench
from adrbench.cli import main as command
from adrbench.cli.progress import LiveView
from adrbench.plugins.registry import Registry
from adrbench.reporting import _drawing
from adrbench.reporting._source import Source
from adrbench.reporting.leaderboard.view import leaderboard_text
from adrbench.reporting.sections.costs import costs
from adrbench.reporting.terminal import SafeConsole
from adrbench.results.leaderboard import Board, leaderboard
from adrbench.results.predictions import Predictions
from adrbench.results.schema import CellRecord
from adrbench.results.store import Store
from adrbench.running.expected_time import TimeLeft
from adrbench.running.plan import PlannedCell, PlannedRow

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "pictures"
FOLDERS = tuple(sorted(path.parent for path in (ROOT / "results").glob("*/plan.jsonl")))
_ADE = ROOT / "results" / "ade"
_CHART = "ade-grouped-f1-time"
# Those that docs/recommend.md shows.
_RECOMMENDED = ("ade", "peers", "diseases")
_PARAGRAPHS = 2
# As many as a block of code has on a page of GitHub.
_README_COLUMNS = 96
_SPREAD = re.compile(r"(?<=\d) ±[\d.,]+")
_TABLE = re.compile(r"^(\*\*.+\*\*)\n\n((?:\|.*\n)+)", re.MULTILINE)


def pages(board: Board) -> dict[Path, str]:
    """Return each page and table, by its place, as the results give it now.

    Args:
        board: The leaderboard of results/ade.

    Returns:
        The texts by path.
    """
    tables = {
        folder / "leaderboard.md": _printed("leaderboard", str(folder), "--format", "markdown") for folder in FOLDERS
    }
    advice = {name: _recommendation(ROOT / "results" / name) for name in _RECOMMENDED}
    _, _, answer = _recommendation(_ADE, _README_COLUMNS).partition("\n")  # a headline is before it
    first = "\n\n".join(answer.split("\n\n")[:_PARAGRAPHS])
    return {
        ROOT / "README.md": _filled("README.md", {"recommendation": _block(first), "leaderboard": table(board)}),
        ROOT / "docs" / "recommend.md": _filled(
            "docs/recommend.md", {f"recommend {name}": _block(text) for name, text in advice.items()}
        ),
        **tables,
    }


def _filled(page: str, parts: Mapping[str, str]) -> str:
    text = (ROOT / page).read_text(encoding="utf-8")
    for name, part in parts.items():
        before, begin, rest = text.partition(f"<!-- {name} -->\n")
        _, end, after = rest.partition("<!-- end -->\n")
        if not end:
            raise ValueError(f"{page} has no part {name}")
        text = f"{before}{begin}{part}\n{end}{after}"
    return text


def _recommendation(folder: Path, columns: int = 80) -> str:
    """What a terminal shows."""
    return "\n".join(line.rstrip() for line in _printed("recommend", str(folder), columns=columns).splitlines())


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```"


def table(board: Board) -> str:
    """Return the table of the grouped split, as Markdown, without what another column tells too.

    That is the spread of costs over folds, and the time of a prediction beside sentences a second.
    """
    tables = _TABLE.findall(leaderboard_text(board, "markdown"))
    rows = [line.split("|") for headline, lines in tables if "grouped" in headline for line in lines.splitlines()]
    left_out = [cell.strip() for cell in rows[0]].index("Predict")
    return _SPREAD.sub("", "\n".join("|".join(row[:left_out] + row[left_out + 1 :]) for row in rows))


class Unfinished(Store):
    """A results folder as it was before the last cells of a row."""

    def __init__(self, folder: Path, tagger: str, split: str, folds: int) -> None:
        super().__init__(folder)
        sections = [section for section in self.read_plan().sections if section.split == split]
        [row] = [row for section in sections for row in section.rows if row.tagger == tagger]
        self.hidden = row.cells[-folds:]

    def read_answers(self, key: str) -> tuple[CellRecord, Predictions | None] | None:
        """Return nothing of the cells that are yet to be measured."""
        return None if key in self.hidden else super().read_answers(key)


def terminal() -> str:
    """Return a picture, as SVG, of the run of ade at a terminal of 80 by 24, when two cells are left."""
    store = Unfinished(_ADE, "minilm", "grouped", folds=2)
    keys = [key for section in store.read_plan().sections for row in section.rows for key in row.cells]
    cells = [cell for key in keys if (cell := store.read_cell(key)) is not None]
    ended = [cell for cell in cells if cell.key not in store.hidden]
    last = [cell.wall_seconds or 0.0 for cell in ended if (cell.tagger, cell.split) == ("minilm", "grouped")]
    now = [0.0]
    view = LiveView(_console(), lambda: now[0])
    with view:
        # The beginning of a run tells of the corpus, too, which is not at hand; this sets the count of cells.
        view.timed_again(len(cells))
        board = leaderboard(store, Registry())
        for cell in ended:
            now[0] += cell.wall_seconds or 0.0
            view.ended(_ANY, _planned(cell), cell, board)
        view.time_left(TimeLeft(2 * min(last), 2 * max(last), {"folds": 2}, {}))
        running = next(cell for cell in cells if cell.key in store.hidden)
        view.started(_ANY, _planned(running))
        view.progress(_ANY, _planned(running), (2.0, 5.0, "epochs"))
        shown = view.picture()
    console = _console()
    console.print(Text("$ adrbench run ade"))
    console.print(shown)
    picture = console.export_svg(title="adrbench run ade")
    # A picture that is shown from a folder needs no network.
    return re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL)


# A row that the view need not look at.
_ANY = PlannedRow.__new__(PlannedRow)


def _planned(cell: CellRecord) -> PlannedCell:
    return PlannedCell(cell.key, cell.dataset, cell.split, cell.fold, cell.tagger)


def _console() -> SafeConsole:
    return SafeConsole(
        record=True,
        width=80,
        height=24,
        force_terminal=True,
        color_system="truecolor",
        highlight=False,
        file=io.StringIO(),
    )


def chart() -> str:
    """Return the report's chart of F1 against time under the grouped split, as SVG, for one column of a page."""
    section = costs(Source(Store(_ADE), Registry()))
    figures = [figure for block in section.blocks for figure in block.figures if figure.name == _CHART]
    with TemporaryDirectory() as folder:
        list(_drawing.write(figures, Path(folder)))
        return (Path(folder) / f"{_CHART}-single.svg").read_text(encoding="utf-8")


def _printed(*arguments: str, columns: int = 80) -> str:
    done = CliRunner().invoke(command, arguments, env={"COLUMNS": str(columns)}, catch_exceptions=False)
    if done.exit_code:
        raise RuntimeError(done.output)
    return done.stdout


def main() -> int:
    """Write pages, tables and pictures. Returns the exit code."""
    board = adrbench.leaderboard(_ADE)
    PICTURES.mkdir(exist_ok=True)
    for path, text in (
        *pages(board).items(),
        (PICTURES / "terminal.svg", terminal()),
        (PICTURES / "f1-time.svg", chart()),
    ):
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
