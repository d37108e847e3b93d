"""Documents into sentences, with offsets, and without anything to download."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import groupby, pairwise
from typing import Any

from adrbench.datasets.text._nltk import no_time_limit

Ranges = tuple[tuple[int, int], ...]

# Part of the key under which split texts are kept: to be raised with every change of what comes out.
VERSION = 1

# No period after these ends a sentence, unless a word follows that is capitalised only where a sentence starts.
_ABBREVIATIONS = """
    al approx ca cca cf cp eg e.g etc ie i.e i.c incl excl resp viz vs v.s w.r.t a.k.a aka no nos nr num vol vols
    pp p.p ed eds fig figs suppl supp tab tabs eq eqs eqn ref refs sect chap ch app sp spp ssp subsp var str cv
    nov gen bv pv st dept univ inst inc ltd corp co bros assoc dr drs mr mrs ms prof rev sr jr ph.d m.d b.sc m.sc
    jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat
    b.i.d t.i.d q.i.d b.d t.d.s q.d.s q.d q.h q.o.d q.w o.d p.o i.v i.m s.c i.p i.t i.c.v i.d i.n i.a p.r p.r.n p.c a.c
    h.s a.m p.m u.s u.s.a u.k e.u d.c n.b no.s vit vag inj tabl caps soln max min avg est temp wt ht
"""

# Words that stand in the middle of sentences in small letters: capitalised, they start one.
_STARTERS = """
    a about additionally after although among an and another as at based because before besides both but by compared
    concomitant consequently conversely despite due during each eight either eleven even eventually every except few
    finally five following for four from further furthermore given had has have he hence her here his how however i if
    in including initially interestingly it its just last later like many meanwhile moreover most my neither
    nevertheless next nine no none nonetheless now of on once one only other others otherwise our out over overall
    patient patients previous previously recently results she short similarly since six so some subsequently such ten
    that the their then there thereafter therefore these they this those three through thus to together treatment two
    under unfortunately until upon was we were what when whereas whether which while who why with within without yet
    you your
"""

_LINE_END = re.compile(r"\r\n|[\n\r\v\f\x85\u2028\u2029]")
# A bullet, or a number or letter that counts items: "*", "-", "2.", "6.1", "b)".
_ITEM = re.compile(r"(?:[*•·‣▪●○◦–—-]|\(?(?:\d{1,2}(?:\.\d{1,2})*[.)]?|[A-Za-z][.)]))\s")
# Cells of a table stand apart by a tab or several spaces; so do, in labels' running text, brackets and what they hold.
_ROW = re.compile(r"[^\s(\[](?:\t| {3})\s*+[^\s)\]]")
# A line shorter than the one was not broken for want of room; text with lines longer than the other has no such breaks.
_SHORTEST, _LONGEST = 50, 150
_COUNT = re.compile(r"\(?(?:\d{1,2}|[A-Za-z])[.)]\s*")
_WORD = re.compile(r"[^\W_]")
# What ends no sentence if a small letter or a digit follows: the period of a unit or of single letters, and whatever
# stands before a closing bracket or quote.
_INSIDE = re.compile(
    r"(?:\b(?:mc?g|k?g|[mdµu]?l|[cmµ]?m|hrs?|h|min|secs?|s|wks?|yrs?|mos?|IU)\.|(?:\b[^\W\d_]\.){2}|[.?!][\"'”’)\]]+)\s*$"
)
# Punkt gets no more than this many characters at a time: what it does may grow with the square of what it gets.
_PIECE = 20_000
_AMID = re.compile(r"[^\s.?!]\s")
# "EC 1. 1. 49": numbers in several parts.
_PARTS = re.compile(r"(?:\b\d{1,2}\.\s|\b[A-Z]\.\s)$")


class SentenceSplitter:
    """Splits texts into sentences; the Punkt tokeniser is made once."""

    def ranges(self, text: str) -> Ranges:
        """Character ranges of the sentences of a text, in order, without overlap, without white space at their edges.

        Every character that is no white space lies in exactly one sentence. Blank lines, list items, headings and rows
        of tables end one; within running text the Punkt tokeniser decides (Kiss and Strunk 2006, Computational
        Linguistics 32(4), 485-525), with abbreviations and sentence starters given here instead of learnt.
        """
        ranges = []
        for start, end in _blocks(text):
            edges = [start, *(start + place for place in self._breaks(text[start:end])), end]
            for left, right in pairwise(edges):
                sentence = text[left:right]
                visible = sentence.strip()
                if visible:
                    first = right - len(sentence.lstrip())
                    ranges.append((first, first + len(visible)))
        return tuple(ranges)

    def _breaks(self, block: str) -> Iterator[int]:
        """Where in running text a sentence starts, other than at its beginning."""
        starts = [0, *self._candidates(block)]
        for left, start, end in zip(starts, starts[1:], [*starts[2:], len(block)], strict=False):
            before = block[max(left, start - 20) : start]
            following = block[start]
            if (
                _COUNT.fullmatch(block, left, start)
                or following in ",;:)]}"
                or not _WORD.search(block, start, end)
                or (_INSIDE.search(before) and (following.islower() or following.isdecimal()))
                or (_PARTS.search(before) and following.isdecimal())
            ):
                continue
            yield start

    def _candidates(self, block: str) -> Iterator[int]:
        """Where Punkt has a sentence start, asked piece by piece; pieces are cut where no decision falls."""
        left = 0
        while left < len(block):
            cut = _AMID.search(block, left + _PIECE, left + 2 * _PIECE)
            right = cut.end() if cut else left + 2 * _PIECE
            with no_time_limit():
                starts = [start for start, _ in self._punkt.span_tokenize(block[left:right])]
            yield from (left + start for start in starts if start)
            left = right

    @cached_property
    def _punkt(self) -> Any:
        # NLTK imports scikit-learn and scipy on its way: about two seconds, so only when something is to be split.
        from nltk.tokenize import punkt  # noqa: PLC0415

        parameters = punkt.PunktParameters()
        parameters.abbrev_types.update(_ABBREVIATIONS.split())
        for word in _STARTERS.split():
            parameters.add_ortho_context(word, punkt._ORTHO_MID_LC)  # noqa: SLF001
        return punkt.PunktSentenceTokenizer(parameters)


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Ranges of lines, those taken together that were broken only for want of room."""
    lines = []
    start = 0
    for match in _LINE_END.finditer(text):
        lines.append((start, match.start()))
        start = match.end()
    lines.append((start, len(text)))
    for blank, run in groupby(lines, lambda line: not text[line[0] : line[1]].strip()):
        if not blank:
            yield from _joined(text, list(run))


def _joined(text: str, lines: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Ranges of consecutive lines, joined where one continues the other."""
    stripped = [text[start:end].strip() for start, end in lines]
    width = max(map(len, stripped))
    first = lines[0][0]
    for number, (line, following) in enumerate(pairwise(stripped), 1):
        if not _continues(line, following, width):
            yield first, lines[number - 1][1]
            first = lines[number][0]
    yield first, lines[-1][1]


def _continues(line: str, following: str, width: int) -> bool:
    if _ITEM.match(following) or _ROW.search(line) or _ROW.search(following):
        return False
    if line.endswith((",", "(", "[")):
        return True
    if len(line) < _SHORTEST:
        return False
    return following[0].islower() or len(line) + 1 + len(following.split(None, 1)[0]) > width <= _LONGEST
