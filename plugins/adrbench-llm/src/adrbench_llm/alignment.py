"""Quotes of an answer become spans of the text that it is about. Nothing is placed that the text does not hold.

A quote is looked for exactly, then without regard to case, then also with white space folded and in Unicode's
composed form (NFC). Offsets are those of the text as it is, whatever folding does to lengths.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from adrbench.api import Span

Range = tuple[int, int]

# The first character that a character before it can absorb.
_FIRST_COMBINING = "\u0300"


@dataclass(frozen=True)
class Quote:
    """A mention as a model gives it.

    Attributes:
        label: Its label, in the model's spelling.
        text: The words of the text that it names.
        at: Where these begin in the model's copy of the text, if the answer is such a copy.
    """

    label: str
    text: str
    at: int | None = None


@dataclass(frozen=True)
class Alignment:
    """The result for one answer: ``quotes == len(spans) + unaligned + foreign_label``.

    Attributes:
        spans: Spans of the text, in order, without overlap.
        quotes: Quotes in the answer.
        unaligned: Quotes that the text does not hold, or only where another span lies already.
        ambiguous: Placed quotes that could stand elsewhere in the text just as well.
        foreign_label: Quotes whose label was not asked for.
    """

    spans: tuple[Span, ...] = ()
    quotes: int = 0
    unaligned: int = 0
    ambiguous: int = 0
    foreign_label: int = 0


def align(text: str, quotes: Iterable[Quote], labels: Sequence[str], copy: str = "") -> Alignment:
    """Place quotes in a text, left to right.

    A quote takes the first free occurrence after the quote placed before it, else the first free one of the text.
    Occurrences that are whole words are preferred to those inside a word. In an answer that is a copy of the text, the
    third occurrence in the copy is the third of the text, if both have equally many.

    Args:
        text: The text.
        quotes: The quotes, in the order of the answer.
        labels: The labels that were asked for. Their case does not matter, unless two differ in it alone.
        copy: The model's copy of the text, to which ``Quote.at`` refers.

    Returns:
        The spans and the counts.

    >>> align("Nausea, then nausea.", [Quote("ADR", "nausea"), Quote("ADR", "rash")], ["ADR"])
    Alignment(spans=(Span(start=13, end=19, label='ADR'),), quotes=2, unaligned=1, ambiguous=0, foreign_label=0)
    """
    known = _spellings(labels)
    place = _Placement(Searchable(text), Searchable(copy))
    spans: list[Span] = []
    count = unaligned = foreign = 0
    for quote in quotes:
        count += 1
        label = known.get(quote.label) or known.get(quote.label.strip().casefold())
        if label is None:
            foreign += 1
        elif (found := place.next(quote)) is None:
            unaligned += 1
        else:
            spans.append(Span(*found, label))
    return Alignment(tuple(sorted(spans)), count, unaligned, place.ambiguous(), foreign)


def fold(text: str) -> str:
    r"""Fold case, white space and composition, as the last step of the search does.

    Args:
        text: Any text.

    Returns:
        Its folded form. Equal forms are the same quote.

    >>> fold("Sta\u0308rke\n  Übelkeit") == fold("STÄRKE Übelkeit")
    True
    """
    return Searchable(text.strip()).fully.folded


def _spellings(labels: Sequence[str]) -> Mapping[str, str]:
    """Labels by what they may be called: their name, and its case-folded form if that is no other label's."""
    folded = [label.casefold() for label in labels]
    loose = {form: label for form, label in zip(folded, labels, strict=True) if folded.count(form) == 1}
    return {**loose, **{label: label for label in labels}}


class _Folded:
    """A text in a folded form, and which of its positions are boundaries of the text itself."""

    def __init__(self, pieces: Iterable[tuple[str, int, int]]) -> None:
        self._begins: dict[int, int] = {}
        self._ends: dict[int, int] = {}
        forms: list[str] = []
        length = 0
        for form, start, end in pieces:
            self._begins[length] = start
            length += len(form)
            self._ends[length] = end
            forms.append(form)
        self.folded = "".join(forms)

    def occurrences(self, form: str) -> Iterator[Range]:
        """The ranges of the text whose folded form is ``form``, also those that overlap."""
        at = self.folded.find(form) if form else -1
        while at >= 0:
            start, end = self._begins.get(at), self._ends.get(at + len(form))
            if start is not None and end is not None:
                yield start, end
            at = self.folded.find(form, at + 1)


