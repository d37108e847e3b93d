"""The predictions of a cell as columns of numbers: what is stored, and what is counted without making spans of them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from adrbench.api import Span
from adrbench.results.schema import Answers, Damaged, PlainSpan

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Parts = tuple[tuple[int, int], ...]

_NARROW: Literal[2] = 2
_WIDE: Literal[4] = 4
_SCORE_BYTES = 8
_MOST = 2**31


@dataclass(frozen=True, eq=False)
class Predictions:
    """Predicted spans in the order of the documents under test.

    Attributes:
        tested: the hash of the ids under test (`hash_of`), to which `documents` refers.
        size: how many documents were under test.
        names: the labels that occur.
        documents: the place of each span's document among those under test, in rising order, [spans].
        starts: where each span starts, in characters, [spans].
        ends: where it ends, exclusive, [spans].
        labels: the place of its label in `names`, [spans].
        parts: the ranges of each span, empty for continuous ones; None if all are continuous.
        scores: the confidence of each span, NaN where the tagger gave none, [spans]; None if no span has one.
    """

    tested: str
    size: int
    names: tuple[str, ...]
    documents: Ints
    starts: Ints
    ends: Ints
    labels: Ints
    parts: tuple[Parts, ...] | None = None
    scores: Floats | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def answers(self, test: Sequence[str]) -> bool:
        """Say whether they are predictions for these documents.

        Args:
            test: The ids under test, in order.

        Returns:
            False if they are of others, or of more or fewer.
        """
        return self.size == len(test) and self.tested == hash_of(test)

    @cached_property
    def by_document(self) -> tuple[tuple[Span, ...], ...]:
        """The spans of each document under test, sorted."""
        found: list[list[Span]] = [[] for _ in range(self.size)]
        columns = (self.documents.tolist(), self.starts.tolist(), self.ends.tolist(), self.labels.tolist())
        for place, (document, start, end, label) in enumerate(zip(*columns, strict=True)):
            parts = self.parts[place] if self.parts is not None else ()
            score = float(self.scores[place]) if self.scores is not None else np.nan
            if np.isnan(score):
                span = Span(start, end, self.names[label], parts)
            else:
                span = Span.from_list([start, end, self.names[label], parts, score])
            found[document].append(span)
        return tuple(tuple(sorted(spans)) for spans in found)


def hash_of(ids: Sequence[str]) -> str:
    """Hash the ids of documents in this order.

    Args:
        ids: The ids.

    Returns:
        Sixteen hexadecimal digits.
    """
    return hashlib.sha256("\0".join(ids).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def plain_span(span: Span) -> PlainSpan:
    """Turn a gold span into plain data.

    Args:
        span: The span.

    Returns:
        Start, end and label, with the parts if there are any.
    """
    return (span.start, span.end, span.label, span.parts) if span.parts else (span.start, span.end, span.label)


def collect(
    test: Sequence[str],
    spans: Mapping[str, Sequence[PlainSpan]],
    *,
    lengths: Mapping[str, int] | None = None,
    labels: Collection[str] = (),
) -> Predictions:
    """Make columns of plain spans, and check each span.

    Args:
        test: The ids under test.
        spans: Plain spans by document id; documents without any may be left out.
        lengths: The length of each text in characters, if it is known.
        labels: The labels that a span may have; empty: any.

    Returns:
        The columns.

    Raises:
        ValueError: A document is not under test, or a span is outside its text, has an unknown label, or has parts that
            overlap or do not reach from its start to its end.
    """
    if unknown := spans.keys() - set(test):
        raise ValueError(f"predictions for document {min(unknown)!r}, which is not under test")
    names: dict[str, int] = {}
    rows: list[tuple[int, int, int, int]] = []
    parts: list[Parts] = []
    scores: list[float] = []
    for place, document in enumerate(test):
        own = {}
        for plain in spans.get(document, ()):
            ranges, score = _extras(plain)
            _check(plain, ranges, document, lengths, labels)
            own[plain[0], plain[1], plain[2], ranges] = np.nan if score is None else score
        for (start, end, label, ranges), score in sorted(own.items(), key=lambda item: item[0]):
            rows.append((place, start, end, names.setdefault(label, len(names))))
            parts.append(ranges)
            scores.append(score)
    documents, starts, ends, places = np.array(rows, dtype=np.int64).reshape(-1, 4).T
    return Predictions(
        hash_of(test),
        len(test),
        tuple(names),
        documents,
        starts,
        ends,
        places,
        parts=tuple(parts) if any(parts) else None,
        scores=None if np.isnan(scores).all() else np.array(scores),
    )


def _extras(plain: PlainSpan) -> tuple[Parts, float | None]:
    """The parts of a plain span and its score, where it has them."""
    match plain:
        case (_, _, _, ranges, score):
            return ranges, score
        case (_, _, _, ranges):
            return ranges, None
    return (), None


def _check(
    plain: PlainSpan, ranges: Parts, document: str, lengths: Mapping[str, int] | None, labels: Collection[str]
) -> None:
    start, end, label = plain[:3]
    where = f"the span {start}-{end} ({label}) of document {document!r}"
    edges = (start, end, *(edge for pair in ranges for edge in pair))
    if not all(type(edge) is int and 0 <= edge < _MOST for edge in edges):
        raise ValueError(f"{where} has an edge that is no offset of a character")
    if start >= end:
        raise ValueError(f"{where} is empty")
    if lengths is not None and end > lengths[document]:
        raise ValueError(f"{where} ends outside of the text, which has {lengths[document]} characters")
    if labels and label not in labels:
        raise ValueError(f"{where} has a label that the corpus lacks")
    if ranges and not _fit(ranges, start, end):
        raise ValueError(f"{where} has parts that overlap, are out of order, or do not reach from its start to its end")


def _fit(ranges: Parts, start: int, end: int) -> bool:
    edges = [edge for pair in ranges for edge in pair]
    rising = all(a < b for a, b in ranges) and all(a <= b for a, b in pairwise(edges))
    return rising and (edges[0], edges[-1]) == (start, end)


def encode(found: Predictions) -> tuple[Answers, bytes]:
    """Write predictions as a line of text.

    The line is, in base64, the zlib compression of the columns one after the other, as unsigned little-endian integers
    of `width` bytes: the step from the document before, start, length, label; if there are ranges, also how many each
    span has, then their starts and their lengths; if there are scores, also these, as eight-byte floats.

    Args:
        found: The predictions.

    Returns:
        The head of the cell about them, and the line.
    """
    columns = [np.diff(found.documents, prepend=0), found.starts, found.ends - found.starts, found.labels]
    ranges: list[tuple[int, int]] = []
    if found.parts is not None:
        ranges = [pair for own in found.parts for pair in own]
        edges = np.array(ranges, dtype=np.int64).reshape(-1, 2)
        columns += [np.fromiter(map(len, found.parts), np.int64, len(found)), edges[:, 0], edges[:, 1] - edges[:, 0]]
    width: Literal[2, 4] = (
        _NARROW if all(int(column.max(initial=0)) < 2 ** (8 * _NARROW) for column in columns) else _WIDE
    )
    raw = b"".join(column.astype(f"<u{width}").tobytes() for column in columns)
    if found.scores is not None:
        raw += found.scores.astype("<f8").tobytes()
    line = base64.b64encode(zlib.compress(raw, 9))
    answers = Answers(
        documents=found.size,
        tested=found.tested,
        spans=len(found),
        labels=found.names,
        width=width,
        ranges=len(ranges),
        scored=found.scores is not None,
        sha256=hashlib.sha256(line).hexdigest(),
    )
    return answers, line


def decode(answers: Answers, line: bytes) -> Predictions:
    """Read predictions that `encode` wrote.

    Args:
        answers: The head of the cell about them.
        line: The line.

    Returns:
        The predictions.

    Raises:
        Damaged: The line is incomplete, or does not agree with the head of the cell.
    """
    if hashlib.sha256(line).hexdigest() != answers.sha256:
        raise Damaged("the checksum of its predictions is wrong")
    counts = [answers.spans] * 4 + ([answers.spans, answers.ranges, answers.ranges] if answers.ranges else [])
    whole = sum(counts) * answers.width
    raw = _unpacked(line, whole + (_SCORE_BYTES * answers.spans if answers.scored else 0))
    numbers = np.frombuffer(raw, f"<u{answers.width}", sum(counts)).astype(np.int64)
    columns = [numbers[start:end] for start, end in pairwise(accumulate(counts, initial=0))]
    documents, starts, labels = np.cumsum(columns[0]), columns[1], columns[3]
    ends = starts + columns[2]
    if answers.spans and (
        int(documents[-1]) >= answers.documents
        or int(labels.max()) >= len(answers.labels)
        or int(columns[2].min()) < 1
        or int(ends.max()) >= _MOST
    ):
        raise Damaged("its predictions have a document, a label or a range that cannot be")
    parts = _parts(columns, starts, ends) if answers.ranges else None
    scores = np.frombuffer(raw[whole:], "<f8") if answers.scored else None
    if scores is not None and not (np.isnan(scores) | ((scores >= 0) & (scores <= 1))).all():
        raise Damaged("its predictions have a score that is no fraction")
    return Predictions(
        answers.tested, answers.documents, answers.labels, documents, starts, ends, labels, parts, scores
    )


def _unpacked(line: bytes, size: int) -> bytes:
    """What a line holds. No more than `size` bytes are ever made of it."""
    unzip = zlib.decompressobj()
    try:
        raw = unzip.decompress(binascii.a2b_base64(line, strict_mode=True), size + 1)
    except (binascii.Error, zlib.error, ValueError, OverflowError) as error:
        raise Damaged(f"its predictions cannot be unpacked ({error})") from None
    if len(raw) != size or (not unzip.eof and unzip.unconsumed_tail):
        raise Damaged("it has more or fewer predictions than its head says")
    return raw


def _parts(columns: Sequence[Ints], starts: Ints, ends: Ints) -> tuple[Parts, ...]:
    counts, firsts, lengths = columns[4:]
    if int(counts.sum()) != len(firsts):
        raise Damaged("its predictions have more or fewer parts than they say")
    pairs = list(zip(firsts.tolist(), (firsts + lengths).tolist(), strict=True))
    edges = np.cumsum(counts).tolist()
    found = tuple(tuple(pairs[last - count : last]) for count, last in zip(counts.tolist(), edges, strict=True))
    for own, start, end in zip(found, starts.tolist(), ends.tolist(), strict=True):
        if own and not _fit(own, start, end):
            raise Damaged("its predictions have parts that overlap or do not reach from start to end")
    return found
