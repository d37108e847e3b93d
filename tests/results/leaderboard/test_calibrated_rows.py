"""What calibrated scores were learnt from, below the table and in JSON and CSV."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import command_line
from trial import FOLDS, Trial

import adrbench

FACTS = {"calibration_documents": 8, "calibration_mentions": 40, "calibration_right": 30}


def test_the_holdout_of_calibrated_rows_is_told(tmp_path: Path) -> None:
    """Summed over folds; other rows have none."""
    trial = Trial(tmp_path / "results")
    trial.tagger("plain", 2)
    trial.tagger("calibrated", 2, facts=FACTS)
    trial.tagger("unscored", 2, facts={**FACTS, "calibration_mentions": 0, "calibration_right": 0})
    rows = {row.tagger: row for row in adrbench.leaderboard(trial.plan()).rows if row.label == "micro"}
    summed = {"documents": 8 * FOLDS, "mentions": 40 * FOLDS, "right": 30 * FOLDS}
    assert rows["calibrated"].calibration == summed
    assert rows["plain"].calibration == {}
    shown = " ".join(command_line.adrbench("leaderboard", str(trial.folder)).stdout.split())
    assert "calibrated: scores calibrated on 120 mentions in 24 held-out documents, 75.0% of them right." in shown
    assert "unscored: scores calibrated on 0 mentions in 24 held-out documents, so they stay as they were." in shown
    lines = command_line.adrbench("leaderboard", str(trial.folder), "--format", "csv").stdout.splitlines()
    [told, *_] = [row["calibration"] for row in csv.DictReader(lines) if row["tagger"] == "calibrated"]
    assert json.loads(told) == summed
