"""What a cell's process leaves behind is checked before it is kept, and how cells stand is told in one way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import adrbench
from adrbench import Results

FORGER = """
import json, os
from dataclasses import dataclass
from adrbench.api import TaggerPlugin


@dataclass(frozen=True)
class Params:
    way: str = "honest"


class Forger:
    def __init__(self, params):
        self.way = params.way

    def fit(self, train, context):
        self.folder, self.label = context.scratch.parent, context.labels[0]
        if self.way == "memory":
            raise MemoryError("as asked")

    def predict(self, documents):
        if self.way == "honest":
            return [[] for _ in documents]
        key = json.loads((self.folder / "job.json").read_text())["key"]
        one, label = documents[0].id, self.label
        seconds = {"import": 1.0, "warm_up": 0.0, "fit": 1.0, "predict": 1.0}
        costs = {"seconds": seconds, "cpu_seconds": {"fit": 1.0, "predict": 1.0}, "peak_memory_bytes": 1,
                 "peak_gpu_memory_bytes": None, "energy_joules": None, "energy_from": [], "facts": {}}
        made = {"key": key, "status": "ok", "reason": "", "predictions": {}, "costs": costs}
        spans = {
            "document": {"nobody's": [[0, 1, label]]},
            "outside": {one: [[0, 10**6, label]]},
            "fraction": {one: [[0, 1.5, label]]},
            "overlap": {one: [[0, 9, label, [[0, 5], [4, 9]]]]},
            "overreach": {one: [[0, 5, label, [[0, 2], [3, 9]]]]},
            "label": {one: [[0, 1, "FOREIGN"]]},
            "text": {one: "all of it"},
            "huge": {one: [[0, 10**400, label]]},
            "score": {one: [[0, 1, label, [], 1.5]]},
        }
        made["predictions"] = spans.get(self.way, {})
        if self.way == "key":
            made["key"] = "0" * 32
        if self.way == "cost":
            costs["seconds"] = {**seconds, "fit": float("nan")}
        if self.way == "lacking":
            costs["seconds"] = {"fit": 1.0}
        text = {"cut": json.dumps(made)[:-9], "deep": "[" * 200_000, "empty": ""}.get(self.way, json.dumps(made))
        (self.folder / "outcome.json").write_text(text)
        os._exit(0)


plugin = TaggerPlugin("forger", "test", "1", Params, "forger_tagger:Forger", cost=1)
"""
FILE = """
[benchmark]
name = "forged"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
FOLDS
[[taggers]]
id = "f"
use = "forger"
"""
WRONG = {
    "document": "not under test",
    "outside": "outside of the text",
    "fraction": "integer",
    "overlap": "overlap",
    "overreach": "reach from its start to its end",
    "label": "label that the corpus lacks",
    "text": "predictions",
    "huge": "predictions",
    "score": "predictions",
    "key": "another cell",
    "cost": "costs",
    "lacking": "phases",
    "cut": "JSON",
    "deep": "recursion",
    "empty": "JSON",
}


@pytest.fixture
def forger(install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A tagger whose process writes an outcome of its own."""
    site = install("forger", "forger_tagger", FORGER, "[adrbench.taggers]\nforger = forger_tagger:plugin\n").parent
    monkeypatch.setenv("PYTHONPATH", str(site))


@pytest.mark.usefixtures("forger")
def test_a_malformed_or_forged_outcome_fails_its_cell_and_the_run_goes_on(tmp_path: Path) -> None:
    """Each is a failed cell with its reason; the honest tagger after them is measured, and the leaderboard is there."""
    file = tmp_path / "forged.toml"
    grid = f"grid = {{ way = {[*WRONG, 'honest']} }}\n".replace("'", '"')
    file.write_text(FILE.replace("FOLDS", "test = 0.2") + grid)
    results = adrbench.run(file, results=tmp_path / "results", limit=60, jobs=2)
    assert results.statuses == {"failed": len(WRONG), "ok": 1}
    rows = {str(row.grid_point["way"]): row for row in Results(tmp_path / "results") if row.label == "micro"}
    assert rows["honest"].status == "ok"
    for way, said in WRONG.items():
        assert rows[way].status == "failed"
        assert said in rows[way].reason, (way, rows[way].reason)


@pytest.mark.usefixtures("forger")
def test_what_a_run_says_is_what_its_folder_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells that ended as oom and then lack a GPU are skipped, for the run, the folder and the leaderboard alike."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    file, folder = tmp_path / "oom.toml", tmp_path / "results"
    plain = FILE.replace("FOLDS", "folds = 2") + 'params = { way = "memory" }\n'
    for text, expected in ((plain, {"oom": 2}), (plain + 'needs = ["cuda"]\n', {"skipped": 2})):
        file.write_text(text)
        run = adrbench.run(file, results=folder, limit=60)
        again = Results(folder)
        assert run.statuses == again.statuses == expected
        assert {row.status for row in again} == set(expected)
