"""What is recommended on the committed reference results, as the documentation prints it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import adrbench

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "recommend.md").read_text(encoding="utf-8")


def judged(*options: str) -> str:
    """What the benchmark of recommendations prints."""
    program = ROOT / "benchmarks" / "recommend.py"
    return subprocess.run(
        [sys.executable, str(program), *options], capture_output=True, text=True, check=True
    ).stdout.strip()


def check_limits(printed: str) -> None:
    """One choice in a hundred at most breaks a limit on the fold left out, and little F1 is given away."""
    _, choices, broken, _, _, regret = (cell.strip() for cell in printed.splitlines()[-1].strip("|").split("|"))
    assert int(broken) <= int(choices) / 100
    assert float(regret) <= 0.2


def test_memory_is_that_of_pretraining_too() -> None:
    """On whichever split the checkpoint was made: a new fit makes it again."""
    for advice in adrbench.recommend(ROOT / "results" / "ade"):
        memory = {other["tagger"]: other["costs"]["peak_memory_bytes"] for other in advice.alternatives}
        assert memory["crf-more-text"] > 2 * memory["crf"]


@pytest.mark.slow
def test_recommendations_keep_random_limits_on_folds_that_they_did_not_see() -> None:
    """A few limits."""
    check_limits(judged("--draws", "10"))


@pytest.mark.long
def test_the_table_of_random_limits_is_that_of_the_page() -> None:
    """The page's hundred limits."""
    printed = judged()
    assert all(part in PAGE for part in printed.split("\n\n"))
    check_limits(printed)
