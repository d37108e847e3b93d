"""BioC, XML and JSON: documents of passages, with mentions by offset.

Comeau et al. (2013), Database 2013, bat064. JSON as NCBI's services (PubTator, BioC for PMC) give it.

Offsets count characters from the start of the document. Its passages become one text: what lies between them is blank.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adrbench.api import CorpusError, DatasetInfo, DatasetPlugin, Reading, Record, Span
from adrbench.datasets.decode import iter_json_lines, parse_json, read_text
from adrbench.datasets.formats import parts
from adrbench.datasets.formats._offsets import Mismatch, check_words
from adrbench.datasets.formats.schema import Schema
from adrbench.datasets.limits import check_limit, check_unpacked

_SUFFIXES = (".xml", ".json")
# An object that ends in the line where it begins, and a further one.
_LINES = re.compile(r"\s*\{[^\n]*\}[ \t\r]*\n\s*\{")
_NUMBER = re.compile(r"[0-9]{1,9}")
_GROUP = "group"
# What a collection says of itself, but for its documents.
COLLECTION: Mapping[str, Any] = {"source": "adrbench", "date": "", "key": "", "infons": {}}
SCHEMA = Schema(
    {
        "collection": ("infons", "documents", "PubTator3"),
        "document": ("id", "infons", "passages", "annotations", "relations"),
        "passage": ("infons", "offset", "text", "sentences", "annotations", "relations"),
        "sentence": ("infons", "offset", "text", "annotations", "relations"),
        "annotation": ("infons", "text", "locations"),
        "location": ("offset", "length"),
    },
    {
        "collection": ("source", "date", "key", "version", "bioctype", "encoding", "standalone"),
        "document": (
            *("_id", "pmid", "pmcid", "created", "journal", "year", "authors", "meta", "date", "title", "bioctype"),
            "relations_display",
        ),
        **dict.fromkeys(("passage", "sentence", "location"), ("bioctype",)),
        "annotation": ("id", "bioctype"),
    },
)


@dataclass(frozen=True)
class BiocParams:
    """``label``: the infon of an annotation that holds its label.

    ``mismatch``: a mention whose words are not those at its offsets is an ``error``, or counted and read there.
    """

    label: str = "type"
    mismatch: Mismatch = "error"


plugin = DatasetPlugin(
    name="bioc",
    summary="BioC files, XML or JSON: passages with mentions by offset",
    params=BiocParams,
    implementation="adrbench.datasets.formats.bioc:Bioc",
    format=True,
    writer="adrbench.datasets.formats.bioc:write",
)


class Bioc:
    """Reads a file, or a folder with one for each part. Infons of a document are its metadata; ``group`` its group."""

    info = DatasetInfo(name="bioc", version="", licence="", citation="", labels=())
    schema = SCHEMA

    def load(self, params: BiocParams, path: Path | None, offline: bool) -> Reading:  # noqa: ARG002
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
        return _read(self.info, parts.find("bioc", path, _SUFFIXES), params)


def load_bioc(info: DatasetInfo, files: Mapping[str, Path], origin: str, params: BiocParams | None = None) -> Reading:
    """Read BioC files, XML or JSON by their suffix.

    Args:
        info: The card of the corpus.
        files: The files by the part that each is: ``train``, ``dev``, ``test``, or ``""`` for none.
        origin: Where the files came from, as ``LocalFiles.origin`` has it.
        params: Where the label stands, and what becomes of mentions that do not fit the text.

    Returns:
        A reading with a record for each document, in the order of ``files``.

    Raises:
        CorpusError: With the file and the document, for what is not BioC, and for a document that differs where it is
            given twice.
    """
    return _read(info, parts.Source(tuple(files.items()), origin), params or BiocParams())


def _read(info: DatasetInfo, source: parts.Source, params: BiocParams) -> Reading:
    def read(file: Path, part: str, records: dict[str, Record], ledger: Counter[str]) -> None:
        parse(_content(file, ledger), str(file), part, records, ledger, params)

    return parts.read_parts(info, source, read)


def _content(path: Path, ledger: Counter[str]) -> Any:
    if path.suffix.lower() == ".xml":
        from adrbench.datasets.formats import _bioc_xml as bioc_xml  # noqa: PLC0415  (brings ssl with saxutils)

        return bioc_xml.read(path, ledger)
    if path.suffix.lower() in {".json", ".jsonl"}:
        # PubTator's service gives a document a line.
        text = read_text(path)
        if _LINES.match(text):
            return [value for _, value in iter_json_lines(path)]
        return parse_json(text, str(path))
    raise CorpusError(f"{path}: its name should end in {' or '.join(_SUFFIXES)}, which says what is in it")


def parse(
    content: Any,
    where: str,
    part: str,
    records: dict[str, Record],
    ledger: Counter[str],
    params: BiocParams | None = None,
) -> None:
    """Add the documents of a collection to ``records``.

    Args:
        content: The collection, as JSON has it.
        where: The name of its file, for messages.
        part: The part of the release; empty: none.
        records: The records by id; documents are added to it.
        ledger: Counts of repairs; they are added to it.
        params: Where the label is, and what becomes of mentions that do not fit the text.

    Raises:
        CorpusError: This is no BioC, or it contradicts itself. The message has the document.

    >>> records = {}
    >>> mention = {"infons": {"type": "Disease"}, "text": "Rash", "locations": [{"offset": 0, "length": 4}]}
    >>> passage = {"offset": 0, "text": "Rash.", "annotations": [mention]}
    >>> parse({"id": "1", "passages": [passage]}, "example", "test", records, Counter())
    >>> records["1"].text, records["1"].spans
    ('Rash.', (Span(start=0, end=4, label='Disease'),))
    """
    params = params or BiocParams()
    size = letters = 0
    for number, document in enumerate(_documents(content, where, ledger), 1):
        given = document.get("id")
        name = str(given) if type(given) is int else _string(given, f"{where}: id of document {number}").strip()
        if not name:
            raise CorpusError(f"{where}: document {number} has no id")
        place = f"{where}: document {name}"
        record = _record(name, document, part, place, ledger, params)
        size, letters = size + len(record.text), letters + len(record.text) - record.text.count(" ")
        check_unpacked(f"{where}: text with blanks for its gaps", size, letters)
        parts.add(records, record, place, ledger)


def _documents(content: Any, where: str, ledger: Counter[str]) -> list[dict[str, Any]]:
    """The documents of a collection, of a list of them, or of PubTator 3's wrapping; or documents as they are."""
    documents: list[dict[str, Any]] = []
    for item in content if isinstance(content, list) else [content]:
        known = item if isinstance(item, dict) else {}
        if "passages" in known:
            documents.append(known)
        elif "documents" in known or "PubTator3" in known:
            SCHEMA.check("collection", known.keys(), where, ledger)
            documents += [*_nodes(known, "documents", where), *_nodes(known, "PubTator3", where)]
        else:
            raise CorpusError(f"{where}: no BioC: neither a list 'documents' nor a document with 'passages'")
    return documents


