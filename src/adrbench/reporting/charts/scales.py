"""Axes with few, round ticks in words: percent, seconds, bytes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import log10
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.escaping import one_line

SECONDS = {
    0.001: "1 ms",
    0.01: "10 ms",
    0.1: "0.1 s",
    1.0: "1 s",
    10.0: "10 s",
    60.0: "1 min",
    600.0: "10 min",
    3600.0: "1 h",
    36000.0: "10 h",
    360000.0: "100 h",
}
BYTES = {
    **{float(2 ** (20 + power)): f"{2**power} MiB" for power in range(10)},
    **{float(2 ** (30 + power)): f"{2**power} GiB" for power in range(14)},
}
# Between those, where an axis is so short that few of them are on it.
FINER = {3.0 * 10**power: f"{3 * 10**power:g} s" for power in range(-2, 2)} | {180.0: "3 min", 1800.0: "30 min"}
_ROOM = 1.9
_MOST = 27
# A tagger with its point of a grid, and what is written before a value there.
_SETTING = re.compile(r"([^\[\]]+)\[(.+=.+)\]")
_PARAMETER = re.compile(r"(?<![^,])[^,=]+=")
_CHARACTERS = 42  # that fit along an axis
_FEWEST_TICKS, _MOST_TICKS = 3, 6
# Where a name may be folded, and the size of one that is.
_BETWEEN, _SMALLER = " -_/,…", 0.8
# The lines that a row has room for, and those that any name may take: a corpus can have labels of any length.
_ROW_LINES, _MOST_LINES = 2, 6


def logarithmic(axis: Any, set_limits: Any, values: Sequence[float], names: dict[float, str]) -> None:
    """Scale an axis by logarithm, with named ticks and room at both ends.

    Args:
        axis: The matplotlib axis.
        set_limits: Its method that sets the limits.
        values: The values to be drawn, all above 0.
        names: Places of possible ticks and their texts.
    """
    low, high = min(values) / _ROOM, max(values) * _ROOM
    set_limits(low, high)
    inside = [tick for tick in names if low <= tick <= high]
    if names is SECONDS and len(inside) < _FEWEST_TICKS:
        names = dict(sorted((SECONDS | FINER).items()))
        inside = [tick for tick in names if low <= tick <= high]
    ticks = inside[:: -(-len(inside) // _MOST_TICKS) or 1]
    axis.set_major_locator(_fixed(ticks))
    axis.set_major_formatter(_words([names[tick] for tick in ticks]))
    axis.set_minor_locator(_fixed([]))


def percent(axis: Any) -> None:
    """Give an axis at most six ticks, at round percentages.

    Args:
        axis: The matplotlib axis.
    """
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415

    axis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axis.set_major_formatter("{x:g}")


def ticks_at(axis: Any, words: Sequence[tuple[float, str]], *, logarithmic: bool) -> None:
    """Set ticks at given places, without those whose texts would overlap.

    Args:
        axis: The matplotlib axis.
        words: Places of ticks and their texts.
        logarithmic: Whether the axis is scaled by logarithm.
    """
    places = [log10(place) if logarithmic else place for place, _ in words]
    length = max(places) - min(places) or 1.0
    kept: list[int] = []
    for n in sorted(range(len(places)), key=lambda n: -places[n]):
        # Half of either text must fit between them.
        room = (longest_line(words[n][1]) + longest_line(words[kept[-1]][1]) + 2) / 2 / _CHARACTERS if kept else 0
        if not kept or (places[kept[-1]] - places[n]) / length >= room:
            kept.append(n)
    axis.set_major_locator(_fixed([words[n][0] for n in kept]))
    axis.set_major_formatter(_words([words[n][1] for n in kept]))
    axis.set_minor_locator(_fixed([]))


def compact(name: str, most: int = _MOST) -> str:
    """Take the names of parameters out of a long setting of a grid; its values tell it from the others.

    >>> compact("minilm[pretrain.steps=2,learning_rate=1e-05]")
    'minilm[2,1e-05]'

    Args:
        name: Any text.
        most: How many characters there is room for.

    Returns:
        The name without control characters, whole if it has so many characters or is no setting.
    """
    name = one_line(name)  # an SVG with a control character cannot be read
    setting = _SETTING.fullmatch(name) if len(name) > most else None
    return f"{setting[1]}[{_PARAMETER.sub('', setting[2])}]" if setting else name


def folded(name: str, most: int = _MOST) -> str:
    r"""Fold a long name into lines, between its parts where that is possible.

    >>> folded("a-model-with-a-very-long-name-base-cased")
    'a-model-with-a-very-\nlong-name-base-cased'
    >>> folded("grid[min_precision=0.2,widen=false]")
    'grid[min_precision=0.2,\nwiden=false]'

    Args:
        name: Any text.
        most: How many characters there is room for in a line; where there are several, they are smaller.

    Returns:
        The whole name, unless six lines cannot hold it: then its two ends. A setting of a grid that two lines cannot
        hold loses the names of its parameters first.
    """
    name = one_line(name)
    line = int(most / _SMALLER)
    if len(name) > _ROW_LINES * line:
        name = _ends(compact(name), _MOST_LINES * line)
    if len(name) <= most:
        return name
    found = []
    for left in range(max(1, -(-len(name) // line) - 1), 0, -1):  # lines that follow this one
        ends = range(max(1, len(name) - left * line), min(line, len(name) - 1) + 1)
        even = len(name) / (left + 1)
        end = min(ends, key=lambda end: (name[end - 1] not in _BETWEEN, abs(end - even)))
        found.append(name[:end].rstrip())
        name = name[end:].lstrip()
    return "\n".join([*found, name])


def _ends(name: str, most: int) -> str:
    half = (most - 1) // 2
    return name if len(name) <= most else f"{name[:half]}…{name[-half:]}"


def longest_line(text: str) -> int:
    """Count the characters of the longest line.

    Args:
        text: A name, perhaps folded.

    Returns:
        Characters.
    """
    return max(map(len, text.split("\n")))


def most_lines(names: Iterable[str], most: int = _MOST) -> int:
    """Count the lines of the name that takes most of them.

    Args:
        names: Any texts.
        most: How many characters there is room for in a line.

    Returns:
        At least 1.
    """
    return max((folded(name, most).count("\n") + 1 for name in names), default=1)


def rows_taken(names: Sequence[str]) -> float:
    """Say how high a chart with names down its side must be.

    Args:
        names: One row each.

    Returns:
        As many rows as there are names; more, if one of them takes more than the two lines that a row has room for.
    """
    return len(names) * max(1.0, most_lines(names) / _ROW_LINES)


def down_the_side(axes: Any, names: Sequence[str], look: Look) -> None:
    """Put names at the rows of a chart; those that take several lines are smaller, so that they keep to their row.

    Args:
        axes: The matplotlib axes.
        names: One row each.
        look: Colours and sizes.
    """
    texts = list(map(folded, names))
    axes.set_yticks(range(len(names)), texts)
    for label, text in zip(axes.get_yticklabels(), texts, strict=True):
        if "\n" in text:
            label.set_fontsize(_SMALLER * look.size)
            label.set_linespacing(1.0)


def rows(axes: Any, names: Sequence[str], look: Look) -> None:
    """Put names down the side of a chart, the first on top.

    Args:
        axes: The matplotlib axes.
        names: One row each.
        look: Colours and sizes.
    """
    down_the_side(axes, names, look)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="both", color=look.faint)
    axes.spines["left"].set_visible(False)


def _fixed(ticks: Sequence[float]) -> Any:
    from matplotlib.ticker import FixedLocator  # noqa: PLC0415

    return FixedLocator(list(ticks))


def _words(names: Sequence[str]) -> Any:
    from matplotlib.ticker import FixedFormatter  # noqa: PLC0415

    return FixedFormatter(list(names))
