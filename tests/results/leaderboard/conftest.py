"""A small results folder, written by hand, whose figures can be worked out on paper."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import stored

from adrbench.results.schema import PublishedRecord, RowRecord
from adrbench.results.store import Store

FINGERPRINT = "f" * 64
FOLDS = (("d0", "d2", "d4"), ("d1", "d3", "d5"))
GOLD: dict[str, list[tuple[int, int, str]]] = {f"d{i}": [(0, 4, "ADR")] for i in range(6)}
GOLD["d0"] = GOLD["d1"] = [(0, 4, "ADR"), (5, 9, "DRUG")]
# Fold 0: of four gold spans, two are found, and one prediction is wrong. Fold 1: all is right.
PREDICTIONS: dict[int, dict[str, list[tuple[int, int, str]]]] = {
    0: {"d0": [(0, 4, "ADR")], "d2": [(0, 4, "ADR")], "d4": [(0, 3, "ADR")]},
    1: {name: GOLD[name] for name in FOLDS[1]},
}


class Results:
    """A results folder being written: add rows, then ask for its leaderboard."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.create(folder)
        self.rows: list[RowRecord] = []
        self.published: list[PublishedRecord] = []
        self.evaluators = ["exact"]
        self.section: dict[str, Any] = {}
        self.folds: Sequence[Sequence[str]] = FOLDS
        groups = {name: f"g{int(name[1]) // 2}" for name in GOLD}
        card = stored.card(GOLD, ("ADR", "DRUG"), group_of=groups, tokens_of=dict.fromkeys(GOLD, 10))
        self.store.write_card(FINGERPRINT[:16], card)
        self.store.write_split("toy-folds", stored.split(FOLDS))

    def cell(self, key: str, fold: int, spans: stored.Spans | None = None, **changes: Any) -> None:
        """Keep a cell that went well, or differs from one in ``changes``."""
        costs = stored.costs(
            seconds={"read": 9.0, "import": 1.0, "warm_up": 0.5, "fit": 2.0 + fold, "predict": 0.5},
            peak_memory_bytes=2**20 * (100 + fold),
        )
        found = None if changes.get("status", "ok") != "ok" else PREDICTIONS[fold] if spans is None else spans
        stored.keep_cell(self.store, key, self.folds[fold], found, **{"fold": fold, "costs": costs, **changes})

    def words(self, forms: dict[str, list[int]]) -> None:
        """Keep two words of four letters for each document, and the forms of its gold."""
        self.store.write_words(FINGERPRINT[:16], stored.words(GOLD, forms))

    def foreign(self, key: str, fold: int) -> None:
        """Keep predictions that another system made."""
        stored.keep_cell(self.store, key, self.folds[fold], PREDICTIONS[fold], imported=True)

    def row(self, tagger: str, *, folds: int = 2, **changes: Any) -> None:
        """Plan a row; its cells are called after it: ``a0`` and ``a1`` for ``a``."""
        self.rows.append(stored.row(tagger, [f"{tagger}{fold}" for fold in range(folds)], **changes))

    def measured(self, tagger: str) -> None:
        """Plan a row and measure all of it."""
        self.row(tagger)
        for fold in range(2):
            self.cell(f"{tagger}{fold}", fold)

    def plan(self) -> Store:
        """Write the plan."""
        section = stored.section(self.rows, card=FINGERPRINT[:16], **self.section)
        self.store.write_plan(
            stored.plan([section], benchmark="tiny", evaluators=tuple(self.evaluators), published=tuple(self.published))
        )
        return self.store


@pytest.fixture
def results(tmp_path: Path) -> Results:
    """A results folder without rows."""
    return Results(tmp_path / "results")
