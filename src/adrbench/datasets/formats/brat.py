"""brat standoff: a folder of texts (``.txt``), each with its annotations beside it (``.ann``).

Stenetorp et al. (2012), Proceedings of the Demonstrations at EACL 2012, 102-107; https://brat.nlplab.org/standoff.html.

Folders in it that are called after a part, such as ``train``, ``devel`` and ``test``, are the parts of its split.
"""

from __future__ import annotations

import codecs
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets.decode import read_lines, read_text
from adrbench.datasets.files import file_hash, files_below
from adrbench.datasets.formats._standoff import SCHEMA, Mismatch, mentions, settle
from adrbench.datasets.formats.parts import PART_NAMES, PARTS

_BOM = "\ufeff"
# Bytes of a file name, with room for a suffix and for the number of an id that comes again.
_LONGEST_NAME = 200
# No hidden file, nothing outside the folder, no drive.
_STEP = r"[^./\\\0][^/\\\0]*"
_PATH = re.compile(rf"(?![A-Za-z]:){_STEP}(?:/{_STEP})*")


@dataclass(frozen=True)
class BratParams:
    """``encoding``: of all files; ``auto``: UTF-8, or else, counted, Latin-1, for each file.

    ``mismatch``: a mention whose words are not those at its offsets is an ``error``; is counted and read at the offsets
    (``count``); or is first looked for nearby, and moved to its words if they stand in one place (``repair``). A range
    that is empty, reversed or outside the text is a mismatch too; ``count`` and ``repair`` leave it out, counted.
    ``unannotated``: a text without an ``.ann`` file is an ``error``, or kept as one without mentions, counted
    (``keep``).
    """

    encoding: str = "utf-8"
    mismatch: Mismatch = "error"
    unannotated: Literal["error", "keep"] = "error"


plugin = DatasetPlugin(
    name="brat",
    summary="brat standoff: a folder of .txt and .ann files",
    params=BratParams,
    implementation="adrbench.datasets.formats.brat:Brat",
    format=True,
    writer="adrbench.datasets.formats.brat:write",
)


