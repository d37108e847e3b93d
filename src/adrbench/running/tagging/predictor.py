"""Texts of any length through a tagger, and its spans back in the offsets of the texts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import psutil

from adrbench.api import Document, Record, Span, Tagger
from adrbench.datasets.streams import Sentences
from adrbench.datasets.text.passages import Passage, PassageCutter
from adrbench.datasets.texts import Text, Unreadable
from adrbench.errors import InputError
from adrbench.running._answers import _checked
from adrbench.running.kept import Kept

# So many texts show how much memory a tagger takes. Its process may grow by the first factor, and by the second after
# each time that the tagger was loaded anew.
_TEXTS = 1024
_GROWTH, _FURTHER_GROWTH = 1.12, 1.01


class Tagged(NamedTuple):
    """A tagged text.

    Attributes:
        record: The text; its spans are the tagger's.
        gold: The spans of the input; None if it brings no gold.
        passages: The passages that the tagger was given.
    """

    record: Record
    gold: tuple[Span, ...] | None
    passages: Sequence[Passage]

    def sentences(self) -> Sentences:
        """Give the passages for formats that are written sentence by sentence.

        Returns:
            Each passage as a record with its spans, and its words.
        """
        record = self.record
        if len(self.passages) == 1 and not self.passages[0].start:
            return [(record, self.passages[0].tokens)]
        sentences = []
        for start, text, tokens in self.passages:
            inside = (span for span in record.spans if start <= span.start < start + len(text))
            spans = tuple(_shifted(span, -start) for span in inside)
            sentences.append((replace(record, text=text, spans=spans, tokens=tokens), tokens))
        return sentences


class Predictor:
    """Tags texts with a kept tagger, in a memory that does not grow with their number.

    Taggers and splitters remember words that they have met. Where that has made the process too large, both are loaded
    anew. Their answers stay the same.

    Args:
        load: Loads the tagger.
        min_score: Spans with a lower score, or without any, are left out; None: all are kept.
    """

    def __init__(self, load: Callable[[], Kept], min_score: float | None = None) -> None:
        self._load = load
        kept = load()
        self._tagger: Tagger | None = kept.tagger
        self._name = kept.record.use
        self._labels = frozenset(kept.record.labels)
        self._scores = kept.record.scores
        self._cutter = PassageCutter(kept.splitter, kept.record.unit)
        self._min_score = min_score
        self._process = psutil.Process()
        self._texts = 0
        self._most: float | None = None
        self.left_out = 0
        """How many spans ``min_score`` has left out."""

    def tag(self, texts: Sequence[Text]) -> list[Tagged | Unreadable]:
        """Tag texts.

        Args:
            texts: The texts.

        Returns:
            Each text with its spans, in order; or the reason why the tagger fails on it.

        Raises:
            InputError: If the tagger fails on every one of several texts.
        """
        self._watch(len(texts))
        cut = [
            self._cutter.cut(text.record.text, text.record.tokens, sentence=text.unit == "sentence") for text in texts
        ]
        try:
            spans: Sequence[tuple[Span, ...] | Exception] = self._predicted(cut)
        except Exception as error:  # noqa: BLE001  (a tagger may raise anything)
            spans = [self._alone(passages) for passages in cut] if len(cut) > 1 else [error]
            first = spans[0]
            if len(spans) > 1 and isinstance(first, Exception) and all(isinstance(one, Exception) for one in spans):
                raise InputError(
                    f"{self._name} fails on every text, such as {texts[0].record.id!r}: {_reason(first)}"
                ) from first
        return [
            Unreadable(text.record.id, f"{self._name} fails on it: {_reason(own)}")
            if isinstance(own, Exception)
            else Tagged(_with_spans(text.record, own), text.record.spans if text.gold else None, passages)
            for text, own, passages in zip(texts, spans, cut, strict=True)
        ]

    def _watch(self, count: int) -> None:
        """Load anew what has grown too large. What is freed serves the new one, so that the next limit is near."""
        self._texts += count
        if self._texts < _TEXTS:
            return
        size = self._process.memory_info().rss
        if self._most is None:
            self._most = size * _GROWTH
        elif size > self._most:
            # First let go of the old one: two need not be in memory at a time.
            self._tagger = None
            kept = self._load()
            self._tagger, self._texts = kept.tagger, 0
            self._cutter.splitter = kept.splitter
            self._most = size * _FURTHER_GROWTH

    def _alone(self, passages: Sequence[Passage]) -> tuple[Span, ...] | Exception:
        try:
            return self._predicted([passages])[0]
        except Exception as error:  # noqa: BLE001
            return error

    def _predicted(self, cut: Sequence[Sequence[Passage]]) -> list[tuple[Span, ...]]:
        """The spans of each text, in its own offsets."""
        documents = [
            Document(f"{number}.{start}", text, tokens, str(number))
            for number, passages in enumerate(cut)
            for start, text, tokens in passages
        ]
        answers = _checked(documents, self._predict(documents), self._labels, scores=self._scores)
        spans: defaultdict[int, list[Span]] = defaultdict(list)
        # Most passages have no mention, so nothing is made for them.
        for name, plain in answers.items():
            number, _, start = name.partition(".")
            spans[int(number)] += (_shifted(span, int(start)) for span in self._kept(plain))
        return [tuple(spans.get(number, ())) for number in range(len(cut))]

    def _predict(self, documents: Sequence[Document]) -> Sequence[Sequence[Span]]:
        assert self._tagger is not None  # noqa: S101  (it is loaded anew in one place)
        return self._tagger.predict(documents)

    def _kept(self, plain: Sequence[list[object]]) -> Iterator[Span]:
        for one in plain:
            span = Span.from_list(one)
            if self._min_score is None or (span.score is not None and span.score >= self._min_score):
                yield span
            else:
                self.left_out += 1


def _with_spans(record: Record, spans: tuple[Span, ...]) -> Record:
    if not spans and not record.spans:
        return record
    # `replace` looks at each field and takes four times as long.
    return Record(record.id, record.text, spans, record.group, record.tokens, record.parts, record.metadata)


def _shifted(span: Span, by: int) -> Span:
    if not by:
        return span
    parts = tuple((start + by, end + by) for start, end in span.parts)
    return Span(span.start + by, span.end + by, span.label, parts, score=span.score)


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
