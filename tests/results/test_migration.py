"""Results folders of format 1 are brought up to date, and nothing of them is lost."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import adrbench
from adrbench.cli import main
from adrbench.errors import StoreError
from adrbench.results import migration
from adrbench.results.results import StoredResults
from adrbench.results.store import Store, checksum

IDS = [f"d{i}" for i in range(6)]
FOLDS = [IDS[::2], IDS[1::2]]
GOLD = {name: [[0, 4, "ADR"]] for name in IDS} | {"d1": [[0, 9, "ADR", [[0, 4], [6, 9]]]]}
COSTS = {
    "seconds": {"read": 1.0, "import": 1.0, "warm_up": 0.5, "fit": 2.0, "predict": 0.5},
    "cpu_seconds": {"fit": 4.0, "predict": 1.0},
    "peak_memory_bytes": 1000,
    "peak_gpu_memory_bytes": None,
    "facts": {},
}
MACHINE = {"processor": "p", "cores": 2, "threads": 2, "memory_gib": 8, "gpus": [], "system": "Linux", "id": "one"}


def keep(path: Path, content: Any) -> None:
    """Write a file as format 1 did."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = json.dumps(content, sort_keys=True, separators=(",", ":"))
    path.write_text(f'{{"checksum":"{checksum(content)}",\n"content":{body}}}\n')


def cell(fold: int, **changes: Any) -> dict[str, Any]:
    """A cell of format 1."""
    common = {"dataset": "toy", "splits": "random", "fold": fold, "tagger": "a", "use": "a", "version": "1"}
    found = {name: GOLD[name] for name in FOLDS[fold]}
    measured = {"costs": COSTS, "machine": MACHINE, "environment": "e", "jobs": 1, "wall_seconds": 5.0}
    return {
        **common,
        "code": "c",
        "params": {"x": 1},
        "status": "ok",
        "reason": "",
        "predictions": found,
        **measured,
        **changes,
    }


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A folder of format 1: a row that is measured, one that failed, one imported, a cell of older code, a study."""
    folder = tmp_path / "old"
    keep(folder / "adrbench.json", {"format": 1})
    card = {"name": "toy", "gold_is": "all", "ledger": [], "labels": ["ADR"], "gold": GOLD}
    tokens = dict.fromkeys(IDS, 3)
    keep(folder / "corpora/card.json", {**card, "group_of": {name: name for name in IDS}, "tokens_of": tokens})
    keep(folder / "words/card.json", {"ranges": {n: [0, 4, 1, 4] for n in IDS}, "forms": {n: [0] for n in IDS}})
    split = {"kind": "random", "seed": 13, "grouped": False, "folds": FOLDS}
    keep(
        folder / "splits/folds.json",
        {**split, "leaks": {"tested": 6, "same_text": 0, "near_duplicates": 0, "same_group": 0}},
    )
    keep(folder / "environments/e.json", {"python": "3.11", "packages": {"numpy": "2"}})
    for fold in (0, 1):
        keep(folder / f"cells/a{fold}.json", cell(fold))
        keep(
            folder / f"cells/b{fold}.json",
            cell(fold, tagger="b", status="failed", reason="no caf\udce9", predictions={}),
        )
        keep(folder / f"cells/older{fold}.json", cell(fold, code="older"))
        foreign = {name: value for name, value in cell(fold, imported=True).items() if name not in {"costs", "machine"}}
        keep(folder / f"cells/c{fold}.json", foreign)
    row = {"use": "a", "family": "F", "version": "1", "problem": None}
    rows = [{**row, "tagger": name, "cells": [f"{name}0", f"{name}1"], "imported": name == "c"} for name in "abc"]
    section = {"dataset": "toy", "splits": "random", "card": "card", "split": "folds", "grouped": False, "rows": rows}
    plan = {"benchmark": "toy", "evaluators": ["exact"], "published": [], "absent": {}}
    keep(folder / "plan.json", {**plan, "sections": [{**section, "limit": None, "stand_in_for": "", "reason": ""}]})
    (folder / "studies").mkdir()
    (folder / "studies/a0.log").write_text("trial\n")
    return folder


def test_a_folder_of_format_1_is_refused_with_the_command(old: Path) -> None:
    """Nothing else reads the old format."""
    done = CliRunner().invoke(main, ["leaderboard", str(old)])
    assert done.exit_code == 2
    assert f"adrbench migrate {old}" in done.stderr


def test_nothing_is_lost(old: Path) -> None:
    """Keys, figures, reasons, parts, costs, cells that no plan names, and studies are there; again changes nothing."""
    done = CliRunner().invoke(main, ["migrate", str(old)])
    assert done.exit_code == 0, done.output
    assert "8 cells, all keys kept" in done.output
    results = StoredResults(old)
    rows = {row.tagger: row for row in results if row.label == "micro"}
    assert {name: (row.status, row.f1) for name, row in rows.items()} == {
        "a": ("ok", 1.0),
        "b": ("failed", None),
        "c": ("ok", 1.0),
    }
    assert rows["b"].reason == "no caf?"
    assert (rows["a"].cost.fit_seconds, rows["c"].cost.fit_seconds, rows["c"].imported) == (2.0, None, True)
    assert results.predictions("a") == results.gold()
    store = Store(old)
    assert sorted(store.cell_keys()) == sorted(f"{name}{fold}" for name in ("a", "b", "c", "older") for fold in (0, 1))
    older = store.read_cell("older1")
    assert older is not None
    assert (older.code, older.status) == ("older", "ok")
    assert (old / "studies/a0.log").read_text() == "trial\n"
    assert not list(old.glob("*/*.json"))
    files = {path: path.read_bytes() for path in old.rglob("*") if path.is_file()}
    assert adrbench.migrate(old).before == 2
    assert {path: path.read_bytes() for path in old.rglob("*") if path.is_file() and path.name != "adrbench.json"} == {
        path: content for path, content in files.items() if path.name != "adrbench.json"
    }


@pytest.mark.parametrize("step", ["write_mark", "_pairs"])
def test_a_migration_that_is_cut_off_is_finished_by_the_next(
    old: Path, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the mark is changed the folder is one of format 1 still, after it one of format 2."""
    whole = tmp_path / "whole"
    shutil.copytree(old, whole)
    adrbench.migrate(whole)

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(migration, step, die)
        with pytest.raises(KeyboardInterrupt):
            adrbench.migrate(old)
    if step == "write_mark":
        with pytest.raises(StoreError, match="adrbench migrate"):
            Store(old)
    else:
        assert StoredResults(old).rows == StoredResults(whole).rows
    adrbench.migrate(old)
    assert StoredResults(old).rows == StoredResults(whole).rows
    assert not list(old.glob("*/*.json"))


