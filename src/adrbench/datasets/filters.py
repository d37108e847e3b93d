"""The declared steps between a corpus as read and as benchmarked, each counted in the ledger."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Literal

from adrbench._system.paths import with_home
from adrbench.api import CorpusError, Record, Span
from adrbench.datasets._flatten import Discontinuous, Overlap
from adrbench.datasets.grouping import Grouping
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.datasets.text.normalisation import normalise
from adrbench.datasets.text.passages import around
from adrbench.errors import closest

Tokeniser = Callable[[Sequence[Record]], list[tuple[tuple[int, int], ...]]]


@dataclass(frozen=True)
class SubwordLimit:
    """Drop documents of more than ``limit`` subwords of a ``vocabulary`` (a file, a folder, or a name on the hub)."""

    limit: int
    vocabulary: str


@dataclass(frozen=True)
class Filters:
    """The steps, in the order in which they are applied.

    ``words``: the splitter that makes the words, in place of those of the format too; None: the words of the format,
    else of the default splitter. ``group``: where the group of a document is told. ``relabel``: call labels otherwise,
    several perhaps the same. ``labels``: keep only spans of these. ``sentences``: make every sentence a document.
    ``drop_duplicates``: of documents with the same text (white space and case aside), keep the first.
    ``drop_unannotated``: drop documents without a span. ``negatives``: keep at most so many documents without a span
    for each one with. ``max_words``, ``max_subwords``: drop longer documents. ``limit``: keep this many documents,
    chosen by a hash of their ids. ``discontinuous`` and ``overlap`` say how gold is made flat
    (``adrbench.datasets._flatten``), and ``gold`` what predictions are scored against: ``all`` mentions as annotated,
    so that nested or discontinuous mentions that a tagger cannot output count as missed, or the ``flat`` ones.
    """

    labels: tuple[str, ...] = ()
    relabel: Mapping[str, str] = field(default_factory=dict)
    sentences: bool = False
    drop_duplicates: bool = False
    drop_unannotated: bool = False
    negatives: float | None = None
    max_words: int | None = None
    max_subwords: SubwordLimit | None = None
    limit: int | None = None
    discontinuous: Discontinuous = "cover"
    overlap: Overlap = "keep"
    gold: Literal["all", "flat"] = "all"
    words: str | None = None
    group: Grouping | None = None
    # Where a vocabulary is looked for, and whether it may be fetched.
    folder: Path = field(default=Path(), compare=False)
    offline: bool = field(default=False, compare=False)


@dataclass(frozen=True)
class Entry:
    """A line of the ledger: what a step concerns, in documents and spans; ``count``: what a reader counts otherwise.

    ``hard``: it is about gold that a tagger may be unable to say, which every report shows.
    """

    step: str
    documents: int = 0
    spans: int = 0
    count: int = 0
    hard: bool = False


def apply(
    records: Sequence[Record], filters: Filters, labels: tuple[str, ...], words: Tokeniser
) -> tuple[list[Record], list[Entry]]:
    """Apply the declared steps.

    Args:
        records: The records, relabelled.
        filters: The steps.
        labels: The labels that are kept.
        words: Gives the words of records, as character ranges.

    Returns:
        The records that are left, and a ledger entry for each step that changed something.
    """
    ledger: list[Entry] = []
    kept = list(records)
    for change in _steps(filters, labels, words):
        before = kept
        step, kept = change(before)
        documents = len(before) - len(kept)
        spans = sum(len(r.spans) for r in before) - sum(len(r.spans) for r in kept)
        if change is _sentences:
            # It drops nothing, and says for itself what it did.
            ledger.append(Entry(step, documents=len(before)))
            if cut := sum(_leaves(record) for record in kept):
                ledger.append(
                    Entry("gold spans across a sentence boundary, a miss for every tagger", spans=cut, hard=True)
                )
        elif documents or spans:
            ledger.append(Entry(step, documents, spans))
    return kept, ledger


_Change = Callable[[list[Record]], tuple[str, list[Record]]]


def _steps(filters: Filters, labels: tuple[str, ...], words: Tokeniser) -> Iterator[_Change]:
    """What is done one after the other: each gives its words for the ledger, and the records that are left."""
    yield lambda records: ("spans given twice, merged", _distinct(records))
    yield lambda records: ("spans of nothing but white space left out", _visible(records))
    others = f"labels other than {', '.join(labels)} left out"
    yield lambda records: (others, _labelled(records, frozenset(labels)))
    yield lambda records: ("empty documents dropped", [r for r in records if r.text.strip()])
    if filters.sentences:
        yield _sentences
    if filters.drop_duplicates:
        yield lambda records: ("duplicate texts dropped", _without_duplicates(records))
    if filters.drop_unannotated:
        yield lambda records: ("documents without any span dropped", [r for r in records if r.spans])
    if (share := filters.negatives) is not None:
        thinned = f"documents without any span over {share:g} for each with one dropped"
        yield lambda records: (thinned, _with_negatives(records, share))
    if (most := filters.max_words) is not None:
        yield lambda records: (f"documents of more than {most} words dropped", _few_words(records, most, words))
    if (subwords := filters.max_subwords) is not None:
        yield lambda records: _few_subwords(records, subwords, words, filters)
    if (limit := filters.limit) is not None:
        yield lambda records: (f"left out by --limit {limit}", _sample(records, limit))


def _sentences(records: list[Record]) -> tuple[str, list[Record]]:
    splitter = SentenceSplitter()
    sentences = [sentence for record in records for sentence in split(record, splitter)]
    return f"documents split into {len(sentences):,} sentences", sentences


def renamed(records: Sequence[Record], names: Mapping[str, str], corpus: str) -> Sequence[Record]:
    """Give labels other names.

    Args:
        records: The records as read.
        names: New names by old ones.
        corpus: The name of the corpus, for messages.

    Returns:
        The records with the new names.

    Raises:
        CorpusError: If an old name is no label of the corpus.
    """
    if not names:
        return records
    present = {span.label for record in records for span in record.spans}
    for label in names:
        if label not in present:
            raise CorpusError(f"{corpus}: relabel: no span has the label {label!r}; {closest(label, present)}")
    return [
        replace(r, spans=tuple(replace(s, label=names.get(s.label, s.label)) for s in r.spans)) if r.spans else r
        for r in records
    ]


def _distinct(records: list[Record]) -> list[Record]:
    return [r if _in_order(r.spans) else replace(r, spans=tuple(sorted(set(r.spans)))) for r in records]


def _in_order(spans: tuple[Span, ...]) -> bool:
    """Whether spans are sorted and distinct already, by their starts alone: the usual case."""
    return all(one.start < other.start for one, other in pairwise(spans))


def _visible(records: list[Record]) -> list[Record]:
    def seen(record: Record, span: Span) -> bool:
        return not record.text[span.start : span.end].isspace()

    return [
        r if all(seen(r, s) for s in r.spans) else replace(r, spans=tuple(s for s in r.spans if seen(r, s)))
        for r in records
    ]


def _labelled(records: list[Record], labels: frozenset[str]) -> list[Record]:
    return [
        r
        if all(s.label in labels for s in r.spans)
        else replace(r, spans=tuple(s for s in r.spans if s.label in labels))
        for r in records
    ]


def split(record: Record, splitter: SentenceSplitter) -> list[Record]:
    """Split a record into sentences.

    A span that crosses a boundary goes to the sentence in which it starts, and its parts say how far it reaches, so
    that nothing can match it. A boundary inside a token that the format fixed is no boundary.

    Args:
        record: A document.
        splitter: Finds the sentences.

    Returns:
        A record for each sentence, called ``ID.s1``, ``ID.s2`` and so on, with its spans.
    """
    ranges = around(splitter.ranges(record.text), record.tokens)
    sentences = []
    for number, (start, end) in enumerate(ranges, 1):
        following = ranges[number][0] if number < len(ranges) else len(record.text)
        # White space between two sentences belongs to the one before it, as far as spans are concerned.
        first = start if number > 1 else 0
        spans = tuple(
            _shifted(span, start, end) for span in record.spans if first <= span.start < max(following, first + 1)
        )
        tokens = record.tokens and tuple((s - start, e - start) for s, e in record.tokens if start <= s < end)
        text = record.text[start:end]
        sentences.append(replace(record, id=f"{record.id}.s{number}", text=text, spans=spans, tokens=tokens))
    return sentences


def _shifted(span: Span, start: int, end: int) -> Span:
    """A span of a document in the coordinates of its sentence."""
    parts = tuple((s - start, e - start) for s, e in span.parts)
    if start <= span.start and span.end <= end:
        return Span(span.start - start, span.end - start, span.label, parts)
    left = min(max(span.start, start), end - 1)
    right = max(left + 1, min(span.end, end))
    return Span(left - start, right - start, span.label, parts or ((span.start - start, span.end - start),))


def _leaves(record: Record) -> int:
    return sum(any(s < 0 or e > len(record.text) for s, e in span.parts) for span in record.spans)


def _without_duplicates(records: Iterable[Record]) -> list[Record]:
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(normalise(record.text), record)
    return list(first.values())


def _with_negatives(records: list[Record], share: float) -> list[Record]:
    without = [record for record in records if not record.spans]
    most = round(share * (len(records) - len(without)))
    chosen = {record.id for record in sorted(without, key=lambda r: digest(r.id))[:most]}
    return [record for record in records if record.spans or record.id in chosen]


def _few_words(records: list[Record], most: int, words: Tokeniser) -> list[Record]:
    return [record for record, tokens in zip(records, words(records), strict=True) if len(tokens) <= most]


def _few_subwords(
    records: list[Record], most: SubwordLimit, words: Tokeniser, filters: Filters
) -> tuple[str, list[Record]]:
    from adrbench.datasets.text._subwords import count_subwords  # noqa: PLC0415  (loads the tokenizers library)

    with_home(most.vocabulary, "max_subwords: vocabulary")
    texts = [[r.text[s:e] for s, e in tokens] for r, tokens in zip(records, words(records), strict=True)]
    counts, vocabulary = count_subwords(texts, most.vocabulary, filters.folder, offline=filters.offline)
    left = [record for record, count in zip(records, counts, strict=True) if count <= most.limit]
    return f"documents of more than {most.limit} subwords of {vocabulary} dropped", left


def _sample(records: list[Record], limit: int) -> list[Record]:
    # By hash of the id, so that a larger limit holds all of a smaller one; by group, so that groups stay whole enough
    # to share out.
    order = sorted(records, key=lambda r: (digest(r.group), digest(r.id)))
    chosen = {record.id for record in order[:limit]}
    return [record for record in records if record.id in chosen]


def digest(text: str) -> str:
    """Hash a text, which may hold lone surrogates.

    Args:
        text: The text.

    Returns:
        The sha256 of its UTF-8 bytes, in hexadecimal.
    """
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def count_records(records: Sequence[Record]) -> Mapping[str, int]:
    """Count a corpus as it was read, before any filter, to be compared with what was published.

    Args:
        records: The records of a reading.

    Returns:
        Counts by the names of ``DatasetInfo.published``: ``documents``, ``groups``, ``tokens`` (0 unless the format
        fixes them), ``spans``, ``discontinuous``, ``spans LABEL``, and ``documents PART`` and ``spans PART`` where the
        release has a split of one fold.
    """
    labels = Counter(span.label for record in records for span in record.spans)
    in_parts = [(record.parts[0], len(record.spans)) for record in records if len(record.parts) == 1]
    spans: Counter[str] = Counter()
    for part, count in in_parts:
        spans[part] += count
    return {
        "documents": len(records),
        "groups": len({record.group for record in records}),
        "tokens": sum(len(record.tokens or ()) for record in records),
        "spans": labels.total(),
        "discontinuous": sum(len(span.parts) > 1 for record in records for span in record.spans),
        **{f"spans {label}": count for label, count in sorted(labels.items())},
        **{f"documents {part}": count for part, count in Counter(part for part, _ in in_parts).items()},
        **{f"spans {part}": count for part, count in spans.items()},
    }
