"""Records of a results folder for tests: a default for every field, so that a test names what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from adrbench.results.predictions import collect, encode
from adrbench.results.schema import (
    CardRecord,
    CeilingRecord,
    CellRecord,
    Costs,
    Machine,
    PlanRecord,
    PublishedRecord,
    RowRecord,
    SectionRecord,
    SplitRecord,
    WordsRecord,
)
from adrbench.results.store import Store

Spans = Mapping[str, Iterable[Sequence[Any]]]


def machine(name: str = "one", **changes: Any) -> Machine:
    """A machine with two cores, of a class of its own by default."""
    facts: dict[str, Any] = {"processor": f"CPU {name}", "cores": 2, "threads": 2, "memory_gib": 8, "gpus": ()}
    return Machine(**{"id": name, **facts, "system": "Linux x86_64", **changes})


def costs(**changes: Any) -> Costs:
    """What a cell of a small tagger costs."""
    seconds = {"read": 9.0, "import": 1.0, "warm_up": 0.5, "fit": 2.0, "predict": 0.5}
    facts: dict[str, Any] = {
        "seconds": seconds,
        "cpu_seconds": {"fit": 4.0, "predict": 1.0},
        "peak_memory_bytes": 2**20 * 100,
        "peak_gpu_memory_bytes": None,
        "energy_joules": None,
        "energy_from": (),
        "facts": {"parameters": 1000},
    }
    return Costs(**{**facts, **changes})


def keep_cell(store: Store, key: str, test: Sequence[str] = (), spans: Spans | None = None, **changes: Any) -> None:
    """Keep a cell; it is ok if it has predictions, else failed."""
    answers, line = None, b""
    if spans is not None:
        typed: Any = {name: tuple(map(_plain, own)) for name, own in spans.items()}
        answers, line = encode(collect(test, typed))
    status = "ok" if spans is not None else "failed"
    measured = {"costs": costs() if spans is not None else None, "machine": machine(), "jobs": 1}
    if changes.get("imported"):
        measured = {"costs": None, "machine": None, "jobs": None}
    fields: dict[str, Any] = {
        "key": key,
        "dataset": "toy",
        "split": "random",
        "fold": 0,
        "tagger": "t",
        "use": "t",
        "version": "1",
        "code": "",
        "params": {},
        "status": status,
        "reason": "",
        "imported": False,
        **measured,
        "wall_seconds": None,
        "environment": None,
        "log": "",
        "traceback": "",
        "tuned": None,
        "pretrained": None,
        "answers": answers,
    }
    store.write_cell(CellRecord(**{**fields, **changes}), line)


def _plain(span: Sequence[Any]) -> tuple[Any, ...]:
    start, end, label, *rest = span
    parts = [tuple(map(tuple, rest[0]))] if rest else []
    return (start, end, label, *parts, *rest[1:])


def cells(folder: Path) -> list[CellRecord]:
    """The cells of a results folder, in the order of their keys."""
    store = Store(folder)
    return [cell for key in store.cell_keys() if (cell := store.read_cell(key)) is not None]


def row(tagger: str, cells: Sequence[str], **changes: Any) -> RowRecord:
    """A planned row."""
    fields: dict[str, Any] = {
        "tagger": tagger,
        "tagger_id": tagger,
        "grid_point": {},
        "use": "t",
        "family": "F",
        "version": "1",
        "code": "",
        "params": {},
        "tune": None,
        "pretrain": None,
        "cells": tuple(cells),
        "problem": None,
        "chosen": not changes.get("imported", False),
        "imported": False,
    }
    return RowRecord(**{**fields, **changes})


def section(rows: Sequence[RowRecord], **changes: Any) -> SectionRecord:
    """A section of the corpus ``toy`` with a random split."""
    fields: dict[str, Any] = {
        "dataset": "toy",
        "split": "random",
        "full_split": changes.get("split", "random"),
        "card": "card",
        "folds": "toy-folds",
        "grouped": False,
        "fraction": 1.0,
        "limit": None,
        "stand_in_for": "",
        "reason": "",
        "rows": tuple(rows),
    }
    return SectionRecord(**{**fields, **changes})


def plan(sections: Sequence[SectionRecord], **changes: Any) -> PlanRecord:
    """A plan that is ranked by exact match."""
    fields: dict[str, Any] = {
        "benchmark": "toy",
        "protocol": 1,
        "seed": 13,
        "evaluators": ("exact",),
        "sections": tuple(sections),
        "absent": {},
        "published": (),
    }
    return PlanRecord(**{**fields, **changes})


def published(**changes: Any) -> PublishedRecord:
    """A figure of a paper."""
    fields: dict[str, Any] = {"dataset": "toy", "split": "random", "label": "micro", "precision": None, "recall": None}
    return PublishedRecord(**{**fields, **changes})


def card(gold: Spans, labels: Sequence[str], **changes: Any) -> CardRecord:
    """The card of a corpus in which every document is a group of its own and has two words."""
    fields: dict[str, Any] = {
        "name": "toy",
        "version": "",
        "unit": "",
        "words_by": "",
        "ceiling": (),
        "gold_is": "all",
        "licence": "",
        "citation": "",
        "published": {},
        "counted": {},
        "labels": tuple(labels),
        "counts": {},
        "ledger": (),
        "files": {},
        "fingerprint": "f" * 64,
        "gold": {name: tuple(map(_plain, own)) for name, own in gold.items()},
        "group_of": {name: name for name in gold},
        "tokens_of": dict.fromkeys(gold, 2),
    }
    return CardRecord(**{**fields, **changes})


def ceiling(**changes: Any) -> CeilingRecord:
    """What a perfect tagger of the words could reach."""
    return CeilingRecord(**{"label": "micro", "precision": 1.0, "recall": 1.0, "f1": 1.0, **changes})


def words(names: Iterable[str], forms: Mapping[str, Sequence[int]]) -> WordsRecord:
    """Two words of four letters for each document, and the forms of its gold."""
    return WordsRecord(dict.fromkeys(names, (0, 4, 1, 4)), {name: tuple(own) for name, own in forms.items()})


def split(folds: Sequence[Sequence[str]], **changes: Any) -> SplitRecord:
    """Folds that learn from all that they do not test."""
    fields: dict[str, Any] = {
        "kind": "random",
        "seed": 13,
        "grouped": False,
        "leaks": None,
        "test": tuple(map(tuple, folds)),
        "train": None,
        "dev": None,
    }
    return SplitRecord(**{**fields, **changes})
