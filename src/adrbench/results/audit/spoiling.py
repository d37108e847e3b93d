"""Ways in which a gold mention goes wrong: it is dropped, gets another label, or its boundaries move by a word."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

Mention = tuple[int, int, str]
"""Start, end (exclusive) and label."""
Words = Sequence[tuple[int, int]]
"""Start and end of each word of a document."""
Way = Literal["dropped", "relabelled", "moved"]


@dataclass(frozen=True)
class Spoilt:
    """A mention that was made wrong.

    Attributes:
        document: The id of the document.
        way: How it was made wrong.
        before: The mention.
        after: What stands in its place; None if it was dropped.
    """

    document: str
    way: Way
    before: Mention
    after: Mention | None


def ways(mention: Mention, gold: Sequence[Mention], words: Words, labels: Sequence[str]) -> dict[Way, list[Mention]]:
    """List what can stand in the place of a mention.

    Args:
        mention: A mention of the document.
        gold: All mentions of the document.
        words: The words of the document.
        labels: The labels of the corpus.

    Returns:
        For each way the mentions that can stand there. Dropping needs none and is always possible; ways that are not
        possible are left out.
    """
    found: dict[Way, list[Mention]] = {"dropped": []}
    start, end, label = mention
    others = [other for other in gold if other != mention]
    if relabelled := [(start, end, one) for one in labels if one != label and (start, end, one) not in others]:
        found["relabelled"] = relabelled
    moved = [
        (first, last, label)
        for first, last in _moved(start, end, words)
        if not any(_overlap((first, last), other) and not _overlap((start, end), other) for other in others)
        and (first, last, label) not in others
    ]
    if moved:
        found["moved"] = moved
    return found


def spoil(
    gold: Mapping[str, Sequence[Mention]],
    words: Mapping[str, Words],
    labels: Sequence[str],
    *,
    share: float,
    seed: int,
) -> tuple[dict[str, list[Mention]], list[Spoilt]]:
    """Make a share of the gold wrong at random, each way as often as the others where all are possible.

    Args:
        gold: Mentions by document id.
        words: Words by document id.
        labels: The labels of the corpus.
        share: The share of mentions, a fraction.
        seed: The seed of the draws.

    Returns:
        The gold with errors, and the errors.
    """
    rng = random.Random(seed)
    every = [(name, mention) for name in sorted(gold) for mention in sorted(gold[name])]
    spoilt = []
    made = {name: list(own) for name, own in gold.items()}
    for name, mention in rng.sample(every, round(share * len(every))):
        possible = ways(mention, made[name], words[name], labels)
        way = rng.choice(sorted(possible))
        after = rng.choice(possible[way]) if possible[way] else None
        made[name] = sorted([one for one in made[name] if one != mention] + ([after] if after else []))
        spoilt.append(Spoilt(name, way, mention, after))
    return made, spoilt


def _moved(start: int, end: int, words: Words) -> Iterator[tuple[int, int]]:
    """The range with one of its ends moved to the next edge of a word on either side."""
    starts, ends = [word[0] for word in words], [word[1] for word in words]
    before = bisect_right(starts, start - 1) - 1
    if before >= 0:
        yield starts[before], end
    after = bisect_right(starts, start)
    if after < len(starts) and starts[after] < end:
        yield starts[after], end
    further = bisect_right(ends, end)
    if further < len(ends):
        yield start, ends[further]
    shorter = bisect_right(ends, end - 1) - 1
    if shorter >= 0 and ends[shorter] > start:
        yield start, ends[shorter]


def _overlap(one: Sequence[int], other: Mention) -> bool:
    return one[0] < other[1] and other[0] < one[1]
