"""What is recommended on the committed reference results, as the documentation prints it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recommend.md").read_text(encoding="utf-8")


def judged(*options: str) -> str:
    """What the benchmark of recommendations prints."""
    program = ROOT / "benchmarks" / "recommend.py"
    return subprocess.run(
        [sys.executable, str(program), *options], capture_output=True, text=True, check=True
    ).stdout.strip()


def check_limits(printed: str) -> None:
    """No choice breaks a limit on the fold left out, and little F1 is given away."""
    _, _, broken, _, _, regret = (cell.strip() for cell in printed.splitlines()[-1].strip("|").split("|"))
    assert int(broken) == 0
    assert float(regret) <= 0.2


@pytest.mark.slow
def test_recommendations_keep_random_limits_on_folds_that_they_did_not_see() -> None:
    """A few limits."""
    check_limits(judged("--draws", "10"))


@pytest.mark.long
def test_the_table_of_random_limits_is_that_of_the_page() -> None:
    """The page's hundred limits."""
    printed = judged()
    assert printed in PAGE
    check_limits(printed)
