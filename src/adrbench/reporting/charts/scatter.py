"""Taggers as points in a plane, each with its name beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import BYTES, SECONDS, compact, folded, logarithmic, percent
from adrbench.results.leaderboard.front import undominated

# Through fewer points a line says more of the choice of taggers than of time and memory.
FEWEST = 8
# Where a name may stand beside its point, in points, and how it is aligned there.
_BESIDE = (
    (7, 0, "left"),
    (-7, 0, "right"),
    (0, 9, "center"),
    (0, -9, "center"),
    (6, 9, "left"),
    (6, -9, "left"),
    (-6, 9, "right"),
    (-6, -9, "right"),
)
# How far up or down it may stand away, and the share of its area that the first of these is as bad as covering.
_AWAY, _APART = (18, 32, 46), 0.05
_PLACES = (
    *_BESIDE,
    *(
        (across, up * sign, align)
        for up in _AWAY
        for across, align in ((10, "left"), (-10, "right"))
        for sign in (1, -1)
    ),
)
_SPREAD = math.log10(1.1)


@dataclass(frozen=True)
class Point:
    """A tagger in the plane.

    Attributes:
        name: The tagger.
        x: Its cost, in seconds or bytes.
        y: F1 in percent, or seconds.
    """

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Trend:
    """A power law, y ∝ x^exponent.

    Attributes:
        centre: Where the line passes: the means of the logarithms, to base 10, of x and y.
        exponent: The exponent.
        r: The correlation of the logarithms.
    """

    centre: tuple[float, float]
    exponent: float
    r: float

    def at(self, x: float) -> float:
        """Give y at a place.

        Args:
            x: A place, above 0.

        Returns:
            The line's value there.
        """
        return 10 ** (self.centre[1] + self.exponent * (math.log10(x) - self.centre[0]))


def front(points: Sequence[Point]) -> list[Point]:
    """Select the Pareto front: the points with no other point as cheap and better, or as good and cheaper.

    >>> [p.name for p in front([Point("a", 1, 1), Point("b", 2, 3), Point("c", 3, 2)])]
    ['a', 'b']

    Args:
        points: Points with a cost ``x`` and a value ``y``.

    Returns:
        The points of the front, by rising ``x``. Equal points are all on it.
    """
    places = undominated([(point.x, -point.y) for point in points])
    return sorted((points[place] for place in places), key=lambda p: (p.x, p.name))


def trend(points: Sequence[Point], fewest: int = FEWEST) -> Trend | None:
    """Fit a line to the logarithms by least squares.

    Args:
        points: Points with both values above 0.
        fewest: How many points it takes.

    Returns:
        The fitted power law; None below that, or if the largest ``x`` or ``y`` is not a tenth above the smallest one:
        through points of one memory goes a line of any steepness.
    """
    logs = [(math.log10(p.x), math.log10(p.y)) for p in points]
    if len(logs) < fewest or any(max(column) - min(column) < _SPREAD for column in zip(*logs, strict=True)):
        return None
    mean_x, mean_y = (sum(column) / len(logs) for column in zip(*logs, strict=True))
    xx = sum((x - mean_x) ** 2 for x, _ in logs)
    yy = sum((y - mean_y) ** 2 for _, y in logs)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    exponent = xy / xx
    return Trend((mean_x, mean_y), exponent, xy / math.sqrt(xx * yy))


def cost(canvas: Any, look: Look, points: Sequence[Point], *, memory: bool, label: str) -> None:
    """Draw F1 against time or memory; a line joins the Pareto front, whose points are filled.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        points: Taggers: ``x`` in seconds or bytes, ``y`` is F1 in percent.
        memory: Whether ``x`` is in bytes.
        label: What the horizontal axis says.
    """
    axes = canvas.subplots()
    axes.set_xscale("log")
    logarithmic(axes.xaxis, axes.set_xlim, [p.x for p in points], BYTES if memory else SECONDS)
    best = front(points)
    heights = [p.y for p in points]
    room = 0.12 * max(max(heights) - min(heights), 5.0)
    axes.set_ylim(min(heights) - room, min(max(heights) + room, 103.0))
    axes.grid(color=look.faint)
    steps = [(at.x, at.y) for at in best[:1]]
    for left, right in pairwise(best):
        steps += [(right.x, left.y), (right.x, right.y)]
    axes.plot(*zip(*steps, strict=True), color=look.series[0], linewidth=1, zorder=1)
    for point in points:
        colour = look.series[0] if point in best else look.muted
        inside = colour if point in best else look.paper
        axes.plot([point.x], [point.y], "o", color=inside, markeredgecolor=colour, markeredgewidth=1.4, markersize=6)
    axes.set_xlabel(label)
    axes.set_ylabel("F1, %")
    percent(axes.yaxis)
    _names(canvas, axes, points, steps, look)


def memory_time(canvas: Any, look: Look, points: Sequence[Point], found: Trend | None, labels: tuple[str, str]) -> None:
    """Draw seconds against bytes, both logarithmic, with the trend line.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        points: Taggers: ``x`` in bytes, ``y`` in seconds.
        found: The trend, if there is one.
        labels: What the horizontal and the vertical axis say.
    """
    axes = canvas.subplots()
    axes.set_xscale("log")
    axes.set_yscale("log")
    logarithmic(axes.xaxis, axes.set_xlim, [p.x for p in points], BYTES)
    logarithmic(axes.yaxis, axes.set_ylim, [p.y for p in points], SECONDS)
    axes.grid(color=look.faint)
    line: list[tuple[float, float]] = []
    if found is not None:
        ends = min(p.x for p in points), max(p.x for p in points)
        line = [(x, found.at(x)) for x in ends]
        axes.plot(*zip(*line, strict=True), "--", color=look.series[1], linewidth=1.2, zorder=1)
        shown = f"time ∝ memory^{found.exponent:.2f}, r = {found.r:.2f}"
        axes.set_title(shown, loc="left", color=look.ink)
    for point in points:
        axes.plot([point.x], [point.y], "o", color=look.series[0], markersize=6)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    _names(canvas, axes, points, line, look)


Box = tuple[float, float, float, float]


def _names(canvas: Any, axes: Any, points: Sequence[Point], line: Sequence[tuple[float, float]], look: Look) -> None:
    """A name beside each point, where it covers the least of other names, points and the line."""
    canvas.draw_without_rendering()  # the layout must be known for places to be
    scale = 72 / canvas.dpi
    frame = [value * scale for value in axes.get_window_extent().extents]

    def place(x: float, y: float) -> tuple[float, float]:
        across, up = axes.transData.transform((x, y))
        return across * scale, up * scale

    places = [place(p.x, p.y) for p in points]
    taken: list[Box] = [(x - 4, y - 4, x + 4, y + 4) for x, y in places]
    taken += [box for start, end in pairwise(line) for box in _along(place(*start), place(*end))]
    for point, (x, y) in sorted(zip(points, places, strict=True), key=lambda pair: -pair[1][1]):
        name = folded(compact(point.name))  # among points there is less room than at rows
        lines = name.split("\n")
        width, height = 0.6 * look.size * max(map(len, lines)), 1.2 * look.size * len(lines)

        def box(
            option: tuple[float, float, str], x: float = x, y: float = y, w: float = width, h: float = height
        ) -> Box:
            dx, dy, align = option
            left = x + dx - {"left": 0.0, "center": w / 2, "right": w}[align]
            return left, y + dy - h / 2, left + w, y + dy + h / 2

        # A name away from its point is the last resort: it is worth covering a corner of something.
        best = min(
            _PLACES,
            key=lambda option: (
                _covered(box(option), taken, frame) + _steps_away(option) * _APART * width * height,
                _PLACES.index(option),
            ),
        )
        taken.append(box(best))
        axes.annotate(
            name,
            (point.x, point.y),
            best[:2],
            textcoords="offset points",
            ha=best[2],
            va="center",
            annotation_clip=False,
            # A thin line leads from a name that stands away to its point.
            arrowprops={"arrowstyle": "-", "color": look.muted, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
            if _steps_away(best)
            else None,
        )


def _steps_away(place: tuple[float, float, str]) -> int:
    """0 for a place beside the point, else which of the distances it is."""
    return _AWAY.index(abs(place[1])) + 1 if abs(place[1]) in _AWAY else 0


def _along(start: tuple[float, float], end: tuple[float, float]) -> Iterator[Box]:
    """Small boxes along a line."""
    count = 1 + int(math.dist(start, end) / 3)
    for n in range(count + 1):
        x, y = (a + (b - a) * n / count for a, b in zip(start, end, strict=True))
        yield x - 1.5, y - 1.5, x + 1.5, y + 1.5


def _covered(box: Box, taken: Sequence[Box], frame: Sequence[float]) -> float:
    """How much of other boxes a box covers; what sticks out of the frame counts ten times."""
    left, low, right, high = box
    width, height = right - left, high - low
    common = sum(max(0.0, min(right, e) - max(left, w)) * max(0.0, min(high, n) - max(low, s)) for w, s, e, n in taken)
    inside = max(0.0, min(right, frame[2]) - max(left, frame[0])) * max(0.0, min(high, frame[3]) - max(low, frame[1]))
    return common + 10 * (width * height - inside)
