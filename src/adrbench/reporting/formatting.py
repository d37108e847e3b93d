"""Figures as text: each kind of figure has one form, whatever view it stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

# How a column's values are shown. ``text`` and ``letters`` stand to the left; ``bar`` is for what can draw.
Kind = Literal[
    "text", "letters", "percent", "points", "interval", "p", "seconds", "duration", "bytes", "joules", "count",
    "number", "rate", "bar",
]  # fmt: skip
_LEAST_P = 0.001


def percent(value: float | None) -> str:
    """A fraction as percent with one decimal; empty for none."""
    return "" if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """A difference of fractions in points, with its sign; empty for none."""
    return "" if value is None else f"{100 * value:+.1f}"


def points_between(low: float | None, high: float | None) -> str:
    """The ends of an interval of a difference, in points; empty for none."""
    return "" if low is None or high is None else f"{points(low)} to {points(high)}"


def percent_between(middle: float | None, low: float | None, high: float | None) -> str:
    """An interval of a fraction in percent: as ± where it lies evenly about the middle, else its two ends."""
    if middle is None or low is None or high is None:
        return ""
    below, above = middle - low, high - middle
    if abs(below - above) < 1e-9:  # noqa: PLR2004
        return f"±{100 * above:.1f}"
    return f"{percent(low)}–{percent(high)}"


def p_value(p: float | None) -> str:
    """A p-value with three decimals; empty for none."""
    if p is None:
        return ""
    return "<0.001" if p < _LEAST_P else f"{p:.3f}"


def seconds(value: float | None) -> str:
    """A time with as many digits as it deserves."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004


def duration(value: float | None) -> str:
    """A long time in seconds, minutes or hours, as one reads it.

    >>> duration(8.25), duration(95), duration(5400), duration(200_000)
    ('8.2 s', '95 s', '90 min', '55.6 h')
    """
    if value is None:
        return ""
    if value < 120:  # noqa: PLR2004
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004
    return f"{value / 60:,.0f} min" if value < 7200 else f"{value / 3600:,.1f} h"  # noqa: PLR2004


def size(value: int | None) -> str:
    """Bytes in MiB or GiB."""
    if value is None:
        return ""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:,.0f} MiB"


def energy(value: float | None) -> str:
    """Joules, or kilojoules from 10,000 on."""
    if value is None:
        return ""
    return f"{value / 1000:,.0f} kJ" if value >= 10_000 else f"{value:,.0f} J"  # noqa: PLR2004


def count(value: float | None) -> str:
    """A count with thousands marks; empty for none."""
    return "" if value is None else f"{value:,.0f}"


def number(value: float | None) -> str:
    """A count with thousands marks, a mean with one decimal; empty for none.

    >>> number(1234), number(3.0), number(2.25)
    ('1,234', '3', '2.2')
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, int) or value.is_integer() else f"{value:,.1f}"


def rate(value: float | None) -> str:
    """So many a second; empty for none, and for a rate that no clock was fine enough for."""
    return count(value) if value else ""


def _text(value: Any) -> str:
    return "" if value is None else str(value)


_FORMS: Mapping[str, Callable[[Any], str]] = {
    "percent": percent,
    "points": points,
    "p": p_value,
    "seconds": seconds,
    "duration": duration,
    "bytes": size,
    "joules": energy,
    "count": count,
    "number": number,
    "rate": rate,
}


def formatted(kind: Kind, value: Any) -> str:
    """A value as a column of its kind shows it; empty for None."""
    return _FORMS.get(kind, _text)(value)
