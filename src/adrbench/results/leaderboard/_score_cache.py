"""What was worked out of a section of a results folder before, so that a second look is quick.

    CACHE/sections/KEY.json     figures of the section's cells, what else is in them but for predictions, and p-values

CACHE is the user's cache folder (``adrbench._system.paths``), which may be emptied at any time. KEY is a hash of
everything that went in: the bytes of the cells, the card, its words and the folds, the names of the taggers, the
evaluator, our own code and the evaluator's. So nothing is ever out of date: what has changed has another key. A file
that is damaged or cannot be read counts as none, and where none can be written all is worked out anew. Only the last
ones used stay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adrbench._system.hashing import FileHashes
from adrbench._system.paths import cache_folder
from adrbench.api import Figures
from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.results.store import Store, read_whole, write_whole
from adrbench.scoring.evaluators.build import describe_evaluator

Pairs = Mapping[tuple[str, str], float]
_LIMIT = 500
_PREDICTIONS = "predictions"


class Slim(dict[str, Any]):
    """A stored cell without its predictions, which are read when they are looked at."""

    def __init__(self, content: Mapping[str, Any], store: Store, key: str) -> None:
        super().__init__(content)
        self._store = store
        self._key = key

    def __missing__(self, name: str) -> Any:
        if name != _PREDICTIONS:
            raise KeyError(name)
        cell = self._store.read_cell(self._key)
        if cell is None:
            raise StoreError(f"{self._store.folder}: cells/{self._key}.json is missing or damaged")
        self[name] = cell[name]
        return self[name]


@dataclass(frozen=True)
class Kept:
    """What is in the finished cells of a section, with their figures, and the p-values of pairs of taggers.

    ``cells`` are in the plan's order, None for one that did not go well; ``pairs`` is None until they are asked for.
    """

    cells: Sequence[tuple[Mapping[str, Any], Figures] | None]
    pairs: Pairs | None


def key_of(store: Store, section: Mapping[str, Any], evaluator: str, registry: Registry) -> str:
    """The name of what is kept of a section."""
    plugin, _ = describe_evaluator(registry, evaluator)
    cells = [
        [entry["tagger"], entry.get("point"), [store.digest("cells", key) for key in entry["cells"]]]
        for entry in section["rows"]
    ]
    gold = [store.digest(kind, section["card"]) for kind in ("corpora", "words")]
    code = [FileHashes().of(Path(__file__).parents[2]), registry.code_hash(plugin.implementation)]
    facts = [cells, gold, store.digest("splits", section["split"]), section["grouped"], evaluator, code, np.__version__]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def find(key: str, store: Store, section: Mapping[str, Any]) -> Kept | None:
    """What was kept of a section under a key, if there is all of it."""
    path = _path(key)
    found = read_whole(path)
    if found is None:
        return None
    with suppress(OSError):
        path.touch()
    names = [name for entry in section["rows"] for name in entry["cells"]]
    cells = [
        (Slim(one["cell"], store, name), one["figures"]) if one else None
        for name, one in zip(names, found["cells"], strict=True)
    ]
    pairs = found["pairs"]
    return Kept(cells, None if pairs is None else {(a, b): p for a, b, p in pairs})


def keep(key: str, kept: Kept) -> None:
    """Keep it, if that can be."""
    cells = [
        {"cell": {name: value for name, value in one[0].items() if name != _PREDICTIONS}, "figures": one[1]}
        if one
        else None
        for one in kept.cells
    ]
    pairs = None if kept.pairs is None else [[a, b, p] for (a, b), p in kept.pairs.items()]
    path = _path(key)
    # An evaluator of others' may give figures that JSON has no word for.
    with suppress(OSError, StoreError, TypeError, ValueError):
        write_whole(path, {"cells": cells, "pairs": pairs})
        for old in _by_age(path.parent)[:-_LIMIT]:
            old.unlink(missing_ok=True)


def _path(key: str) -> Path:
    return cache_folder() / "sections" / f"{key}.json"


def _by_age(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("*.json"), key=lambda path: path.stat().st_mtime)