class Brat:
    """Reads a folder with all folders in it. A document's id is its path there, without the suffix."""

    info = DatasetInfo(name="brat", version="", licence="", citation="", labels=())
    schema = SCHEMA

    def load(self, params: BratParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A folder of ``.txt`` and ``.ann`` files.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: There is no such file, or its form is wrong.
        """
        if path is None or not path.is_dir():
            given = "no path given" if path is None else f"no folder {path}"
            raise CorpusError(f"brat: {given}; it should be a folder of .txt and .ann files")
        return load_brat(self.info, path, f"folder {path.resolve().name}", params)


def load_brat(
    info: DatasetInfo,
    folder: Path,
    origin: str,
    params: BratParams | None = None,
    annotations: Path | None = None,
    repeated_ids: bool = False,
) -> Reading:
    """Read brat standoff: texts (``.txt``), each with its annotations (``.ann``).

    Args:
        info: The card of the corpus.
        folder: The folder of the texts, with all folders in it.
        origin: Where the files came from, as ``LocalFolder.origin`` has it.
        params: How the files are encoded, and what becomes of what does not fit.
        annotations: The folder of the annotations, if it is another one.
        repeated_ids: Keep mentions whose id another mention of the file has, counted; otherwise they are an error.

    Returns:
        A reading with a record for each text. Its id is its path in the folder, without the suffix.

    Raises:
        CorpusError: With file and line, for what is no annotation, and naming the file that a text or its annotations
            lack.
    """
    params = params or BratParams()
    root = Path(os.path.commonpath([folder, annotations or folder]))
    texts, answers = _by_name(folder, ".txt"), _by_name(annotations or folder, ".ann")
    ledger: Counter[str] = Counter()
    hashes: dict[str, str] = {}
    records = []
    for name in sorted(texts.keys() | answers.keys()):
        pair = texts.get(name), answers.get(name)
        text, spans = _read_pair(*pair, params, ledger, repeated_ids)
        part = _part(name)
        records.append(Record(name, text, spans, name, parts=(part,) if part else ()))
        hashes |= {file.relative_to(root).as_posix(): file_hash(file) for file in pair if file is not None}
    if not records:
        raise CorpusError(f"{info.name}: {root} holds no .txt and .ann files")
    return Reading(info, tuple(records), origin, hashes, ledger=+ledger, unit="document")


def _by_name(folder: Path, suffix: str) -> dict[str, Path]:
    """The files below a folder that end in ``suffix``, in whatever case, by their path in it without the suffix.

    Hidden ones are passed over. Raises ``CorpusError`` for names that differ in the suffix's case only, and for names
    that are no text.
    """
    files: dict[str, Path] = {}
    for file in sorted(files_below(folder)):
        inner = file.relative_to(folder)
        if file.suffix.lower() != suffix or any(p.startswith(".") for p in inner.parts):
            continue
        name = inner.as_posix()[: -len(suffix)]
        try:
            name.encode()
        except UnicodeEncodeError as error:
            raise CorpusError(f"{folder}: the file name {name!r} is not UTF-8; rename it") from error
        if name in files:
            raise CorpusError(f"{file}: there is {files[name].name} too; which one is it?")
        files[name] = file
    return files


def _read_pair(
    text_file: Path | None, ann_file: Path | None, params: BratParams, ledger: Counter[str], repeated_ids: bool
) -> tuple[str, tuple[Span, ...]]:
    """A text and its spans, in the file's order. ``repeated_ids``: take mentions whose id another one has, counted.

    Raises ``CorpusError`` with file and line for what is wrong, and naming the other file for one that is missing.
    """
    if text_file is None:
        raise CorpusError(f"{ann_file}: annotations without their text; there should be a .txt file of the same name")
    text_encoding = _encoding(text_file, params, ledger)
    text = read_text(text_file, text_encoding)
    if ann_file is None:
        if params.unannotated == "error":
            raise CorpusError(
                f"{text_file}: no .ann file of the same name; an empty one says that there are no mentions, "
                'unannotated = "keep" that all such texts have none'
            )
        ledger["texts without an .ann file, read as without mentions"] += 1
        return text, ()
    lines = read_lines(ann_file, _encoding(ann_file, params, ledger))
    return settle(mentions(lines, str(ann_file), ledger, repeated_ids), text, params.mismatch, ledger)


def read_gold(text_file: Path, ann_file: Path, encoding: str) -> tuple[str, tuple[Span, ...]]:
    """Read a text with the annotations beside it. The text stays as it is, whatever its line ends.

    Args:
        text_file: The text.
        ann_file: Its annotations.
        encoding: The encoding of both.

    Returns:
        The text, and its spans with offsets in it.

    Raises:
        CorpusError: A file cannot be read, or a mention does not fit the text.
    """
    text = read_text(text_file, encoding)
    read, spans = settle(mentions(read_lines(ann_file, encoding), str(ann_file), Counter()), text, "error", Counter())
    if read == text:
        return text, spans
    # The offsets count a line end of two characters as one.
    places = [place for place, character in enumerate(text) if text[place : place + 2] != "\r\n"] + [len(text)]
    moved = (
        replace(
            span,
            start=places[span.start],
            end=places[span.end - 1] + 1,
            parts=tuple((places[start], places[end - 1] + 1) for start, end in span.parts),
        )
        for span in spans
    )
    return text, tuple(moved)


def _encoding(file: Path, params: BratParams, ledger: Counter[str]) -> str:
    if params.encoding != "auto":
        return params.encoding
    try:
        file.read_bytes().decode()
    except OSError as error:
        raise CorpusError(f"{file}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError:
        ledger["files that are not UTF-8, read as Latin-1"] += 1
        return "latin-1"
    return "utf-8"


def _part(name: str) -> str:
    folder, slash, _ = name.partition("/")
    return PART_NAMES.get(folder.lower(), "") if slash else ""


def write(reading: Reading, path: Path) -> dict[str, int]:
    """Write a corpus as a new folder of ``.txt`` and ``.ann`` files in UTF-8, whole or not at all.

    Args:
        reading: The corpus.
        path: The folder; it may exist if it is empty. A document is written under its id, below the folder of its part.

    Returns:
        Counts of what the format cannot hold.

    Raises:
        CorpusError: An id is no path inside the folder, a label has white space, or a text has NUL.
    """
    if path.exists() and not (path.is_dir() and not any(path.iterdir())):
        raise CorpusError(f"{path}: exists and is not an empty folder; a corpus is written to a new one")
    if not reading.records:
        raise CorpusError(f"{path}: nothing to write, the corpus has no document")
    lost = Counter(
        {
            "texts without gold, not written": len(reading.unlabelled),
            "sentences, read back as documents": len(reading.records) if reading.unit == "sentence" else 0,
        }
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".brat-") as draft:
            inside = Path(draft) / "content"
            inside.mkdir()
            for record in reading.records:
                name = _name(record, path)
                text_file, ann_file = inside / f"{name}.txt", inside / f"{name}.ann"
                if text_file.exists():
                    raise CorpusError(f"{path}: two documents would be written to {name}.txt")
                text_file.parent.mkdir(parents=True, exist_ok=True)
                text, annotations = contents(record, path, lost)
                text_file.write_bytes(text)
                ann_file.write_bytes(annotations)
                lost["documents whose id gets the part in front"] += name != record.id
                lost["documents whose group is not written"] += record.group not in {name, record.id}
                lost["documents whose metadata is not written"] += bool(record.metadata)
                lost["documents whose words are fixed, which is not written"] += record.tokens is not None
            inside.replace(path)
    except OSError as error:
        raise CorpusError(f"{path}: cannot be written ({error.strerror})") from error
    return dict(+lost)


def safe_name(name: str) -> str:
    """Make a document's id a path inside a folder, whatever it holds.

    Args:
        name: The id.

    Returns:
        The id itself if it is such a path already; else one file name, in which other characters than letters and
        digits are percent-encoded. A name that is too long for a file ends with a hash of the whole.

    >>> safe_name("a/b 1"), safe_name("../x"), safe_name("")
    ('a/b 1', '%2E%2E%2Fx', '%')
    """
    steps = name.split("/")
    # A folder of the name of another document's file would stand in its way.
    plain = _PATH.fullmatch(name) and not any(step.lower().endswith((".txt", ".ann")) for step in steps[:-1])
    if plain and name.isprintable() and all(len(step.encode()) <= _LONGEST_NAME for step in steps):
        return name
    escaped = quote(name, safe="", errors="surrogatepass").replace(".", "%2E") or "%"
    if len(escaped) > _LONGEST_NAME:
        escaped = f"{escaped[: _LONGEST_NAME - 18]}%-{sha256(escaped.encode()).hexdigest()[:16]}"
    return escaped


def _name(record: Record, path: Path) -> str:
    """Where a document is written, so that its part is read back."""
    _encoded(record.id, record, path)
    if not _PATH.fullmatch(record.id):
        raise CorpusError(
            f"{path}: the document id {record.id!r} cannot be a file name; it should be names between slashes, none of "
            "which begins with a dot or holds a backslash"
        )
    if len(record.parts) > 1 or (record.parts and record.parts[0] not in PARTS):
        raise CorpusError(f"{path}: document {record.id} has the parts {record.parts}; folders are train, dev or test")
    part = record.parts[0] if record.parts else ""
    if _part(record.id) == part:
        return record.id
    if not part:
        raise CorpusError(f"{path}: document {record.id} has no part, but would be read back as {_part(record.id)}")
    return f"{part}/{record.id}"


def contents(record: Record, path: Path, lost: Counter[str]) -> tuple[bytes, bytes]:
    """Write a record as the contents of its two files.

    Args:
        record: The record. The score of a span is a note to its annotation.
        path: The folder, for messages.
        lost: What the format cannot hold is counted here.

    Returns:
        The bytes of the ``.txt`` and of the ``.ann`` file.

    Raises:
        CorpusError: A label has white space, or the text has NUL.
    """
    return _text(record, path), _encoded("".join(_lines(record, path, lost)), record, path)


def _text(record: Record, path: Path) -> bytes:
    if "\0" in record.text:
        raise CorpusError(f"{path}: the text of document {record.id} holds NUL, which no text file may")
    # A reader takes the first mark for the file's own.
    own_mark = codecs.BOM_UTF8 if record.text.startswith(_BOM) else b""
    return own_mark + _encoded(record.text, record, path)


def _lines(record: Record, path: Path, lost: Counter[str]) -> Iterator[str]:
    number = 0
    for span in record.spans:
        ranges = span.parts or ((span.start, span.end),)
        if any(not 0 <= start < end <= len(record.text) for start, end in ranges):
            lost["mentions that leave their text, not written"] += 1
            continue
        if not span.label or re.search(r"[\s/\0]", span.label):
            raise CorpusError(f"{path}: brat cannot hold the label {span.label!r} of document {record.id}")
        number += 1
        offsets = ";".join(f"{start} {end}" for start, end in ranges)
        words = re.sub(r"\s", " ", " ".join(record.text[start:end] for start, end in ranges))
        yield f"T{number}\t{span.label} {offsets}\t{words}\n"
        if span.score is not None:
            yield f"#{number}\tAnnotatorNotes T{number}\tscore {span.score:.6g}\n"


def _encoded(text: str, record: Record, path: Path) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(f"{path}: half a surrogate pair in document {record.id!r}, which is no character") from error
