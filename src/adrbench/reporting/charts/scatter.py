"""Taggers as points in a plane, with their names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.names import names_beside
from adrbench.reporting.charts.scales import BYTES, SECONDS, logarithmic, percent
from adrbench.results.leaderboard.front import undominated

# Through fewer points a line says more of the choice of taggers than of time and memory.
FEWEST = 8
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
    names_beside(canvas, axes, [p.name for p in points], [(p.x, p.y) for p in points], steps, look)


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
    names_beside(canvas, axes, [p.name for p in points], [(p.x, p.y) for p in points], line, look)
