"""The lines of a brat ``.ann`` file, and their place in the text.

    T1<TAB>ADR 19 25;30 34<TAB>words

Read as well, and counted: runs of spaces for tabs, words that go on over several lines, fragments out of order. The
words of a discontinuous mention may be those of its fragments, or all from the first to the last. White space is not
compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Literal

from adrbench.api import CorpusError, Span
from adrbench.datasets.formats.schema import Schema

Mismatch = Literal["error", "count", "repair"]
Ranges = tuple[tuple[int, int], ...]

# How far from its offsets a mention's words may be found.
_REACH = 40
# An offset before or far behind the text is a mismatch, not another form of line.
_OFFSET = r"-?[0-9]{1,18}"
_RANGE = rf"{_OFFSET}[ \t]+{_OFFSET}"
_MENTION = re.compile(rf"(T+[0-9]\S*)([ \t]+)(\S+)[ \t]+({_RANGE}(?:[ \t]*;[ \t]*{_RANGE})*)(?:([ \t]+)(.*))?")
# Only a tab makes sure of it: words that go on over several lines may begin like an id.
_BROKEN_MENTION = re.compile(r"T+[0-9]\S*\t")
_OTHER = re.compile(r"([REAMN])[0-9]\S*(?:\t| {2,})|(#)[0-9]*[ \t]|(\*)[ \t]")
_OTHERS = {
    "R": "relations, not read",
    "E": "events, not read",
    "A": "attributes, not read",
    "M": "attributes, not read",
    "N": "normalisations, not read",
    "#": "notes, not read",
    "*": "equivalences, not read",
}

SCHEMA = Schema({"line": ("T", *_OTHERS)})


@dataclass(frozen=True)
class Mention:
    """A text-bound annotation as its line has it; ``place``: file and line; ``words``: None if the line ends before."""

    place: str
    id: str
    label: str
    ranges: Ranges
    words: str | None


def mentions(lines: Iterable[str], where: str, ledger: Counter[str], repeated_ids: bool = False) -> list[Mention]:
    r"""The text-bound annotations of a file's lines, in order; ``where`` names the file. All others are counted.

    Raises ``CorpusError`` with the line for what is no annotation, and unless ``repeated_ids`` for an id given twice.

    >>> mentions(["T1\tADR 0 4;9 13\tfoot pain", "A1\tSevere T1"], "example", ledger := Counter())[0].ranges
    ((0, 4), (9, 13))
    >>> ledger
    Counter({'attributes, not read': 1})
    """
    annotations: list[Mention] = []
    above: Literal["mention", "note", ""] = ""
    for number, line in enumerate(lines, 1):
        place = f"{where}:{number}"
        match = _MENTION.fullmatch(line)
        if match is not None or _BROKEN_MENTION.match(line):
            annotations.append(_mention(match, line, place, ledger))
            above = "mention"
        elif other := _OTHER.match(line):
            kind = other[other.lastindex or 0]
            ledger[_OTHERS[kind]] += 1
            above = "note" if kind == "#" else ""
        elif not line.strip():
            continue
        elif above == "mention":
            # What is no part of the words makes them differ from the text, which is seen there.
            annotations[-1] = replace(annotations[-1], words=f"{annotations[-1].words or ''}\n{line}")
            ledger["further lines of a mention's words"] += 1
        elif above == "note":
            ledger["further lines of a note, not read"] += 1
        else:
            raise CorpusError(
                f"{place}: no brat annotation: {line!r:.60}; a line begins with T, R, E, A, M, N or # and a number, "
                "or with *"
            )
    _check_ids(annotations, repeated_ids, ledger)
    return annotations


def _mention(match: re.Match[str] | None, line: str, place: str, ledger: Counter[str]) -> Mention:
    if match is None:
        raise CorpusError(
            f"{place}: {line!r:.80} should be ID<TAB>LABEL START END[;START END]<TAB>WORDS, without a space in the "
            "label; is the file truncated?"
        )
    name, first, label, offsets, second, words = match.groups()
    if "/" in label:
        raise CorpusError(f"{place}: the label {label!r} holds a '/', which no label may")
    if first != "\t" or not (second or "\t").startswith("\t"):
        ledger["lines with spaces where tabs should stand"] += 1
    numbers = [[int(number) for number in part.split()] for part in offsets.split(";")]
    return Mention(place, name, label, tuple((start, end) for start, end in numbers), words)


def _check_ids(annotations: Sequence[Mention], repeated: bool, ledger: Counter[str]) -> None:
    seen: dict[str, Mention] = {}
    for mention in annotations:
        if (first := seen.setdefault(mention.id, mention)) is not mention:
            if not repeated:
                raise CorpusError(f"{mention.place}: the id {mention.id} occurs twice (before at {first.place})")
            ledger["mentions with the id of another one"] += 1


def settle(
    annotations: Sequence[Mention], text: str, mismatch: Mismatch, ledger: Counter[str]
) -> tuple[str, tuple[Span, ...]]:
    r"""The text that the offsets count in, and the spans in it, in the file's order.

    Offsets count a CRLF as two characters; if more of them fit when it counts as one, it becomes a LF. ``mismatch``:
    what becomes of a mention whose words are not those at its offsets, see ``brat.BratParams``.

    Raises ``CorpusError`` with the line of such a mention.

    >>> off_by_one = Mention("example:1", "T1", "ADR", ((1, 5), (9, 13)), "foot pain")
    >>> settle([off_by_one], "foot or pain.", "repair", Counter())[1]
    (Span(start=0, end=12, label='ADR', parts=((0, 4), (8, 12))),)
    """
    if "\r\n" in text and (misses := _misses(annotations, text)):
        plain = text.replace("\r\n", "\n")
        if _misses(annotations, plain) < misses:
            ledger["texts whose offsets count a CRLF as one character, read with LF"] += 1
            text = plain
    spans = (_span(mention, text, mismatch, ledger) for mention in annotations)
    return text, tuple(span for span in spans if span is not None)


def _span(mention: Mention, text: str, mismatch: Mismatch, ledger: Counter[str]) -> Span | None:
    ranges = mention.ranges
    if not _fits(ranges, mention.words, text):
        if mismatch == "repair" and (moved := _nearby(mention, text)):
            ledger["mentions moved to where their words stand nearby"] += 1
            ranges = moved
        elif mismatch == "error":
            raise CorpusError(_difference(mention, text))
        elif not _inside(ranges, text):
            ledger["mentions whose range is empty, reversed or outside the text, left out"] += 1
            return None
        elif mention.words is None:
            ledger["mentions given by offsets alone, not checked"] += 1
        else:
            ledger["mentions whose words are not those at their offsets, read at the offsets"] += 1
    ordered = tuple(sorted(ranges))
    ledger["discontinuous mentions whose fragments were out of order"] += ordered != ranges
    end = max(end for _, end in ordered)
    return Span(ordered[0][0], end, mention.label, ordered if len(ordered) > 1 else ())


def _difference(mention: Mention, text: str) -> str:
    if not _inside(mention.ranges, text):
        return (
            f"{mention.place}: the range {_written(mention.ranges)} is empty, reversed or outside the {len(text)} "
            'characters of text; mismatch = "count" leaves such mentions out, "repair" looks for their words nearby'
        )
    if mention.words is None:
        return f'{mention.place}: no words after the offsets; is the file truncated? mismatch = "count" reads it anyway'
    there = " ".join(text[start:end] for start, end in mention.ranges)
    return (
        f"{mention.place}: {mention.words!r:.80} is not at {_written(mention.ranges)}, where the text has "
        f'{there!r:.80}; mismatch = "count" reads such mentions at their offsets, "repair" where their words are near'
    )


def _written(ranges: Ranges) -> str:
    return ";".join(f"{start} {end}" for start, end in ranges)


def _misses(annotations: Iterable[Mention], text: str) -> int:
    return sum(not _fits(mention.ranges, mention.words, text) for mention in annotations)


def _fits(ranges: Ranges, words: str | None, text: str) -> bool:
    if words is None or not _inside(ranges, text):
        return False
    letters = _letters(words)
    if letters == _letters("".join(text[start:end] for start, end in ranges)):
        return True
    return len(ranges) > 1 and letters == _letters(text[ranges[0][0] : max(end for _, end in ranges)])


def _inside(ranges: Ranges, text: str) -> bool:
    return all(0 <= start < end <= len(text) for start, end in ranges)


def _letters(words: str) -> str:
    return "".join(words.split())


def _nearby(mention: Mention, text: str) -> Ranges | None:
    """Where the words of a mention stand near its offsets, if in one place only."""
    words = (mention.words or "").split()
    if not words:
        return None
    first = mention.ranges[0][0]
    places: list[Ranges]
    if len(mention.ranges) == 1:
        pattern = re.compile(r"\s+".join(map(re.escape, words)))
        hits = takewhile(lambda hit: hit.start() <= first + _REACH, pattern.finditer(text, max(0, first - _REACH)))
        places = [(hit.span(),) for hit in hits]
    else:
        steps = range(max(-_REACH, -min(start for start, _ in mention.ranges)), _REACH + 1)
        shifted = (tuple((start + step, end + step) for start, end in mention.ranges) for step in steps)
        places = [ranges for ranges in shifted if _fits(ranges, mention.words, text)]
    return places[0] if len(places) == 1 else None
