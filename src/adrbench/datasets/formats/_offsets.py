"""Offsets as a file counts them, made to count characters and checked against the text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, get_args

from adrbench.api import CorpusError, Span
from adrbench.datasets.formats._items import Mark

Offsets = Literal["characters", "utf-16", "utf-8-bytes"]
Mismatch = Literal["error", "count"]

# Label Studio writes a line end in its copy of the words as backslash and n.
_ANY_SPACE = re.compile(r"(?:\\n|\s)+")


@dataclass(frozen=True)
class Ruler:
    """Counts characters where a file counts other units. ``edges``: where characters begin and the text ends."""

    unit: Offsets
    edges: tuple[int, ...] | range

    @classmethod
    def of(cls, text: str, unit: Offsets) -> Ruler:
        """The ruler of a text."""
        if unit == "characters" or text.isascii():
            return cls(unit, range(len(text) + 1))
        form, size = ("utf-16-le", 2) if unit == "utf-16" else ("utf-8", 1)
        widths = (len(character.encode(form, "surrogatepass")) // size for character in text)
        return cls(unit, tuple(accumulate(widths, initial=0)))

    def character(self, offset: int) -> int | None:
        """The character that begins at an offset, counted on beyond the text; None inside of one."""
        if isinstance(self.edges, range):
            return offset
        if offset > self.edges[-1]:
            return len(self.edges) - 1 + offset - self.edges[-1]
        place = bisect_left(self.edges, offset)
        return place if self.edges[place] == offset else None

    def range(self, start: int, end: int, what: str) -> tuple[int, int]:
        """A stretch in characters. Raises ``CorpusError`` beginning with ``what`` for an edge inside of one."""
        first, last = self.character(start), self.character(end)
        if first is None or last is None:
            raise CorpusError(f"{what} begins or ends inside a character; are offsets really counted in {self.unit}?")
        return first, last


def span(mark: Mark, text: str, ruler: Ruler, where: str) -> Span:
    """The span of a text that a file means. Raises ``CorpusError`` if there is none, or its words are others."""
    what = f"{where}: the span {mark.start}-{mark.end} ({mark.label})"
    start, end = ruler.range(mark.start, mark.end, what)
    if not start < end <= len(text):
        size = f"{ruler.edges[-1]} {ruler.unit}"
        raise CorpusError(f"{what} is empty or outside the text, which has {size}{_hint(mark, text)}")
    if mark.words is not None and not _alike(mark.words, text[start:end]):
        raise CorpusError(f"{what} is {text[start:end]!r}, but the file says {mark.words!r}{_hint(mark, text)}")
    if not mark.parts:
        return Span(start, end, mark.label)
    stretches = tuple(ruler.range(*stretch, what) for stretch in mark.parts)
    # A mention that a sentence boundary cut has parts beyond its end.
    reach = max(last for _, last in stretches)
    if (
        list(stretches) != sorted(stretches)
        or stretches[0][0] != start
        or reach < end
        or any(s >= e for s, e in stretches)
    ):
        raise CorpusError(
            f"{what} has the parts {mark.parts}; they should begin with it, in order, reach its end, none empty"
        )
    return Span(start, end, mark.label, stretches)


def tokens(given: tuple[tuple[int, int], ...], text: str, ruler: Ruler, where: str) -> tuple[tuple[int, int], ...]:
    """Tokens in characters. Raises ``CorpusError`` for one that is empty, out of order or outside the text."""
    ranges = []
    reach = 0
    for token in given:
        what = f"{where}: the token {token[0]}-{token[1]}"
        start, end = ruler.range(*token, what)
        if not reach <= start < end <= len(text):
            size = f"{ruler.edges[-1]} {ruler.unit}"
            raise CorpusError(f"{what} is empty, before the end of the one before, or outside the text ({size})")
        ranges.append((start, end))
        reach = end
    return tuple(ranges)


def check_words(
    words: str, text: str, ranges: Sequence[tuple[int, int]], what: str, ledger: Counter[str], mismatch: Mismatch
) -> None:
    """Compare the words that a file gives for a mention with those at its ``ranges``, in order, white space aside.

    Raises ``CorpusError`` beginning with ``what`` if they are others and a ``mismatch`` is an error.
    """
    apart, whole = " ".join(text[start:end] for start, end in ranges), text[ranges[0][0] : ranges[-1][1]]
    if not words:
        ledger["mentions given by offsets alone, not checked"] += 1
    elif words in {apart, whole}:
        return
    elif "".join(words.split()) in {"".join(apart.split()), "".join(whole.split())}:
        ledger["mentions whose words differ from the text in white space"] += 1
    elif mismatch == "count":
        ledger["mentions whose words are not those at their offsets, read at the offsets"] += 1
    else:
        places = ",".join(f"{start}-{end}" for start, end in ranges)
        raise CorpusError(
            f"{what} is not at {places}, where the text has {apart!r}; offsets count characters; "
            'mismatch = "count" reads such mentions at their offsets'
        )


def _alike(words: str, part: str) -> bool:
    return words == part or _ANY_SPACE.sub(" ", words) == _ANY_SPACE.sub(" ", part)


def _hint(mark: Mark, text: str) -> str:
    """The unit in which a span's offsets agree with its words, if there is one."""
    for unit in get_args(Offsets):
        ruler = Ruler.of(text, unit)
        start, end = ruler.character(mark.start), ruler.character(mark.end)
        if mark.words and start is not None and end is not None and _alike(mark.words, text[start:end]):
            return f'; with params.offsets = "{unit}" they agree'
    return ""
