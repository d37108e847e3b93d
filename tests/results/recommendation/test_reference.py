"""What is recommended on the committed reference results, as the documentation prints it."""

from __future__ import annotations

import re
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
