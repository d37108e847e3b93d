"""Annotated text for reading: mentions in brackets with their label, long texts cut down to what is around mentions.

``[severe rash|ADR]`` is a mention; one inside another stands in its brackets. What brackets cannot say at once, a
discontinuous mention or one that crosses another, is given in pieces that bear the same number:
``[foot|ADR 1] and [knee [pain|ADR 1]|ADR]``. White space of any length is shown as one space. A score follows
the label: ``[rash|ADR 0.87]``.
"""

from __future__ import annotations

import heapq
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adrbench.api import Span

# Shorter texts are shown whole; of longer ones so many characters on either side of a mention, and so many stretches.
WHOLE, AROUND, STRETCHES = 400, 70, 12
_BEYOND = "…"
_BLANKS = re.compile(" {2,}")


@dataclass(frozen=True)
class Segment:
    """A run of characters to print.

    Attributes:
        text: The characters.
        labels: The labels of the mentions around it, the innermost last; empty for plain text.
        mark: Whether it is a bracket, label or sign instead of text of the document.
    """

    text: str
    labels: tuple[str, ...] = ()
    mark: bool = False


@dataclass(frozen=True)
class Excerpt:
    """The part of a text that is shown.

    Attributes:
        segments: Runs of characters, in order.
        left_out: How many of its mentions are not shown.
    """

    segments: tuple[Segment, ...]
    left_out: int = 0

    @property
    def plain(self) -> str:
        """All of it, without style."""
        return "".join(segment.text for segment in self.segments)


@dataclass(frozen=True, order=True)
class _Piece:
    start: int
    # Longer pieces first, so that they open before what is inside them.
    minus_end: int
    mention: int

    @property
    def end(self) -> int:
        return -self.minus_end


def excerpt(text: str, spans: Sequence[Span], *, whole: bool = False) -> Excerpt:
    """Mark mentions in a text, and cut a long text around them.

    >>> pain = Span(0, 17, "ADR", parts=((0, 4), (13, 17)))
    >>> excerpt("foot and knee pain", [Span(9, 18, "ADR")]).plain
    'foot and [knee pain|ADR]'
    >>> excerpt("foot or knee pain", [pain, Span(8, 17, "ADR")]).plain
    '[foot|ADR 1] or [knee [pain|ADR 1]|ADR]'
    >>> excerpt("a rash", [Span(2, 6, "ADR", score=0.871)]).plain
    'a [rash|ADR 0.87]'

    Args:
        text: The text of a document.
        spans: The mentions to mark, with offsets in characters.
        whole: Show a long text whole.

    Returns:
        The marked text in segments, and the number of mentions that are not shown.
    """
    shown = "".join(character if character.isprintable() else " " for character in text)
    windows = [(0, len(text))] if whole or len(text) <= WHOLE else _windows(shown, spans)
    pieces = list(_pieces(text, spans))
    visible = {p.mention for p in pieces if any(start <= p.start < end for start, end in windows)}
    names = _names(text, spans, pieces)
    segments: list[Segment] = []
    for number, (start, end) in enumerate(windows):
        if start > 0:
            segments.append(Segment("… " if number == 0 else " … ", mark=True))
        inside = [piece for piece in pieces if start <= piece.start and piece.end <= end]
        segments += _marked(shown, start, end, inside, spans, names)
    if windows and windows[-1][1] < len(text):
        segments.append(Segment(" …", mark=True))
    return Excerpt(tuple(segments), len(spans) - len(visible))


def _pieces(text: str, spans: Sequence[Span]) -> Iterator[_Piece]:
    """Stretches of mentions, by start, cut so that each lies inside or outside of any other."""
    waiting = [
        _Piece(max(start, 0), -min(end, len(text)), number)
        for number, span in enumerate(spans)
        for start, end in span.parts or ((span.start, span.end),)
        if start < len(text) and end > 0
    ]
    heapq.heapify(waiting)
    open_: list[int] = []
    while waiting:
        piece = heapq.heappop(waiting)
        open_ = [end for end in open_ if end > piece.start]
        edge = min(open_, default=piece.end)
        if edge < piece.end:
            heapq.heappush(waiting, _Piece(edge, piece.minus_end, piece.mention))
            piece = _Piece(piece.start, -edge, piece.mention)
        open_.append(piece.end)
        yield piece


def _names(text: str, spans: Sequence[Span], pieces: Iterable[_Piece]) -> list[str]:
    """What closes each mention: label, number if it is in pieces, score if it has one, sign if it goes on outside."""
    counts = Counter(piece.mention for piece in pieces)
    numbers = {mention: place for place, mention in enumerate((m for m in sorted(counts) if counts[m] > 1), 1)}
    names = []
    for mention, span in enumerate(spans):
        number = f" {numbers[mention]}" if mention in numbers else ""
        beyond = any(start < 0 or end > len(text) for start, end in span.parts)
        score = "" if span.score is None else f" {span.score:.2f}"
        names.append(f"{span.label}{number}{score}{_BEYOND if beyond else ''}")
    return names


def _marked(
    text: str, start: int, end: int, pieces: Sequence[_Piece], spans: Sequence[Span], names: Sequence[str]
) -> Iterator[Segment]:
    """The segments of ``text[start:end]``."""
    open_: list[_Piece] = []
    place = start

    def labels() -> tuple[str, ...]:
        return tuple(spans[piece.mention].label for piece in open_)

    def up_to(limit: int) -> Iterator[Segment]:
        """Text and closing brackets before a place."""
        nonlocal place
        while open_ and open_[-1].end <= limit:
            if place < open_[-1].end:
                yield Segment(_BLANKS.sub(" ", text[place : open_[-1].end]), labels())
                place = open_[-1].end
            yield Segment(f"|{names[open_[-1].mention]}]", labels(), mark=True)
            open_.pop()
        if place < limit:
            yield Segment(_BLANKS.sub(" ", text[place:limit]), labels())
            place = limit

    for piece in pieces:
        yield from up_to(piece.start)
        open_.append(piece)
        yield Segment("[", labels(), mark=True)
    yield from up_to(end)


def _windows(text: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """The ranges of a long text that are shown: what is around mentions, or its beginning."""
    joined: list[tuple[int, int]] = []
    for span in sorted(spans):
        start, end = _at_words(text, max(0, span.start - AROUND), min(len(text), span.end + AROUND))
        if joined and start <= joined[-1][1] + AROUND // 2:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((start, end))
    return joined[:STRETCHES] or [_at_words(text, 0, WHOLE // 2)]


def _at_words(text: str, start: int, end: int) -> tuple[int, int]:
    """A range made shorter so that no word of ordinary length is cut at its ends."""
    longest = AROUND // 2
    first = text.find(" ", start, start + longest) + 1 if start else 0
    last = text.rfind(" ", end - longest, end) if end < len(text) else len(text)
    return first or start, last if last > 0 else end
