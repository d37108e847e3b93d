"""Places where gold and taggers disagree: what is found in a document, before anything is scored."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from adrbench.results.audit.spoiling import Mention

Kind = Literal["missing", "label", "boundary", "unfound"]
Votes = Mapping[Mention, frozenset[str]]
"""The families that predict a span, by span."""
SEVERAL = 2
"""So many families must agree on a span that is not in the gold."""


@dataclass(frozen=True)
class Finding:
    """A place where gold and taggers disagree.

    Attributes:
        kind: ``missing``: several families find a span that overlaps no gold; ``label``: they agree on another label
            of a mention; ``boundary``: they agree on other ends; ``unfound``: no family finds anything there.
        gold: The mention in doubt; None if one is missing.
        proposal: The span that the families agree on; None if they find nothing.
        families: The families that agree on it, sorted.
        against: The families that predict the mention as it is, sorted.
    """

    kind: Kind
    gold: Mention | None
    proposal: Mention | None
    families: tuple[str, ...] = ()
    against: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The labels that it is about, from gold to proposal if both differ."""
        labels = dict.fromkeys(one[2] for one in (self.gold, self.proposal) if one is not None)
        return " → ".join(labels)


def find(gold: Sequence[Mention], votes: Votes) -> Iterator[Finding]:
    """Find where gold and taggers disagree in a document.

    A mention is in one finding at most, that of the span with the most families. Spans that overlap several mentions,
    or a span with more families, are left out, and so are those with no more families than the mention itself has.

    Args:
        gold: The mentions of the document.
        votes: The families of each predicted span.

    Yields:
        The findings, in the order of the text.
    """
    for mentions, predicted in clusters(gold, votes):
        yield from _of_cluster(mentions, predicted)


def _of_cluster(gold: Collection[Mention], votes: Votes) -> Iterator[Finding]:
    found: list[Finding] = []
    taken: list[Mention] = []
    agreed = [span for span, own in votes.items() if len(own) >= SEVERAL and span not in gold]
    for span in sorted(agreed, key=lambda span: (-len(votes[span]), span)):
        touched = [mention for mention in gold if overlap(span, mention)]
        if len(touched) > 1 or any(overlap(span, other) for other in taken):
            continue
        families = tuple(sorted(votes[span]))
        if not touched:
            found.append(Finding("missing", None, span, families))
        else:
            [mention] = touched
            against = tuple(sorted(votes.get(mention, ())))
            if len(against) >= len(families):
                continue
            kind: Kind = "label" if span[:2] == mention[:2] else "boundary"
            found.append(Finding(kind, mention, span, families, against))
            taken.append(mention)
        taken.append(span)
    doubted = {finding.gold for finding in found}
    alone = (one for one in gold if one not in doubted and not any(overlap(one, span) for span in votes))
    found += [Finding("unfound", mention, None) for mention in alone]
    yield from sorted(found, key=lambda finding: (finding.gold or finding.proposal or (0, 0, ""), finding.kind))


def clusters(gold: Iterable[Mention], votes: Votes) -> Iterator[tuple[list[Mention], dict[Mention, frozenset[str]]]]:
    """Part a document into what overlaps, directly or through others, so that each part can be looked at alone.

    Args:
        gold: The mentions of the document.
        votes: The families of each predicted span.

    Yields:
        The mentions and the predicted spans of each part, in the order of the text.
    """
    spans = sorted([(span, True) for span in set(gold)] + [(span, False) for span in votes])
    mentions: list[Mention] = []
    predicted: dict[Mention, frozenset[str]] = {}
    end = 0
    for span, is_gold in spans:
        if span[0] >= end and (mentions or predicted):
            yield mentions, predicted
            mentions, predicted = [], {}
        end = max(end, span[1])
        if is_gold:
            mentions.append(span)
        else:
            predicted[span] = votes[span]
    if mentions or predicted:
        yield mentions, predicted


def overlap(one: Mention, other: Mention) -> bool:
    """Tell whether two spans share a character.

    Args:
        one: A span.
        other: Another span.

    Returns:
        Whether they do.
    """
    return one[0] < other[1] and other[0] < one[1]