def _record(
    name: str, document: dict[str, Any], part: str, place: str, ledger: Counter[str], params: BiocParams
) -> Record:
    SCHEMA.check("document", document.keys(), place, ledger)
    pieces: list[tuple[int, str]] = []
    annotations = _nodes(document, "annotations", place)
    relations = len(_nodes(document, "relations", place))
    for passage in _nodes(document, "passages", place):
        SCHEMA.check("passage", passage.keys(), place, ledger)
        sentences = _nodes(passage, "sentences", place)
        for sentence in sentences:
            SCHEMA.check("sentence", sentence.keys(), place, ledger)
        # A passage has text, or sentences that have it; where both are given they are the same text twice.
        with_text = [passage] if passage.get("text") or not sentences else sentences
        if with_text is not sentences:
            others = sum(not _within(sentence, passage, place) for sentence in sentences)
            ledger["sentences whose text is not that of their passage, left out"] += others
        pieces += [(_number(node, "offset", place), _string(node.get("text"), f"{place}: text")) for node in with_text]
        for node in (passage, *sentences):
            annotations += _nodes(node, "annotations", place)
            relations += len(_nodes(node, "relations", place))
    text = _joined(pieces, place)
    ledger["relations, not read"] += relations
    spans = [span for node in annotations for span in _mention(node, text, place, ledger, params)]
    metadata = _metadata(document, place, ledger)
    group = metadata.pop(_GROUP, "") or name
    return Record(name, text, tuple(sorted(spans)), group, parts=(part,) if part else (), metadata=metadata)


def _within(sentence: dict[str, Any], passage: dict[str, Any], place: str) -> bool:
    """Whether the text of a sentence, if it has one, stands at its offset in the text of its passage."""
    text, whole = (_string(node.get("text"), f"{place}: text") for node in (sentence, passage))
    if not text:
        return True
    start = _number(sentence, "offset", place) - _number(passage, "offset", place)
    return start >= 0 and whole.startswith(text, start)


def _joined(pieces: Iterable[tuple[int, str]], place: str) -> str:
    """The pieces at their offsets, with blanks between them."""
    text: list[str] = []
    reach = 0
    for offset, piece in sorted(filter(lambda p: p[1], pieces), key=lambda p: p[0]):
        if offset < reach:
            raise CorpusError(f"{place}: the text at offset {offset} overlaps what is before it, which ends at {reach}")
        check_limit("ADRBENCH_MAX_GAP", offset - reach, f"{place}: characters without text before offset {offset}")
        text += [" " * (offset - reach), piece]
        reach = offset + len(piece)
    return "".join(text)


