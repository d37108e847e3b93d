"""Figures that fill areas: a heat map of taggers by labels, and bars of parts that add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import down_the_side, folded, longest_line, rows

# As light as this a colour takes dark text, else light text (relative luminance of WCAG 2; 0.18 serves both alike).
_LIGHT = 0.18
# No two parts of a stack look alike without colour.
_HATCHES = ("", "////", "....", "----", "xxxx", "\\\\\\\\", "||||")
# Widths: of a character by its height, of the axes by the figure, and of the swatch beside a word, in characters.
_CHARACTER, _AXES, _SWATCH = 0.6, 0.75, 6


def heat(
    canvas: Any, look: Look, names: Sequence[str], labels: Sequence[str], values: Sequence[Sequence[float | None]]
) -> None:
    """Draw a heat map of taggers by labels, darker for lower values, with the percentage in each cell.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: The taggers, one row each.
        labels: The labels, one column each.
        values: Percent by row and column; None is drawn as a dash.
    """
    axes = canvas.subplots()
    tiles(axes, look, values, lambda value: value / 100, "{:.0f}")
    down_the_side(axes, names, look)
    labels = list(map(folded, labels))
    long = max(map(longest_line, labels)) * len(labels) > 8 * look.width  # characters that fit an inch
    axes.set_xticks(range(len(labels)), labels, rotation=40 if long else 0, ha="left" if long else "center")
    axes.xaxis.tick_top()
    if long:
        axes.tick_params(axis="x", pad=1)


def tiles(
    axes: Any,
    look: Look,
    values: Sequence[Sequence[float | None]],
    share: Callable[[float], float],
    form: str,
) -> None:
    """Draw a coloured tile for each value, with the value written in it.

    Args:
        axes: The matplotlib axes.
        look: Colours and sizes.
        values: Rows by columns; None is drawn as a dash.
        share: Maps a value to a place on the colour map, from 0 to 1.
        form: The format of a value, such as ``{:.1f}``.
    """
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    for row, line in enumerate(values):
        for column, value in enumerate(line):
            if value is None:
                axes.text(column, row, "–", ha="center", va="center", color=look.muted)
                continue
            colour = mpl.colormaps["cividis"](share(value))
            axes.add_patch(Rectangle((column - 0.48, row - 0.46), 0.96, 0.92, facecolor=colour, edgecolor="none"))
            axes.text(column, row, form.format(value), ha="center", va="center", color=ink_on(colour))
    axes.set_xlim(-0.5, len(values[0]) - 0.5)
    axes.set_ylim(len(values) - 0.5, -0.5)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)


def ink_on(colour: Sequence[float]) -> str:
    """Choose the text colour that contrasts more with a background.

    Args:
        colour: The background in sRGB, each channel from 0 to 1.

    Returns:
        Black or white, as a hexadecimal colour.
    """
    return "#000000" if _luminance(colour) > _LIGHT else "#ffffff"


def stacks(
    canvas: Any,
    look: Look,
    names: Sequence[str],
    parts: Sequence[str],
    values: Sequence[Sequence[float]],
    axis: str,
    kinds: Sequence[int],
) -> None:
    """Draw a stacked bar for each name; colour and pattern tell its parts apart.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        names: One bar each.
        parts: The names of the parts, for the legend.
        values: The value of each part, by bar.
        axis: What the axis says.
        kinds: The number of each part among all possible parts, so that a part looks alike in every figure.
    """
    from matplotlib.patches import Patch  # noqa: PLC0415

    axes = canvas.subplots()
    rows(axes, names, look)
    axes.grid(visible=False, axis="y")
    longest = max((sum(line) for line in values), default=0) or 1
    character = _CHARACTER * look.size / 72  # inches
    styles: list[dict[str, Any]] = [
        {"facecolor": look.series[n % len(look.series)], "hatch": _HATCHES[n % len(_HATCHES)], "edgecolor": look.paper}
        for n in kinds
    ]
    for place, line in enumerate(values):
        start = 0.0
        for value, style in zip(line, styles, strict=True):
            if value:
                axes.barh(place, value, left=start, height=0.7, linewidth=0.8, **style)
            text = f"{value:,.0f}"
            if (len(text) + 1) * character < value / longest * _AXES * look.width:
                ink = _ink(style["facecolor"], look)
                # Its own ground, so that no pattern runs through it.
                ground = {"facecolor": style["facecolor"], "edgecolor": "none", "pad": 0.8}
                axes.text(start + value / 2, place, text, ha="center", va="center", color=ink, bbox=ground)
            start += value
    handles = [Patch(linewidth=0.8, **style) for style in styles]
    columns = max(1, int(look.width / character / (max(map(len, parts)) + _SWATCH)))
    canvas.legend(
        handles, parts, loc="outside upper left", ncols=min(columns, len(parts)), handlelength=1.2, columnspacing=1.0
    )
    axes.set_xlim(0, longest * 1.02)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(axis)


def _ink(ground: str, look: Look) -> str:
    """What can be read on a colour; those of the page are dark on white and light on black."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415

    return look.ink if _luminance(to_rgb(ground)) > _LIGHT else look.paper


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance of a colour in sRGB, as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
