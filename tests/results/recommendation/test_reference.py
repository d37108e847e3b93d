"""What is recommended on the committed reference results, as the documentation prints it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recommend.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_recommendations_keep_random_limits_on_folds_that_they_did_not_see() -> None:
    """The page's table: no choice breaks a limit on the fold left out."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "recommend.py")], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() in PAGE
    _, _, broken, _, _, regret = (cell.strip() for cell in done.stdout.splitlines()[-1].strip("|").split("|"))
    assert int(broken) == 0
    assert float(regret) <= 0.2
