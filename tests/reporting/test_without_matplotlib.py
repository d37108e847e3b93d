"""Figures need matplotlib, which is an extra; everything else works without it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from adrbench.cli import main


@pytest.mark.parametrize(
    "command",
    [
        ["report", "RESULTS", "--html", "OUT/page.html"],
        ["report", "RESULTS", "--figures", "OUT/figures"],
        ["data", "stats", "adr-mini", "--figure", "OUT/corpus.svg"],
    ],
)
def test_the_message_names_the_extra(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written then."""
    results = Path(__file__).parents[2] / "results" / "ade"
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    arguments = [part.replace("RESULTS", str(results)).replace("OUT", str(tmp_path)) for part in command]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "pip install 'adrbench[report]'" in result.stderr
    assert not list(tmp_path.iterdir())
