"""The example browser: the documents on which taggers differ most, with the spans of each. It shows corpus text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from adrbench.api import Span
from adrbench.reporting._content import Answer, Example, Segment
from adrbench.reporting._source import Place, Source
from adrbench.reporting.excerpts import excerpt

if TYPE_CHECKING:
    from adrbench.datasets.corpus import Corpus

MOST = 60
_LONGEST = 900
_AROUND = 120
_RIGHT, _WRONG, _GOLD = "✓", "✗", ""
_VERDICTS = {_RIGHT: "right", _WRONG: "wrong", _GOLD: "gold"}
Spans = frozenset[Span]


def examples(source: Source, corpora: Mapping[str, Corpus]) -> list[Example]:
    """Choose the documents on which taggers differ most.

    Args:
        source: The results folder to report on.
        corpora: The corpora whose text may be shown, by card.

    Returns:
        At most ``MOST`` documents, shared out evenly over corpora and splits.
    """
    places = [place for place in source.places if place.section.card in corpora and place.measured]
    return [
        example
        for place in places
        for example in _of(place, source, corpora[place.section.card], max(1, MOST // len(places)))
    ][:MOST]


def _of(place: Place, source: Source, corpus: Corpus, most: int) -> Iterator[Example]:
    found = _predictions(place, source)
    texts = {a.document.id: a.document.text for a in corpus.documents}
    gold = {name: frozenset(corpus.gold[name]) for name in texts}
    # Only where all have answered can they be compared.
    common = [name for name in texts if all(name in answers for answers in found.values())]
    by_document = {name: {tagger: answers[name] for tagger, answers in found.items()} for name in common}
    weight = {name: disagreement(answers.values(), gold[name]) for name, answers in by_document.items()}
    for name in sorted(common, key=lambda name: (-weight[name], len(texts[name]), name))[:most]:
        if weight[name]:
            yield _example(place, name, texts[name], gold[name], by_document[name])


def _predictions(place: Place, source: Source) -> dict[str, dict[str, Spans]]:
    """What each tagger predicts, by document, best tagger first; of repeats the first."""
    measured = source.scores.measured(place.section)
    found: dict[str, dict[str, Spans]] = {}
    for row in place.measured:
        answers = found.setdefault(row.tagger, {})
        for scored in measured[row.tagger]:
            for name, spans in zip(scored.test, scored.predictions.by_document, strict=True):
                answers.setdefault(name, frozenset(spans))
    return found


def disagreement(answers: Iterable[Spans], gold: Spans) -> int:
    """Count how many pairs of taggers differ, summed over all predicted spans.

    Args:
        answers: The spans of each tagger.
        gold: The gold spans.

    Returns:
        The number of differing pairs. For a single tagger, the number of its errors.
    """
    given = list(answers)
    if len(given) == 1:
        return len(given[0] ^ gold)
    votes = Counter(span for spans in given for span in spans)
    return sum(count * (len(given) - count) for count in votes.values())


def _example(place: Place, name: str, text: str, gold: Spans, answers: Mapping[str, Spans]) -> Example:
    start, end = _window(text, gold, answers)
    # Taggers that find the same are shown as one, unless they are not equally sure.
    together: dict[frozenset[tuple[Span, float | None]], list[str]] = {}
    for tagger, spans in answers.items():
        together.setdefault(frozenset((span, span.score) for span in spans), []).append(tagger)
    told = [Answer(("gold",), _marked(text, start, end, dict.fromkeys(gold, _GOLD)), len(gold), 0, 0, gold=True)]
    for taggers in together.values():
        spans = answers[taggers[0]]
        verdicts = {span: _RIGHT if span in gold else _WRONG for span in spans}
        right = len(spans & gold)
        told.append(
            Answer(tuple(taggers), _marked(text, start, end, verdicts), right, len(spans) - right, len(gold - spans))
        )
    return Example(name, place.name, tuple(told), cut=(start, end) != (0, len(text)))


def _window(text: str, gold: Spans, answers: Mapping[str, Spans]) -> tuple[int, int]:
    """The part of a text that is shown: all of it, or of a long one the stretch with the most disputed spans."""
    if len(text) <= _LONGEST:
        return 0, len(text)
    votes = Counter(span for spans in answers.values() for span in spans)
    votes.update(gold)
    disputed = sorted(span for span, count in votes.items() if count <= len(answers)) or sorted(votes)
    inside = _LONGEST - 2 * _AROUND
    best = max(
        disputed, key=lambda first: (sum(first.start <= s.start < first.start + inside for s in disputed), -first.start)
    )
    start = max(0, best.start - _AROUND)
    end = min(len(text), start + _LONGEST)
    # Not in the middle of a word.
    start = text.find(" ", start, start + _AROUND) + 1 or start if start else 0
    return start, (text.rfind(" ", end - _AROUND, end) if end < len(text) else end)


def _marked(text: str, start: int, end: int, verdicts: Mapping[Span, str]) -> tuple[Segment, ...]:
    """Text with the mentions that lie in the window, each followed by its label and verdict."""
    inside = [
        replace(
            span,
            start=span.start - start,
            end=span.end - start,
            label=f"{span.label} {verdict}".strip(),
            parts=tuple((first - start, last - start) for first, last in span.parts),
        )
        for span, verdict in sorted(verdicts.items())
        if span.start >= start and span.end <= end
    ]
    shown = excerpt(text[start:end], inside, whole=True)
    return tuple(
        Segment(
            segment.text,
            len(segment.labels),
            _verdict(segment.labels[-1]) if segment.labels else "",
            segment.mark,
        )
        for segment in shown.segments
    )


def _verdict(label: str) -> str:
    return _VERDICTS.get(label[-1:], "gold")
