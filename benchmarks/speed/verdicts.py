"""A table of comparisons, each with its bound."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sides import NOISE

HEAD = ("", "adrbench", "Trainer", "ratio", "bound", "")
MIB = 2**20


@dataclass(frozen=True)
class Verdict:
    """One row. ``met`` is None where there is no bound."""

    name: str
    ours: str
    theirs: str
    ratio: str
    bound: str
    met: bool | None

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        word = {True: "ok", False: "MISSED", None: "no bound"}[self.met]
        return self.name, self.ours, self.theirs, self.ratio, self.bound, word


def faster(name: str, ours: Sequence[float], theirs: Sequence[float], bound: float | None) -> Verdict:
    """Compare seconds, run against the run beside it.

    Args:
        name: What was timed.
        ours: Our seconds, one a turn; infinite if the end was not reached.
        theirs: Those of the other side.
        bound: How many times as fast we should be in the median.

    Returns:
        The row.
    """
    times = [b / a for a, b in zip(ours, theirs, strict=True)]
    middle = statistics.median(times)
    return Verdict(
        name,
        _seconds(ours),
        _seconds(theirs),
        f"{middle:.2f}x ({min(times):.2f}-{max(times):.2f})" if middle else "",
        "" if bound is None else f"at least {bound:g}x",
        None if bound is None else middle >= bound,
    )


def smaller(name: str, ours: Sequence[int], theirs: Sequence[int], bound: float | None) -> Verdict:
    """Compare bytes at the peak.

    Args:
        name: Which memory.
        ours: Our bytes, one a turn.
        theirs: Those of the other side.
        bound: The most MiB that we should take. None: no more than the other side.

    Returns:
        The row.
    """
    mine, other = statistics.median(ours) / MIB, statistics.median(theirs) / MIB
    most = other if bound is None else bound
    return Verdict(
        name, f"{mine:,.0f} MiB", f"{other:,.0f} MiB", f"{mine / other:.2f}", f"at most {most:,.0f} MiB", mine <= most
    )


def within(name: str, seconds: float, bound: float) -> Verdict:
    """Hold our seconds against a bound of their own.

    Args:
        name: What was timed.
        seconds: Our seconds.
        bound: The seconds that they should stay below.

    Returns:
        The row.
    """
    return Verdict(name, f"{seconds:.1f} s", "", "", f"below {bound:g} s", seconds < bound)


def no_worse(name: str, ours: Sequence[float], theirs: Sequence[float]) -> Verdict:
    """Compare F1, as the mean of all turns.

    Args:
        name: Whose F1.
        ours: Our F1, one a turn, as fractions.
        theirs: Those of the other side.

    Returns:
        The row.
    """
    mine, other = statistics.mean(ours), statistics.mean(theirs)
    least = other - NOISE
    return Verdict(
        name,
        f"{100 * mine:.1f}",
        f"{100 * other:.1f}",
        f"{100 * (mine - other):+.1f}",
        f"at least {100 * least:.1f}",
        mine >= least,
    )


def table(title: str, verdicts: Sequence[Verdict]) -> str:
    """Lay out rows as a Markdown table.

    Args:
        title: What the first column is of.
        verdicts: The rows.

    Returns:
        Lines, columns of one width.
    """
    rows = [(title, *HEAD[1:]), *(verdict.cells() for verdict in verdicts)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _seconds(values: Sequence[float]) -> str:
    middle = statistics.median(values)
    return f"{middle:.2f} s" if middle < float("inf") else "not reached"
