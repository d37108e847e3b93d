"""The results folder: finished cells with their predictions, gold by id and offset, folds; never corpus text.

    adrbench.json                 marks the folder as ours, with the version of its format
    plan.jsonl                    what the last run was to measure: datasets, splits, taggers, published figures
    corpora/CARD.jsonl            card, ledger, ids, groups and gold spans of a corpus
    words/CARD.jsonl              where words stand, and which gold mentions have the same words, by number; no text
    splits/NAME.jsonl             ids by fold
    environments/NAME.jsonl       versions of Python and of every installed distribution
    cells/KE/KEY.jsonl            one cell: status, reason, costs, machine; then its predictions
    timings/KEY.jsonl             further timings of a finished cell, by `adrbench run --time-again`
    studies/KEY.log               the trials of the study that the cell KEY tunes by, a line for each event
    models/KEY/                   the fitted tagger of a cell, if it was to be kept

A file has two lines: a seal with its kind, its name and a checksum, and a record of `adrbench.results.schema`. A cell
that went well has a third line, its predictions (`adrbench.results.predictions`), of which the record has a checksum:
a list of cells is made without reading them. Every file is written whole or not at all; a file whose checksum is
right is complete. A cell of status ``ok`` is final.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from adrbench._system.hashing import content_hash
from adrbench._system.paths import write_atomically
from adrbench.errors import StoreError
from adrbench.results.predictions import Predictions, decode
from adrbench.results.schema import (
    FORMAT,
    CardRecord,
    CellRecord,
    Damaged,
    EnvironmentRecord,
    Mark,
    PlanRecord,
    SplitRecord,
    TimingsRecord,
    WordsRecord,
    read_record,
    write_record,
)

if TYPE_CHECKING:
    from adrbench.plugins.registry import Registry

_MARK = "adrbench.json"
_DRAFTS = ".drafts"
_SEAL = re.compile(
    rb'\{"adrbench":(\d{1,9}),"kind":"([a-z]{1,20})","name":"([0-9A-Za-z._+-]{1,200})","sha256":"([0-9a-f]{64})"\}'
)
_OURS = f'{{"adrbench":{FORMAT},"kind":"plan",'.encode()
_FOLDERS = ("corpora", "words", "splits", "environments", "cells", "timings", "studies", "models")
_OWN = ("adrbench.json", "plan.jsonl", *_FOLDERS)
_RUN_AGAIN = "`adrbench run` writes it anew"
_MENDS = {
    "corpora": f"{_RUN_AGAIN} where the corpus is at hand",
    "words": f"{_RUN_AGAIN} where the corpus is at hand",
    "splits": f"{_RUN_AGAIN} where the corpus is at hand",
    "cells": "`adrbench run` measures it anew",
    "plan": _RUN_AGAIN,
    "environments": "remove it: reports do without",
    "timings": "remove it: `adrbench run --time-again` measures it anew",
}
# The head of a cell is hardly ever longer; what is longer is read in a second step.
_HEAD_BYTES = 4096
_Record = TypeVar("_Record")


class DamagedError(StoreError):
    """A file of the results folder is not what was written.

    Attributes:
        path: the file.
        why: what is wrong with it.
    """

    def __init__(self, path: Path, why: str, mends: str) -> None:
        self.path = path
        self.why = why
        super().__init__(f"{path}: damaged: {why}; {mends}")


def checksum(content: object) -> str:
    """Hash plain data.

    Args:
        content: Plain data.

    Returns:
        ``sha256:`` and the digest of its canonical JSON.
    """
    return f"sha256:{content_hash(content)}"


def usual_folder(benchmark: str) -> Path:
    """Name the folder where a benchmark's results are if no other is named.

    Args:
        benchmark: The name of the benchmark.

    Returns:
        ``runs/NAME``.
    """
    return Path("runs") / benchmark


def results_folder(results: Path, registry: Registry) -> Path:
    """Resolve what commands take for a results folder.

    Args:
        results: A results folder, or a benchmark file (``.toml``), whose results are in ``runs/NAME``.
        registry: The plugins.

    Returns:
        The results folder.

    Raises:
        InputError: If the benchmark file cannot be read.
    """
    if results.suffix != ".toml":
        return results
    from adrbench.config import read_benchmark  # noqa: PLC0415  (needed for a file only)

    return usual_folder(read_benchmark(results, registry).benchmark.name)


def find_results(folder: Path | None, benchmark: str) -> Path | None:
    """Find the results of a benchmark.

    Args:
        folder: The results folder, if one was named.
        benchmark: The name of the benchmark.

    Returns:
        The folder that was named; else ``runs/NAME``, or None if that is no results folder.
    """
    usual = usual_folder(benchmark)
    return folder or (usual if (usual / _MARK).is_file() else None)


class Store:
    """A results folder. Opening one for reading creates nothing."""

    def __init__(self, folder: Path, *, mend: bool = False, unchecked: bool = False) -> None:
        """Open an existing results folder.

        Args:
            folder: the folder.
            mend: whether a damaged mark is no matter, because it is written anew; the plan tells that it is ours.
            unchecked: whether the format is no matter, because the folder is being migrated.

        Raises:
            StoreError: the folder is no results folder, is damaged, or is of another format.
        """
        self.folder = folder
        if unchecked:
            return
        if not folder.is_dir():
            raise StoreError(f"{folder}: no such folder; `adrbench run FILE --results {folder}` makes one")
        if not (folder / _MARK).is_file():
            raise StoreError(f"{folder}: not a results folder of adrbench (it has no {_MARK})")
        found = read_mark(folder)
        if found is None and mend and (_bytes_of(self._path("plan", "plan"), "plan") or b"").startswith(_OURS):
            return
        if found is None:
            raise DamagedError(folder / _MARK, "it is not what adrbench wrote", f"{_RUN_AGAIN}")
        if found > FORMAT:
            raise StoreError(f"{folder}: written by a newer adrbench (format {found}, this one reads {FORMAT})")
        if found < FORMAT:
            raise StoreError(
                f"{folder}: written by an older adrbench (format {found}, this one reads {FORMAT}); "
                f"`adrbench migrate {folder}` brings it up to date and loses nothing"
            )

    @classmethod
    def find(cls, folder: Path) -> Store | None:
        """Open a results folder without creating anything.

        Args:
            folder: The folder.

        Returns:
            The results folder; None for a folder that is new or empty.

        Raises:
            StoreError: The folder holds something else or cannot be used.
        """
        try:
            if folder.is_dir() and (folder / _MARK).is_file():
                if not os.access(folder, os.W_OK):
                    raise StoreError(f"{folder}: cannot be written")
                return cls(folder, mend=True)
            if folder.is_dir() and any(not _is_draft(file) for file in folder.iterdir()):
                raise StoreError(
                    f"{folder}: not empty, and not a results folder of adrbench (it has no {_MARK}); "
                    "choose another with --results"
                )
        except OSError as error:
            raise StoreError(f"{folder}: cannot be used as a results folder ({error.strerror})") from error
        return None

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Open a results folder, or make one of a folder that is new or empty.

        Args:
            folder: The folder.

        Returns:
            The results folder.

        Raises:
            StoreError: The folder holds something else or cannot be used.
        """
        store = cls.find(folder)
        if store is not None:
            if read_mark(folder) is None:
                write_mark(folder)
            return store
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be used as a results folder ({error.strerror})") from error
        write_mark(folder)
        return cls(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run.

        Yields:
            Nothing; the folder is held until the context closes.

        Raises:
            StoreError: Another run has it, or it cannot be held.
        """
        with locked(self.folder):
            yield

    @property
    def _drafts(self) -> Path:
        return self.folder / _DRAFTS

    def refuse_output(self, path: Path) -> None:
        """Keep the files of the folder from being replaced by an output.

        Args:
            path: The file that is to be written. It may stand in the folder, beside the records.

        Raises:
            StoreError: It is, or leads to, the place of a record.
        """
        inside = Path(os.path.realpath(path))
        folder = Path(os.path.realpath(self.folder))
        if inside.is_relative_to(folder) and inside.relative_to(folder).parts[:1] in {(name,) for name in _OWN}:
            raise StoreError(f"{path}: belongs to the results in {self.folder}; give another file")

    def path_of_cell(self, key: str) -> Path:
        """Locate a cell: in one of 256 folders, so that none has too many files.

        Args:
            key: The key of the cell.

        Returns:
            The path of its file, whether it is there or not.
        """
        return self.folder / f"cells/{key[:2]}/{key}.jsonl"

    def read_cell(self, key: str) -> CellRecord | None:
        """Read the record of a cell, without its predictions.

        Args:
            key: The key of the cell.

        Returns:
            The record, whatever its status; None if there is no such cell.

        Raises:
            DamagedError: The file is damaged.
        """
        path = self.path_of_cell(key)
        try:
            _refuse_other_than_file(path, "cells")
            with path.open("rb") as file:
                head = file.read(_HEAD_BYTES)
                if head.count(b"\n") < 2:  # noqa: PLR2004
                    head += file.readline() + file.readline()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise DamagedError(path, str(error.strerror), _MENDS["cells"]) from error
        return self._cell(path, key, head)

    def read_answers(self, key: str) -> tuple[CellRecord, Predictions | None] | None:
        """Read a cell with its predictions.

        Args:
            key: The key of the cell.

        Returns:
            The record, and its predictions if its status is ``ok``; None if there is no such cell.

        Raises:
            DamagedError: The file is damaged.
        """
        path = self.path_of_cell(key)
        raw = _bytes_of(path, "cells")
        if raw is None:
            return None
        record = self._cell(path, key, raw)
        if record.answers is None:
            return record, None
        try:
            return record, decode(record.answers, raw.split(b"\n", 2)[2].removesuffix(b"\n"))
        except Damaged as error:
            raise DamagedError(path, str(error), _MENDS["cells"]) from None

    def _cell(self, path: Path, key: str, raw: bytes) -> CellRecord:
        record = _unseal(path, "cells", key, raw, CellRecord)
        if record.key != key:
            raise DamagedError(path, f"it holds the cell {record.key}", _MENDS["cells"])
        return record

    def is_measured(self, key: str) -> bool:
        """Say whether a cell ended well.

        Args:
            key: The key of the cell.

        Returns:
            True if it is there, and ok.

        Raises:
            DamagedError: The file is damaged.
        """
        cell = self.read_cell(key)
        return cell is not None and cell.status == "ok"

    def write_cell(self, record: CellRecord, line: bytes = b"") -> None:
        """Keep a cell. It replaces a cell of the same key.

        Args:
            record: The cell.
            line: Its predictions as `adrbench.results.predictions.encode` gives them with the record's `answers`.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self.path_of_cell(record.key), "cells", record.key, record, line)

    def cell_keys(self) -> Iterator[str]:
        """List the cells.

        Yields:
            The key of each, in rising order.
        """
        for shard in sorted((self.folder / "cells").glob("*")):
            yield from sorted(path.stem for path in shard.glob("*.jsonl"))

    def names(self, kind: str) -> list[str]:
        """List the records of a kind.

        Args:
            kind: ``corpora``, ``words``, ``splits``, ``environments`` or ``timings``.

        Returns:
            Their names in alphabetical order.
        """
        return sorted(path.stem for path in (self.folder / kind).glob("*.jsonl"))

    def same(self, kind: str, name: str, other: Store) -> bool:
        """Compare a record with that of another results folder.

        Args:
            kind: The kind of the record.
            name: Its name.
            other: The other folder.

        Returns:
            True if both hold the same bytes.
        """
        return _bytes_of(self._path(kind, name), kind) == _bytes_of(other._path(kind, name), kind)

    def copy(self, kind: str, name: str, source: Store) -> None:
        """Take a record from another results folder; it replaces one of the same name.

        Args:
            kind: The kind of the record, or ``cells``.
            name: Its name, or the key of a cell.
            source: The other folder, which has it.

        Raises:
            StoreError: The file cannot be written.
        """
        path = self._path(kind, name)
        try:
            write_atomically(path, source._path(kind, name).read_bytes(), drafts=self._drafts)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror})") from error

    def set_aside_damaged(self, keys: Iterable[str]) -> list[DamagedError]:
        """Set damaged cells aside, so that they are measured anew.

        Args:
            keys: The keys of the cells.

        Returns:
            The problem of each damaged cell.
        """
        damaged = []
        for key in keys:
            try:
                self.read_answers(key)
            except DamagedError as error:
                damaged.append(error)
                self.set_aside(error.path)
        return damaged

    def set_aside(self, path: Path) -> None:
        """Rename a damaged file, so that nothing reads it.

        Args:
            path: The file.
        """
        path.replace(path.with_name(f"{path.name}.damaged"))

    def remove_cell(self, key: str) -> None:
        """Remove a cell, if it is there.

        Args:
            key: The key of the cell.
        """
        self.path_of_cell(key).unlink(missing_ok=True)

    def read_card(self, name: str) -> CardRecord | None:
        """Read the card of a corpus.

        Args:
            name: The name of the card.

        Returns:
            The card; None if it is missing.

        Raises:
            DamagedError: The file is damaged.
        """
        return self._read("corpora", name, CardRecord)

    def need_card(self, name: str) -> CardRecord:
        """Read the card of a corpus that a plan names.

        Args:
            name: The name of the card.

        Returns:
            The card.

        Raises:
            StoreError: The file is missing or damaged.
        """
        card = self.read_card(name)
        if card is None:
            raise self.lacks("corpora", name)
        return card

    def write_card(self, name: str, card: CardRecord) -> None:
        """Keep the card of a corpus.

        Args:
            name: The name of the card.
            card: The card.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self._path("corpora", name), "corpora", name, card)

    def read_words(self, name: str) -> WordsRecord | None:
        """Read the places of the words of a corpus.

        Args:
            name: The name of the card.

        Returns:
            The places; None if they are missing.

        Raises:
            DamagedError: The file is damaged.
        """
        return self._read("words", name, WordsRecord)

    def write_words(self, name: str, words: WordsRecord) -> None:
        """Keep the places of the words of a corpus.

        Args:
            name: The name of the card.
            words: The places.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self._path("words", name), "words", name, words)

    def read_split(self, name: str) -> SplitRecord | None:
        """Read the folds of a corpus.

        Args:
            name: The name of the split.

        Returns:
            The folds; None if they are missing.

        Raises:
            DamagedError: The file is damaged.
        """
        return self._read("splits", name, SplitRecord)

    def need_split(self, name: str) -> SplitRecord:
        """Read the folds that a plan names.

        Args:
            name: The name of the split.

        Returns:
            The folds.

        Raises:
            StoreError: The file is missing or damaged.
        """
        split = self.read_split(name)
        if split is None:
            raise self.lacks("splits", name)
        return split

    def write_split(self, name: str, split: SplitRecord) -> None:
        """Keep the folds of a corpus.

        Args:
            name: The name of the split.
            split: The folds.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self._path("splits", name), "splits", name, split)

    def read_environment(self, name: str) -> EnvironmentRecord | None:
        """Read the versions that were installed.

        Args:
            name: The name of the environment.

        Returns:
            The versions; None if they are missing.

        Raises:
            DamagedError: The file is damaged.
        """
        return self._read("environments", name, EnvironmentRecord)

    def write_environment(self, name: str, environment: EnvironmentRecord) -> None:
        """Keep the versions that are installed.

        Args:
            name: The name of the environment.
            environment: The versions.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self._path("environments", name), "environments", name, environment)

    def read_timings(self, key: str) -> TimingsRecord | None:
        """Read the further timings of a cell.

        Args:
            key: The key of the cell.

        Returns:
            The timings; None if there are none.

        Raises:
            DamagedError: The file is damaged.
        """
        return self._read("timings", key, TimingsRecord)

    def write_timings(self, timings: TimingsRecord) -> None:
        """Keep the further timings of a cell.

        Args:
            timings: The timings.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self._path("timings", timings.key), "timings", timings.key, timings)

    def read_plan(self) -> PlanRecord:
        """Read the plan of the last run.

        Returns:
            The plan.

        Raises:
            StoreError: Nothing was run yet, or the plan is damaged.
        """
        plan = self.find_plan()
        if plan is None:
            raise StoreError(f"{self.folder}: no plan.jsonl: nothing was run yet; `adrbench run FILE` first")
        return plan

    def find_plan(self) -> PlanRecord | None:
        """Read the plan of the last run, if there is one.

        Returns:
            The plan; None if nothing was run yet.

        Raises:
            DamagedError: The plan is damaged.
        """
        return self._read("plan", "plan", PlanRecord)

    def write_plan(self, plan: PlanRecord) -> None:
        """Keep the plan of this run.

        Args:
            plan: The plan.

        Raises:
            StoreError: The file cannot be written.
        """
        self._write(self._path("plan", "plan"), "plan", "plan", plan)

    def lacks(self, kind: str, name: str) -> StoreError:
        """Make the error about a missing file that another file refers to.

        Args:
            kind: The kind of the file.
            name: Its name.

        Returns:
            The error, to be raised.
        """
        return StoreError(f"{self._path(kind, name)}: missing; {_MENDS[kind]}")

    def unfit(self, key: str) -> DamagedError:
        """Make the error about a cell whose predictions are not of its fold.

        Args:
            key: The key of the cell.

        Returns:
            The error, to be raised.
        """
        why = "its predictions are of other documents or labels than those of its fold"
        return DamagedError(self.path_of_cell(key), why, _MENDS["cells"])

    def _path(self, kind: str, name: str) -> Path:
        if kind == "cells":
            return self.path_of_cell(name)
        return self.folder / "plan.jsonl" if kind == "plan" else self.folder / kind / f"{name}.jsonl"

    def _read(self, kind: str, name: str, record: type[_Record]) -> _Record | None:
        path = self._path(kind, name)
        raw = _bytes_of(path, kind)
        return None if raw is None else _unseal(path, kind, name, raw, record)

    def _write(self, path: Path, kind: str, name: str, record: object, line: bytes = b"") -> None:
        try:
            content = write_record(record)
            # What could not be read again is not written.
            read_record(type(record), content)
        except ValueError as error:
            raise StoreError(f"{path}: cannot be kept: {error}") from error
        seal = f'{{"adrbench":{FORMAT},"kind":"{kind}","name":"{name}","sha256":"{_seal(kind, name, content)}"}}'
        lines = [seal.encode(), content, *([line] if line else [])]
        try:
            write_atomically(path, b"\n".join(lines) + b"\n", drafts=self._drafts)
        except OSError as error:
            raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold a results folder of any format, and remove unfinished files of a run that was killed.

    Args:
        folder: The results folder.

    Yields:
        Nothing; the folder is held until the context closes.

    Raises:
        StoreError: Another run has it, or it cannot be held.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context((folder / ".lock").open("w"))
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreError(f"{folder}: another run is writing to it; wait for it, or use --results") from error
        except OSError as error:
            raise StoreError(f"{folder}: cannot be locked ({error.strerror})") from error
        # Drafts are in these two places only, so that no folder of cells is searched for them.
        for leftover in (*folder.glob(".*.part"), *(folder / _DRAFTS).glob(".*.part")):
            if _is_draft(leftover):
                leftover.unlink(missing_ok=True)
        yield


def read_mark(folder: Path) -> int | None:
    """Read the format of a results folder; that of every version can be read.

    Args:
        folder: The results folder.

    Returns:
        The format; None if its mark is damaged.
    """
    try:
        sealed = json.loads((folder / _MARK).read_bytes().decode("utf-8"))
        content = json.dumps(sealed["content"])
        if sealed["checksum"] != checksum(sealed["content"]):
            return None
        return read_record(Mark, content).format
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return None


def write_mark(folder: Path) -> None:
    """Mark a folder as a results folder of this format.

    Args:
        folder: The folder.

    Raises:
        StoreError: The mark cannot be written.
    """
    content = {"format": FORMAT}
    try:
        write_atomically(folder / _MARK, json.dumps({"checksum": checksum(content), "content": content}) + "\n")
    except OSError as error:
        raise StoreError(f"{folder / _MARK}: cannot be written ({error.strerror})") from error


def _bytes_of(path: Path, kind: str) -> bytes | None:
    try:
        _refuse_other_than_file(path, kind)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise DamagedError(path, str(error.strerror), _MENDS[kind]) from error


def _refuse_other_than_file(path: Path, kind: str) -> None:
    # A pipe in a folder from elsewhere would be waited for, and a device might never end.
    if not stat.S_ISREG(path.stat().st_mode):
        raise DamagedError(path, "it is no file", _MENDS[kind])


def _seal(kind: str, name: str, content: bytes) -> str:
    return hashlib.sha256(f"{kind}\n{name}\n".encode() + content).hexdigest()


def _unseal(path: Path, kind: str, name: str, raw: bytes, record: type[_Record]) -> _Record:
    """The record in a file.

    Raises:
        DamagedError: the file is not complete, is another one, or holds no such record.
    """
    seal, _, rest = raw.partition(b"\n")
    content, end, _ = rest.partition(b"\n")
    written = _SEAL.fullmatch(seal)
    if written is None or not end:
        raise DamagedError(path, "it is cut short, or was not written by adrbench", _MENDS[kind])
    if int(written[1]) != FORMAT:
        raise DamagedError(path, f"it is of format {int(written[1])}, the folder of {FORMAT}", _MENDS[kind])
    if (written[2].decode(), written[3].decode()) != (kind, name):
        what = f"{written[2].decode()}/{written[3].decode()}"
        raise DamagedError(path, f"it holds {what}", _MENDS[kind])
    if _seal(kind, name, content) != written[4].decode():
        raise DamagedError(path, "its checksum is wrong", _MENDS[kind])
    try:
        return read_record(record, content)
    except Damaged as error:
        raise DamagedError(path, str(error), _MENDS[kind]) from None


def _is_draft(file: Path) -> bool:
    """True for a file that a run was writing when it was killed, and for the folder of such files."""
    return file.name == _DRAFTS or (file.name.startswith(".") and file.suffix == ".part" and file.is_file())
