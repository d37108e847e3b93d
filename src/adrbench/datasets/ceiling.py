"""What a perfect word tagger would score: gold copied through words, and what words cannot say."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from adrbench.api import Annotated, Span
from adrbench.api.bio import decode, encode

MICRO = "micro"
HIGH_ENOUGH = 0.995
"""A ceiling of at least this F1 goes without saying."""
# As many labels are named in the line of a header.
_MOST_LABELS = 3


@dataclass(frozen=True)
class Ceiling:
    """What a tagger of words that makes no mistake scores on exact spans, as fractions.

    Attributes:
        label: A label, or ``micro`` for all mentions together.
        precision: Of the spans that gold becomes when it is copied through tags of words, the share that is gold.
        recall: Of gold, the share that comes back.
        f1: Their harmonic mean; 1 where there is neither gold nor any span.
    """

    label: str
    precision: float
    recall: float
    f1: float


def ceiling(
    documents: Iterable[Annotated], gold: Mapping[str, Sequence[Span]], labels: Iterable[str]
) -> tuple[Ceiling, ...]:
    """Score gold that is copied through tags of words.

    Args:
        documents: The documents with their words, and the flat gold that taggers learn from.
        gold: What predictions are scored against, by document.
        labels: The labels of the corpus.

    Returns:
        A figure for each label, in alphabetical order, and the one of all mentions last.
    """
    right: Counter[str] = Counter()
    said: Counter[str] = Counter()
    wanted: Counter[str] = Counter()
    for a in documents:
        scored = gold[a.document.id]
        if not scored and not a.spans:
            continue
        copied = _copied(a)
        _count(wanted, scored)
        _count(said, copied)
        _count(right, copied if copied == scored else set(copied).intersection(scored))
    rows = [_figures(label, right[label], said[label], wanted[label]) for label in sorted(labels)]
    return (*rows, _figures(MICRO, right.total(), said.total(), wanted.total()))


def _copied(a: Annotated) -> Sequence[Span]:
    """What tags of words make of flat gold."""
    words = a.document.tokens
    reach = 0
    # Spans of whole words, one after the other, come back as they are: the usual case, which is quick to see.
    for span in a.spans:
        if span.start < reach or not _at_words(words, span):
            return decode(words, encode(words, a.spans))
        reach = span.end
    return a.spans


def _count(counts: Counter[str], spans: Iterable[Span]) -> None:
    for span in spans:
        counts[span.label] += 1


def _figures(label: str, right: int, said: int, wanted: int) -> Ceiling:
    precision = right / said if said else 1.0
    recall = right / wanted if wanted else 1.0
    return Ceiling(label, precision, recall, 2 * right / (said + wanted) if said + wanted else 1.0)


def ceiling_line(rows: Sequence[Ceiling], words: str) -> str:
    """One sentence for the header of a table: what a tagger of these words without a mistake has.

    Args:
        rows: The ceiling of a corpus, ``micro`` last.
        words: The name of the splitter that made its words.

    Returns:
        Such as ``a word tagger without a mistake has F1 85.7 (P 87.5, R 83.9) with words = "nltk"``, with the lowest
        labels where there are several; empty if the F1 of all, and of each label, is at least 99.5.
    """
    low = sorted((row for row in rows if row.f1 < HIGH_ENOUGH), key=lambda row: row.f1)
    if not low:
        return ""
    micro = rows[-1]
    labels = [f"{row.label} {100 * row.f1:.1f}" for row in low if row is not micro][:_MOST_LABELS]
    several = f"; lowest by label: {', '.join(labels)}" if len(rows) > 2 and labels else ""  # noqa: PLR2004
    figures = f"P {100 * micro.precision:.1f}, R {100 * micro.recall:.1f}"
    return f'a word tagger without a mistake has F1 {100 * micro.f1:.1f} ({figures}) with words = "{words}"{several}'


def outside_words(words: Sequence[tuple[int, int]], spans: Iterable[Span]) -> list[Span]:
    """The spans with a boundary inside a word, which no tags of these words can say.

    Args:
        words: Character ranges in order, without overlap.
        spans: Spans of the same text.

    Returns:
        Those that begin where no word begins, or end where none ends.
    """
    return [span for span in spans if not _at_words(words, span)]


def _at_words(words: Sequence[tuple[int, int]], span: Span) -> bool:
    first = bisect_left(words, (span.start,))
    last = bisect_left(words, (span.end,)) - 1
    return first < len(words) and words[first][0] == span.start and last >= 0 and words[last][1] == span.end
