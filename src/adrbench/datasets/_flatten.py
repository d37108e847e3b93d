"""From gold as annotated to gold as flat spans: what becomes of discontinuous and of overlapping mentions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from adrbench.api import Span

Overlap = Literal["keep", "first", "longest"]
Discontinuous = Literal["cover", "first", "parts", "drop"]


@dataclass(frozen=True, slots=True)
class Flat:
    """The flat spans of a text, sorted and distinct, and how many mentions were changed or left out on the way.

    ``discontinuous``: mentions of several stretches; ``cut``: mentions that leave the text, left out;
    ``overlapping``: flat spans left out because another one has their place.
    """

    spans: tuple[Span, ...]
    discontinuous: int = 0
    cut: int = 0
    overlapping: int = 0


def flatten(spans: Iterable[Span], length: int, discontinuous: Discontinuous, overlap: Overlap) -> Flat:
    """Make the gold of a text of ``length`` characters flat.

    ``discontinuous``: a mention of several stretches becomes all that lies between its outermost edges (``cover``),
    its ``first`` stretch, each of its ``parts``, or is left out (``drop``). ``overlap``: of spans that share a
    character, the one that begins ``first`` stays (of two, the longer), or the ``longest`` (of two, the first),
    whatever their labels; ``keep`` keeps all.

    >>> pain = Span(0, 17, "ADR", parts=((0, 4), (13, 17)))  # "foot and knee pain"
    >>> flatten([pain, Span(9, 17, "ADR")], 17, "cover", "longest").spans
    (Span(start=0, end=17, label='ADR'),)
    """
    spans = tuple(spans)
    if not any(span.parts for span in spans) and (overlap == "keep" or len(spans) < 2):  # noqa: PLR2004
        in_order = all(one.start < other.start for one, other in pairwise(spans))
        return Flat(spans if in_order else tuple(sorted(set(spans))))
    plain: set[Span] = set()
    broken = cut = 0
    for span in spans:
        if _leaves(span, length):
            cut += 1
        elif len(span.parts) > 1:
            broken += 1
            plain.update(_whole(span, discontinuous))
        else:
            plain.add(Span(span.start, span.end, span.label))
    ordered = sorted(plain)
    kept = ordered if overlap == "keep" else sorted(_apart(ordered, overlap))
    return Flat(tuple(kept), broken, cut, len(ordered) - len(kept))


def _leaves(span: Span, length: int) -> bool:
    return any(start < 0 or end > length for start, end in span.parts)


def _whole(span: Span, discontinuous: Discontinuous) -> Iterator[Span]:
    match discontinuous:
        case "cover":
            yield Span(span.start, span.end, span.label)
        case "first":
            yield Span(*span.parts[0], span.label)
        case "parts":
            yield from (Span(start, end, span.label) for start, end in span.parts)
        case "drop":
            return


def _apart(spans: list[Span], overlap: Literal["first", "longest"]) -> list[Span]:
    """Spans that share no character, chosen greedily."""
    by_length = [(span.start - span.end, span) for span in spans]
    order = sorted(by_length, key=lambda s: (s[1].start, s[0], s[1].label)) if overlap == "first" else sorted(by_length)
    kept: list[Span] = []
    taken: set[int] = set()
    for _, span in order:
        if taken.isdisjoint(range(span.start, span.end)):
            taken.update(range(span.start, span.end))
            kept.append(span)
    return kept
