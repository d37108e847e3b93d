"""The baseline file: what taggers could do, with the counts of every document, so that later ones can be paired."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from adrbench._system.paths import write_atomically
from adrbench.errors import InputError
from adrbench.results.store import checksum
from adrbench.scoring.statistics.bootstrap import CountTable

FORMAT = 1
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Time:
    """Wall seconds of fit and predict, all folds together, on which machine, with how many cells at a time."""

    seconds: float
    machine: str
    jobs: int


@dataclass(frozen=True, eq=False)
class Entry:
    """A tagger on a split of a corpus.

    ``card`` names the corpus with its gold, ``folds`` the ids of all folds. ``counts``: a table [documents, columns]
    for each fold, its documents in the order of their ids, which are not kept: card and folds decide them.
    """

    dataset: str
    splits: str
    tagger: str
    card: str
    folds: str
    columns: tuple[str, ...]
    counts: tuple[CountTable, ...]
    time: Time | None = None

    @property
    def key(self) -> Key:
        """Corpus, split and tagger."""
        return self.dataset, self.splits, self.tagger


@dataclass(frozen=True, eq=False)
class Baseline:
    """Entries by corpus, split and tagger, all judged by one ``evaluator``."""

    evaluator: str
    entries: Mapping[Key, Entry]

    @classmethod
    def of(cls, evaluator: str, entries: Iterable[Entry]) -> Baseline:
        """A baseline of these entries, in the order of their keys."""
        return cls(evaluator, {entry.key: entry for entry in sorted(entries, key=lambda entry: entry.key)})


def read_baseline(path: Path) -> Baseline:
    """Read what ``write_baseline`` wrote. Raises ``InputError`` for a file that is not there, or not all of one."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise InputError(
            f"{path}: there is no baseline; `adrbench gate RESULTS --baseline {path} --update` writes it"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: the baseline cannot be read ({error})") from error
    nothing = InputError(f"{path}: is no baseline of adrbench gate; it was left as it is")
    try:
        found = json.loads(text)
        content, version = found["content"], found["content"]["format"]
    except (ValueError, KeyError, TypeError):
        raise nothing from None
    if found.get("checksum") != checksum(content):
        raise InputError(f"{path}: the baseline was changed by hand or damaged: its checksum is wrong; restore it")
    if version != FORMAT:
        raise InputError(f"{path}: written by another adrbench (format {version}, this one reads {FORMAT})")
    try:
        return Baseline.of(content["evaluator"], map(_entry, content["entries"]))
    except (ValueError, KeyError, TypeError):
        raise nothing from None


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write it whole or not at all, an entry a line. Raises ``InputError`` if that cannot be done."""
    entries = [_plain(entry) for entry in baseline.entries.values()]
    content = {"entries": entries, "evaluator": baseline.evaluator, "format": FORMAT}
    lines = ",\n".join(json.dumps(entry, sort_keys=True, separators=(",", ":")) for entry in entries)
    text = (
        f'{{"checksum":"{checksum(content)}",\n"content":{{"evaluator":{json.dumps(baseline.evaluator)},'
        f'"format":{FORMAT},"entries":[\n{lines}\n]}}}}\n'
    )
    try:
        write_atomically(path, text)
    except OSError as error:
        raise InputError(f"{path}: the baseline cannot be written ({error.strerror})") from error


def _plain(entry: Entry) -> dict[str, Any]:
    """Most documents have one of a few rows of counts: each is kept once, and its number for each document."""
    rows, where, often = np.unique(np.concatenate(entry.counts), axis=0, return_inverse=True, return_counts=True)
    # The most frequent one gets the shortest number.
    order = np.argsort(-often, kind="stable")
    rows, where = rows[order], np.argsort(order)[where.reshape(-1)]
    edges = np.cumsum([len(fold) for fold in entry.counts])[:-1]
    return {
        **{name: value for name, value in vars(entry).items() if name not in {"counts", "time", "columns"}},
        "columns": list(entry.columns),
        "rows": [[int(n) if n == int(n) else n for n in row] for row in rows.tolist()],
        "row_of": [fold.tolist() for fold in np.split(where, edges)],
        "time": asdict(entry.time) if entry.time else None,
    }


def _entry(plain: Mapping[str, Any]) -> Entry:
    values = dict(plain)
    rows = np.array(values.pop("rows"), dtype=np.float64).reshape(-1, len(values["columns"]))
    counts = tuple(rows[np.array(fold, dtype=np.intp)] for fold in values.pop("row_of"))
    values["columns"] = tuple(values["columns"])
    values["time"] = Time(**values["time"]) if values["time"] else None
    return Entry(**values, counts=counts)