def _mention(
    annotation: dict[str, Any], text: str, place: str, ledger: Counter[str], params: BiocParams
) -> Iterable[Span]:
    words = _string(annotation.get("text"), f"{place}: text of an annotation")
    SCHEMA.check("annotation", annotation.keys(), f"{place}: {words!r}", ledger)
    ranges = []
    for at in _nodes(annotation, "locations", place):
        SCHEMA.check("location", at.keys(), f"{place}: {words!r}", ledger)
        start = _number(at, "offset", place)
        end = start + _number(at, "length", place)
        if not start < end <= len(text):
            raise CorpusError(
                f"{place}: {words!r} at {start}-{end} is empty or outside the {len(text)} characters of text"
            )
        ranges.append((start, end))
    if not ranges:
        ledger["annotations without a place in the text, left out"] += 1
        return []
    ledger["locations given twice in one annotation, merged"] += len(ranges) - len(set(ranges))
    ranges = sorted(set(ranges))
    label = _string(_infons(annotation, place).get(params.label), f"{place}: {params.label} of {words!r}")
    if not label:
        have = ", ".join(map(repr, _infons(annotation, place))) or "none"
        raise CorpusError(f"{place}: {words!r} has no infon {params.label!r} (it has {have}); params.label names it")
    check_words(words, text, ranges, f"{place}: {words!r}", ledger, params.mismatch)
    return [Span(ranges[0][0], max(end for _, end in ranges), label, tuple(ranges) if len(ranges) > 1 else ())]


def _metadata(document: dict[str, Any], place: str, ledger: Counter[str]) -> dict[str, str]:
    metadata = {}
    for key, value in _infons(document, place).items():
        if isinstance(value, str | int | float):
            metadata[key] = _string(str(value), f"{place}: infon {key!r}")
        else:
            ledger["infons of documents that are no plain value, not read"] += 1
    return metadata


def _infons(node: dict[str, Any], place: str) -> dict[str, Any]:
    infons = node.get("infons", {})
    if not isinstance(infons, dict):
        raise CorpusError(f"{place}: 'infons' should be names with values, here it is {infons!r:.60}")
    return infons


def _nodes(node: dict[str, Any], key: str, place: str) -> list[dict[str, Any]]:
    nodes = node.get(key, [])
    if not isinstance(nodes, list) or not all(isinstance(item, dict) for item in nodes):
        raise CorpusError(f"{place}: {key!r} should be a list of objects, here it is {nodes!r:.60}")
    return list(nodes)


def _number(node: dict[str, Any], key: str, place: str) -> int:
    value = node.get(key)
    if isinstance(value, bool) or not _NUMBER.fullmatch(str(value).strip()):
        raise CorpusError(f"{place}: {key!r} should be a whole number, here it is {value!r:.60}")
    return int(value)  # type: ignore[arg-type]


def _string(value: object, place: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise CorpusError(f"{place}: should be text, here it is {value!r:.60}")
    return value


def write(reading: Reading, path: Path) -> dict[str, int]:
    """Write a corpus as BioC. A document is one passage.

    Args:
        reading: The corpus.
        path: A ``.xml`` or ``.json`` file, or, without a suffix, a folder with an XML file for each part.

    Returns:
        Counts of what the format cannot hold.

    Raises:
        CorpusError: A text cannot be written at all, such as one with control characters in XML.
    """
    lost: Counter[str] = Counter()

    def form(records: Sequence[Record], file: Path) -> str:
        documents = [document(record, file, lost) for record in records]
        collection = {**COLLECTION, "documents": documents}
        if file.suffix.lower() == ".json":
            return json.dumps(collection, ensure_ascii=False, indent=1) + "\n"
        from adrbench.datasets.formats import _bioc_xml as bioc_xml  # noqa: PLC0415

        return bioc_xml.form(collection, file)

    return dict(+(parts.write_parts(reading, path, _SUFFIXES, form) + lost))


def document(record: Record, file: Path, lost: Counter[str]) -> dict[str, Any]:
    """Make a document of a record, with one passage.

    Args:
        record: The record. The score of a span is an infon of its annotation.
        file: The file, for messages.
        lost: What the format cannot hold is counted here.

    Returns:
        The document as BioC's JSON has it.

    Raises:
        CorpusError: The id is empty or has blanks around it.
    """
    if not record.id or record.id != record.id.strip():
        raise CorpusError(
            f"{file}: BioC cannot hold the document id {record.id!r}: it is empty or has blanks around it"
        )
    infons = {key: value for key, value in record.metadata.items() if key != _GROUP}
    lost["metadata called 'group', not written"] += len(record.metadata) - len(infons)
    if record.group != record.id:
        infons[_GROUP] = record.group
    annotations: list[dict[str, Any]] = []
    for span in record.spans:
        ranges = span.parts or ((span.start, span.end),)
        if any(not 0 <= start < end <= len(record.text) for start, end in ranges):
            lost["mentions that leave their text, not written"] += 1
            continue
        annotations.append(
            {
                "id": str(len(annotations) + 1),
                "infons": {"type": span.label} | ({} if span.score is None else {"score": f"{span.score:.6g}"}),
                "text": " ".join(record.text[start:end] for start, end in ranges),
                "locations": [{"offset": start, "length": end - start} for start, end in ranges],
            }
        )
    passage = {"infons": {}, "offset": 0, "text": record.text, "annotations": annotations, "relations": []}
    return {"id": record.id, "infons": infons, "passages": [passage], "relations": []}
