"""Bars of shares: how much each parameter matters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import percent, rows


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
