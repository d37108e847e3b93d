"""How training text judges terms: words that belong to a mention beside a term, and the precision to expect of a match.

Every training document is matched with the terms of the other documents only, as new text is. A document's own terms
would always be right in it.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from adrbench.api import Annotated, Document
from adrbench_dictionary.matcher import Matcher, Occurrence, fold

_SMOOTHING = 2.0  # matches of average precision that every feature is taken to have been seen with
_LONGEST = 3  # words; longer matches count as this long
_BEFORE, _AFTER = "<s>", "</s>"

Region = tuple[int, int]


def words_of(document: Document, fold_case: bool) -> list[str]:
    """Fold the words of a document.

    Args:
        document: The document.
        fold_case: Whether case is folded.

    Returns:
        One word a token.
    """
    return [sys.intern(fold(word, fold_case)) for word in document.words()]


@dataclass(frozen=True)
class Boundaries:
    """Words that widen a match they stand beside: in training, most mentions around a match had them inside.

    Attributes:
        before: For each label the words that widen a match to the left.
        after: For each label those that widen it to the right.
    """

    before: Mapping[str, AbstractSet[str]] = field(default_factory=dict)
    after: Mapping[str, AbstractSet[str]] = field(default_factory=dict)

    def widen(self, words: Sequence[str], region: Region, label: str, free: int) -> Region:
        """Widen a match word by word.

        Args:
            words: The folded words of the document.
            region: The match: first token, end token.
            label: Its label.
            free: The first token that no earlier match has taken.

        Returns:
            The region that the match grows to.
        """
        first, end = region
        before, after = self.before.get(label, ()), self.after.get(label, ())
        while first > free and words[first - 1] in before:
            first -= 1
        while end < len(words) and words[end] in after:
            end += 1
        return first, end


@dataclass(frozen=True)
class Evidence:
    """What training text says of matches.

    Attributes:
        boundaries: Words that widen a match.
        records: For each term how often it was right against how often it was wrong, as the name of a feature.
        weights: For each label the features of matches, each with the log-odds that it adds. The empty feature is the
            log-odds of any match.
    """

    boundaries: Boundaries = field(default_factory=Boundaries)
    records: Mapping[str, str] = field(default_factory=dict)
    weights: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def precision(self, words: Sequence[str], occurrence: Occurrence, region: Region, label: str) -> float | None:
        """Estimate how probably a match is right: naive Bayes over its features.

        Args:
            words: The folded words of the document.
            occurrence: The occurrence of the term.
            region: The region that it was widened to.
            label: Its label.

        Returns:
            A fraction, or None if training text shows no match of the label.
        """
        weights = self.weights.get(label)
        if weights is None:
            return None
        record = self.records.get(occurrence[2], _record(0, 0, listed=True))
        odds = weights[""] + sum(weights.get(name, 0.0) for name in _features(words, occurrence, region, record))
        return 1 / (1 + math.exp(-odds))


@dataclass(frozen=True)
class _Text:
    """A training document: its words, all occurrences of terms, its gold in tokens, and its share of the text."""

    words: list[str]
    occurrences: list[Occurrence]
    gold: set[tuple[int, int, str]]
    unit: str


class Learner:
    """Learns evidence from training text.

    Args:
        train: The training documents with their gold.
        labels: For each term that the matcher knows its label.
        matcher: The matcher of these terms.
        sources: For each term of training the units of text that it comes from: ids of documents, or groups where the
            split keeps groups together. Terms of lists are not in it.
        listed: The terms of lists, which every document may be matched with.
        grouped: Whether units are groups.
    """

    def __init__(
        self,
        train: Sequence[Annotated],
        labels: Mapping[str, str],
        matcher: Matcher,
        sources: Mapping[str, AbstractSet[str]],
        listed: Collection[str],
        *,
        grouped: bool,
    ) -> None:
        self._labels, self._sources, self._listed = labels, sources, listed
        self._texts = [
            _Text(
                words_of(a.document, matcher.fold_case),
                occurrences,
                _in_tokens(a),
                a.document.group if grouped else a.document.id,
            )
            for a in train
            if (occurrences := matcher.occurrences(a.document))
        ]
        self._right: Counter[tuple[str, str]] = Counter()
        self._wrong: Counter[tuple[str, str]] = Counter()
        for text in self._texts:
            for first, end, term in leftmost_longest(text.occurrences):
                right = (first, end, labels[term]) in text.gold
                (self._right if right else self._wrong)[term, text.unit] += 1
        self._totals = Counter[str](), Counter[str]()
        for counts, total in zip((self._right, self._wrong), self._totals, strict=True):
            for (term, _), count in counts.items():
                total[term] += count

    def learn(self, *, widen: bool) -> Evidence:
        """Learn what widens matches, then the precision of the matches so widened.

        Args:
            widen: Whether words may widen matches.

        Returns:
            The evidence.
        """
        boundaries = self._boundaries() if widen else Boundaries()
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        right: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for text in self._texts:
            free = 0
            for occurrence in self._foreign(text):
                first, end, term = occurrence
                if first < free:
                    continue
                label = self._labels[term]
                region = boundaries.widen(text.words, (first, end), label, free)
                free = region[1]
                features = ["", *_features(text.words, occurrence, region, self._record(term, text.unit))]
                seen[label].update(features)
                if (*region, label) in text.gold:
                    right[label].update(features)
        weights = {label: _weights(right[label], counts) for label, counts in seen.items()}
        return Evidence(boundaries, {term: self._record(term, None) for term in self._labels}, weights)

    def _foreign(self, text: _Text) -> Iterator[Occurrence]:
        """The occurrences of terms that the document would be matched with if it were new."""
        for occurrence in text.occurrences:
            term = occurrence[2]
            if term in self._listed or self._sources[term] - {text.unit}:
                yield occurrence

    def _boundaries(self) -> Boundaries:
        """Words beside matches that most gold spans around the match have inside."""
        seen: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        inside: defaultdict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        for text in self._texts:
            for first, end, term in leftmost_longest(self._foreign(text)):
                label = self._labels[term]
                around = [(a, b) for a, b, other in text.gold if other == label and a <= first and end <= b]
                for gold_first, gold_end in around:
                    # The words within the mention, and the first one beyond it.
                    before, after = text.words[max(gold_first - 1, 0) : first], text.words[end : gold_end + 1]
                    seen[label, -1].update(before)
                    seen[label, 1].update(after)
                    inside[label, -1].update(text.words[gold_first:first])
                    inside[label, 1].update(text.words[end:gold_end])
        # One imagined mention without the word: a word seen once is not enough.
        kept = {
            key: frozenset(word for word, count in counts.items() if 2 * count > seen[key][word] + 1)
            for key, counts in inside.items()
        }
        return Boundaries(*({label: words for (label, at), words in kept.items() if at == side} for side in (-1, 1)))

    def _record(self, term: str, unit: str | None) -> str:
        """How often a term was right against wrong, outside a unit of text."""
        right, wrong = (total[term] for total in self._totals)
        sources = self._sources.get(term, frozenset())
        if unit is not None:
            right, wrong = right - self._right[term, unit], wrong - self._wrong[term, unit]
            sources = sources - {unit}
        return _record(right, wrong, listed=not sources)


def leftmost_longest(occurrences: Sequence[Occurrence] | Iterator[Occurrence]) -> Iterator[Occurrence]:
    """Of overlapping occurrences take the leftmost, then the longest.

    Args:
        occurrences: Occurrences as ``Matcher.occurrences`` gives them.

    Yields:
        Occurrences without overlap.
    """
    free = 0
    for first, end, term in occurrences:
        if first >= free:
            yield first, end, term
            free = end


def _in_tokens(annotated: Annotated) -> set[tuple[int, int, str]]:
    """First token, end token and label of the gold spans that start and end with tokens."""
    starts = {start: i for i, (start, _) in enumerate(annotated.document.tokens)}
    ends = {end: i for i, (_, end) in enumerate(annotated.document.tokens, start=1)}
    return {(starts[s.start], ends[s.end], s.label) for s in annotated.spans if s.start in starts and s.end in ends}


def _record(right: int, wrong: int, *, listed: bool) -> str:
    """Log-odds in halves, within bounds that rare terms do not reach; a list's own terms are a class of their own."""
    odds = round(2 * math.log((right + 0.5) / (wrong + 0.5)))
    return f"{'listed' if listed else 'known'}={max(-8, min(6, odds))}"


def _features(words: Sequence[str], occurrence: Occurrence, region: Region, record: str) -> tuple[str, ...]:
    """The features of a match: the term's record, the words around the match, its length, whether it was widened."""
    first, end = region
    return (
        record,
        f"before={words[first - 1] if first else _BEFORE}",
        f"after={words[end] if end < len(words) else _AFTER}",
        f"length={min(end - first, _LONGEST)}",
        f"widened={region != occurrence[:2]}",
    )


def _weights(right: Counter[str], seen: Counter[str]) -> dict[str, float]:
    """The log-odds of features that training matches of one label had, relative to those of all its matches."""
    share = (right[""] + 1) / (seen[""] + 2)
    prior = math.log(share / (1 - share))
    weights = {"": prior}
    for name, count in seen.items():
        if name:
            own = (right[name] + _SMOOTHING * share) / (count + _SMOOTHING)
            weights[name] = math.log(own / (1 - own)) - prior
    return weights
