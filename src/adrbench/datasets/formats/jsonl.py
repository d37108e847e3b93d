"""JSON lines: a text with its spans on each line, our own shape and what annotation tools and taggers write.

Our own holds all that a reading does::

    {
        "id": "a.1",
        "text": "No rash.",
        "spans": [{"start": 3, "end": 7, "label": "ADR"}],
        "group": "a",
        "part": "train",
        "tokens": [[0, 2], [3, 7], [7, 8]],
        "metadata": {"drug": "Zelanol"},
    }

``text`` and ``spans`` are needed, and a span may be ``[3, 7, "ADR"]``. Discontinuous ones have ``parts``. ``parts`` in
place of ``part`` has one for each fold, ``unlabelled`` is true for a text without gold, ``unit`` may be ``sentence``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from pydantic_core import PydanticSerializationError, to_json

from adrbench._system.paths import write_atomically
from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets._unsupported import of_json
from adrbench.datasets.decode import decode_json, iter_json_lines, read_text
from adrbench.datasets.formats import _offsets as offsets
from adrbench.datasets.formats import parts
from adrbench.datasets.formats._exports import SHAPES, Draft, Names, Shape, parse, recognise, slip
from adrbench.datasets.formats._items import SCHEMA, Item, short
from adrbench.datasets.formats._offsets import Offsets

# A JSON array is read whole; its values take some ten times the bytes.
MAX_ARRAY_BYTES = 64 * 2**20
_SUFFIXES = (".jsonl", ".json", ".ndjson")
_SPACE = re.compile(r"[ \t\r\n]*")


@dataclass(frozen=True)
class JsonlParams:
    """``shape``: whose export it is, or words with ``tags``; ``auto`` tells by the field names.

    ``encoding``: of the bytes. ``offsets``: what they count; tools in JavaScript count UTF-16 units, of which letters
    such as emoji have two. ``text`` and ``spans`` (of ``tags``: words and tags): the fields that hold them, if they
    have other names (and then ``auto`` is our own shape). ``names``: the tags that numbers stand for, from 0 on.
    """

    shape: Literal["auto", "adrbench", "spacy", "prodigy", "doccano", "label-studio", "tags"] = "auto"
    encoding: str = "utf-8"
    offsets: Offsets = "characters"
    text: str = ""
    spans: str = ""
    names: tuple[str, ...] = ()


plugin = DatasetPlugin(
    name="jsonl",
    summary="text with spans, or words with tags, as JSON lines; exports of spaCy, Prodigy, doccano, Label Studio",
    params=JsonlParams,
    implementation="adrbench.datasets.formats.jsonl:Jsonl",
    format=True,
    writer="adrbench.datasets.formats.jsonl:write",
)


class Jsonl:
    """Reads a file (JSON lines, or one JSON array), or a folder with one for each part."""

    info = DatasetInfo(name="jsonl", version="", licence="", citation="", labels=())
    schema = SCHEMA

    def load(self, params: JsonlParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
        """Read the corpus.

        Args:
            params: The parameters of the corpus.
            path: A file, or a folder with a file for each part.
            offline: Not used: nothing is downloaded.

        Returns:
            The records, and where they came from.

        Raises:
            CorpusError: There is no such file, or its form is wrong.
        """
        return _read(self.info, parts.find("jsonl", path, _SUFFIXES), params)


def load_jsonl(info: DatasetInfo, files: Mapping[str, Path], origin: str, params: JsonlParams | None = None) -> Reading:
    """Read files of JSON lines, or of one JSON array.

    Args:
        info: The card of the corpus.
        files: The files by the part that each is: ``train``, ``dev``, ``test``, or ``""`` for none.
        origin: Where the files came from, as ``LocalFiles.origin`` has it.
        params: Whose export it is, what offsets count, and which fields hold what.

    Returns:
        A reading with a record for each item, in the order of ``files``.

    Raises:
        CorpusError: With file and line, for an item that is not of the shape, and for an id given twice.
    """
    return _read(info, parts.Source(tuple(files.items()), origin), params or JsonlParams())


def _read(info: DatasetInfo, source: parts.Source, params: JsonlParams) -> Reading:
    collected = _Collected()
    for part, file in source.files:
        _read_file(file, part, params, collected)
    collected.ledger[parts.FILES_IGNORED] += source.passed_over
    return Reading(
        info,
        tuple(collected.records),
        source.origin,
        source.hashes(),
        tuple(collected.unlabelled),
        +collected.ledger,
        "sentence" if collected.units == {"sentence"} else "document",
    )


@dataclass
class _Collected:
    """What is read so far; ``places``: where each id stands."""

    records: list[Record] = field(default_factory=list)
    unlabelled: list[Record] = field(default_factory=list)
    places: dict[str, str] = field(default_factory=dict)
    units: set[str] = field(default_factory=set)
    ledger: Counter[str] = field(default_factory=Counter)


def _read_file(path: Path, part: str, params: JsonlParams, collected: _Collected) -> None:
    names = Names(params.text, params.spans, params.names)
    shape: Shape | None = None if params.shape == "auto" else params.shape
    if shape is None and (params.text or params.spans):
        shape = "adrbench"
    if shape == "label-studio" and params.spans:
        raise CorpusError(
            f"{path}: params.spans has no meaning for label-studio; params.text names a field of its data"
        )
    told, count = shape is not None, 0
    for count, (where, value) in enumerate(read_items(path, params.encoding), 1):
        if (params.text or params.spans) and isinstance(value, list):
            raise CorpusError(f"{where}: a list has no fields that params.text or params.spans could name")
        if not told:
            shape = _same_shape(shape, value, where)
        _check_params(params, shape, where)
        draft = parse(shape or "adrbench", value, where, names, collected.ledger)
        if draft is None:
            continue
        record = _record(draft, f"{path.stem}.{count}", part, params.offsets, where)
        other = collected.places.setdefault(record.id, where)
        if other is not where:
            raise CorpusError(f"{where}: the id {record.id!r} stands at {other} already; each id once")
        collected.units.add(draft.unit)
        if len(collected.units) > 1:
            raise CorpusError(f"{where}: a {draft.unit}, but the items before have another 'unit'; one a corpus")
        (collected.unlabelled if draft.unlabelled else collected.records).append(record)
    if not count:
        raise CorpusError(f"{path}: no text in it; is it empty?")


def _check_params(params: JsonlParams, shape: Shape | None, where: str) -> None:
    if shape == "tags" and params.offsets != "characters":
        raise CorpusError(f"{where}: words with tags, which have no offsets that params.offsets could speak of")
    if shape != "tags" and params.names:
        raise CorpusError(f"{where}: params.names is for tags, and this is of the shape {shape}")


def _same_shape(shape: Shape | None, value: Any, where: str) -> Shape:
    own = recognise(value)
    if own is None:
        told = f" ({told})" if (told := of_json(value) or slip(value)) else ""
        raise CorpusError(
            f"{where}: of no known shape{told}; it should be an object with 'text' and 'spans', or 'tokens' and "
            f"'tags', or an export of {', '.join(SHAPES[1:-1])} (params.text and params.spans name other fields)"
        )
    if shape not in {None, own}:
        raise CorpusError(f"{where}: of the shape {own}, but the items before are {shape}; params.shape forces one")
    return own


def read_text_item(
    value: Any, where: str, number: str, *, gold: bool
) -> tuple[Record, bool, Literal["sentence", "document"]]:
    """Read the text of an item that is to be tagged: any shape of this format, or an object with a ``text`` alone.

    Args:
        value: The value of a line.
        where: File and line, the beginning of messages.
        number: The id of a text that has none.
        gold: Read its spans too, if it has any.

    Returns:
        The text, without spans unless ``gold``; whether the item has gold; and what the text is.

    Raises:
        CorpusError: The item has no text, or its spans are wrong.
    """
    shape = recognise(value)
    if shape == "tags" or (gold and shape is not None):
        draft = parse(shape, value, where, Names(), Counter())
        if draft is not None:
            record = _record(draft, number, "", "characters", where)
            return (record if gold else replace(record, spans=())), not draft.unlabelled, draft.unit
    text, fields = _text_alone(value)
    if text is None:
        keys = ", ".join(sorted(map(short, fields))) if fields else f"it is {short(value)}"
        raise CorpusError(f"{where}: no text; an item should be an object with a string 'text'; here: {keys}")
    item = Item(fields, where)
    unit: Literal["sentence", "document"] = "sentence" if fields.get("unit") == "sentence" else "document"
    name = item.id()
    record = Record(
        id=number if name is None else name,
        text=text,
        spans=(),
        group=fields["group"] if isinstance(fields.get("group"), str) else number if name is None else name,
        tokens=item.ranges("tokens") if shape == "adrbench" and "tokens" in fields else None,
        metadata=item.metadata() if shape in {None, "adrbench"} and "metadata" in fields else {},
    )
    if record.tokens is not None:
        offsets.tokens(record.tokens, text, offsets.Ruler.of(text, "characters"), where)
    return record, False, unit


def _text_alone(value: Any) -> tuple[str | None, Mapping[str, Any]]:
    """The text of an item, if it has one, and the fields that stand beside it."""
    match value:
        case {"text": str(text)} | {"data": {"text": str(text)}} | {"data": str(text)}:
            return text, value
        case [str(text), dict()]:
            return text, value[1]
        case dict():
            return None, value
    return None, {}


def read_items(path: Path, encoding: str = "utf-8") -> Iterator[tuple[str, Any]]:
    """Read the items of a file: JSON lines, or one JSON array.

    Args:
        path: The file.
        encoding: The name of its encoding.

    Yields:
        Where an item stands, and its value.

    Raises:
        CorpusError: The file cannot be read, or is not JSON.
    """
    if _holds_array(path, encoding):
        if path.stat().st_size > MAX_ARRAY_BYTES:
            raise CorpusError(f"{path}: a JSON array of more than {MAX_ARRAY_BYTES // 2**20} MiB; make it JSON lines")
        yield from _array(read_text(path, encoding), path)
    else:
        for number, value in iter_json_lines(path, encoding):
            yield f"{path}:{number}", value


def _holds_array(path: Path, encoding: str) -> bool:
    """Whether the file is one array of items, no line of which is a spaCy pair, itself an array."""
    try:
        with path.open("rb") as file:
            head = file.read(4096).decode(encoding, "replace")
    except (LookupError, ValueError, OSError):
        return False  # whoever reads on says so
    first = "".join(head.removeprefix("\ufeff").split())[:2]
    return first.startswith("[") and first != '["'


def _array(text: str, path: Path) -> Iterator[tuple[str, Any]]:
    """The values of a JSON array, each with the line where it begins."""
    place = text.index("[") + 1
    line, counted, count = 1, 0, 0
    try:
        while True:
            place = _skip(text, place)
            if not count and text.startswith("]", place):
                break
            value, end = decode_json(text, place)
            line, counted, count = line + text.count("\n", counted, place), place, count + 1
            yield f"{path}:{line} (item {count})", value
            place = _skip(text, end)
            if not text.startswith(",", place):
                break
            place += 1
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path}:{error.lineno}: not JSON ({error.msg}, column {error.colno})") from error
    except (RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else f"that cannot be read ({error})"
        raise CorpusError(f"{path}:{line}: JSON {reason}") from error
    if not text.startswith("]", place) or _skip(text, place + 1) != len(text):
        line += text.count("\n", counted, place)
        raise CorpusError(f"{path}:{line}: not JSON (after item {count}, neither a further one nor the end)")


def _skip(text: str, place: int) -> int:
    space = _SPACE.match(text, place)
    return space.end() if space else place


def _record(draft: Draft, number: str, part: str, unit: Offsets, where: str) -> Record:
    ruler = offsets.Ruler.of(draft.text, unit)
    own = draft.parts
    if part and own not in {(), (part,)}:
        raise CorpusError(f"{where}: its part is {' '.join(own)!r}, but the file is named after {part}")
    name = number if draft.id is None else draft.id
    return Record(
        id=name,
        text=draft.text,
        spans=tuple(offsets.span(mark, draft.text, ruler, where) for mark in draft.marks),
        group=name if draft.group is None else draft.group,
        tokens=None if draft.tokens is None else offsets.tokens(draft.tokens, draft.text, ruler, where),
        parts=own or ((part,) if part else ()),
        metadata=draft.metadata,
    )


def write(reading: Reading, path: Path) -> dict[str, int]:
    """Write a corpus as JSON lines of adrbench's own shape, in UTF-8. Nothing is lost.

    Args:
        reading: The corpus.
        path: The file.

    Returns:
        No counts, since the format holds everything.

    Raises:
        CorpusError: There is nothing to write, the file cannot be written, or a text holds the two halves of a
            surrogate pair as two characters, which JSON cannot hold.
    """
    if not reading.records and not reading.unlabelled:
        raise CorpusError(f"{path}: nothing to write, the corpus has no document")
    lines = [_line(record, path, reading.unit) for record in reading.records]
    lines += [_line(record, path, reading.unit, unlabelled=True) for record in reading.unlabelled]
    try:
        write_atomically(path, "".join(lines))
    except OSError as error:
        raise CorpusError(f"{path}: cannot be written ({error.strerror})") from error
    return {}


def line(record: Record) -> bytes:
    """Write a record as a line of adrbench's own shape, quickly.

    Args:
        record: The record. The scores of its spans are written too.

    Returns:
        The line with its end, in UTF-8.

    Raises:
        CorpusError: The text holds half a surrogate pair.
    """
    try:
        return to_json(_values(record, "document", unlabelled=False)) + b"\n"
    except PydanticSerializationError as error:
        raise CorpusError(f"half a surrogate pair in document {record.id!r}, which is no character") from error


def _line(record: Record, path: Path, unit: str, *, unlabelled: bool = False) -> str:
    written = json.dumps(_values(record, unit, unlabelled=unlabelled), ensure_ascii=False)
    try:
        written.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(f"{path}: document {record.id!r}: half a surrogate pair, which is no character") from error
    return written + "\n"


def _values(record: Record, unit: str, *, unlabelled: bool) -> dict[str, Any]:
    value: dict[str, Any] = {"id": record.id}
    if record.group != record.id:
        value["group"] = record.group
    if record.parts:
        value |= {"part": record.parts[0]} if len(record.parts) == 1 else {"parts": record.parts}
    value["text"] = record.text
    value["spans"] = [_value(span) for span in record.spans]
    if record.tokens is not None:
        value["tokens"] = record.tokens
    if record.metadata:
        value["metadata"] = dict(record.metadata)
    if unlabelled:
        value["unlabelled"] = True
    if unit != "document":
        value["unit"] = unit
    return value


def _value(span: Span) -> dict[str, Any]:
    plain: dict[str, Any] = {"start": span.start, "end": span.end, "label": span.label}
    if span.parts:
        plain["parts"] = span.parts
    if span.score is not None:
        plain["score"] = round(span.score, 6)
    return plain
