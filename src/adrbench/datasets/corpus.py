"""A corpus made ready: filtered as the benchmark file declares, tokenised, made flat, counted, fingerprinted."""

from __future__ import annotations

import hashlib
import json
import struct
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import le, lt
from typing import Literal

from adrbench.api import Annotated, CorpusError, DatasetInfo, Document, Reading, Record, Span
from adrbench.api.evaluator import AVERAGES
from adrbench.datasets._flatten import Flat, flatten
from adrbench.datasets.ceiling import Ceiling, ceiling, outside_words
from adrbench.datasets.filters import Entry, Filters, apply, count_records, renamed
from adrbench.datasets.grouping import regroup
from adrbench.datasets.text.splitters import DEFAULT
from adrbench.datasets.text.tokens import tokenise
from adrbench.errors import closest


@dataclass(frozen=True)
class Corpus:
    """Documents with gold, the same for every tagger, and all that a reader of the results must know about them.

    ``documents`` hold the flat gold that taggers learn from; ``gold`` is what predictions are scored against, by
    document: as annotated, or as flat, as ``filters.gold`` says. ``counts``: documents, groups, words, spans and spans
    per label, as they are benchmarked; ``found``: what the reader found, by the names of ``info.published``.
    ``ledger``: every filter and repair. ``parts`` and ``metadata``: what splits may go by, where documents have any.
    ``words``: the splitter that made the words, or ``format`` where the files have them. ``ceiling``: what a perfect
    tagger of these words scores.
    ``fingerprint``: sha256 over texts, tokens, flat gold and unlabelled text; ``card``: the name of all this in a
    results folder. ``stand_in_for`` and ``reason`` are set when another corpus was asked for and could not be had.
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
    card: str
    gold: Mapping[str, tuple[Span, ...]]
    found: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    metadata: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unit: Literal["sentence", "document"] = "sentence"
    words: str = DEFAULT
    ceiling: tuple[Ceiling, ...] = ()
    stand_in_for: str = ""
    reason: str = ""
    filters: Filters = field(default_factory=Filters)


def prepare(reading: Reading, filters: Filters, name: str = "") -> Corpus:
    """Make a corpus ready for a benchmark: check, filter, tokenise and flatten it.

    Args:
        reading: The corpus as read.
        filters: The steps that the benchmark file declares.
        name: What the benchmark file calls it; by default the name on its card.

    Returns:
        The corpus, with a ledger of every step.

    Raises:
        CorpusError: For spans or tokens outside their text, ids that occur twice, and unknown labels; and if no
            document with a span is left.
    """
    name = name or reading.info.name
    read = renamed(reading.records, filters.relabel, name)
    _check(read, name)
    unit = "sentence" if filters.sentences else reading.unit
    labels = _labels(read, filters.labels, name)
    # The reading's own mapping is not ours to keep: a reader may count on.
    ledger = [Entry(step, count=count) for step, count in reading.ledger.items() if count]
    if filters.relabel:
        names = ", ".join(f"{old} as {new}" for old, new in filters.relabel.items())
        count = sum(span.label in filters.relabel for record in reading.records for span in record.spans)
        ledger.append(Entry(f"spans labelled otherwise: {names}", count=count))
    unlabelled_read: Sequence[Record] = reading.unlabelled
    if filters.group is not None:
        read = regroup(read, filters.group, filters.folder, name)
        unlabelled_read = regroup(unlabelled_read, filters.group, filters.folder, f"{name}, text without gold")
        ledger.append(Entry(f"documents grouped by {filters.group}", count=len({record.group for record in read})))
    if filters.words is not None and (fixed := sum(record.tokens is not None for record in read)):
        ledger.append(Entry(f'words of the format replaced (words = "{filters.words}")', documents=fixed))
        read, unlabelled_read = _without_words(read), _without_words(unlabelled_read)
    splitter = filters.words or DEFAULT
    records, steps = apply(read, filters, labels, lambda records: _words(records, unit, splitter))
    ledger += steps
    if not any(record.spans for record in records):
        left = "no document is left" if not records else f"none of the {len(records)} documents left has a span"
        raise CorpusError(f"{name}: {left} after the filters")
    flat = [flatten(r.spans, len(r.text), filters.discontinuous, filters.overlap) for r in records]
    documents = _annotated(records, [f.spans for f in flat], unit, splitter)
    gold = {r.id: r.spans if filters.gold == "all" else f.spans for r, f in zip(records, flat, strict=True)}
    ledger += _losses(flat, filters)
    # Of a million documents it would be as much memory as their gold.
    del flat
    perfect = ceiling(documents, gold, labels)
    # Full recall says that every boundary is one of a word.
    if perfect[-1].recall < 1:
        ledger += _inside_words(documents, gold, splitter)
    ledger += _overlapping(documents, filters)
    no_spans: list[tuple[Span, ...]] = [()] * len(unlabelled_read)
    unlabelled = tuple(a.document for a in _annotated(unlabelled_read, no_spans, reading.unit, splitter))
    fingerprint = _fingerprint(documents, unlabelled)
    return Corpus(
        name=name,
        info=reading.info,
        labels=labels,
        documents=tuple(documents),
        unlabelled=unlabelled,
        counts=_counts(documents, gold, unlabelled),
        ledger=tuple(ledger),
        origin=reading.origin,
        files=dict(reading.files),
        fingerprint=fingerprint,
        card=_card(fingerprint, documents, gold),
        gold=gold,
        found=count_records(reading.records),
        parts={r.id: r.parts for r in records if r.parts},
        metadata={r.id: r.metadata for r in records if r.metadata},
        unit=unit,
        words=_words_name(records, splitter),
        ceiling=perfect,
        filters=filters,
    )


def _check(records: Sequence[Record], name: str) -> None:
    seen: set[str] = set()
    names: set[str] = set()
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
            if span.parts and not _ordered(span):
                raise CorpusError(
                    f"{name}: document {record.id}: the parts {span.parts} of the span {span.start}-{span.end} "
                    f"({span.label}) are not in order between its edges"
                )
            if span.label in names:
                continue
            names.add(span.label)
            if not span.label or any(c.isspace() or c in "/\0" for c in span.label):
                raise CorpusError(
                    f"{name}: document {record.id}: the label {span.label!r} is empty or holds a space, '/' or NUL; "
                    f"another name can be given by relabel = {{ {json.dumps(span.label)} = ... }}"
                )
            if span.label in AVERAGES:
                raise CorpusError(f"{name}: document {record.id}: the label {span.label!r} is the name of an average")
        if record.tokens and not _in_order(record.tokens, len(record.text)):
            raise CorpusError(f"{name}: document {record.id}: its tokens are not in order inside the text")


def _in_order(tokens: Sequence[tuple[int, int]], length: int) -> bool:
    starts, ends = zip(*tokens, strict=True)
    apart = all(map(le, ends, starts[1:]))
    return starts[0] >= 0 and ends[-1] <= length and apart and all(map(lt, starts, ends))


def _ordered(span: Span) -> bool:
    inner = all(start < end for start, end in span.parts) and list(span.parts) == sorted(span.parts)
    return inner and span.parts[0][0] == span.start and max(end for _, end in span.parts) == span.end


def _labels(records: Iterable[Record], wanted: tuple[str, ...], name: str) -> tuple[str, ...]:
    """The labels that are wanted, else all that there are."""
    present = {span.label for record in records for span in record.spans}
    if not present:
        raise CorpusError(f"{name}: no document has a span, so there is nothing to learn and to find")
    for label in wanted:
        if label not in present:
            raise CorpusError(f"{name}: no span has the label {label!r}; {closest(label, present)}")
    return tuple(sorted(set(wanted or present)))


def _without_words(records: Sequence[Record]) -> list[Record]:
    return [record if record.tokens is None else replace(record, tokens=None) for record in records]


def _words_name(records: Sequence[Record], splitter: str) -> str:
    names = {splitter if record.tokens is None else "format" for record in records}
    return " and ".join(sorted(names))


def _words(
    records: Sequence[Record], unit: Literal["sentence", "document"], splitter: str
) -> list[tuple[tuple[int, int], ...]]:
    ours = iter(tokenise([record.text for record in records if record.tokens is None], unit, splitter))
    return [next(ours) if record.tokens is None else record.tokens for record in records]


def _annotated(
    records: Sequence[Record], spans: Sequence[tuple[Span, ...]], unit: Literal["sentence", "document"], splitter: str
) -> list[Annotated]:
    return [
        Annotated(Document(record.id, record.text, words, record.group), own)
        for record, words, own in zip(records, _words(records, unit, splitter), spans, strict=True)
    ]


def _losses(flat: Sequence[Flat], filters: Filters) -> Iterable[Entry]:
    """Gold that flat spans cannot say, and what was made of it."""
    became = {
        "cover": "learnt as all between their edges",
        "first": "learnt as their first stretch",
        "parts": "learnt as a span for each stretch",
        "drop": "not learnt",
    }
    scored = "a miss for every tagger" if filters.gold == "all" else "and so scored"
    if broken := sum(f.discontinuous for f in flat):
        yield Entry(f"discontinuous spans, {became[filters.discontinuous]}, {scored}", spans=broken, hard=True)
    scored = "but gold" if filters.gold == "all" else "not scored"
    if overlapping := sum(f.overlapping for f in flat):
        step = f"spans that overlap another, which is kept ({filters.overlap}): not learnt, {scored}"
        yield Entry(step, spans=overlapping, hard=True)


def _overlapping(documents: Sequence[Annotated], filters: Filters) -> Iterable[Entry]:
    """Flat gold that a tag for each word cannot hold."""
    if filters.overlap != "keep":
        return
    overlapping = 0
    for a in documents:
        reach = -1
        for span in a.spans:
            overlapping += span.start < reach
            reach = max(reach, span.end)
    if overlapping:
        yield Entry("gold spans that overlap an earlier one, kept as gold", spans=overlapping, hard=True)


def _inside_words(
    documents: Sequence[Annotated], gold: Mapping[str, tuple[Span, ...]], splitter: str
) -> Iterable[Entry]:
    """Mentions of each label with a boundary inside a word, and whether other words would mend that."""
    with_gold = [(a.document, spans) for a in documents if (spans := gold[a.document.id])]
    lost = Counter(span.label for document, spans in with_gold for span in outside_words(document.tokens, spans))
    if not lost:
        return
    mentions = Counter(span.label for _, spans in with_gold for span in spans)
    left = lost
    if splitter != _FINER:
        finer = tokenise([document.text for document, _ in with_gold], words=_FINER)
        pairs = zip(finer, with_gold, strict=True)
        left = Counter(span.label for words, (_, spans) in pairs for span in outside_words(words, spans))
    for label, count in sorted(lost.items()):
        all_ = mentions[label]
        step = f"{count:,} of {all_:,} {label} mentions ({_percent(count / all_)}) have a boundary inside a word: "
        step += "no word tagger can find them"
        if left[label] < count:
            step += f'; words = "{_FINER}" leaves {_percent(left[label] / all_)}'
        yield Entry(step, spans=count, hard=True)


# The words that most mentions begin and end with.
_FINER = "punctuation"
_NO_DECIMAL, _ONE_DECIMAL = 0.1, 0.001


def _percent(share: float) -> str:
    decimals = 0 if share >= _NO_DECIMAL or not share else 1 if share >= _ONE_DECIMAL else 2
    return f"{100 * share:.{decimals}f}%"


def _counts(
    documents: Sequence[Annotated], gold: Mapping[str, tuple[Span, ...]], unlabelled: Sequence[Document]
) -> dict[str, int]:
    labels = Counter(span.label for spans in gold.values() for span in spans)
    return {
        "documents": len(documents),
        "groups": len({a.document.group for a in documents}),
        "words": sum(len(a.document.tokens) for a in documents),
        "spans": labels.total(),
        **{f"spans {label}": count for label, count in sorted(labels.items())},
        "documents without a span": sum(not gold[a.document.id] for a in documents),
        "unlabelled documents": len(unlabelled),
    }


def _card(fingerprint: str, documents: Sequence[Annotated], gold: Mapping[str, tuple[Span, ...]]) -> str:
    """The fingerprint, shortened; scored against other gold than is learnt from, it is another card."""
    hidden = [(name, spans) for a in documents if (spans := gold[name := a.document.id]) != a.spans]
    if not hidden:
        return fingerprint[:16]
    plain = [(name, [(s.start, s.end, s.label, s.parts) for s in spans]) for name, spans in hidden]
    return hashlib.sha256(f"{fingerprint} {json.dumps(plain)}".encode()).hexdigest()[:16]


class _Packed(dict[tuple[int, int], bytes]):
    """The bytes of a word's range; the same few ranges occur in most texts, so they are packed once."""

    def __missing__(self, word: tuple[int, int]) -> bytes:
        packed = struct.pack("<qq", *word)
        if len(self) < _KNOWN_RANGES:
            self[word] = packed
        return packed


_KNOWN_RANGES = 2**18


def _fingerprint(documents: Sequence[Annotated], unlabelled: Sequence[Document]) -> str:
    digest = hashlib.sha256()
    packed = _Packed()
    names = {label: json.dumps(label) for label in {span.label for a in documents for span in a.spans}}
    for a in documents:
        digest.update(_bytes(a.document, packed))
        # As JSON has it, which is slow to call for every text.
        spans = ", ".join([f"[{s.start}, {s.end}, {names[s.label]}]" for s in a.spans])
        digest.update(f"[{spans}]\0".encode())
    digest.update(b"unlabelled\0")
    for document in unlabelled:
        digest.update(_bytes(document, packed))
    return digest.hexdigest()


def _bytes(document: Document, packed: _Packed) -> bytes:
    text = f"{document.id}\0{document.group}\0{document.text}".encode("utf-8", "surrogatepass")
    edges = b"".join(map(packed.__getitem__, document.tokens))
    return f"{len(text)} {len(edges)} ".encode() + text + edges
