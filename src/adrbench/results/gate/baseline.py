"""The baseline file: what taggers could do, with the counts of every document, so that later ones can be paired."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from adrbench._system.paths import write_output
from adrbench.errors import InputError
from adrbench.results.schema import BaselineEntry, BaselineRecord, BaselineTime, Damaged, read_record, write_record
from adrbench.results.store import checksum
from adrbench.scoring.statistics.bootstrap import CountTable

FORMAT: Literal[1] = 1
Key = tuple[str, str, str]


@dataclass(frozen=True)
class Time:
    """How long a row took.

    Attributes:
        seconds: Wall time of fit and predict in seconds, all folds together.
        machine: The id of the machine.
        jobs: How many cells ran at a time.
    """

    seconds: float
    machine: str
    jobs: int


@dataclass(frozen=True, eq=False)
class Entry:
    """A tagger on a split of a corpus.

    Attributes:
        dataset: The corpus.
        split: The split.
        tagger: The tagger.
        card: The name of the corpus's card, which decides its gold.
        folds: A hash of the ids of all folds.
        columns: The names of the columns of counts.
        counts: By fold, an array [documents, columns], documents in the order of their ids. Card and folds decide the
            ids.
        time: How long it took; None where its folds cannot be added up.
    """

    dataset: str
    split: str
    tagger: str
    card: str
    folds: str
    columns: tuple[str, ...]
    counts: tuple[CountTable, ...]
    time: Time | None = None

    @property
    def key(self) -> Key:
        """Corpus, split and tagger."""
        return self.dataset, self.split, self.tagger


@dataclass(frozen=True, eq=False)
class Baseline:
    """The rows of a baseline.

    Attributes:
        evaluator: The evaluator that counted all of them.
        entries: The rows by corpus, split and tagger.
    """

    evaluator: str
    entries: Mapping[Key, Entry]

    @classmethod
    def of(cls, evaluator: str, entries: Iterable[Entry]) -> Baseline:
        """Make a baseline.

        Args:
            evaluator: The evaluator that counted the rows.
            entries: The rows.

        Returns:
            A baseline with the rows in the order of their keys.
        """
        return cls(evaluator, {entry.key: entry for entry in sorted(entries, key=lambda entry: entry.key)})


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Args:
        path: A file that ``write_baseline`` wrote.

    Returns:
        The baseline.

    Raises:
        InputError: The file is missing, damaged, or of another format.
    """
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
        sealed = json.loads(text)
        content, written = sealed["content"], sealed["checksum"]
        version, _ = content["format"], content["entries"]
        right = written == checksum(content)
        plain = json.dumps(content)
    except (ValueError, LookupError, TypeError, RecursionError):
        raise nothing from None
    if not right:
        raise InputError(f"{path}: the baseline was changed by hand or damaged: its checksum is wrong; restore it")
    if version != FORMAT:
        raise InputError(f"{path}: written by another adrbench (format {version}, this one reads {FORMAT})")
    try:
        record = read_record(BaselineRecord, plain)
    except Damaged as error:
        raise InputError(f"{path}: the baseline is damaged: {error}; restore it") from None
    return Baseline.of(record.evaluator, map(_entry, record.entries))


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline whole or not at all, an entry a line.

    Args:
        path: The file.
        baseline: The baseline.

    Raises:
        InputError: The file cannot be written.
    """
    record = BaselineRecord(baseline.evaluator, FORMAT, tuple(map(_record, baseline.entries.values())))
    content = json.loads(write_record(record))
    lines = ",\n".join(write_record(entry).decode() for entry in record.entries)
    text = (
        f'{{"checksum":"{checksum(content)}",\n"content":{{"evaluator":{json.dumps(baseline.evaluator)},'
        f'"format":{FORMAT},"entries":[\n{lines}\n]}}}}\n'
    )
    write_output(path, text)


def _record(entry: Entry) -> BaselineEntry:
    """Most documents have one of a few rows of counts: each is kept once, and its number for each document."""
    rows, where, often = np.unique(np.concatenate(entry.counts), axis=0, return_inverse=True, return_counts=True)
    # The most frequent one gets the shortest number.
    order = np.argsort(-often, kind="stable")
    rows, where = rows[order], np.argsort(order)[where.reshape(-1)]
    edges = np.cumsum([len(fold) for fold in entry.counts])[:-1]
    return BaselineEntry(
        dataset=entry.dataset,
        splits=entry.split,
        tagger=entry.tagger,
        card=entry.card,
        folds=entry.folds,
        columns=entry.columns,
        rows=tuple(map(tuple, rows.tolist())),
        row_of=tuple(tuple(fold.tolist()) for fold in np.split(where, edges)),
        time=BaselineTime(**vars(entry.time)) if entry.time else None,
    )


def _entry(record: BaselineEntry) -> Entry:
    rows = np.array(record.rows, dtype=np.float64).reshape(-1, len(record.columns))
    return Entry(
        dataset=record.dataset,
        split=record.splits,
        tagger=record.tagger,
        card=record.card,
        folds=record.folds,
        columns=record.columns,
        counts=tuple(rows[np.array(fold, dtype=np.intp)] for fold in record.row_of),
        time=Time(**vars(record.time)) if record.time else None,
    )
