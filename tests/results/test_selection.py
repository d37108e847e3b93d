"""Parts of a leaderboard, by corpus and split."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import adrbench
from adrbench.cli import main
from adrbench.errors import InputError

RESULTS = Path(__file__).parents[2] / "results"


@pytest.mark.parametrize(
    ("folder", "part"), [("ade", {"splits": "grouped"}), ("diseases", {"dataset": "ncbi-disease"})]
)
def test_a_part_has_the_rows_of_the_whole(folder: str, part: dict[str, str]) -> None:
    """Nothing else of them changes."""
    whole = adrbench.leaderboard(RESULTS / folder)
    name, *_ = part.values()
    expected = [row for row in whole.rows if name in {row.split, row.dataset}]
    assert 0 < len(expected) < len(whole.rows)
    assert list(adrbench.leaderboard(RESULTS / folder, **part).rows) == expected  # type: ignore[arg-type]


def test_the_command_takes_several() -> None:
    """Every split by name is the whole."""
    both = ["leaderboard", str(RESULTS / "ade"), "--format", "csv", "--split", "random", "--split", "grouped"]
    assert CliRunner().invoke(main, both).output == CliRunner().invoke(main, both[:4]).output


@pytest.mark.parametrize("wrong", [{"splits": "gruoped"}, {"dataset": "Ade"}])
def test_an_unknown_name_is_refused(wrong: dict[str, str]) -> None:
    """With the closest one."""
    with pytest.raises(InputError, match=r"did you mean '(grouped|ade)'"):
        adrbench.leaderboard(RESULTS / "ade", **wrong)  # type: ignore[arg-type]
