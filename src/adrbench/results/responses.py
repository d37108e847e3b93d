"""Responses of servers, kept beside a results folder: they were paid for, and they quote texts of the corpus.

    RESULTS.responses/adrbench-responses.json   marks the folder as ours, with the version of its format
    RESULTS.responses/README.md                 the terms that these files are under
    RESULTS.responses/.gitignore                keeps them out of git
    RESULTS.responses/KEY.jsonl                 the responses that the cell KEY has used, a line each

A line is appended and synced when a response arrives. Its seal is a checksum of the record in it, a
`adrbench.results.schema.ResponseRecord`. A last line without its end was being written when its cell was killed: it is
cut off. Any other line that is not what was written is damaged: it is named and passed over.

A cell that uses a response of another cell copies it into its own file. So each file is all that a cell needs to give
the same answers again, whatever other files come or go.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from adrbench._system.paths import write_atomically
from adrbench.errors import StoreError
from adrbench.results.tokens import TOKENS

if TYPE_CHECKING:
    from adrbench.api import Usage
    from adrbench.results.schema import ResponseRecord
    from adrbench.results.store import DamagedError

BUDGET_SPENT = "budget"
"""How the reason of a cell begins that could ask for nothing more."""
_FORMAT = 1
_MARK = "adrbench-responses.json"
_MENDS = "the response is asked for again when it is needed"
_LINE = re.compile(rb'\{"sha256":"([0-9a-f]{64})","response":(\{"request":"([0-9a-f]{64})",.*\})\}')
_README = """# Responses of servers

These files were written by `adrbench run`: what a server answered when a tagger asked it.
They quote texts of the corpora of the benchmark, so they are under the terms of those corpora.
Pass them on only to people who may have the texts.
They hold neither addresses nor keys of servers, nor the prompts.

