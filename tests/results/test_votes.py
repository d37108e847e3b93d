"""``benchmarks/votes.py``: what taggers of the committed results reach together, as the documentation prints it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
METHODS = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")


def votes(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the script on voters named by folder and tagger."""
    command = [sys.executable, "benchmarks/votes.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def last_row(printed: str) -> list[str]:
    """The cells of the vote."""
    return [cell.strip() for cell in printed.splitlines()[-1].strip("| ").split(" | ")]


def test_a_vote_of_one_tagger_with_itself_is_that_tagger() -> None:
    """Precision, recall and F1 are those of the leaderboard, and nothing is gained."""
    done = votes("results/ade:dictionary", "results/ade:dictionary", "--splits", "grouped")
    assert done.returncode == 0, done.stderr
    *own, gain = last_row(done.stdout)
    assert (
        own[1:] == next(line for line in done.stdout.splitlines() if "results/ade:dictionary" in line).split(" | ")[1:4]
    )
    board = (ROOT / "results" / "ade" / "leaderboard.md").read_text(encoding="utf-8").partition("grouped")[2]
    row = next(line for line in board.splitlines() if line.startswith("| dictionary |"))
    assert row.split(" | ")[1:4] == own[1:]
    assert gain == "+0.0 (+0.0 to +0.0)"


def test_the_page_has_what_is_printed() -> None:
    """Of the three cheaper taggers with more text, and with the base-size encoder."""
    crf, bilstm_crf = "results/ade:crf-more-text", "results/ade:bilstm-crf-more-text"
    minilm, mpnet = "results/ade:minilm", "results/ade-mpnet:mpnet"
    for *voters, splits in (
        (crf, bilstm_crf, minilm, "random"),
        (crf, bilstm_crf, minilm, "grouped"),
        (bilstm_crf, minilm, mpnet, "random"),
    ):
        printed = votes(*voters, "--splits", splits)
        assert printed.returncode == 0, printed.stderr
        _, *figures = last_row(printed.stdout)
        assert " | ".join(figures) in METHODS


def test_folders_of_other_gold_do_not_vote_together() -> None:
    """And a voter is a folder and a tagger."""
    for voters, told in (
        (("results/ade:dictionary", "results/ade-drugs:dictionary", "--splits", "grouped"), "other documents or gold"),
        (("results/diseases:crf", "results/ade:crf"), "no split 'random' was measured"),
        (("results/ade:crff", "results/ade:crf"), "did you mean 'crf'"),
        (("results/ade",), "should be RESULTS:TAGGER"),
    ):
        refused = votes(*voters)
        assert refused.returncode == 2, refused.stdout
        assert told in " ".join(refused.stderr.split())
