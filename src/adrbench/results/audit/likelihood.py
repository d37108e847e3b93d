"""How likely a finding is an error of the gold: learnt from mentions that are spoilt on purpose.

Findings of one kind, label and set of families form a pattern. A pattern occurs in the gold as it is, and it occurs
where a mention is spoilt. If a share of the gold were spoilt at random, each way as often as the others, then

    score = spoilt / (spoilt + as it is)

is the share of spoilt mentions among all findings of the pattern. Every mention is spoilt in every way, each weighted,
so nothing is drawn at random. Rare patterns borrow from wider ones: from their kind and number of families, then from
their kind, then from all findings.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from adrbench.results.audit.findings import Finding, Votes, clusters, find, overlap
from adrbench.results.audit.spoiling import Mention, Words, ways

ASSUMED_SHARE = 0.05
"""The share of the gold that is taken to be wrong. It moves all scores and leaves their order nearly as it is."""
_BORROWED = 2.0
"""A wider pattern weighs as much as so many findings."""

Pattern = tuple[str, ...]


@dataclass(frozen=True)
class AuditedDocument:
    """A document with its gold, and what taggers predict that did not learn from it.

    Attributes:
        id: The document.
        fold: The fold that tests it, from 0.
        gold: Its mentions.
        votes: The families of each predicted span.
        words: Its words.
    """

    id: str
    fold: int
    gold: tuple[Mention, ...]
    votes: Votes
    words: Words


@dataclass
class Occurrences:
    """How often patterns occur, at every width.

    Attributes:
        spoilt: By pattern, findings at spoilt mentions, weighted by ``ASSUMED_SHARE`` and by way.
        unspoilt: By pattern, findings in the gold as it is.
    """

    spoilt: defaultdict[Pattern, float] = field(default_factory=lambda: defaultdict(float))
    unspoilt: Counter[Pattern] = field(default_factory=Counter)

    def add(self, other: Occurrences) -> None:
        """Add further occurrences.

        Args:
            other: Occurrences in other documents.
        """
        for pattern, weight in other.spoilt.items():
            self.spoilt[pattern] += weight
        self.unspoilt.update(other.unspoilt)

    def score(self, finding: Finding) -> float:
        """Score a finding.

        Args:
            finding: The finding.

        Returns:
            The share of spoilt mentions among such findings, a fraction.
        """
        score = 0.0
        for pattern in patterns(finding):
            spoilt, unspoilt = self.spoilt.get(pattern, 0.0), self.unspoilt[pattern]
            if spoilt + unspoilt:
                score = (spoilt + _BORROWED * score) / (spoilt + unspoilt + _BORROWED)
        return score


def count(documents: Iterable[AuditedDocument], labels: Sequence[str]) -> Occurrences:
    """Count the patterns of documents, with each mention as it is and spoilt in every way.

    Args:
        documents: The documents.
        labels: The labels of the corpus.

    Returns:
        The occurrences.
    """
    counted = Occurrences()
    for document in documents:
        for finding in find(document.gold, document.votes):
            counted.unspoilt.update(patterns(finding))
        for finding, weight in spoilt_findings(document, labels):
            for pattern in patterns(finding):
                counted.spoilt[pattern] += weight
    return counted


def patterns(finding: Finding) -> list[Pattern]:
    """The patterns of a finding, from the widest to its own.

    Args:
        finding: The finding.

    Returns:
        The patterns.
    """
    return [
        (),
        (finding.kind,),
        (finding.kind, str(len(finding.families)), str(len(finding.against))),
        (finding.kind, finding.label, "+".join(finding.families), "-".join(finding.against)),
    ]


def spoilt_findings(document: AuditedDocument, labels: Sequence[str]) -> Iterator[tuple[Finding, float]]:
    """Spoil each mention in every way, one at a time, and find what points at it.

    Args:
        document: The document.
        labels: The labels of the corpus.

    Yields:
        The findings, each with its weight. The weights of a mention are ``ASSUMED_SHARE`` in all, if each way leads to
        a finding.
    """
    parts = list(clusters(document.gold, document.votes))
    ends = [max(span[1] for span in (*mentions, *predicted)) for mentions, predicted in parts]
    for mention in document.gold:
        possible = ways(mention, document.gold, document.words, labels)
        for results in possible.values():
            # A mention that is dropped leaves nothing in its place.
            stand: Sequence[Mention | None] = results or [None]
            for after in stand:
                near = [mention, after] if after else [mention]
                # Only parts that overlap the place, before or after, can change.
                first = bisect_right(ends, min(start for start, _, _ in near))
                last = max(end for _, end, _ in near)
                gold = [after] if after else []
                votes: dict[Mention, frozenset[str]] = {}
                for mentions, predicted in parts[first:]:
                    if min((*mentions, *predicted))[0] >= last:
                        break
                    gold += [other for other in mentions if other != mention]
                    votes |= predicted
                weight = ASSUMED_SHARE / len(possible) / len(stand)
                yield from ((one, weight) for one in find(gold, votes) if points_at(one, mention, after))


def points_at(finding: Finding, before: Mention, after: Mention | None) -> bool:
    """Tell whether a finding points at a mention that was spoilt.

    Args:
        finding: The finding.
        before: The mention before.
        after: What stands in its place; None if it was dropped.

    Returns:
        Whether the finding doubts what stands there, or misses what was dropped.
    """
    if after is None:
        return finding.kind == "missing" and finding.proposal is not None and overlap(finding.proposal, before)
    return finding.gold == after