With these files, `adrbench run --offline` repeats the results without asking a server.
Without them, a server is asked, and paid, again.
"""


def responses_folder(results: Path) -> Path:
    """Name the folder of responses that belongs to a results folder.

    Args:
        results: The results folder.

    Returns:
        The folder beside it, whether it is there or not.
    """
    whole = results.absolute()
    return whole.with_name(f"{whole.name}.responses")


class Responses:
    """A folder of responses.

    Args:
        folder: The folder, which need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def create(self) -> None:
        """Make the folder, if it is not there, with its terms and what keeps it out of git.

        Raises:
            StoreError: It holds something else, is of a newer format, or cannot be written.
        """
        try:
            if self.folder.is_dir() and (self.folder / _MARK).is_file():
                self._check()
                return
            if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
                raise StoreError(
                    f"{self.folder}: not empty, and not a folder of responses (it has no {_MARK}); "
                    "choose another with --responses"
                )
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(self.folder / ".gitignore", "*\n")
            write_atomically(self.folder / "README.md", _README)
            write_atomically(self.folder / _MARK, json.dumps({"format": _FORMAT}) + "\n")
        except OSError as error:
            raise StoreError(f"{self.folder}: responses cannot be kept here ({error.strerror})") from error

    def _check(self) -> None:
        from adrbench.results.schema import Damaged, Mark, read_record  # noqa: PLC0415

        try:
            written = read_record(Mark, (self.folder / _MARK).read_bytes()).format
        except Damaged:
            raise StoreError(f"{self.folder / _MARK}: damaged; remove it if the folder is one of responses") from None
        if written != _FORMAT:
            raise StoreError(f"{self.folder}: of format {written}, and this adrbench reads format {_FORMAT}")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one run, and cut off lines whose writing was interrupted.

        Yields:
            Nothing; the folder is held until the context closes.

        Raises:
            StoreError: Another run has it, or it cannot be held.
        """
        try:
            with (self.folder / ".lock").open("w") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                for path in self.files():
                    cut_torn_line(path)
                yield
        except BlockingIOError as error:
            raise StoreError(f"{self.folder}: another run is writing to it; wait for it, or use --responses") from error
        except OSError as error:
            raise StoreError(f"{self.folder}: responses cannot be kept here ({error})") from error

    def file_of(self, key: str) -> Path:
        """Name the file of a cell.

        Args:
            key: The key of the cell.

        Returns:
            Its file, whether it is there or not.
        """
        return self.folder / f"{key}.jsonl"

    def files(self) -> list[Path]:
        """List the files of cells.

        Returns:
            The files in alphabetical order. Symbolic links are no files of ours.
        """
        return sorted(path for path in self.folder.glob("*.jsonl") if path.is_file() and not path.is_symlink())

    def read(self, path: Path) -> Iterator[ResponseRecord | DamagedError]:
        """Read the responses of a file.

        Args:
            path: The file.

        Yields:
            Each response, or the damage of its line. A last line without its end is left out.
        """
        from adrbench.results.schema import Damaged, ResponseRecord, read_record  # noqa: PLC0415  (as in `outcome`)
        from adrbench.results.store import DamagedError  # noqa: PLC0415

        for line in sealed_lines(path):
            if line.record is None:
                yield DamagedError(path, f"line {line.number} is not what was written", _MENDS)
                continue
            try:
                yield read_record(ResponseRecord, line.record)
            except Damaged as error:
                yield DamagedError(path, f"line {line.number}: {error}", _MENDS)

    def damage(self) -> Iterator[DamagedError]:
        """Look for damaged lines.

        Yields:
            Each of them.
        """
        for path in self.files():
            yield from (line for line in self.read(path) if isinstance(line, StoreError))

    def take(self, other: Responses, first: Collection[str] = ()) -> frozenset[str]:
        """Take the responses that another folder has and this one lacks.

        Args:
            other: The other folder; it is only read.
            first: Cells whose responses there count before those here: their predictions come from there.

        Returns:
            The cells whose files were written.

        Raises:
            StoreError: A file cannot be read or written.
        """
        taken: set[str] = set()
        for path in other.files():
            own = self.file_of(path.stem)
            both = [path, own] if path.stem in first else [own, path]
            lines: dict[str, bytes] = {}
            for one in both:
                if one.is_file():
                    lines = {line.request: line.whole for line in sealed_lines(one) if line.record is not None} | lines
            content = b"".join(lines.values())
            if own.is_file() and own.read_bytes() == content:
                continue
            self.create()
            try:
                write_atomically(own, content)
            except OSError as error:
                raise StoreError(f"{own}: cannot be written ({error.strerror})") from error
            taken.add(path.stem)
        return frozenset(taken)


class SealedLine(NamedTuple):
    """A line of a file.

    Attributes:
        number: Its number, from 1.
        start: The byte of the file at which it starts.
        whole: Its bytes, its end included.
        request: The hash of the request; empty if it is damaged.
        record: The bytes of its record; None if it is damaged.
    """

    number: int
    start: int
    whole: bytes
    request: str
    record: bytes | None


def sealed_lines(path: Path) -> Iterator[SealedLine]:
    """Read the lines of a file without parsing their records, as the process of a cell does.

    Args:
        path: The file.

    Yields:
        Each line. A last line without its end is left out.
    """
    start = 0
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            found = _LINE.fullmatch(line[:-1])
            if found is None or hashlib.sha256(found[2]).hexdigest().encode() != found[1]:
                yield SealedLine(number, start, line, "", None)
            else:
                yield SealedLine(number, start, line, found[3].decode(), found[2])
            start += len(line)


# Written without `adrbench.results.schema`, for the reason that stands in `adrbench.results.outcome`.
def response_line(request: str, response: Mapping[str, object], usage: Usage, model: str, *, paid: bool) -> bytes:
    """Write a line of a file.

    Args:
        request: The hash of the request's key.
        response: The response.
        usage: Its tokens.
        model: The model that was asked.
        paid: Whether this cell asked for it; False for a copy of another cell's.

    Returns:
        The line, with its end.

    Raises:
        ValueError: The response holds what JSON cannot.
    """
    record = json.dumps(
        {
            "request": request,
            "model": model.encode("utf-8", "replace").decode(),
            "prompt_tokens": usage.prompt_tokens,
            "cached_tokens": usage.cached_tokens,
            "completion_tokens": usage.completion_tokens,
            "paid": paid,
            # As text: a server may send halves of surrogate pairs, which no reader of JSON has to accept.
            "response": json.dumps(response, allow_nan=False, separators=(",", ":")),
        },
        separators=(",", ":"),
    ).encode()
    return b'{"sha256":"%s","response":%s}\n' % (hashlib.sha256(record).hexdigest().encode(), record)


def read_response(path: Path, start: int, size: int) -> tuple[Mapping[str, object], str, dict[str, int]]:
    """Read a response whose place is known, as the process of a cell does.

    Args:
        path: The file.
        start: The byte at which its line starts.
        size: The bytes of the line.

    Returns:
        The response, the model, and the counts of ``Usage`` by name.
    """
    with path.open("rb") as file:
        file.seek(start)
        stored = json.loads(file.read(size))["response"]
    return json.loads(stored["response"]), stored["model"], {name: stored[name] for name in TOKENS}


def cut_torn_line(path: Path) -> None:
    """Cut off a last line whose writing was interrupted.

    Args:
        path: The file.
    """
    with path.open("rb+") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - 2**16)
            file.seek(start)
            place = file.read(end - start).rfind(b"\n")
            if place >= 0:
                end = start + place + 1
                break
            end = start
        if end < file.seek(0, os.SEEK_END):
            file.truncate(end)
            os.fsync(file.fileno())
