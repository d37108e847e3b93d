"""The Pareto front: taggers that no other one beats in F1, time, memory and tokens or money at once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from adrbench.results.leaderboard.rows import PUBLISHED, Board, Row
from adrbench.results.tokens import REPLAYED


def undominated(points: Sequence[Sequence[float]]) -> list[int]:
    """Find the points that no other point dominates: as low in every coordinate, and lower in one.

    >>> undominated([(1, 5), (2, 3), (3, 4), (2, 3)])
    [0, 1, 3]

    Args:
        points: Points with the same number of coordinates; less is better in each.

    Returns:
        Their places, in order. Equal points are all among them.
    """
    return [place for place, point in enumerate(points) if not any(dominates(other, point) for other in points)]


def dominates(one: Sequence[float], other: Sequence[float]) -> bool:
    """Tell whether a point dominates another one.

    Args:
        one: A point; less is better in each coordinate.
        other: The other point.

    Returns:
        True if it is as low in every coordinate, and lower in one.
    """
    return all(a <= b for a, b in zip(one, other, strict=True)) and tuple(one) != tuple(other)


def on_front(board: Board) -> Board:
    """Reduce a leaderboard to the taggers that are on the Pareto front of their corpus and split.

    Args:
        board: The leaderboard.

    Returns:
        The same with fewer rows. A note beneath says of each tagger that is left out which one dominates it. Times of
        different machines are not compared, and a tagger without costs or F1 is on no front. Where responses were
        replayed, the time is only known to be no less than what was measured.
    """
    kept: set[tuple[str, str, str]] = set()
    notes = dict(board.notes)
    for place, rows in board.sections().items():
        beaten, unknown = _beaten(rows, priced=board.prices is not None)
        kept |= {(*place, row.tagger) for row in rows if row.tagger not in beaten and row.tagger not in unknown}
        servers = any(row.cost.prompt_tokens_per_1000 is not None or row.cost.money_per_1000 for row in rows)
        small = "as fast, as small and as cheap" if servers else "as fast and as small"
        lines = [f"Not on the front: {name}; {by} is as good, {small}." for name, by in beaten.items()]
        lines += [f"Not on the front: {', '.join(unknown)}; without F1 or costs of one machine."] if unknown else []
        lines += _replayed([row.tagger for row in rows if (*place, row.tagger) in kept and _is_replayed(row)])
        notes[place] = (*notes.get(place, ()), *lines)
    left = tuple(row for row in board.rows if (row.dataset, row.split, row.tagger) in kept)
    return replace(board, rows=left, notes=notes)


def _beaten(rows: Sequence[Row], *, priced: bool) -> tuple[Mapping[str, str], Sequence[str]]:
    """By tagger, the best one that dominates it; and the taggers that cannot be compared."""
    points = {
        row.tagger: (row.cost.machine, point) for row in rows if (point := _point(row, priced=priced)) is not None
    }
    # What was replayed took at least as long when it was asked, and nobody knows how much longer.
    longest = {row.tagger: math.inf for row in rows if _is_replayed(row)}
    beaten: dict[str, str] = {}
    for name, (machine, point) in points.items():
        for other, (where, (f1, seconds, *more)) in points.items():
            if where == machine and dominates((f1, longest.get(other, seconds), *more), point):
                beaten.setdefault(name, other)
    return beaten, [row.tagger for row in rows if row.tagger not in points and row.status != PUBLISHED]


def _replayed(taggers: Sequence[str]) -> Iterator[str]:
    """A line on those on the front that did not wait for their server."""
    if taggers:
        told = "their responses were replayed, so their times take no other tagger off it"
        yield f"On the front: {', '.join(dict.fromkeys(taggers))}; {told}."


def _is_replayed(row: Row) -> bool:
    return bool(row.answers.get(REPLAYED))


def _point(row: Row, *, priced: bool) -> tuple[float, ...] | None:
    """F1 (turned, so that less is better), seconds of fit and predict, bytes of memory and of GPU memory, and money.

    Who asks no server needs none of its tokens. Without a price sheet tokens stand for their price.
    """
    cost = row.cost
    if row.f1 is None or row.status != "ok" or cost.fit_seconds is None or cost.predict_seconds is None:
        return None
    return (
        -row.f1,
        cost.fit_seconds + cost.predict_seconds,
        float(cost.peak_memory_bytes or 0),
        float(cost.peak_gpu_memory_bytes or 0),
        cost.money_per_1000 or 0.0
        if priced
        else (cost.prompt_tokens_per_1000 or 0.0) + (cost.completion_tokens_per_1000 or 0.0),
    )
