"""``adrbench validate``: benchmark files are checked and nothing is run."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

import adrbench
from adrbench.cli import main
from adrbench.errors import ConfigError

GOOD = """
[benchmark]
name = "good"

[[datasets]]
use = "adr-mini"

[[splits]]
kind = "random"
folds = 3

[[taggers]]
id = "echo"
use = "command"
params = { command = ["cat"] }
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """A valid file, and one with two slips."""
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text(GOOD)
    bad.write_text(GOOD.replace("folds", "fold").replace('"adr-mini"', '"adr-mimi"'))
    return good, bad


def test_every_file_is_told_and_nothing_is_written(files: tuple[Path, Path]) -> None:
    """A bad file does not hide the good one after it; the exit code is that of wrong input."""
    good, bad = files
    missing = bad.with_name("missing.toml")
    before = sorted(good.parent.iterdir())
    result = CliRunner().invoke(main, ["validate", str(bad), str(good), str(missing)])
    assert result.exit_code == 2
    assert f"{good}: valid (corpora: 1, splits: 1, taggers: 1)" in result.stdout
    for part in (
        f"{bad}: 2 problems",
        "did you mean 'adr-mini'?",
        "line 10",
        "did you mean 'folds'?",
        f"{missing}: 1 problem",
    ):
        assert part in result.stderr
    assert sorted(good.parent.iterdir()) == before
    assert CliRunner().invoke(main, ["validate", str(good)]).exit_code == 0


def test_the_call_gives_what_the_file_says(files: tuple[Path, Path]) -> None:
    """Or every problem of it."""
    good, bad = files
    assert adrbench.validate(good).splits[0].folds == 3
    with pytest.raises(ConfigError, match="folds"):
        adrbench.validate(bad)
