"""Texts to be tagged: from files, folders, standard input and corpora, one after the other, in a fixed order."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

from adrbench.api import CorpusError, Record
from adrbench.datasets.decode import MAX_LINE_BYTES, decode_text, parse_json, read_text
from adrbench.datasets.formats import brat, jsonl
from adrbench.datasets.limits import check_unpacked
from adrbench.datasets.load import read_dataset
from adrbench.datasets.recognition import candidates, unsupported
from adrbench.datasets.text.tokens import Unit
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry

STDIN = "-"
TEXT, LINES = "text", "lines"
"""What an input may be besides a format or a corpus: a text, or a text a line."""

_JSON_LINES = (".jsonl", ".ndjson")
# Of a folder, what may hold texts; the content of those after the first three says how.
_SUFFIXES = (".txt", *_JSON_LINES, ".json", ".xml", ".tsv", ".conll", ".iob", ".iob2", ".pubtator")
_HEAD = 2**16
# After so many lines it is asked how far reading has come.
_POSITION_LINES = 100
# An unzipped file that is one text.
_MAX_TEXT_BYTES = 2**30
# Their text is not the file as it stands.
_MARKUP = (".xml", ".xmi", ".tsv")


class Text(NamedTuple):
    """A text to be tagged.

    Attributes:
        record: The text with its id; its spans are gold, if it has any and they were asked for.
        gold: Whether the input brings gold for it, possibly without any span.
        unit: What the input says it is; a ``document`` if it says nothing.
    """

    record: Record
    gold: bool = False
    unit: Unit = "document"


class Unreadable(NamedTuple):
    """A text, or a file of texts, that cannot be read. ``where``: its file and line; ``reason``: what is wrong."""

    where: str
    reason: str


@dataclass
class Position:
    """How much of the inputs has been read.

    Attributes:
        read: Bytes so far, as they lie on disk.
        total: Bytes of all inputs; None if that cannot be told.
    """

    read: int = 0
    total: int | None = None


class Texts:
    """The texts of some inputs. Iterating gives them in the order of the inputs; folders are read by name.

    Args:
        inputs: Files, folders, ``-`` for standard input, or names of corpora.
        registry: The installed readers.
        reader: What every input is: ``text``, ``lines``, a format or a corpus. Empty: its name and content tell.
        params: Parameters of that format or corpus.
        encoding: The encoding of texts, lines and JSON lines.
        gold: Read gold too, where the inputs have any.

    Raises:
        InputError: If an input does not exist, or its format is unknown.
    """

    def __init__(
        self,
        inputs: Sequence[str | Path],
        registry: Registry,
        *,
        reader: str = "",
        params: Mapping[str, Any] | None = None,
        encoding: str = "utf-8",
        gold: bool = False,
    ) -> None:
        self._registry = registry
        self._reader = reader
        self._params = dict(params or {})
        self._encoding = encoding
        self._gold = gold
        self.position = Position()
        self.passed_over: Counter[str] = Counter()
        """Files of folders that hold no text, by what they are; counted while texts are read."""
        names = registry.names("datasets")
        if reader not in {"", TEXT, LINES, *names}:
            raise InputError(f"unknown format {reader!r}; {closest(reader, [TEXT, LINES, *names])}")
        if params and reader in {"", TEXT, LINES}:
            raise InputError(f"--param is for a format that --from names, not for {reader or 'recognised ones'}")
        try:
            "".encode(encoding)
        except (LookupError, ValueError) as error:
            raise InputError(f"unknown encoding {encoding!r}; for example utf-8, latin-1, cp1252") from error
        if not inputs:
            raise InputError("no input; give files, folders, - for standard input, or the name of a corpus")
        self._inputs = [self._checked(str(one), names) for one in inputs]
        self._base = _common_folder([Path(one) for one in self._inputs if one != STDIN and Path(one).exists()])
        self._folders: set[tuple[int, int]] = set()
        self.position.total = self._size()

    def __iter__(self) -> Iterator[Text | Unreadable]:
        self.position.read = 0
        self.passed_over.clear()
        for one in self._inputs:
            if one == STDIN:
                yield from self._stream(lambda: sys.stdin.buffer, "stdin", "standard input")
            elif not Path(one).exists():
                yield from self._corpus(one, None, one)
            elif self._is_corpus(self._reader) and not (self._reader == "jsonl" and not self._params):
                yield from self._corpus(self._reader, Path(one), one)
            else:
                yield from self._path(Path(one))

    def reads_in(self, place: Path) -> bool:
        """Tell whether a file or folder lies in a folder that is read, possibly through a link.

        Args:
            place: The file or folder, which need not exist.

        Returns:
            Whether it does.
        """
        above = (parent.stat() for parent in place.resolve().parents if parent.is_dir())
        return any((status.st_dev, status.st_ino) in self._folders for status in above)

    def _checked(self, one: str, names: Sequence[str]) -> str:
        if one == STDIN:
            if self._is_corpus(self._reader) and self._reader != "jsonl":
                raise InputError(f"standard input is read as text, lines or jsonl, not as {self._reader}; give a file")
            return one
        path = Path(one)
        try:
            there = path.exists()
        except (OSError, ValueError) as error:
            raise InputError(f"{one}: cannot be looked at ({getattr(error, 'strerror', None) or error})") from error
        if there:
            return one
        if one not in names or self._registry.describe("datasets", one).format:
            raise InputError(f"{one}: no such file or folder, and no corpus of this name; {closest(one, names)}")
        if self._reader:
            raise InputError(f"{one} is a corpus, so --from {self._reader} has no meaning; leave it out")
        return one

    def _is_corpus(self, reader: str) -> bool:
        return reader not in {"", TEXT, LINES}

    def _size(self) -> int | None:
        total, known = 0, True
        for one in self._inputs:
            path = Path(one)
            if one == STDIN or not path.exists() or not (path.is_file() or path.is_dir()):
                known = False
                continue
            seen: set[tuple[int, int]] = set()
            for file in _files(path, Counter(), seen):
                if isinstance(file, Path) and (path.is_file() or _may_hold_text(file.name)):
                    total += _bytes_of(file)
            self._folders |= seen
        return total if known else None

    def _path(self, path: Path) -> Iterator[Text | Unreadable]:
        if not path.is_dir():
            yield from self._file(path, given=True)
            return
        for file in _files(path, self.passed_over, set()):
            if isinstance(file, Unreadable):
                yield file
            elif _may_hold_text(file.name):
                yield from self._file(file, given=False)
            elif file.suffix.lower() != ".ann":
                self.passed_over[f"files {file.suffix.lower() or 'without a suffix'}, not read"] += 1

    def _file(self, path: Path, *, given: bool) -> Iterator[Text | Unreadable]:
        before = self.position.read
        where = str(path)
        try:
            if not path.is_file():
                yield from self._stream(lambda: path.open("rb"), path.name, where)
                return
            kind = self._reader or _kind(path, given=given)
            if kind == TEXT:
                yield self._text_file(path)
            elif kind in {LINES, "jsonl"} and not (kind == "jsonl" and _is_array(path)):
                with _opened(path) as (file, raw):
                    for number, one in enumerate(self._lines(file, kind, self._name(path), where)):
                        # To ask the system takes longer than to read a line.
                        if not number % _POSITION_LINES:
                            self.position.read = before + raw.tell()
                        yield one
            elif kind == "jsonl":
                yield from self._array(path)
            else:
                yield from self._corpus(kind, path, where)
        except CorpusError as error:
            yield _unreadable(where, error)
        except (OSError, EOFError, zlib.error) as error:
            yield Unreadable(where, f"cannot be read ({getattr(error, 'strerror', None) or error})")
        self.position.read = before + _bytes_of(path)

    def _text_file(self, path: Path) -> Text:
        name = self._name(path)
        annotations = path.with_suffix(".ann")
        if self._gold and annotations.is_file():
            text, spans = brat.read_gold(path, annotations, self._encoding)
            return Text(Record(name, text, spans, name), gold=True)
        if path.suffix.lower() == ".gz":
            with _opened(path) as (file, _):
                data = file.read(_MAX_TEXT_BYTES + 1)
            check_unpacked(str(path), len(data), path.stat().st_size)
            if len(data) > _MAX_TEXT_BYTES:
                raise CorpusError(f"{path}: a text of more than 1 GiB; split it")
            return Text(Record(name, decode_text(data, path, self._encoding), (), name))
        return Text(Record(name, read_text(path, self._encoding), (), name))

    def _stream(self, opened: Callable[[], BinaryIO], name: str, where: str) -> Iterator[Text | Unreadable]:
        """Standard input, a pipe or a device: a text unless it begins like JSON lines."""
        file = opened()
        first = file.readline(MAX_LINE_BYTES + 1)
        kind = self._reader or ("jsonl" if _begins_like_json(first) else TEXT)
        if kind == TEXT:
            data = b"".join(chain((first,), iter(lambda: file.read(2**20), b"")))
            try:
                yield Text(Record(name, decode_text(data, Path(where), self._encoding), (), name))
            except CorpusError as error:
                yield _unreadable(where, error)
            return
        yield from self._lines(file, kind, name, where, first)

    def _lines(
        self, file: BinaryIO, kind: str, name: str, where: str, first: bytes | None = None
    ) -> Iterator[Text | Unreadable]:
        """A text a line, or JSON lines; a line that cannot be read is no reason to stop."""
        if not "a\n".encode(self._encoding).endswith(b"a\n"):
            raise InputError(f"--encoding {self._encoding}: lines are read in encodings that hold ASCII; convert them")
        as_json = kind != LINES
        gold, encoding = self._gold, self._encoding
        number = 0
        for line in _byte_lines(file, first):
            number += 1
            if line is None:
                yield Unreadable(f"{where}:{number}", f"a line of more than {MAX_LINE_BYTES // 2**20} MiB")
                continue
            try:
                text = line.decode(encoding)
            except UnicodeError as error:
                # Some codecs do not say where they fail.
                reason = f"byte 0x{line[error.start]:02x}" if isinstance(error, UnicodeDecodeError) else str(error)
                yield Unreadable(f"{where}:{number}", f"not {encoding.upper()} ({reason})")
                continue
            if not as_json:
                key = f"{name}.{number}"
                yield Text(Record(key, text, (), key))
            elif text.strip():
                try:
                    value = parse_json(text, where, number)
                    yield Text(*jsonl.read_text_item(value, f"{where}:{number}", f"{name}.{number}", gold=gold))
                except CorpusError as error:
                    yield _unreadable(f"{where}:{number}", error)

    def _array(self, path: Path) -> Iterator[Text | Unreadable]:
        name = self._name(path)
        for number, (where, value) in enumerate(jsonl.read_items(path, self._encoding), 1):
            try:
                yield Text(*jsonl.read_text_item(value, where, f"{name}.{number}", gold=self._gold))
            except CorpusError as error:
                yield _unreadable(where, error)

    def _corpus(self, reader: str, path: Path | None, where: str) -> Iterator[Text | Unreadable]:
        """A corpus, which is read whole."""
        try:
            reading = read_dataset(self._registry, reader, self._params, path, offline=True)
        except CorpusError as error:
            yield _unreadable(where, error)
            return
        for record in reading.records:
            yield Text(record, self._gold, reading.unit)
        for record in reading.unlabelled:
            yield Text(record, False, reading.unit)

    def _name(self, path: Path) -> str:
        """The id of a file's text: its path in the folder that is common to all inputs, without its suffix."""
        try:
            name = Path(os.path.relpath(os.path.abspath(path), self._base)).as_posix()  # noqa: PTH100  (links stay)
        except ValueError:
            name = path.name
        plain = name[:-3] if name.lower().endswith(".gz") else name
        stem, dot, suffix = plain.rpartition(".")
        known = dot and stem and f".{suffix.lower()}" in _SUFFIXES
        return (stem if known else plain).encode("utf-8", "backslashreplace").decode()


