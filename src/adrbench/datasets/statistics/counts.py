"""A corpus counted: what stands in Table 1 of a paper that uses it."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from adrbench.api import Span
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.statistics._exposure import Exposure, expose
from adrbench.datasets.statistics._mentions import Words, overlaps, stretches, surface
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.datasets.text.normalisation import normalise


@dataclass(frozen=True)
class Distribution:
    """Whole numbers, as how often each occurs.

    >>> lengths = Distribution({1: 3, 2: 1, 7: 1})
    >>> lengths.mean, lengths.median, lengths.percentile(95), lengths.most
    (2.4, 1.0, 7, 7)
    """

    counts: Mapping[int, int]

    @property
    def total(self) -> int:
        """How many numbers there are."""
        return sum(self.counts.values())

    @property
    def mean(self) -> float | None:
        """Their mean; None for none."""
        return sum(value * count for value, count in self.counts.items()) / self.total if self.counts else None

    @property
    def median(self) -> float | None:
        """Their median, which may lie between two of them; None for none."""
        return float(statistics.median(Counter(dict(self.counts)).elements())) if self.counts else None

    def percentile(self, share: int) -> int | None:
        """Give a percentile, by nearest rank.

        Args:
            share: In percent.

        Returns:
            The smallest number that this share of them does not exceed; None if there are none.
        """
        left = math.ceil(share * self.total / 100)
        for value, count in sorted(self.counts.items()):
            left -= count
            if left <= 0:
                return value
        return None

    @property
    def most(self) -> int | None:
        """The largest; None for none."""
        return max(self.counts, default=None)

    def to_dict(self) -> dict[str, Any]:
        """Turn the distribution into plain data.

        Returns:
            Mean, median, 95th percentile, maximum, and the count of every value.
        """
        counts = {str(value): count for value, count in sorted(self.counts.items())}
        figures = {"mean": self.mean, "median": self.median, "p95": self.percentile(95), "max": self.most}
        return {**figures, "counts": counts}


@dataclass(frozen=True)
class Entities:
    """The mentions of one label, or of all: those that predictions are scored against.

    ``unique``: surfaces, case aside. ``documents``: those with such a mention. ``words``: those that belong to one.
    ``length``: in words, those between the stretches of a discontinuous mention not counted. ``overlapping``: share a
    character with another mention of any label; ``nested``: lie wholly inside another one. ``part_words``: begin or
    end where no word does.
    """

    label: str
    mentions: int
    unique: int
    documents: int
    words: int
    length: Distribution
    discontinuous: int
    overlapping: int
    nested: int
    part_words: int


@dataclass(frozen=True)
class Part:
    """A part of the release's own split."""

    name: str
    documents: int
    words: int
    mentions: int


@dataclass(frozen=True)
class DatasetStatistics:
    """All that is counted of a corpus. ``length``: words of a document. ``duplicates``: texts that were there before.

    ``exposures``: what splits of it would give away. ``without``: documents without any mention.
    """

    documents: int
    sentences: int
    groups: int
    words: int
    length: Distribution
    duplicates: int
    without: int
    labels: tuple[Entities, ...]
    all: Entities
    parts: tuple[Part, ...] = ()
    exposures: tuple[Exposure, ...] = ()

    @property
    def rows(self) -> tuple[Entities, ...]:
        """Each label, then all of them, if that is something else."""
        return (*self.labels, self.all) if len(self.labels) > 1 else self.labels

    def to_dict(self) -> dict[str, Any]:
        """Turn the statistics into plain data.

        Returns:
            Every figure by its name in JSON.
        """
        plain = {name: getattr(self, name) for name in ("documents", "sentences", "groups", "words")}
        return {
            **plain,
            "words_per_document": self.length.to_dict(),
            "duplicate_documents": self.duplicates,
            "documents_without_entity": self.without,
            "entities": {row.label: _plain(row, self.words) for row in self.labels},
            "all_entities": _plain(self.all, self.words),
            "parts": [asdict(part) for part in self.parts],
            "seen_in_training": [exposure.to_dict() for exposure in self.exposures],
        }