class Searchable:
    """A text in the three forms in which quotes are looked for, each made when it is first needed.

    Args:
        text: The text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._segments = tuple(_segments(text))

    @cached_property
    def exactly(self) -> _Folded:
        """The text as it is."""
        return _Folded((self.text[start:end], start, end) for start, end in self._segments)

    @cached_property
    def by_case(self) -> _Folded:
        """The text with its case folded."""
        return _Folded((self.text[start:end].casefold(), start, end) for start, end in self._segments)

    @cached_property
    def fully(self) -> _Folded:
        """The text with case, white space and composition folded."""
        return _Folded(self._folded_pieces())

    def _folded_pieces(self) -> Iterator[tuple[str, int, int]]:
        blank: Range | None = None
        for start, end in self._segments:
            segment = self.text[start:end]
            if segment.isspace():
                blank = (blank[0] if blank else start, end)
                continue
            if blank:
                yield " ", *blank
                blank = None
            composed = unicodedata.normalize("NFC", segment)
            yield unicodedata.normalize("NFC", composed.casefold()), start, end
        if blank:
            yield " ", *blank

    def is_word(self, place: Range) -> bool:
        """Check that a range neither begins nor ends inside a word.

        Args:
            place: Its start and end, in characters.

        Returns:
            True if both are edges of words.
        """
        text, (start, end) = self.text, place
        inside = start > 0 and text[start - 1].isalnum() and text[start].isalnum()
        return not inside and not (end < len(text) and text[end - 1].isalnum() and text[end].isalnum())


_LEVELS: tuple[Callable[[Searchable], _Folded], ...] = (
    lambda text: text.exactly,
    lambda text: text.by_case,
    lambda text: text.fully,
)


def _segments(text: str) -> Iterator[Range]:
    """Ranges of characters that composition (NFC) treats apart from their neighbours: mostly single characters."""
    start = 0
    for at in range(1, len(text)):
        character = text[at]
        if character >= _FIRST_COMBINING and not _stands_alone(text[start:at], character):
            continue
        yield start, at
        start = at
    if text:
        yield start, len(text)


def _stands_alone(before: str, character: str) -> bool:
    """Whether composition leaves a character apart from the segment before it."""
    if unicodedata.combining(character):
        return False
    composed = unicodedata.normalize("NFC", before + character)
    return composed == unicodedata.normalize("NFC", before) + unicodedata.normalize("NFC", character)


class _Placement:
    """Gives each quote its place in a text, and remembers which places are taken."""

    def __init__(self, text: Searchable, copy: Searchable) -> None:
        self._text = text
        self._copy = copy
        self._taken = bytearray(len(text.text))
        self._cursor = 0
        self._groups: dict[str, list[list[Range]]] = {}
        # How many quotes have taken a place of a group of equally good ones.
        self._takers: Counter[tuple[str, int]] = Counter()

    def next(self, quote: Quote) -> Range | None:
        """The place of the next quote of the answer; None if there is no free one."""
        place = self._of_copy(quote) or self._free(quote.text.strip())
        if place:
            self._taken[slice(*place)] = b"\x01" * (place[1] - place[0])
            self._cursor = place[1]
        return place

    def ambiguous(self) -> int:
        """How many of the quotes could take a place that is free at the end."""
        return sum(
            count
            for (quote, number), count in self._takers.items()
            if any(map(self._is_free, self._groups[quote][number]))
        )

    def _is_free(self, place: Range) -> bool:
        return self._taken.find(1, *place) < 0

    def _free(self, quote: str) -> Range | None:
        if quote not in self._groups:
            self._groups[quote] = list(self._candidates(quote))
        for number, group in enumerate(self._groups[quote]):
            # What is taken stays taken: it need not be looked at again.
            group[:] = filter(self._is_free, group)
            if group:
                self._takers[quote, number] += 1
                return next((place for place in group if place[0] >= self._cursor), group[0])
        return None

    def _candidates(self, quote: str) -> Iterator[list[Range]]:
        """Where a quote may stand, best first: at each level whole words, then the rest."""
        wanted = Searchable(quote)
        for level in _LEVELS:
            places = list(level(self._text).occurrences(level(wanted).folded))
            yield [place for place in places if self._text.is_word(place)]
            yield [place for place in places if not self._text.is_word(place)]

    def _of_copy(self, quote: Quote) -> Range | None:
        """The occurrence of the text that corresponds to the quote's in the copy, if there are equally many."""
        if quote.at is None:
            return None
        wanted = quote.text.strip()
        at = quote.at + len(quote.text) - len(quote.text.lstrip())
        for level in _LEVELS:
            form = level(Searchable(wanted)).folded
            copied = list(level(self._copy).occurrences(form))
            places = list(level(self._text).occurrences(form))
            numbers = [number for number, place in enumerate(copied) if place[0] == at]
            if numbers and len(copied) == len(places) and self._is_free(places[numbers[0]]):
                return places[numbers[0]]
        return None