def _unreadable(where: str, error: CorpusError) -> Unreadable:
    """A reader's message without the place that it begins with, which may be more exact than ``where``."""
    message = str(error)
    file = where.rpartition(":")[0] or where
    place, colon, reason = message.partition(": ")
    if colon and place.startswith((where, file)):
        return Unreadable(place, reason)
    return Unreadable(where, message)


def _common_folder(paths: Sequence[Path]) -> str:
    """The folder from which ids of texts count."""
    if not paths:
        return "."
    places = [os.path.abspath(path) for path in paths]  # noqa: PTH100  (links stay)
    if len(places) == 1:
        return places[0] if paths[0].is_dir() else os.path.dirname(places[0])  # noqa: PTH120
    return os.path.commonpath([os.path.dirname(place) for place in places])  # noqa: PTH120


def _files(path: Path, passed_over: Counter[str], seen: set[tuple[int, int]]) -> Iterator[Path | Unreadable]:
    """A file; or the regular files below a folder, by name, but hidden ones. Each folder is read once, and noted."""
    waiting = [path]
    while waiting:
        one = waiting.pop()
        try:
            status = one.stat()
            if stat.S_ISDIR(status.st_mode):
                if (status.st_dev, status.st_ino) in seen:
                    passed_over["links to a folder that was read already"] += 1
                    continue
                seen.add((status.st_dev, status.st_ino))
                with os.scandir(one) as listed:
                    names = sorted((entry.name for entry in listed if not entry.name.startswith(".")), reverse=True)
                waiting += [one / name for name in names]
            elif stat.S_ISREG(status.st_mode):
                yield one
            else:
                passed_over["pipes, sockets and devices"] += 1
        except OSError as error:
            if one.is_dir() or _may_hold_text(one.name):
                yield Unreadable(str(one), f"cannot be read ({error.strerror})")
            else:
                passed_over["links to nothing or to themselves"] += 1


