"""The critical-difference diagram of Demšar (2006): mean ranks on a line, taggers that do not differ joined by bars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adrbench.reporting._drawing import Look

# In units of one line of names, downwards from the axis.
_BARS, _BAR, _NAMES = 0.35, 0.3, 0.8


def critical_difference(
    canvas: Any,
    look: Look,
    taggers: Sequence[str],
    mean_ranks: Sequence[float],
    groups: Sequence[Sequence[int]],
    difference: float,
) -> None:
    """Draw a critical-difference diagram (Demšar 2006): a bar joins taggers that are not significantly different.

    Args:
        canvas: The matplotlib figure to draw on.
        look: Its colours and sizes.
        taggers: The taggers, best first.
        mean_ranks: The mean rank of each tagger.
        groups: For each tagger, the numbers of the groups it belongs to.
        difference: The critical difference, drawn as a scale.
    """
    axes = canvas.subplots()
    count = len(taggers)
    members: dict[int, list[float]] = {}
    for mean, own in zip(mean_ranks, groups, strict=True):
        for group in own:
            members.setdefault(group, []).append(mean)
    bars = [(min(ranks), max(ranks)) for ranks in members.values() if len(ranks) > 1]
    first = _BARS + _BAR * len(bars) + _NAMES
    left = (count + 1) // 2
    for place, (name, mean) in enumerate(zip(taggers, mean_ranks, strict=True)):
        # Best ones on the left, worst ones on the right, so that no line crosses another.
        on_left = place < left
        depth = first + (place if on_left else count - 1 - place)
        side = 1 if on_left else count
        axes.plot([mean, mean, side], [0, depth, depth], color=look.muted, linewidth=0.8)
        gap = (-0.04 if on_left else 0.04) * count
        text = f"{name} ({mean:.1f})"
        axes.text(side + gap, depth, text, ha="right" if on_left else "left", va="center", color=look.ink)
    for number, (low, high) in enumerate(bars):
        depth = _BARS + _BAR * number
        axes.plot([low - 0.03, high + 0.03], [depth, depth], color=look.series[0], linewidth=3, solid_capstyle="butt")
    axes.plot([1, 1 + difference], [-1.2, -1.2], color=look.series[1], marker="|")
    axes.text(1 + difference / 2, -1.4, f"critical difference {difference:.2f}", ha="center", va="bottom")
    width = max(count, 1 + difference)
    axes.set_xlim(1 - 0.8 * count, width + 0.8 * count)
    axes.set_ylim(first + max(left, count - left) - 0.5, -2.4)
    axes.spines[["left", "bottom"]].set_visible(False)
    axes.spines["top"].set_visible(False)
    axes.plot([1, count], [0, 0], color=look.ink, linewidth=1)
    for tick in range(1, count + 1):
        axes.plot([tick, tick], [-0.12, 0], color=look.ink, linewidth=1)
        axes.text(tick, -0.2, str(tick), ha="center", va="bottom", color=look.muted)
    axes.set_xticks([])
    axes.set_yticks([])
