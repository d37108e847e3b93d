"""Figures with lines: F1 against training documents, the best value over trials, the loss over steps, percentages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import folded, longest_line, most_lines, percent, ticks_at

_MARKERS = ("o", "s", "D", "^", "v", "P", "X")
_DASHES = ("-", "--", ":")
# Characters that fit the width of a column, and those that the sample of a line and the gap before it take.
_COLUMN, _SAMPLE = 50, 7
_LINE = 0.17  # inches of a further line of a name
# Intervals of several taggers at one place stand beside each other: by this part of the axis.
_ASIDE = 0.012


@dataclass(frozen=True)
class Dot:
    """A point of a line.

    Attributes:
        x: Its place.
        y: Its value.
        low: The lower end of the value's interval.
        high: The upper end of the value's interval.
    """

    x: float
    y: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """A named line.

    Attributes:
        name: Its name in the legend.
        dots: The points that it joins.
        loose: Points that are drawn but not joined.
    """

    name: str
    dots: tuple[Dot, ...]
    loose: tuple[Dot, ...] = ()


def legend_height(names: Sequence[str]) -> float:
    """Compute the height of a legend above a figure.

    Args:
        names: The names in the legend.

    Returns:
        Inches at the page's text size; 0 for a single name, which needs no legend.
    """
    if len(names) == 1:
        return 0.0
    return (0.22 + _LINE * (most_lines(names) - 1)) * -(-len(names) // _columns(names))


def learning(canvas: Any, look: Look, lines: Sequence[Line], label: str, words: Sequence[tuple[float, str]]) -> None:
    """Draw F1 in percent against the number of training documents (logarithmic), with intervals.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        lines: One for each tagger.
        label: What the horizontal axis says.
        words: Places of ticks and their texts.
    """
    axes = canvas.subplots()
    axes.set_xscale("log")
    places = [dot.x for line in lines for dot in line.dots]
    low, high = min(places), max(places)
    handles = []
    for number, line in enumerate(lines):
        aside = (high / low) ** (_ASIDE * (number - (len(lines) - 1) / 2))
        style = _style(look, number)
        for dot in line.dots:
            if dot.low is not None and dot.high is not None:
                ends = [dot.low, dot.high]
                axes.plot(
                    [dot.x * aside] * 2, ends, color=style["color"], linewidth=1, marker="_", markersize=4, alpha=0.5
                )
        xs, ys = [dot.x * aside for dot in line.dots], [dot.y for dot in line.dots]
        handles += axes.plot(xs, ys, markersize=4.5, **style)
    room = (high / low) ** (0.04 + _ASIDE * len(lines) / 2)
    axes.set_xlim(low / room, high * room)
    ticks_at(axes.xaxis, words, logarithmic=True)
    axes.grid(color=look.faint)
    axes.set_xlabel(label)
    axes.set_ylabel("F1, %")
    percent(axes.yaxis)
    _legend(canvas, handles, lines)


def best_so_far(canvas: Any, look: Look, lines: Sequence[Line]) -> None:
    """Draw the best F1 so far as a stair for each study, and its trials as small rings.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        lines: One for each study.
    """
    axes = canvas.subplots()
    handles = []
    for number, line in enumerate(lines):
        style = _style(look, number)
        xs, ys = [dot.x for dot in line.loose], [dot.y for dot in line.loose]
        axes.plot(xs, ys, style["marker"], color="none", markeredgecolor=style["color"], markersize=3.2, mew=0.7)
        last = max(dot.x for dot in (*line.dots, *line.loose))
        stair = [*line.dots, Dot(last, line.dots[-1].y)] if line.dots else []
        plain = {"color": style["color"], "linestyle": style["linestyle"], "drawstyle": "steps-post"}
        handles += axes.plot([dot.x for dot in stair], [dot.y for dot in stair], **plain)
    _whole(axes.xaxis)
    axes.grid(color=look.faint)
    axes.set_xlabel("trial")
    axes.set_ylabel("F1 on the holdout, %")
    percent(axes.yaxis)
    _legend(canvas, handles, lines)


def losses(canvas: Any, look: Look, lines: Sequence[Line]) -> None:
    """Draw the loss of each pre-training over its steps.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        lines: One for each pre-training.
    """
    axes = canvas.subplots()
    handles = []
    for number, line in enumerate(lines):
        style = {**_style(look, number), "marker": "o" if len(line.dots) == 1 else ""}
        handles += axes.plot([dot.x for dot in line.dots], [dot.y for dot in line.dots], markersize=4, **style)
    _whole(axes.xaxis)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(color=look.faint)
    axes.set_xlabel("step")
    axes.set_ylabel("loss")
    _legend(canvas, handles, lines)


def percentages(
    canvas: Any, look: Look, lines: Sequence[Line], across: str, up: str, *, diagonal: bool = False
) -> None:
    """Draw percentages against percentages.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        lines: One for each tagger.
        across: What the horizontal axis says.
        up: What the vertical axis says.
        diagonal: Whether to draw the line on which both are equal.
    """
    axes = canvas.subplots()
    if diagonal:
        axes.plot([0, 100], [0, 100], color=look.muted, linestyle=":", linewidth=1)
    handles = []
    for number, line in enumerate(lines):
        xs, ys = [dot.x for dot in line.dots], [dot.y for dot in line.dots]
        handles += axes.plot(xs, ys, markersize=4, **_style(look, number))
    axes.grid(color=look.faint)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    percent(axes.xaxis)
    percent(axes.yaxis)
    _legend(canvas, handles, lines)


def _style(look: Look, number: int) -> dict[str, Any]:
    colours = len(look.series)
    return {
        "color": look.series[number % colours],
        "marker": _MARKERS[number % len(_MARKERS)],
        "linestyle": _DASHES[number // colours % len(_DASHES)],
    }


def _whole(axis: Any) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axis.set_major_locator(MaxNLocator(nbins=7, integer=True))


def _columns(names: Sequence[str]) -> int:
    longest = max(longest_line(folded(name)) for name in names)
    return min(len(names), max(1, _COLUMN // (longest + _SAMPLE)))


def _legend(canvas: Any, handles: Sequence[Any], lines: Sequence[Line]) -> None:
    """Names above the figure, in as many columns as there is room for; one line alone needs none."""
    if len(lines) > 1:
        names = [line.name for line in lines]
        columns = _columns(names)
        canvas.legend(
            handles,
            list(map(folded, names)),
            loc="outside upper left",
            ncols=columns,
            handlelength=2.0,
            columnspacing=1.2,
        )
