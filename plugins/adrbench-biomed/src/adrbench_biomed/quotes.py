"""Quoted mentions without offsets: where each of them stands in its sentence.

Some corpora list the words of a mention beside its sentence, as an annotator typed or copied them. They are looked for

1. as they are, but for case and white space, at word boundaries;
2. word by word, in order, with other words between: a discontinuous mention; or only punctuation, then a plain one;
3. as they are, but for case and white space, inside of words (``anxiety`` in ``anxietyattacks``).

A quote takes the first such place that overlaps no other mention found, else the first one not yet taken; a
discontinuous mention may share words with others. Longer quotes choose first, equal ones in the order of the list.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from adrbench.api import Span

How = Literal["exactly", "but for case or white space", "but for words or punctuation between", "inside a word"]

_WORD = re.compile(r"\w+(?:['\u2019]\w+)*")


@dataclass(frozen=True)
class Place:
    """The place of a quote in a sentence.

    Attributes:
        stretches: Its character ranges, in order.
        how: How alike quote and text are.
    """

    stretches: tuple[tuple[int, int], ...]
    how: How

    def span(self, label: str) -> Span:
        """Turn the place into a span.

        Args:
            label: The label of the span.

        Returns:
            The span, with parts if there are several ranges.
        """
        parts = self.stretches if len(self.stretches) > 1 else ()
        return Span(self.stretches[0][0], self.stretches[-1][1], label, parts)


def locate(quotes: Sequence[str], sentence: str) -> list[Place | None]:
    """Find where quotes stand in a sentence.

    Args:
        quotes: The words of each mention.
        sentence: The text.

    Returns:
        For each quote its place, no two the same; None for a quote that the sentence does not have, or not so often.

    >>> [
    ...     place and place.stretches
    ...     for place in locate(["Arm pain", "numb hands", "tremor"], "Numb arms, hands; arm pain")
    ... ]
    [((18, 26),), ((0, 4), (11, 16)), None]
    """
    located: list[Place | None] = [None] * len(quotes)
    taken: list[Place] = []
    for number in sorted(range(len(quotes)), key=lambda number: -len(quotes[number].strip())):
        places = [
            p for p in _places(quotes[number].strip(), sentence) if all(p.stretches != t.stretches for t in taken)
        ]
        if places:
            apart = (p for p in places if not any(_overlap(p, t) for t in taken))
            located[number] = place = next(apart, places[0])
            taken.append(place)
    return located


def _places(quote: str, sentence: str) -> list[Place]:
    """The places of the best kind that there is, the exact ones first, then from left to right."""
    if not quote:
        return []
    pattern = r"\s+".join(re.escape(word) for word in quote.split())
    before = r"(?<!\w)" if _is_letter(quote[0]) else ""
    after = r"(?!\w)" if _is_letter(quote[-1]) else ""
    return (
        _occurrences(before + pattern + after, quote, sentence)
        or _scattered(quote, sentence)
        or [Place(place.stretches, "inside a word") for place in _occurrences(pattern, quote, sentence)]
    )


def _occurrences(pattern: str, quote: str, sentence: str) -> list[Place]:
    # A lookahead finds the overlapping ones too.
    matches = re.finditer(f"(?=({pattern}))", sentence, re.IGNORECASE)
    places = [
        Place((match.span(1),), "exactly" if match[1] == quote else "but for case or white space") for match in matches
    ]
    return sorted(places, key=lambda place: place.how != "exactly")


def _scattered(quote: str, sentence: str) -> list[Place]:
    """The tightest place of the quote's words, in order, with words or punctuation between."""
    wanted = [match[0].casefold() for match in _WORD.finditer(quote)]
    words = list(_WORD.finditer(sentence))
    at: dict[str, list[int]] = {}
    for number, match in enumerate(words):
        at.setdefault(match[0].casefold(), []).append(number)
    chains = []
    for first in at.get(wanted[0], []) if wanted else []:
        chain = [first]
        for word in wanted[1:]:
            later = at.get(word, [])
            place = bisect_right(later, chain[-1])
            if place == len(later):
                break
            chain.append(later[place])
        if len(chain) == len(wanted):
            chains.append(chain)
    chains.sort(key=lambda chain: (chain[-1] - chain[0], chain[0]))
    how: How = "but for words or punctuation between"
    return [Place(tuple(_stretches([words[number].span() for number in chain], chain)), how) for chain in chains]


def _stretches(words: Sequence[tuple[int, int]], numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Words that follow each other, as one stretch each run."""
    start, end = words[0]
    for (first, last), number, before in zip(words[1:], numbers[1:], numbers, strict=False):
        if number != before + 1:
            yield start, end
            start = first
        end = last
    yield start, end


def _overlap(one: Place, other: Place) -> bool:
    return any(a < d and c < b for a, b in one.stretches for c, d in other.stretches)


def _is_letter(character: str) -> bool:
    return character.isalnum() or character == "_"
