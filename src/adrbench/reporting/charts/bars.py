"""Bars: shares of parameters, measures of taggers, and groups of bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import folded, longest_line, percent, rows

# The width of a character by its height, and that of the swatch beside a word in characters.
_CHARACTER, _SWATCH = 0.6, 6


def shares(canvas: Any, look: Look, names: Sequence[str], values: Sequence[Sequence[float]], label: str) -> None:
    """Draw the mean of each name's values as a bar, and the values as rings.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: One bar each.
        values: The values of each name, in percent.
        label: What the axis says.
    """
    axes = canvas.subplots()
    rows(axes, names, look)
    axes.grid(visible=False, axis="y")
    for place, own in enumerate(values):
        mean = sum(own) / len(own)
        axes.barh(place, mean, height=0.55, color=look.series[0])
        if len(own) > 1:
            ring = {"color": look.paper, "markeredgecolor": look.ink, "markersize": 3.4, "mew": 0.8}
            axes.plot(own, [place] * len(own), "o", **ring)
    axes.set_xlim(0, None)
    axes.set_xlabel(label)
    percent(axes.xaxis)


@dataclass(frozen=True)
class Measure:
    """A measure of several taggers.

    Attributes:
        title: Its name and unit.
        values: The value of each tagger; None where it is not known.
        form: The format of a value, such as ``{:.1f}``.
    """

    title: str
    values: tuple[float | None, ...]
    form: str


def measures(canvas: Any, look: Look, names: Sequence[str], panels: Sequence[Measure]) -> None:
    """Draw a bar for each name, a panel for each measure, with the value at its end.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: One bar each, the same in each panel.
        panels: The measures.
    """
    every = canvas.subplots(len(panels), 1, squeeze=False)[:, 0]
    for panel, axes in zip(panels, every, strict=True):
        rows(axes, names, look)
        axes.grid(visible=False, axis="y")
        most = max((value for value in panel.values if value is not None), default=0.0) or 1.0
        for place, value in enumerate(panel.values):
            if value is not None:
                axes.barh(place, value, height=0.6, color=look.series[0])
                axes.text(value + 0.01 * most, place, panel.form.format(value), va="center")
        axes.set_xlim(0, 1.18 * most)
        axes.set_title(panel.title, loc="left")


def grouped(
    canvas: Any,
    look: Look,
    names: Sequence[str],
    parts: Sequence[str],
    values: Sequence[Sequence[float | None]],
    axis: str,
) -> None:
    """Draw a group of bars for each name, one bar for each part; the axis begins a little below the least value.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: One group each.
        parts: The names of the bars of a group, for the legend.
        values: Percent by name and part; None is left out.
        axis: What the axis says.
    """
    from matplotlib.patches import Patch  # noqa: PLC0415

    axes = canvas.subplots()
    rows(axes, names, look)
    axes.grid(visible=False, axis="y")
    known = [value for line in values for value in line if value is not None]
    low = max(0.0, min(known) - 0.15 * max(max(known) - min(known), 5.0))
    height = 0.8 / len(parts)
    for place, line in enumerate(values):
        for number, value in enumerate(line):
            if value is not None:
                middle = place + (number - (len(parts) - 1) / 2) * height
                colour = look.series[number % len(look.series)]
                axes.barh(middle, value - low, left=low, height=0.9 * height, color=colour)
                axes.text(value, middle, f" {value:.1f}", va="center", fontsize=0.85 * look.size)
    axes.set_xlim(low, max(known) + 0.12 * (max(known) - low))
    handles = [Patch(facecolor=look.series[n % len(look.series)]) for n in range(len(parts))]
    words = list(map(folded, parts))
    columns = max(1, int(look.width * 72 / look.size / (_CHARACTER * (max(map(longest_line, words)) + _SWATCH))))
    canvas.legend(handles, words, loc="outside upper left", ncols=min(columns, len(parts)), handlelength=1.2)
    axes.set_xlabel(axis)
    percent(axes.xaxis)