def _plain(row: Entities, words: int) -> dict[str, Any]:
    names = ("mentions", "unique", "documents", "words", "discontinuous", "overlapping", "nested", "part_words")
    share = row.words / words if words else None
    return {
        **{name: getattr(row, name) for name in names},
        "share_of_words": share,
        "words_per_mention": row.length.to_dict(),
    }


@dataclass
class _Tally:
    """Counts of a label while they grow."""

    surfaces: set[str] = field(default_factory=set)
    length: Counter[int] = field(default_factory=Counter)
    documents: int = 0
    words: int = 0
    discontinuous: int = 0
    overlapping: int = 0
    nested: int = 0
    part_words: int = 0

    def done(self, label: str) -> Entities:
        mentions = self.length.total()
        hard = self.discontinuous, self.overlapping, self.nested, self.part_words
        unique = len(self.surfaces)
        return Entities(label, mentions, unique, self.documents, self.words, Distribution(dict(self.length)), *hard)


ALL = "all"


def dataset_statistics(corpus: Corpus) -> DatasetStatistics:
    """Count a corpus.

    Args:
        corpus: The corpus. Its mentions are those that predictions are scored against (``corpus.gold``).

    Returns:
        All its counts.

    Raises:
        CorpusError: If the release's own split is not one.
    """
    tallies = {label: _Tally() for label in corpus.labels}
    total = _Tally()
    texts = set()
    lengths: Counter[int] = Counter()
    for annotated in corpus.documents:
        document = annotated.document
        lengths[len(document.tokens)] += 1
        texts.add(normalise(document.text))
        _add(document.text, Words(document), corpus.gold[document.id], tallies, total)
    return DatasetStatistics(
        documents=len(corpus.documents),
        sentences=_sentences(corpus),
        groups=len({a.document.group for a in corpus.documents}),
        words=sum(length * count for length, count in lengths.items()),
        length=Distribution(dict(lengths)),
        duplicates=len(corpus.documents) - len(texts),
        without=len(corpus.documents) - total.documents,
        labels=tuple(tally.done(label) for label, tally in tallies.items()),
        all=total.done(ALL),
        parts=tuple(_parts(corpus)),
        exposures=tuple(expose(corpus)),
    )


def _add(text: str, words: Words, spans: tuple[Span, ...], tallies: Mapping[str, _Tally], total: _Tally) -> None:
    """Count the mentions of a document."""
    ranges = [stretches(span, len(text)) for span in spans]
    covered: dict[str, set[int]] = {}
    for span, own, (shared, nested) in zip(spans, ranges, overlaps(ranges), strict=True):
        touched = words.of(own)
        covered.setdefault(span.label, set()).update(touched)
        for tally in (tallies[span.label], total):
            tally.surfaces.add(surface(text, span))
            tally.length[len(touched)] += 1
            tally.discontinuous += len(span.parts) > 1
            tally.overlapping += shared
            tally.nested += nested
            tally.part_words += words.part(own)
    for label, places in covered.items():
        tallies[label].documents += 1
        tallies[label].words += len(places)
    if covered:
        total.documents += 1
        total.words += len(set().union(*covered.values()))


def _sentences(corpus: Corpus) -> int:
    if corpus.unit == "sentence":
        return len(corpus.documents)
    splitter = SentenceSplitter()
    return sum(len(splitter.ranges(annotated.document.text)) for annotated in corpus.documents)


def _parts(corpus: Corpus) -> Iterable[Part]:
    """The parts of a release that has one fold; of several, each document plays several."""
    if any(len(parts) != 1 for parts in corpus.parts.values()):
        return
    parts = {part for (part,) in corpus.parts.values()}
    for name in sorted(parts, key=("train", "dev", "test", "").index):
        own = [a.document for a in corpus.documents if corpus.parts.get(a.document.id) == (name,)]
        mentions = sum(len(corpus.gold[document.id]) for document in own)
        yield Part(name or "none", len(own), sum(len(document.tokens) for document in own), mentions)