def _may_hold_text(name: str) -> bool:
    return name.lower().removesuffix(".gz").endswith(_SUFFIXES)


def _kind(path: Path, *, given: bool) -> str:
    """What a file is, by its name, else by its content. Raises ``CorpusError`` if neither tells."""
    name = path.name.lower().removesuffix(".gz")
    if name.endswith(".txt") and not name.endswith(".pubtator.txt"):
        return TEXT
    if name.endswith(_JSON_LINES):
        return "jsonl"
    try:
        found = candidates(path)
    except InputError as error:
        raise CorpusError(str(error)) from error
    if len(found) == 1:
        return found[0].format
    if not found and given:
        told = unsupported(path) if path.suffix.lower() in _MARKUP else ""
        if told:
            raise CorpusError(f"{path}: {told}; --from text tags it with its markup")
        return TEXT
    speaks = " and ".join(one.format for one in found) if found else "no format that is known"
    raise CorpusError(f"{path}: its content speaks for {speaks}; say by --from what it is")


def _is_array(path: Path) -> bool:
    if path.suffix.lower() == ".gz":
        return False
    with path.open("rb") as file:
        head = file.read(_HEAD).removeprefix(b"\xef\xbb\xbf").split()
    start = b"".join(head[:2])[:2]
    return start.startswith(b"[") and start != b'["'


def _begins_like_json(line: bytes) -> bool:
    start = line.removeprefix(b"\xef\xbb\xbf").lstrip()
    return start.startswith((b'{"', b"{ ")) and start.rstrip().endswith(b"}")


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, BinaryIO]]:
    """A file, unzipped if need be, and the file as it lies on disk."""
    with path.open("rb") as raw:
        if path.suffix.lower() == ".gz":
            with gzip.GzipFile(fileobj=raw) as unzipped:
                yield cast("BinaryIO", unzipped), raw
        else:
            yield raw, raw


def _byte_lines(file: BinaryIO, first: bytes | None) -> Iterator[bytes | None]:
    """Lines without their ends, the first without a byte-order mark; None for a line that is too long."""
    line = file.readline(MAX_LINE_BYTES + 1) if first is None else first
    line = line.removeprefix(b"\xef\xbb\xbf")
    while line:
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            while line and not line.endswith(b"\n"):
                line = file.readline(2**20)
            yield None
        else:
            yield line.removesuffix(b"\n").removesuffix(b"\r")
        line = file.readline(MAX_LINE_BYTES + 1)
