"""Results folders written by hand: forty documents, two folds, and taggers that miss what they are told to miss."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from adrbench.cli import main
from adrbench.results.store import Store

IDS = tuple(f"d{i:02}" for i in range(40))
FOLDS = (IDS[::2], IDS[1::2])
GOLD: dict[str, list[tuple[int, int, str]]] = {
    name: [(0, 4, "ADR"), *([(5, 9, "DRUG")] if i % 4 == 0 else [])] for i, name in enumerate(IDS)
}


class Contest:
    """A results folder of the corpus ``toy``; every mention is found unless a tagger is to miss it."""

    def __init__(self, folder: Path, card: str = "c" * 16) -> None:
        self.folder = folder
        self.store = Store.create(folder)
        self.card = card
        self.gold = GOLD
        self.labels = ["ADR", "DRUG"]
        self.folds: Sequence[Sequence[str]] = FOLDS
        self.section: dict[str, Any] = {"dataset": "toy", "splits": "random", "grouped": False}
        self.absent: dict[str, str] = {}
        self.rows: list[dict[str, Any]] = []

    def row(self, tagger: str, problem: tuple[str, str] | None = None) -> list[str]:
        """Plan a tagger without measuring it; gives the keys of its cells."""
        keys = [f"{tagger}-{fold}" for fold in range(len(self.folds))]
        entry = {"tagger": tagger, "family": "F", "version": "1", "cells": keys, "problem": problem}
        self.rows.append(entry)
        return keys

    def tagger(
        self,
        name: str,
        missed: Collection[int] = (),
        *,
        seconds: float = 2.0,
        machine: str = "one",
        jobs: int = 1,
        failing: Collection[int] = (),
    ) -> None:
        """Measure a tagger that takes the ADR of the documents ``missed`` one character too short."""
        short = {IDS[i] for i in missed}
        for fold, key in enumerate(self.row(name)):
            predictions = {
                i: [(0, 3, "ADR"), *self.gold[i][1:]] if i in short else self.gold[i] for i in self.folds[fold]
            }
            cell: dict[str, Any] = {"status": "ok", "reason": "", "predictions": predictions, "jobs": jobs}
            if fold in failing:
                cell = {"status": "failed", "reason": "boom", "jobs": jobs}
            costs = {
                "seconds": {"read": 9.0, "import": 9.0, "warm_up": 0.0, "fit": seconds / 2 - 0.1, "predict": 0.1},
                "cpu_seconds": {"fit": 1.0, "predict": 1.0},
                "peak_memory_bytes": 1,
                "peak_gpu_memory_bytes": None,
                "facts": {},
            }
            self.store.write_cell(key, {**cell, "costs": costs, "machine": {"id": machine}})

    def plan(self) -> Path:
        """Write corpus, folds and plan; gives the folder."""
        card = {
            "name": "toy",
            "gold_is": "all",
            "ledger": [],
            "labels": self.labels,
            "gold": self.gold,
            "group_of": {name: f"g{int(name[1:]) // 4}" for name in self.gold},
            "tokens_of": dict.fromkeys(self.gold, 2),
        }
        self.store.write("corpora", self.card, card)
        self.store.write("splits", "toy-folds", {"folds": self.folds, "leaks": None})
        section = {
            "card": self.card,
            "split": "toy-folds",
            "stand_in_for": "",
            "reason": "",
            "limit": None,
            **self.section,
            "rows": self.rows,
        }
        plan = {
            "benchmark": "toy",
            "evaluators": ["exact"],
            "sections": [section] if self.rows else [],
            "published": [],
            "absent": self.absent,
        }
        self.store.write_plan(plan)
        return self.folder


@pytest.fixture
def contest(tmp_path: Path) -> Contest:
    """A results folder without taggers."""
    return Contest(tmp_path / "results")


@pytest.fixture
def other(tmp_path: Path) -> Contest:
    """Another one, of the same corpus and folds."""
    return Contest(tmp_path / "other")


def _adrbench(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture
def adrbench() -> Any:
    """The command line: ``adrbench("compare", ...)`` gives exit code and output."""
    return _adrbench
