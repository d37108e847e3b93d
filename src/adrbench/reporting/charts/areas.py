"""Figures that fill areas: a heat map of taggers by labels, and bars of parts that add up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate, pairwise
from statistics import fmean
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import down_the_side, folded, longest_line, rows, rows_taken

# As light as this a colour takes dark text, else light text (relative luminance of WCAG 2; 0.18 serves both alike).
_LIGHT = 0.18
# No two parts of a stack look alike without colour.
_HATCHES = ("", "////", "....", "----", "xxxx", "\\\\\\\\", "||||")
# Widths: of a character by its height, and of the swatch beside a word, in characters.
_CHARACTER, _SWATCH = 0.64, 6
# Of a stack: inches of a row and of all else, and what a row's parts take of it.
_ROW, _AROUND = 0.46, 1.25
_BAR, _LEADER, _BELOW = 0.5, 0.12, 0.26
# The size of numbers that stand below a bar.
_SMALLER = 0.85


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
    """Draw a stacked bar for each name; colour and pattern tell its parts apart, and each has its number.

    A number that a part has no room for stands below the bar, with a line to its part.

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
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axes = canvas.subplots()
    rows(axes, names, look)
    axes.grid(visible=False)
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
                axes.barh(place, value, left=start, height=_BAR, linewidth=0.8, **style)
            start += value
    handles = [Patch(linewidth=0.8, **style) for style in styles]
    columns = max(1, int(look.width / character / (max(map(len, parts)) + _SWATCH)))
    canvas.legend(
        handles, parts, loc="outside upper left", ncols=min(columns, len(parts)), handlelength=1.2, columnspacing=1.0
    )
    axes.set_xlim(0, longest * 1.02)
    axes.set_ylim(len(names) - 1 + _BAR / 2 + _LEADER + _BELOW + 0.05, -0.4)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set_xlabel(axis)
    canvas.draw_without_rendering()  # the layout must be known for numbers to have room
    character *= longest * 1.02 / (axes.get_window_extent().width / canvas.dpi)  # in units of the axis
    grounds = [style["facecolor"] for style in styles]
    for place, line in enumerate(values):
        _numbers(axes, look, place, line, grounds, character)


def stacks_height(names: Sequence[str]) -> float:
    """Say how high a chart of stacked bars must be.

    Args:
        names: One bar each.

    Returns:
        Inches at the width of one column.
    """
    return _AROUND + _ROW * rows_taken(names)


def _numbers(
    axes: Any, look: Look, place: int, line: Sequence[float], grounds: Sequence[str], character: float
) -> None:
    """Write the number of each part of a bar: in it or, where it is too narrow, below it."""
    below: list[tuple[float, str]] = []
    start = 0.0
    for value, ground in zip(line, grounds, strict=True):
        text, middle = f"{value:,.0f}", start + value / 2
        if (len(text) + 1) * character < value:
            # Its own ground, so that no pattern runs through it.
            box = {"facecolor": ground, "edgecolor": "none", "pad": 0.8}
            shown = axes.text(middle, place, text, ha="center", va="center", color=_ink(ground, look), bbox=box)
            shown.set_in_layout(False)
        elif value:
            below.append((middle, text))
        start += value
    if not below:
        return
    _, end = axes.get_xlim()
    widths = [(len(text) + 1) * character * _SMALLER for _, text in below]
    smaller = min(1.0, end / sum(widths))
    top = place + _BAR / 2
    beside = _apart([middle for middle, _ in below], [smaller * width for width in widths], end)
    for (middle, text), moved in zip(below, beside, strict=True):
        axes.plot([middle, moved], [top, top + _LEADER], color=look.muted, linewidth=0.6, solid_capstyle="butt")
        height = top + _LEADER + _BELOW / 2
        shown = axes.text(moved, height, text, ha="center", va="center", fontsize=_SMALLER * smaller * look.size)
        shown.set_in_layout(False)


def _apart(places: Sequence[float], widths: Sequence[float], end: float) -> list[float]:
    """Move rising places as little as it takes for things of these widths to stand beside each other, from 0 to end.

    Without the widths before it each place must be no less than the last: neighbours that are not become a block.
    """
    before = list(accumulate(((one + other) / 2 for one, other in pairwise(widths)), initial=widths[0] / 2))
    blocks: list[list[float]] = []
    for place, width in zip(places, before, strict=True):
        blocks.append([place - width])
        while len(blocks) > 1 and fmean(blocks[-2]) > fmean(blocks[-1]):
            blocks[-2:] = [blocks[-2] + blocks[-1]]
    room = end - sum(widths)
    moved = [min(max(fmean(block), 0.0), room) for block in blocks for _ in block]
    return [place + width for place, width in zip(moved, before, strict=True)]


def _ink(ground: str, look: Look) -> str:
    """What can be read on a colour; those of the page are dark on white and light on black."""
    from matplotlib.colors import to_rgb  # noqa: PLC0415

    return look.ink if _luminance(to_rgb(ground)) > _LIGHT else look.paper


def _luminance(colour: Sequence[float]) -> float:
    """Relative luminance of a colour in sRGB, as WCAG 2 defines it."""
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in colour[:3]]  # noqa: PLR2004
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
