"""Figures of taggers as dots on a line: intervals with folds, pairs of values, slopes between two splits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import folded, most_lines, percent, rows

# Of a slope chart: the most of its width for the texts of both ends, the width of a character by its height, the
# characters of a figure with its gap, and the gap between a line and its text.
_TEXT, _CHARACTER, _FIGURE, _GAP = 0.72, 0.62, 6, 0.06
# The most of its width that those texts may take.
_MOST_TEXT = 0.84


@dataclass(frozen=True)
class Estimate:
    """F1 of a tagger in percent.

    Attributes:
        name: The tagger.
        middle: Mean F1 over folds.
        low: The lower end of its interval.
        high: The upper end of its interval.
        folds: F1 of each fold.
        ties: The letters of its tie groups.
    """

    name: str
    middle: float
    low: float | None = None
    high: float | None = None
    folds: tuple[float, ...] = ()
    ties: str = ""


def intervals(canvas: Any, look: Look, estimates: Sequence[Estimate], label: str, *, zero: bool = False) -> None:
    """Draw mean and interval of each tagger, and its folds as rings below.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        estimates: One row each.
        label: What the axis says.
        zero: Whether to draw a line at 0, where there is no difference.
    """
    axes = canvas.subplots()
    rows(axes, [e.name for e in estimates], look)
    if zero:
        axes.axvline(0, color=look.muted, linewidth=1, zorder=1)
    for place, e in enumerate(estimates):
        if len(e.folds) > 1:
            below = [place + 0.2] * len(e.folds)
            axes.plot(e.folds, below, "o", color="none", markeredgecolor=look.muted, markersize=3.2, mew=0.8)
        if e.low is not None and e.high is not None:
            axes.plot([e.low, e.high], [place, place], color=look.series[0], linewidth=2, solid_capstyle="butt")
        axes.plot([e.middle], [place], "o", color=look.series[0], markersize=5)
        axes.annotate(
            e.ties,
            (1, place),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
        )
    axes.set_xlabel(label)
    percent(axes.xaxis)


def pairs(
    canvas: Any,
    look: Look,
    names: Sequence[str],
    values: Sequence[tuple[float, float]],
    labels: tuple[str, str],
    axis: str,
) -> None:
    """Draw two values of each tagger, joined by a line: the first as a disc, the second as a diamond.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: One row each.
        values: The two values of each row.
        labels: What the first and the second values are, for the legend.
        axis: What the axis says.
    """
    axes = canvas.subplots()
    rows(axes, names, look)
    for place, (first, second) in enumerate(values):
        axes.plot([first, second], [place, place], color=look.muted, linewidth=1.4, zorder=2)
        handles = [
            axes.plot([first], [place], "o", color=look.series[0], markersize=6, zorder=3)[0],
            axes.plot(
                [second],
                [place],
                "D",
                color=look.paper,
                markeredgecolor=look.series[1],
                markeredgewidth=1.5,
                markersize=5,
                zorder=3,
            )[0],
        ]
    canvas.legend(handles, labels, loc="outside upper left", ncols=2, handletextpad=0.2, columnspacing=1.2)
    axes.set_xlabel(axis)
    percent(axes.xaxis)


def slopes(
    canvas: Any, look: Look, names: Sequence[str], values: Sequence[tuple[float, float]], ends: tuple[str, str]
) -> None:
    """Draw a line from one split to the other for each tagger, with its name and figures at the ends.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: One line each.
        values: The two values of each line.
        ends: The names of the two splits.
    """
    axes = canvas.subplots()
    everything = [value for pair in values for value in pair]
    spread = max(max(everything) - min(everything), 1.0)
    axes.set_ylim(min(everything) - 0.08 * spread, max(everything) + 0.08 * spread)
    room = int(_TEXT * look.width * 72 / (_CHARACTER * look.size))
    # Where names do not fit at both ends they stand at the right one alone, rather than cut at both.
    named = (0, 1) if 2 * (max(map(len, names)) + _FIGURE) <= room else (1,)
    most = room // len(named) - 2 // len(named) * _FIGURE
    # How far apart the middles of two lines of text must be, in the unit of the axis.
    tall = most_lines(names, most)
    apart = 1.25 * tall * look.size / 72 / (0.8 * canvas.get_figheight()) * (axes.get_ylim()[1] - axes.get_ylim()[0])
    shown: tuple[list[Any], list[Any]] = [], []
    for end, ha in ((0, "right"), (1, "left")):
        places = spaced([pair[end] for pair in values], apart)
        for name, pair, y in zip(names, values, places, strict=True):
            text = _at_end(folded(name, most) if end in named else "", pair[end], end)
            x = end + (_GAP if end else -_GAP)
            shown[end].append(axes.text(x, y, text, ha=ha, va="center", in_layout=False))
    # The lines have the room that the texts leave, so that none is cut.
    canvas.draw_without_rendering()

    def shares() -> list[float]:
        whole = axes.get_window_extent().width
        return [1.02 * max(text.get_window_extent().width for text in texts) / whole for texts in shown]

    left, right = shares()
    if left + right > _MOST_TEXT:  # letters wider than most
        share = right if named == (1,) else left + right
        smaller = (_MOST_TEXT - (left + right - share)) / share
        most = int((most + _FIGURE) * smaller) - _FIGURE
        for end in named:
            for text, name, pair in zip(shown[end], names, values, strict=True):
                text.set_text(_at_end(folded(name, most), pair[end], end))
        left, right = shares()
    every = (1 + 2 * _GAP) / (1 - left - right)
    axes.set_xlim(-_GAP - left * every, 1 + _GAP + right * every)
    for number, pair in enumerate(values):
        colour = look.series[number % (len(look.series) - 1)]
        axes.plot([0, 1], pair, "-o", color=colour, markersize=5)
    axes.set_xticks([0, 1], ends)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(False)
    axes.tick_params(axis="x", length=0)


def _at_end(name: str, value: float, end: int) -> str:
    return (f"{name}  {value:.1f}" if end == 0 else f"{value:.1f}  {name}").strip()


def spaced(places: Sequence[float], apart: float) -> list[float]:
    """Move places as little as it takes for neighbours to be ``apart``.

    Neighbours that are too close become a block about their mean; blocks that meet become one.

    >>> spaced([1.0, 1.0, 5.0], 1.0)
    [0.5, 1.5, 5.0]

    Args:
        places: Places on an axis, in any order.
        apart: The least distance of two neighbours.

    Returns:
        The moved places, in the order given.
    """
    order = sorted(range(len(places)), key=lambda i: (places[i], i))
    blocks: list[tuple[float, int]] = []
    for i in order:
        middle, count = places[i], 1
        while blocks and blocks[-1][0] + apart * (blocks[-1][1] + count) / 2 > middle:
            other, more = blocks.pop()
            middle, count = (middle * count + other * more) / (count + more), count + more
        blocks.append((middle, count))
    found = [middle + apart * (n - (count - 1) / 2) for middle, count in blocks for n in range(count)]
    moved = dict(zip(order, found, strict=True))
    return [moved[i] for i in range(len(places))]
