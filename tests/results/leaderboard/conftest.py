"""A small results folder, written by hand, whose figures can be worked out on paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adrbench.results.store import Store

FINGERPRINT = "f" * 64
FOLDS = (("d0", "d2", "d4"), ("d1", "d3", "d5"))
GOLD: dict[str, list[tuple[int, int, str]]] = {f"d{i}": [(0, 4, "ADR")] for i in range(6)}
GOLD["d0"] = GOLD["d1"] = [(0, 4, "ADR"), (5, 9, "DRUG")]
MACHINE = {
    "processor": "CPU one",
    "cores": 2,
    "threads": 2,
    "memory_gib": 8,
    "gpus": [],
    "system": "Linux x86_64",
    "id": "one",
}
# Fold 0: of four gold spans, two are found, and one prediction is wrong. Fold 1: all is right.
PREDICTIONS: dict[int, dict[str, list[tuple[int, int, str]]]] = {
    0: {"d0": [(0, 4, "ADR")], "d2": [(0, 4, "ADR")], "d4": [(0, 3, "ADR")]},
    1: {name: GOLD[name] for name in FOLDS[1]},
}


class Results:
    """A results folder being written: add rows, then ask for its leaderboard."""

    machine = MACHINE

    def __init__(self, folder: Path) -> None:
        self.store = Store.create(folder)
        self.rows: list[dict[str, Any]] = []
        self.published: list[dict[str, Any]] = []
        self.evaluators = ["exact"]
        self.section: dict[str, Any] = {
            "splits": "random",
            "grouped": False,
            "stand_in_for": "",
            "reason": "",
            "limit": None,
        }
        card = {
            "name": "toy",
            "gold_is": "all",
            "ledger": [],
            "labels": ["ADR", "DRUG"],
            "gold": GOLD,
            "group_of": {name: f"g{int(name[1]) // 2}" for name in GOLD},
            "tokens_of": dict.fromkeys(GOLD, 10),
        }
        self.store.write("corpora", FINGERPRINT[:16], card)
        self.store.write("splits", "toy-folds", {"folds": FOLDS, "leaks": None})

    def cell(self, key: str, fold: int, **changes: Any) -> None:
        """Keep a cell that went well, or differs from one in ``changes``."""
        costs: dict[str, Any] = {
            "seconds": {"read": 9.0, "import": 1.0, "warm_up": 0.5, "fit": 2.0 + fold, "predict": 0.5},
            "cpu_seconds": {"fit": 4.0, "predict": 1.0},
            "peak_memory_bytes": 2**20 * (100 + fold),
            "peak_gpu_memory_bytes": None,
            "facts": {"parameters": 1000},
        }
        self.store.write_cell(
            key,
            {
                "status": "ok",
                "reason": "",
                "predictions": PREDICTIONS[fold],
                "costs": costs,
                "machine": MACHINE,
                **changes,
            },
        )

    def words(self, forms: dict[str, list[int]]) -> None:
        """Keep two words of four letters for each document, and the forms of its gold."""
        self.store.write("words", FINGERPRINT[:16], {"ranges": {name: [0, 4, 1, 4] for name in GOLD}, "forms": forms})

    def foreign(self, key: str, fold: int) -> None:
        """Keep predictions that another system made."""
        content = {"status": "ok", "reason": "", "imported": True, "predictions": PREDICTIONS[fold]}
        self.store.write_cell(key, content)

    def row(
        self, tagger: str, *, problem: tuple[str, str] | None = None, folds: int = 2, imported: bool = False
    ) -> None:
        """Plan a row; its cells are called after it: ``a0`` and ``a1`` for ``a``."""
        cells = [f"{tagger}{fold}" for fold in range(folds)]
        self.rows.append(
            {
                "tagger": tagger,
                "family": "F",
                "version": "1",
                "cells": cells,
                "problem": problem,
                "imported": imported,
            }
        )

    def measured(self, tagger: str) -> None:
        """Plan a row and measure all of it."""
        self.row(tagger)
        for fold in range(2):
            self.cell(f"{tagger}{fold}", fold)

    def plan(self) -> Store:
        """Write the plan."""
        section = {
            "dataset": "toy",
            "card": FINGERPRINT[:16],
            "split": "toy-folds",
            **self.section,
            "rows": self.rows,
        }
        self.store.write_plan(
            {
                "benchmark": "tiny",
                "evaluators": self.evaluators,
                "sections": [section],
                "published": self.published,
                "absent": {},
            }
        )
        return self.store


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """A results folder without rows."""
    return Results(tmp_path / "results")
