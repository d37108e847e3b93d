"""Which predicted span is meant by which gold span: the best one-to-one matching of spans that overlap."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from adrbench.api import Span

Pair = tuple[Span, Span]
Worth = Callable[[Span, Span], tuple[float, ...]]


def overlap(one: Span, other: Span) -> int:
    """How many characters two spans share, 0 if none. A discontinuous span counts with the gaps between its parts."""
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def same_place(one: Span, other: Span) -> bool:
    """Whether two spans are equal, labels aside. A discontinuous one is only where another with the same parts is."""
    return (one.start, one.end, one.parts) == (other.start, other.end, other.parts)


def clusters(gold: Iterable[Span], predicted: Iterable[Span]) -> Iterator[tuple[list[Span], list[Span]]]:
    """Gold and predicted spans of a document, cut wherever no span runs on; sorted, each span once.

    No span overlaps one of another cluster, so each can be matched alone. What is yielded depends on which spans there
    are, not on their order.
    """
    sides: tuple[list[Span], list[Span]] = ([], [])
    reach = 0
    for span, side in sorted([*((span, 0) for span in set(gold)), *((span, 1) for span in set(predicted))]):
        if span.start >= reach and (sides[0] or sides[1]):
            yield sides
            sides = ([], [])
        sides[side].append(span)
        reach = max(reach, span.end)
    if sides[0] or sides[1]:
        yield sides


def best_pairs(gold: Sequence[Span], predicted: Sequence[Span], worth: Worth) -> list[Pair]:
    """Pairs of spans that overlap, no span in two of them, whose worths have the largest sum.

    ``gold`` and ``predicted`` are those of a cluster. ``worth`` says in numbers from 0 to 2 what a pair is worth, the
    more important first, at least one above 0: sums are compared by their first numbers, if these are equal by the
    second, and so on. All but the last must be whole. Of matchings that are equally good, which one is taken depends
    on the spans only.

    Kuhn (1955), The Hungarian method for the assignment problem, Naval Research Logistics Quarterly 2; as scipy has it.
    """
    if len(gold) > 1 and len(predicted) > 1:
        return _assigned(gold, predicted, worth)
    # One on one, or a choice of one: nearly all that flat spans give.
    pairs = [(g, p) for g in gold for p in predicted if overlap(g, p)]
    return pairs if len(pairs) < 2 else [max(pairs, key=lambda pair: worth(*pair))]  # noqa: PLR2004


def _assigned(gold: Sequence[Span], predicted: Sequence[Span], worth: Worth) -> list[Pair]:
    # Importing it takes longer than judging a corpus of flat spans, which never comes here.
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415

    # No sum of the lesser numbers, at most 2 a pair, outweighs one unit of the greater.
    base = 2 * min(len(gold), len(predicted)) + 1
    weights = [[0.0] * len(predicted) for _ in gold]
    for i, g in enumerate(gold):
        for j, p in enumerate(predicted):
            if overlap(g, p):
                for number in worth(g, p):
                    weights[i][j] = weights[i][j] * base + number
    chosen = zip(*linear_sum_assignment(weights, maximize=True), strict=True)
    return [(gold[i], predicted[j]) for i, j in chosen if weights[i][j]]
