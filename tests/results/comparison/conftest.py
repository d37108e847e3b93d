"""Results folders written by hand: forty documents, two folds, and taggers that miss what they are told to miss."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import pytest
import stored
from click.testing import CliRunner, Result

from adrbench.cli import main
from adrbench.results.schema import RowRecord
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
        self.section: dict[str, Any] = {"dataset": "toy", "split": "random", "grouped": False}
        self.absent: dict[str, str] = {}
        self.rows: list[RowRecord] = []

    def row(self, tagger: str, problem: tuple[str, str] | None = None) -> list[str]:
        """Plan a tagger without measuring it; gives the keys of its cells."""
        keys = [f"{tagger}-{fold}" for fold in range(len(self.folds))]
        self.rows.append(stored.row(tagger, keys, problem=problem))
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
            spent = {"read": 9.0, "import": 9.0, "warm_up": 0.0, "fit": seconds / 2 - 0.1, "predict": 0.1}
            common: dict[str, Any] = {"fold": fold, "jobs": jobs, "machine": stored.machine(machine)}
            if fold in failing:
                stored.keep_cell(self.store, key, reason="boom", **common)
            else:
                costs = stored.costs(seconds=spent, facts={})
                stored.keep_cell(self.store, key, self.folds[fold], predictions, costs=costs, **common)

    def plan(self) -> Path:
        """Write corpus, folds and plan; gives the folder."""
        groups = {name: f"g{int(name[1:]) // 4}" for name in self.gold}
        self.store.write_card(self.card, stored.card(self.gold, self.labels, group_of=groups))
        self.store.write_split("toy-folds", stored.split(self.folds))
        sections = [stored.section(self.rows, card=self.card, **self.section)] if self.rows else []
        self.store.write_plan(stored.plan(sections, absent=self.absent))
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
