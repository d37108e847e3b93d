"""What is recommended on the committed reference results, as the documentation prints it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import command_line
import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recommend.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["ade", "peers", "diseases"])
def test_the_page_prints_what_the_command_says(name: str) -> None:
    """Line for line, at 80 columns."""
    [printed] = re.findall(
        rf"^`adrbench recommend results/{name}`\n\n```text\n(.*?)\n```", PAGE, re.DOTALL | re.MULTILINE
    )
    done = command_line.adrbench("recommend", str(ROOT / "results" / name), environment={"COLUMNS": "80"})
    assert done.returncode == 0
    assert [line.rstrip() for line in done.stdout.rstrip().splitlines()] == printed.splitlines()


@pytest.mark.slow
def test_recommendations_keep_random_limits_on_folds_that_they_did_not_see() -> None:
    """Of 100 sets of limits none is broken by more than 5%, and no F1 is lost beyond the margin: the page's table."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "recommend.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in PAGE
    _, _, broken, _, _, regret = (cell.strip() for cell in done.stdout.splitlines()[-1].strip("|").split("|"))
    assert broken == "0"
    assert float(regret) <= 0.2
