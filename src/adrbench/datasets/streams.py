"""Formats that can be written one record at a time, so that no corpus has to be in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Record
from adrbench.datasets.text._ranges import Tokens
from adrbench.errors import CorpusError

Sentences = Sequence[tuple[Record, Tokens]]
"""The sentences of a text, each with its words; their spans count from the beginning of the sentence."""


@dataclass(frozen=True)
class Stream:
    """How records become bytes.

    Attributes:
        head: What stands before the first record.
        form: Called as ``form(record, sentences, path, lost)``. It returns the bytes of a record, counts in ``lost``
            what the format cannot hold, and raises ``CorpusError`` for a record that it cannot hold at all. ``path``
            is for messages.
        tail: What stands behind the last record.
    """

    head: bytes
    form: Callable[[Record, Callable[[], Sentences], Path, Counter[str]], bytes]
    tail: bytes = b""


STREAMS = ("jsonl", "conll", "bioc", "pubtator")
"""The formats that are one stream."""


def make_stream(format_name: str) -> Stream:
    """Make the stream of a format.

    Args:
        format_name: One of ``STREAMS``.

    Returns:
        How its records are written.
    """
    match format_name:
        case "jsonl":
            return _jsonl()
        case "conll":
            return _conll()
        case "bioc":
            return _bioc()
        case "pubtator":
            return _pubtator()
    raise ValueError(format_name)


def check_labels(form: Callable[[Record], object], labels: Iterable[str]) -> None:
    """Check that a format can hold labels, before any text is tagged.

    Args:
        form: Writes a record.
        labels: The labels.

    Raises:
        CorpusError: If it cannot hold one of them.
    """
    from adrbench.api import Span  # noqa: PLC0415

    for label in labels:
        form(Record("1", "text", (Span(0, 4, label),), "1", ((0, 4),)))


def _jsonl() -> Stream:
    from adrbench.datasets.formats.jsonl import line  # noqa: PLC0415  (no command needs every format)

    return Stream(b"", lambda record, _sentences, _path, _lost: line(record))


def _conll() -> Stream:
    from adrbench.datasets.formats._conll_write import lines  # noqa: PLC0415

    def form(record: Record, sentences: Callable[[], Sentences], path: Path, lost: Counter[str]) -> bytes:
        visible = [sentence for sentence in sentences() if sentence[1]]
        lost["texts of nothing but white space left out"] += not visible
        return _encoded("".join(lines(visible, path, lost)), record, path)

    return Stream(b"", form)


def _bioc() -> Stream:
    from adrbench.datasets.formats import _bioc_xml as xml  # noqa: PLC0415
    from adrbench.datasets.formats.bioc import COLLECTION, document  # noqa: PLC0415

    def form(record: Record, _sentences: Callable[[], Sentences], path: Path, lost: Counter[str]) -> bytes:
        return _encoded(xml.document(document(record, path, lost), path), record, path)

    return Stream(xml.head(COLLECTION).encode(), form, xml.TAIL.encode())


def _pubtator() -> Stream:
    from adrbench.datasets.formats.pubtator import lines  # noqa: PLC0415

    def form(record: Record, _sentences: Callable[[], Sentences], path: Path, lost: Counter[str]) -> bytes:
        return _encoded("\n".join((*lines(record, path, lost), "", "")), record, path)

    return Stream(b"", form)


def _encoded(text: str, record: Record, path: Path) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise CorpusError(f"{path}: half a surrogate pair in document {record.id!r}, which is no character") from error
