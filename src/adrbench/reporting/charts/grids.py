"""Figures of grids: a heat map for each measure of two parameters, a line for each measure of one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from math import log
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.areas import tiles
from adrbench.reporting.charts.scales import folded, percent, ticks_at

_DARKEST = 0.12
_MANY_TIMES = 8  # from here on numbers are spread by their logarithm


@dataclass(frozen=True)
class Panel:
    """A measure of every setting.

    Attributes:
        title: Its name and unit.
        values: Rows by columns; None where nothing was measured.
        form: The format of a value, such as ``{:.1f}``.
        ratios: Whether colours follow the logarithm.
        bounds: The intervals of the values, for a single row.
    """

    title: str
    values: tuple[tuple[float | None, ...], ...]
    form: str
    ratios: bool = False
    bounds: tuple[tuple[float, float] | None, ...] = ()


@dataclass(frozen=True)
class Axis:
    """A parameter and its values.

    Attributes:
        name: The parameter.
        words: Its values as text.
        numbers: Its values, if all are numbers.
    """

    name: str
    words: tuple[str, ...]
    numbers: tuple[float, ...] = ()


def heat_maps(
    canvas: Any, look: Look, down: Axis, across: Axis, panels: Sequence[Panel], best: tuple[int, int] | None
) -> None:
    """Draw a heat map for each measure, one above the other, lighter for higher values.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        down: The parameter of the rows.
        across: The parameter of the columns.
        panels: The measures.
        best: Row and column of the setting with the best F1, which is framed.
    """
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    every = canvas.subplots(len(panels), 1, squeeze=False)[:, 0]
    for panel, axes in zip(panels, every, strict=True):
        tiles(axes, look, panel.values, partial(_share, panel), panel.form)
        if best is not None:
            frame = (best[1] - 0.48, best[0] - 0.46)
            axes.add_patch(Rectangle(frame, 0.96, 0.92, fill=False, edgecolor=look.series[1], linewidth=2))
        axes.set_title(panel.title, loc="left")
        axes.set_yticks(range(len(down.words)), list(map(folded, down.words)))
        axes.set_xticks(range(len(across.words)), list(map(folded, across.words)))
        if axes is every[-1]:
            axes.set_xlabel(across.name)
        else:
            axes.tick_params(labelbottom=False)
    # Once for all of them: beside few rows there is no room for it.
    canvas.supylabel(folded(down.name), fontsize=look.size)


def profiles(canvas: Any, look: Look, across: Axis, panels: Sequence[Panel]) -> None:
    """Draw a line for each measure over the values of one parameter, with intervals where known.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        across: The parameter.
        panels: The measures, each with a single row of values.
    """
    every = canvas.subplots(len(panels), 1, squeeze=False, sharex=True)[:, 0]
    numbers = across.numbers
    places = numbers or tuple(float(n) for n in range(len(across.words)))
    spread = bool(numbers) and min(numbers) > 0 and max(numbers) >= _MANY_TIMES * min(numbers)
    for panel, axes in zip(panels, every, strict=True):
        if spread:
            axes.set_xscale("log")
        line = [(x, y) for x, y in zip(places, panel.values[0], strict=True) if y is not None]
        for x, ends in zip(places, panel.bounds or [None] * len(places), strict=True):
            if ends is not None:
                axes.plot([x, x], ends, color=look.series[0], linewidth=1, marker="_", markersize=4)
        axes.plot(*zip(*line, strict=True), "-o", color=look.series[0], markersize=5)
        axes.set_title(panel.title, loc="left")
        axes.grid(color=look.faint)
        axes.margins(y=0.15)
        if panel.ratios:
            axes.set_ylim(0, 1.2 * max(y for _, y in line) or 1)
        percent(axes.yaxis)
        ticks_at(axes.xaxis, list(zip(places, map(folded, across.words), strict=True)), logarithmic=spread)
    every[-1].set_xlabel(across.name)


def _share(panel: Panel, value: float) -> float:
    """Where a value stands between the least and the most of its panel; the darkest colours are left out."""
    values = [one for line in panel.values for one in line if one is not None]
    low, high = min(values), max(values)
    if panel.ratios and low > 0:
        low, high, value = log(low), log(high), log(value)
    return 1.0 if high == low else _DARKEST + (1 - _DARKEST) * (value - low) / (high - low)
