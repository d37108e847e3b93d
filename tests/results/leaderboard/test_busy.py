"""Times that were taken beside other work are called so, in the leaderboard and in a recommendation."""

from __future__ import annotations

from pathlib import Path

import command_line
from trial import Trial

import adrbench


def test_a_tagger_that_had_half_a_core_was_measured_beside_other_work(tmp_path: Path) -> None:
    """One that waits for its GPU is left out, and so is one that had a core."""
    trial = Trial(tmp_path / "results")
    trial.tagger("crowded", 0, cores=0.5)
    trial.tagger("alone", 9, cores=1.0)
    trial.tagger("waiting", 9, cores=0.2, gpu=1.0)
    trial.tagger("quick", 9, fit=0.5, predict=0.1, cores=0.1)
    folder = trial.plan()
    rows = {row.tagger: row for row in adrbench.leaderboard(folder).rows}
    assert [name for name, row in rows.items() if row.cost.on_busy_machine] == ["crowded"]
    shown = " ".join(command_line.adrbench("leaderboard", str(folder)).stdout.split())
    assert "Measured beside other work, so times are too long: crowded." in shown
    [advice] = adrbench.recommend(folder)
    assert "crowded was measured beside other work, so its times are too long." in advice.warnings
