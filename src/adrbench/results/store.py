"""The results folder: finished cells with their predictions, gold by id and offset, folds; never corpus text.

    adrbench.json               marks the folder as ours, with the format's version
    plan.json                   what the last run wanted to measure: datasets, splits, taggers, published figures
    corpora/CARD.json           card, ledger, ids, groups and gold spans of a corpus
    words/CARD.json             where words stand, and which gold mentions have the same words, by number; no text
    splits/NAME.json            ids by fold
    environments/NAME.json      versions of Python and of every installed distribution
    cells/KEY.json              one cell: status, reason, predictions, costs, machine, name of its environment
    studies/KEY.log             the trials of the study that the cell KEY tunes by, a line for each thing that happened

Every other file is written whole or not at all, and carries a checksum of what is in it: a file whose checksum is right
is complete. A cell of status ``ok`` is final.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from adrbench._system.paths import write_atomically
from adrbench.errors import StoreError

FORMAT = 1
_MARK = "adrbench.json"
_WRITTEN = re.compile(rb'\{"checksum":"sha256:([0-9a-f]{64})",\n"content":(.*)\}\n', re.DOTALL)


def checksum(content: Any) -> str:
    """The sha256 of plain data in canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Store:
    """A results folder. Opening one for reading creates nothing."""

    def __init__(self, folder: Path) -> None:
        """Open an existing results folder. Raises ``StoreError`` if it is none, or one of a newer format."""
        self.folder = folder
        mark = folder / _MARK
        if not folder.is_dir():
            raise StoreError(f"{folder}: no such folder; `adrbench run FILE --results {folder}` makes one")
        if not mark.is_file():
            raise StoreError(f"{folder}: not a results folder of adrbench (it has no {_MARK})")
        found = read_whole(mark)
        if found is None or not isinstance(found.get("format"), int):
            raise StoreError(f"{mark}: damaged; restore it, or move the folder away")
        if found["format"] > FORMAT:
            raise StoreError(
                f"{folder}: written by a newer adrbench (format {found['format']}, this one reads {FORMAT})"
            )

    @classmethod
    def find(cls, folder: Path) -> Store | None:
        """Open a results folder; None for a folder that is new or empty. Touches nothing.

        Raises ``StoreError`` if the folder holds something else or cannot be used.
        """
        try:
            if folder.is_dir() and (folder / _MARK).is_file():
                if not os.access(folder, os.W_OK):
                    raise StoreError(f"{folder}: cannot be written")
                return cls(folder)
            if folder.is_dir() and any(not _draft(file) for file in folder.iterdir()):
                raise StoreError(
                    f"{folder}: not empty, and not a results folder of adrbench (it has no {_MARK}); "
                    "choose another with --results"
                )
        except OSError as error:
            raise StoreError(f"{folder}: cannot be used as a results folder ({error.strerror})") from error
        return None

    @classmethod
    def create(cls, folder: Path) -> Store:
        """Open a results folder, or make one of a folder that is new or empty. Raises what ``find`` raises."""
        found = cls.find(folder)
        if found is not None:
            return found
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{folder}: cannot be used as a results folder ({error.strerror})") from error
        write_whole(folder / _MARK, {"format": FORMAT})
        return cls(folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run. Raises ``StoreError`` if another run has it, or if it cannot be held."""
        with ExitStack() as stack:
            try:
                file = stack.enter_context((self.folder / ".lock").open("w"))
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StoreError(
                    f"{self.folder}: another run is writing to it; wait for it, or use --results"
                ) from error
            except OSError as error:
                raise StoreError(f"{self.folder}: cannot be locked ({error.strerror})") from error
            for leftover in self.folder.rglob("*"):
                # What a run that was killed had not written to the end.
                if _draft(leftover):
                    leftover.unlink(missing_ok=True)
            yield

    def read_cell(self, key: str) -> Mapping[str, Any] | None:
        """A complete cell, whatever its status, or None if there is none or its file is damaged."""
        return read_whole(self.folder / "cells" / f"{key}.json")

    def write_cell(self, key: str, cell: Mapping[str, Any]) -> None:
        """Keep a cell. It replaces one of the same key."""
        write_whole(self.folder / "cells" / f"{key}.json", cell)

    def read(self, kind: str, name: str) -> Mapping[str, Any] | None:
        """A complete file of ``corpora``, ``splits`` or ``environments``, or None."""
        return read_whole(self.folder / kind / f"{name}.json")

    def digest(self, kind: str, name: str) -> str:
        """The sha256 of the bytes of a file of ``cells``, ``corpora``, ``words`` or ``splits``; empty without one."""
        try:
            return hashlib.sha256((self.folder / kind / f"{name}.json").read_bytes()).hexdigest()
        except OSError:
            return ""

    def write(self, kind: str, name: str, content: Mapping[str, Any]) -> None:
        """Keep a file of ``corpora``, ``splits`` or ``environments``."""
        write_whole(self.folder / kind / f"{name}.json", content)

    def read_plan(self) -> Mapping[str, Any]:
        """What the last run wanted to measure. Raises ``StoreError`` if nothing was ever run or it is damaged."""
        plan = self.find_plan()
        if plan is None:
            raise StoreError(f"{self.folder}: no complete plan.json: nothing was run yet; `adrbench run FILE` first")
        return plan

    def find_plan(self) -> Mapping[str, Any] | None:
        """What the last run wanted to measure, if there is a complete plan of one."""
        return read_whole(self.folder / "plan.json")

    def write_plan(self, plan: Mapping[str, Any]) -> None:
        """Keep what this run wants to measure."""
        write_whole(self.folder / "plan.json", plan)


def _draft(file: Path) -> bool:
    """Whether a file is one that a run was writing when it was killed."""
    return file.name.startswith(".") and file.suffix == ".part" and file.is_file()


def write_whole(path: Path, content: Mapping[str, Any]) -> None:
    """Write content with its checksum, all of it or nothing. Raises ``StoreError`` if it cannot be written."""
    # ASCII, so that even half a surrogate (from a file name in a reason) can be written.
    body = json.dumps(content, sort_keys=True, separators=(",", ":"))
    try:
        write_atomically(path, f'{{"checksum":"{checksum(content)}",\n"content":{body}}}\n')
    except OSError as error:
        raise StoreError(f"{path}: cannot be written ({error.strerror})") from error


def read_whole(path: Path) -> Mapping[str, Any] | None:
    """What ``write_whole`` wrote, or None if it is not there or damaged."""
    try:
        raw = path.read_bytes()
        written = _WRITTEN.fullmatch(raw)
        if written and hashlib.sha256(written[2]).hexdigest().encode() == written[1]:
            # No letter had to be escaped, so these bytes are the canonical ones.
            plain = json.loads(written[2])
            return plain if isinstance(plain, dict) else None
        found = json.loads(raw.decode("utf-8"))
        content: Mapping[str, Any] = found["content"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return content if isinstance(content, dict) and found.get("checksum") == checksum(content) else None
