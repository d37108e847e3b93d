"""A corpus made ready: filtered as the benchmark file declares, tokenised, counted, fingerprinted."""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from adrbench.api import Annotated, CorpusError, DatasetInfo, Document, Reading, Record
from adrbench.errors import closest
from adrbench.evaluation.exact import AVERAGES
from adrbench.tokens import tokenise


@dataclass(frozen=True)
class Filters:
    """The declared steps between a corpus as read and as benchmarked, in the order in which they are applied.

    ``labels``: keep only these. ``drop_duplicates``: of documents with the same text (white space and case aside),
    keep the first. ``drop_unannotated``: drop documents without a span. ``max_words``: drop documents of more words.
    ``limit``: keep this many documents, chosen by a hash of their ids.
    """

    labels: tuple[str, ...] = ()
    drop_duplicates: bool = False
    drop_unannotated: bool = False
    max_words: int | None = None
    limit: int | None = None


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: what a step concerns, in documents and spans; ``count``: what a reader counts otherwise."""

    step: str
    documents: int = 0
    spans: int = 0
    count: int = 0


@dataclass(frozen=True)
class Corpus:
    """Documents with gold, the same for every tagger, and all that a reader of the results must know about them.

    ``counts``: documents, groups, words, spans and spans per label, as they are benchmarked. ``ledger``: every filter
    and repair. ``fingerprint``: sha256 over texts, tokens, gold and unlabelled text. ``stand_in_for`` and ``reason``
    are set when another corpus was asked for and could not be had.
    """

    name: str
    info: DatasetInfo
    labels: tuple[str, ...]
    documents: tuple[Annotated, ...]
    unlabelled: tuple[Document, ...]
    counts: Mapping[str, int]
    ledger: tuple[Entry, ...]
    origin: str
    files: Mapping[str, str]
    fingerprint: str
    stand_in_for: str = ""
    reason: str = ""
    filters: Filters = field(default_factory=Filters)


def prepare(reading: Reading, filters: Filters, name: str = "") -> Corpus:
    """Check, filter and tokenise what a reader found.

    Raises ``CorpusError`` for spans or tokens outside their text, ids that occur twice, unknown labels, and when
    nothing is left.
    """
    name = name or reading.info.name
    _check(reading.records, name)
    ledger = [Entry(step, count=count) for step, count in reading.ledger.items() if count]
    labels = _labels(reading, filters.labels, name)
    distinct = [replace(r, spans=tuple(sorted(set(r.spans)))) for r in reading.records]
    _log(ledger, "spans given twice, merged", reading.records, distinct)
    records = [replace(r, spans=tuple(s for s in r.spans if s.label in labels)) for r in distinct]
    _log(ledger, f"labels other than {', '.join(labels)} left out", distinct, records)
    kept = [record for record in records if record.text.strip()]
    _log(ledger, "empty documents dropped", records, kept)
    if filters.drop_duplicates:
        before, kept = kept, _without_duplicates(kept)
        _log(ledger, "duplicate texts dropped", before, kept)
    if filters.drop_unannotated:
        before, kept = kept, [record for record in kept if record.spans]
        _log(ledger, "documents without any span dropped", before, kept)
    if filters.max_words is not None:
        words = [len(a.document.tokens) for a in _tokenised(kept)]
        before, kept = kept, [record for record, n in zip(kept, words, strict=True) if n <= filters.max_words]
        _log(ledger, f"documents of more than {filters.max_words} words dropped", before, kept)
    if filters.limit is not None:
        before, kept = kept, _sample(kept, filters.limit)
        _log(ledger, f"left out by --limit {filters.limit}", before, kept)
    documents = _tokenised(kept)
    if not documents:
        raise CorpusError(f"{name}: no document is left after the filters")
    found = Counter(span.label for a in documents for span in a.spans)
    for label in labels:
        if not found[label]:
            present = ", ".join(sorted(found)) or "none"
            raise CorpusError(f"{name}: no span has the label {label!r} (labels found: {present})")
    ledger.extend(_hard_cases(documents))
    unlabelled = tuple(a.document for a in _tokenised(reading.unlabelled))
    return Corpus(
        name=name,
        info=reading.info,
        labels=labels,
        documents=tuple(documents),
        unlabelled=unlabelled,
        counts=_counts(documents, unlabelled),
        ledger=tuple(ledger),
        origin=reading.origin,
        files=dict(reading.files),
        fingerprint=_fingerprint(documents, unlabelled),
        filters=filters,
    )


def _check(records: Sequence[Record], name: str) -> None:
    seen: set[str] = set()
    for record in records:
        if record.id in seen:
            raise CorpusError(f"{name}: the document id {record.id!r} occurs twice")
        seen.add(record.id)
        for span in record.spans:
            if not 0 <= span.start < span.end <= len(record.text):
                raise CorpusError(
                    f"{name}: document {record.id}: the span {span.start}-{span.end} ({span.label}) is empty or "
                    f"outside the text, which has {len(record.text)} characters"
                )
            if not span.label or any(c.isspace() or c == "/" for c in span.label):
                raise CorpusError(
                    f"{name}: document {record.id}: the label {span.label!r} is empty or holds a space or '/'"
                )
            if span.label in AVERAGES:
                raise CorpusError(f"{name}: document {record.id}: the label {span.label!r} is the name of an average")
        reach = 0
        for start, end in record.tokens or ():
            if not reach <= start < end <= len(record.text):
                raise CorpusError(f"{name}: document {record.id}: its tokens are not in order inside the text")
            reach = end


def _labels(reading: Reading, wanted: tuple[str, ...], name: str) -> tuple[str, ...]:
    known = set(reading.info.labels) | {span.label for record in reading.records for span in record.spans}
    for label in wanted:
        if label not in known:
            raise CorpusError(f"{name}: unknown label {label!r}; {closest(label, known)}")
    return tuple(sorted(set(wanted or known)))


def _log(ledger: list[Entry], step: str, before: Sequence[Record], after: Sequence[Record]) -> None:
    documents = len(before) - len(after)
    spans = sum(len(r.spans) for r in before) - sum(len(r.spans) for r in after)
    if documents or spans:
        ledger.append(Entry(step, documents, spans))


def _without_duplicates(records: Iterable[Record]) -> list[Record]:
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(" ".join(record.text.casefold().split()), record)
    return list(first.values())


def _sample(records: list[Record], limit: int) -> list[Record]:
    # By hash of the id, so that a larger limit holds all of a smaller one; by group, so that groups stay whole enough
    # to share out.
    order = sorted(records, key=lambda r: (_digest(r.group), _digest(r.id)))
    chosen = {record.id for record in order[:limit]}
    return [record for record in records if record.id in chosen]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _tokenised(records: Sequence[Record]) -> list[Annotated]:
    ours = tokenise([record.text for record in records if record.tokens is None])
    queue = iter(ours)
    return [
        Annotated(Document(r.id, r.text, next(queue) if r.tokens is None else r.tokens, r.group), r.spans)
        for r in records
    ]


def _hard_cases(documents: Sequence[Annotated]) -> Iterable[Entry]:
    """Gold that a tag for each token cannot hold: shown, kept as gold, and so a miss for whoever cannot say it."""
    inside = overlapping = 0
    for a in documents:
        starts = {start for start, _ in a.document.tokens}
        ends = {end for _, end in a.document.tokens}
        inside += sum(span.start not in starts or span.end not in ends for span in a.spans)
        reach = -1
        for span in a.spans:
            overlapping += span.start < reach
            reach = max(reach, span.end)
    if inside:
        yield Entry("gold spans with a boundary inside a word, kept as gold", spans=inside)
    if overlapping:
        yield Entry("gold spans that overlap an earlier one, kept as gold", spans=overlapping)


def _counts(documents: Sequence[Annotated], unlabelled: Sequence[Document]) -> dict[str, int]:
    labels = Counter(span.label for a in documents for span in a.spans)
    return {
        "documents": len(documents),
        "groups": len({a.document.group for a in documents}),
        "words": sum(len(a.document.tokens) for a in documents),
        "spans": labels.total(),
        **{f"spans {label}": count for label, count in sorted(labels.items())},
        "documents without a span": sum(not a.spans for a in documents),
        "unlabelled documents": len(unlabelled),
    }


def _fingerprint(documents: Sequence[Annotated], unlabelled: Sequence[Document]) -> str:
    digest = hashlib.sha256()
    for a in documents:
        _update(digest, a.document)
        digest.update(json.dumps([(s.start, s.end, s.label) for s in a.spans]).encode() + b"\0")
    digest.update(b"unlabelled\0")
    for document in unlabelled:
        _update(digest, document)
    return digest.hexdigest()


def _update(digest: hashlib._Hash, document: Document) -> None:
    text = f"{document.id}\0{document.group}\0{document.text}".encode("utf-8", "surrogatepass")
    edges = array("q", chain.from_iterable(document.tokens))
    if sys.byteorder == "big":
        edges.byteswap()
    digest.update(f"{len(text)} {len(edges) * edges.itemsize} ".encode() + text + edges.tobytes())
