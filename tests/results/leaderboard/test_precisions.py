"""What taggers computed with stands below the table, and a row that mixes it is named."""

from __future__ import annotations

import json
from pathlib import Path

import command_line
from trial import Trial

import adrbench

HALF = {"bfloat16": 1, "kernel_avx512_bf16": 1}
FULL = {"bfloat16": 0, "kernel_avx2": 1}


def test_the_precision_is_said_and_a_mix_named(tmp_path: Path) -> None:
    """Taggers of one precision share a line; a tagger whose folds differ has its own; others say nothing."""
    trial = Trial(tmp_path / "results")
    trial.tagger("mpnet", 2, facts=HALF)
    trial.tagger("minilm", 3, facts=HALF)
    trial.tagger("gpt2", 4, facts=[HALF, FULL, HALF])
    trial.tagger("crf", 8)
    folder = trial.plan()
    rows = {row.tagger: row for row in adrbench.leaderboard(folder).rows}
    assert rows["mpnet"].precisions == {"bfloat16 (AVX512-BF16)": 3}
    assert rows["gpt2"].precisions == {"bfloat16 (AVX512-BF16)": 2, "float32 (AVX2)": 1}
    assert rows["crf"].precisions == {}
    shown = " ".join(command_line.adrbench("leaderboard", str(folder)).stdout.split())
    assert "Computed in bfloat16 (AVX512-BF16): mpnet, minilm." in shown
    assert (
        "gpt2 mixes precisions: bfloat16 (AVX512-BF16) in 2 folds and float32 (AVX2) in 1 fold; so it has no costs."
        in shown
    )
    assert (rows["gpt2"].cost.machine, rows["gpt2"].cost.fit_seconds) == (None, None)
    assert rows["mpnet"].cost.machine == "one"
    plain = json.loads(command_line.adrbench("leaderboard", str(folder), "--format", "json").stdout)
    found = plain["rows"] if isinstance(plain, dict) else plain
    assert {row["tagger"]: row["precisions"] for row in found}["crf"] == {}
