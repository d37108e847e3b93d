"""Campaigns: many cases, of which a seeded share is run, and a dated table of what came out."""

from __future__ import annotations

import datetime as dt
import math
import random
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
from far_cells import LIMIT, answers, campaign_file

import adrbench

Case = TypeVar("Case")


@dataclass(frozen=True)
class Campaign:
    """Draws the cases to be run and writes down what came out.

    Attributes:
        share: The share of the cases that is run; 1 runs all.
        seed: Decides which cases are drawn.
        folder: Where tables are written.
    """

    share: float
    seed: int
    folder: Path

    def draw(self, cases: Sequence[Case]) -> list[Case]:
        """Return the cases to be run, one at least, in their order."""
        number = min(len(cases), max(1, math.ceil(self.share * len(cases))))
        chosen = random.Random(self.seed).sample(range(len(cases)), number)
        return [cases[i] for i in sorted(chosen)]

    def write(self, name: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Path:
        """Write a table with the date, the commit, the share and the seed; return its file."""
        now = dt.datetime.now(dt.UTC)
        commit = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=12"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=False,
        ).stdout.strip()
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / f"{now:%Y-%m-%d}-{name}.md"
        lines = [
            f"# {name}",
            "",
            f"{now:%Y-%m-%d %H:%M} UTC, commit {commit or 'unknown'}, share {self.share:g}, seed {self.seed}.",
            "",
            f"| {' | '.join(columns)} |",
            f"|{'---|' * len(columns)}",
            *(f"| {' | '.join(map(str, row))} |" for row in rows),
        ]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return file


@pytest.fixture(scope="session")
def campaign(pytestconfig: pytest.Config) -> Campaign:
    """The campaign that the command line asks for; its tables go to ``campaigns/``."""
    share, seed = pytestconfig.getoption("--campaign-share"), pytestconfig.getoption("--campaign-seed")
    if not 0 < share <= 1:
        raise pytest.UsageError(f"--campaign-share is a fraction above 0, not {share}")
    return Campaign(share, seed, pytestconfig.rootpath / "campaigns")


@pytest.fixture(scope="session")
def at_home(campaign: Campaign, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What this machine predicts in the cells that campaigns take elsewhere, by key."""
    folder = tmp_path_factory.mktemp("home")
    adrbench.run(campaign_file(folder, campaign.share), results=folder / "results", limit=LIMIT, jobs=2)
    read = answers(folder / "results")
    assert None not in read.values()
    # Cells that predict nothing are the same wherever they run.
    assert sum(any(answer) for answer in read.values()) > len(read) / 4
    return read
