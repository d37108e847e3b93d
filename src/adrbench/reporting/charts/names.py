"""Names beside the points of a plane; where there is no room for them, numbers with a key below."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from adrbench.reporting._drawing import Look
from adrbench.reporting.charts.scales import compact, folded, longest_line

# Where a name may stand beside its point, in typographic points, and how it is aligned there.
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
# Sizes by that of the text: the width of a character, the height of a line, and the text of the key.
_CHARACTER, _LINE, _SMALLER = 0.6, 1.2, 0.8
# Square points that a name may cover, the most lines of the key, the height of one by its text, and the gap
# between its columns in characters.
_TOLERATED, _MOST_KEY_LINES, _KEY_LINE, _GAP = 1.0, 10, 1.35, 3

Place = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class _Spot:
    """Where a name stands: its place beside its point, its alignment, and whether it covers no name and no point."""

    offset: tuple[int, int]
    align: str
    free: bool

    @property
    def away(self) -> bool:
        return abs(self.offset[1]) in _AWAY


def names_beside(
    canvas: Any, axes: Any, names: Sequence[str], places: Sequence[Place], line: Sequence[Place], look: Look
) -> None:
    """Write names beside points, where they cover the least of other names, points and the line.

    Names that find no room have a number in their place, and a key below the figure says whose it is. If the key gets
    too long, the lowest of these points have neither; the table of the figure has all.

    Args:
        canvas: The matplotlib figure to draw on.
        axes: Its axes.
        names: The name of each point.
        places: The places of the points, in the units of the axes.
        line: The places that a line joins.
        look: Colours and sizes.
    """
    shown = [folded(compact(name)) for name in names]  # among points there is less room than at rows
    numbered: set[int] = set()
    height = canvas.get_figheight()
    while True:
        spots = _spots(canvas, axes, shown, places, line, look)
        crowded = {n for n, spot in spots.items() if not spot.free} - numbered
        if not crowded:
            break
        numbered |= crowded
        highest = sorted(numbered, key=lambda n: -places[n][1])
        key = _key([names[n] for n in highest], look)
        for number, n in enumerate(highest, 1):
            shown[n] = str(number) if number <= len(key) else ""
        _draw_key(canvas, key, look)
        canvas.set_figheight(height + _key_height(key, look))
    for n, spot in spots.items():
        axes.annotate(
            shown[n],
            places[n],
            spot.offset,
            textcoords="offset points",
            ha=spot.align,
            va="center",
            annotation_clip=False,
            # A thin line leads from a name that stands away to its point.
            arrowprops={"arrowstyle": "-", "color": look.muted, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3}
            if spot.away
            else None,
        )


def _spots(
    canvas: Any, axes: Any, names: Sequence[str], places: Sequence[Place], line: Sequence[Place], look: Look
) -> dict[int, _Spot]:
    """The spot of each name that is not empty, by its number. Short names choose first, of these the highest."""
    canvas.draw_without_rendering()  # the layout must be known for places to be
    scale = 72 / canvas.dpi
    frame = [value * scale for value in axes.get_window_extent().extents]

    def on_paper(place: Place) -> Place:
        across, up = axes.transData.transform(place)
        return across * scale, up * scale

    at = [on_paper(place) for place in places]
    taken: list[Box] = [(x - 4, y - 4, x + 4, y + 4) for x, y in at]
    lines = [box for start, end in pairwise(line) for box in _along(on_paper(start), on_paper(end))]
    found = {}
    for n in sorted((n for n, name in enumerate(names) if name), key=lambda n: (names[n].count("\n"), -at[n][1])):
        width = _CHARACTER * look.size * longest_line(names[n])
        height = _LINE * look.size * (names[n].count("\n") + 1)
        boxes = [_box(at[n], place, width, height) for place in _PLACES]

        def cost(number: int, boxes: Sequence[Box] = boxes) -> float:
            # A name away from its point is the last resort: it is worth covering a corner of something.
            return _covered(boxes[number], [*taken, *lines], frame) + _steps_away(number) * _APART * _area(
                boxes[number]
            )

        best = min(range(len(_PLACES)), key=cost)
        free = _covered(boxes[best], taken, frame) <= _TOLERATED
        taken.append(boxes[best])
        across, up, align = _PLACES[best]
        found[n] = _Spot((across, up), align, free)
    return found


def _box(at: Place, place: tuple[int, int, str], width: float, height: float) -> Box:
    across, up, align = place
    left = at[0] + across - {"left": 0.0, "center": width / 2, "right": width}[align]
    return left, at[1] + up - height / 2, left + width, at[1] + up + height / 2


def _steps_away(number: int) -> int:
    """0 for a place beside the point, else which of the distances it is."""
    up = abs(_PLACES[number][1])
    return _AWAY.index(up) + 1 if up in _AWAY else 0


def _key(names: Sequence[str], look: Look) -> list[str]:
    """Names with their numbers, as many of the first as the lines of the key hold."""
    room = _characters(look)
    entries = [folded(f"{number} {compact(name)}", int(_SMALLER * room)) for number, name in enumerate(names, 1)]
    while _key_lines(entries, look) > _MOST_KEY_LINES:
        entries.pop()
    return entries


def _key_lines(entries: Sequence[str], look: Look) -> int:
    if not entries:
        return 0
    columns = _columns(entries, _characters(look))
    lines = [entry.count("\n") + 1 for entry in entries]
    return sum(lines) if columns == 1 else -(-len(entries) // columns) * max(lines)


def _key_height(entries: Sequence[str], look: Look) -> float:
    """Inches that the key adds to the figure."""
    return (_key_lines(entries, look) + 1) * _KEY_LINE * _SMALLER * look.size / 72 if entries else 0.0


def _draw_key(canvas: Any, entries: Sequence[str], look: Look) -> None:
    from matplotlib.lines import Line2D  # noqa: PLC0415

    for earlier in list(canvas.legends):
        earlier.remove()
    if not entries:
        return
    canvas.legend(
        [Line2D([], [], linestyle="none") for _ in entries],
        entries,
        loc="outside lower left",
        ncols=_columns(entries, _characters(look)),
        fontsize=_SMALLER * look.size,
        handlelength=0,
        handletextpad=0,
        labelspacing=0.2,
        columnspacing=1.2,
    )


def _characters(look: Look) -> int:
    """How many characters of the key fit the width of the figure."""
    return int(look.width * 72 / (_CHARACTER * _SMALLER * look.size))


def _columns(entries: Sequence[str], room: int) -> int:
    return max(1, min(len(entries), room // (max(map(longest_line, entries)) + _GAP)))


def _along(start: Place, end: Place) -> Iterator[Box]:
    """Small boxes along a line."""
    count = 1 + int(math.dist(start, end) / 3)
    for n in range(count + 1):
        x, y = (a + (b - a) * n / count for a, b in zip(start, end, strict=True))
        yield x - 1.5, y - 1.5, x + 1.5, y + 1.5


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _covered(box: Box, taken: Sequence[Box], frame: Sequence[float]) -> float:
    """How much of other boxes a box covers; what sticks out of the frame counts ten times."""
    left, low, right, high = box
    common = sum(max(0.0, min(right, e) - max(left, w)) * max(0.0, min(high, n) - max(low, s)) for w, s, e, n in taken)
    inside = max(0.0, min(right, frame[2]) - max(left, frame[0])) * max(0.0, min(high, frame[3]) - max(low, frame[1]))
    return common + 10 * (_area(box) - inside)
