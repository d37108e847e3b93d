"""Results folders for recommendations, written by hand: three folds of forty documents, and taggers that miss some."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import stored

from adrbench.results.schema import Machine, PublishedRecord, RowRecord
from adrbench.results.store import Store

FOLDS = 3
PER_FOLD = 40
GIB = 2**30


class Trial:
    """A results folder of the corpus ``toy``: a mention of ADR in each document, and one of DRUG in every fourth."""

    def __init__(self, folder: Path, folds: int = FOLDS) -> None:
        self.folder = folder
        self.store = Store.create(folder)
        self.ids = tuple(f"d{i:03}" for i in range(folds * PER_FOLD))
        self.folds = tuple(self.ids[fold::folds] for fold in range(folds))
        self.gold: dict[str, list[tuple[int, int, str]]] = {
            name: [(0, 4, "ADR"), *([(5, 9, "DRUG")] if i % 4 == 0 else [])] for i, name in enumerate(self.ids)
        }
        self.rows: dict[str, list[RowRecord]] = {"random": []}
        self.card: dict[str, Any] = {}
        self.section: dict[str, Any] = {}
        self.published: list[PublishedRecord] = []

    def row(self, name: str, split: str = "random", **changes: Any) -> list[str]:
        """Plan a tagger without measuring it; gives the keys of its cells."""
        place = sum(map(len, self.rows.values()))
        keys = [f"row{place}-{fold}" for fold in range(len(self.folds))]
        self.rows.setdefault(split, []).append(stored.row(name, keys, **changes))
        return keys

    def tagger(
        self,
        name: str,
        missed: int | Sequence[int] = 0,
        *,
        label: str = "ADR",
        split: str = "random",
        fit: float = 10.0,
        predict: float | Sequence[float] = 1.0,
        memory: float | Sequence[float] = 1.0,
        gpu: float = 0.0,
        cores: float = 1.0,
        machines: Sequence[str | Machine] = ("one",),
        failing: Collection[int] = (),
        facts: dict[str, int] | Sequence[dict[str, int]] | None = None,
        row: dict[str, Any] | None = None,
        **changes: Any,
    ) -> None:
        """Measure a tagger that misses so many mentions of a label in each fold. Memory is in GiB."""

        def of(value: float | Sequence[float], fold: int) -> float:
            return value[fold] if isinstance(value, Sequence) else value

        for fold, key in enumerate(self.row(name, split, **(row or {}))):
            machine = machines[fold % len(machines)]
            machine = stored.machine(machine) if isinstance(machine, str) else machine
            common: dict[str, Any] = {"fold": fold, "split": split, "machine": machine, **changes}
            if fold in failing:
                stored.keep_cell(self.store, key, reason="boom", **common)
                continue
            with_label = [i for i in self.folds[fold] if any(span[2] == label for span in self.gold[i])]
            gone = set(with_label[: int(of(missed, fold))])
            found = {i: [s for s in self.gold[i] if not (i in gone and s[2] == label)] for i in self.folds[fold]}
            seconds = {"import": 1.0, "warm_up": 0.0, "fit": fit, "predict": of(predict, fold)}
            spent = stored.costs(
                seconds=seconds,
                cpu_seconds={phase: cores * seconds[phase] for phase in ("fit", "predict")},
                peak_memory_bytes=int(of(memory, fold) * GIB),
                peak_gpu_memory_bytes=int(gpu * GIB) or None,
                facts=facts[fold] if isinstance(facts, Sequence) else facts or {},
            )
            extra = {} if common.get("imported") else {"costs": spent}
            stored.keep_cell(self.store, key, self.folds[fold], found, **extra, **common)

    def plan(self) -> Path:
        """Write corpus, folds and plan; gives the folder."""
        groups = {name: f"g{int(name[1:]) // 2}" for name in self.gold}
        self.store.write_card("card", stored.card(self.gold, ("ADR", "DRUG"), group_of=groups, **self.card))
        self.store.write_split("toy-folds", stored.split(self.folds))
        self.store.write_split("grouped-folds", stored.split(self.folds, kind="grouped", grouped=True))
        sections = [
            stored.section(
                rows,
                split=split,
                grouped=split == "grouped",
                folds="grouped-folds" if split == "grouped" else "toy-folds",
                **self.section,
            )
            for split, rows in self.rows.items()
        ]
        self.store.write_plan(stored.plan(sections, published=tuple(self.published)))
        return self.folder

    def forms(self, unseen: Collection[str]) -> None:
        """Keep the words: mentions of all documents are the same but those of ``unseen``, each its own."""
        forms = {
            name: [(1000 + place if name in unseen else 1) for _ in spans]
            for place, (name, spans) in enumerate(self.gold.items())
        }
        self.store.write_words("card", stored.words(self.gold, forms))