@pytest.mark.parametrize("text", ["", "[" * 100_000, '{"checksum":"sha256:00","content":{}}', '{"content":[]}'])
def test_what_is_damaged_is_named_and_left(old: Path, text: str) -> None:
    """A damaged cell stays as it was, is named, and counts as not run; a damaged plan stops everything."""
    (old / "cells/a0.json").write_text(text)
    done = adrbench.migrate(old)
    assert [path.name for path, _ in done.damaged] == ["a0.json"]
    assert (old / "cells/a0.json").read_text() == text
    assert {row.tagger: row.status for row in StoredResults(old)}["a"] == "pending"
    adrbench.migrate(old)
    assert (old / "cells/a0.json").read_text() == text


def test_a_damaged_plan_is_not_migrated(old: Path) -> None:
    """The folder stays one of format 1, with all of its files."""
    (old / "plan.json").write_text("{}")
    done = CliRunner().invoke(main, ["migrate", str(old)])
    assert done.exit_code == 2
    assert "plan.json: damaged" in done.stderr
    assert (old / "cells/a0.json").exists()


def test_other_things_are_told(tmp_path: Path) -> None:
    """What is no results folder, baseline or kept tagger is an error; of the latter two nothing has changed."""
    (tmp_path / "file.json").write_text("{}")
    assert "is no baseline" in CliRunner().invoke(main, ["migrate", str(tmp_path / "file.json")]).stderr
    assert "neither a results folder" in CliRunner().invoke(main, ["migrate", str(tmp_path)]).stderr
    tagger = adrbench.tagger("dictionary").fit(["it itches"], [[(3, 9, "ADR")]])
    tagger.save(tmp_path / "kept")
    assert "nothing to do" in CliRunner().invoke(main, ["migrate", str(tmp_path / "kept")]).output
