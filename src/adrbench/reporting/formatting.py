"""Figures as text: each kind of figure has one form, whatever view it stands in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

# How a column's values are shown. ``text`` and ``letters`` stand to the left; ``bar`` is for what can draw.
Kind = Literal[
    "text", "letters", "percent", "points", "interval", "p", "seconds", "duration", "bytes", "joules", "count",
    "number", "rate", "money", "bar",
]  # fmt: skip
_LEAST_P = 0.001


def percent(value: float | None) -> str:
    """Show a fraction as percent with one decimal.

    Args:
        value: A fraction.

    Returns:
        The text; empty for None.
    """
    return "" if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """Show a difference of fractions in percentage points, with its sign.

    Args:
        value: A difference of fractions.

    Returns:
        The text; empty for None.
    """
    return "" if value is None else f"{100 * value:+.1f}"


def points_between(low: float | None, high: float | None) -> str:
    """Show an interval of a difference in percentage points.

    Args:
        low: Its lower end, a fraction.
        high: Its upper end.

    Returns:
        The text; empty for None.
    """
    return "" if low is None or high is None else f"{points(low)} to {points(high)}"


def percent_between(middle: float | None, low: float | None, high: float | None) -> str:
    """Show an interval of a fraction in percent: as ± if it is symmetric about the middle, otherwise as two ends.

    Args:
        middle: The figure, a fraction.
        low: The lower end of its interval.
        high: The upper end.

    Returns:
        The text; empty for None.
    """
    if middle is None or low is None or high is None:
        return ""
    below, above = middle - low, high - middle
    if abs(below - above) < 1e-9:  # noqa: PLR2004
        return f"±{100 * above:.1f}"
    return f"{percent(low)}–{percent(high)}"


def p_value(p: float | None) -> str:
    """Show a p-value with three decimals.

    Args:
        p: A p-value.

    Returns:
        The text; empty for None.
    """
    if p is None:
        return ""
    return "<0.001" if p < _LEAST_P else f"{p:.3f}"


def seconds(value: float | None) -> str:
    """Show a time in seconds, with two decimals below 10.

    Args:
        value: Seconds.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"  # noqa: PLR2004


def duration(value: float | None) -> str:
    """Show a long time in seconds, minutes or hours.

    >>> duration(8.25), duration(95), duration(5400), duration(200_000)
    ('8.2 s', '95 s', '90 min', '55.6 h')

    Args:
        value: Seconds.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    if value < 120:  # noqa: PLR2004
        return f"{value:.1f} s" if value < 10 else f"{value:.0f} s"  # noqa: PLR2004
    return f"{value / 60:,.0f} min" if value < 7200 else f"{value / 3600:,.1f} h"  # noqa: PLR2004


def size(value: int | None) -> str:
    """Show a size in MiB or GiB.

    Args:
        value: Bytes.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    return f"{value / 2**30:.1f} GiB" if value >= 2**30 else f"{value / 2**20:,.0f} MiB"


def energy(value: float | None) -> str:
    """Show an energy in joules, or in kilojoules from 10,000 on.

    Args:
        value: Joules.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    return f"{value / 1000:,.0f} kJ" if value >= 10_000 else f"{value:,.0f} J"  # noqa: PLR2004


def count(value: float | None) -> str:
    """Show a count with thousands marks.

    Args:
        value: A count.

    Returns:
        The text; empty for None.
    """
    return "" if value is None else f"{value:,.0f}"


def number(value: float | None) -> str:
    """Show a count with thousands marks, or a mean with one decimal.

    >>> number(1234), number(3.0), number(2.25)
    ('1,234', '3', '2.2')

    Args:
        value: A count or a mean.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    return f"{value:,.0f}" if isinstance(value, int) or value.is_integer() else f"{value:,.1f}"


def with_spread(kind: Kind, value: float, sd: float | None) -> str:
    """Show a cost with its standard deviation over folds.

    >>> with_spread("seconds", 22.31, 0.42), with_spread("bytes", 341835776, 1048576), with_spread("rate", 638.2, None)
    ('22 ±0.4', '326 ±1 MiB', '638')

    Args:
        kind: What the value is: ``seconds``, ``rate``, ``count``, ``bytes``, ``joules`` or ``money``.
        value: The value, in seconds, bytes or joules, or how many a second.
        sd: Its standard deviation; None below two folds.

    Returns:
        The text; the deviation has the unit of the value. Energy is a sum over folds, its deviation that of a fold.
    """
    shown = formatted(kind, value)
    if sd is None or not shown:
        return shown
    if kind == "joules":
        return f"{shown}, ±{energy(sd)} a fold"
    if kind == "bytes":
        figure, unit = shown.split(" ")
        digits = (sd / 2**30, 2) if unit == "GiB" else (sd / 2**20, 0)
        return f"{figure} ±{digits[0]:,.{digits[1]}f} {unit}"
    if kind == "money":
        return f"{shown} ±{money(sd)}"
    decimals = 0 if kind in {"rate", "count"} or sd >= 10 else 2 if value < 10 else 1  # noqa: PLR2004
    return f"{shown} ±{sd:,.{decimals}f}"


def rate(value: float | None) -> str:
    """Show a rate, such as documents a second.

    Args:
        value: How many a second.

    Returns:
        The text; empty for None, and for 0, which means that the clock was too coarse.
    """
    return count(value) if value else ""


def money(value: float | None) -> str:
    """Show an amount of money, without its currency.

    >>> money(1234.5), money(0.01234)
    ('1,234.50', '0.012')

    Args:
        value: The amount.

    Returns:
        The text; empty for None.
    """
    if value is None:
        return ""
    return f"{value:,.2f}" if value >= 1 or not value else f"{value:.2g}"


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
    "money": money,
}


def formatted(kind: Kind, value: Any) -> str:
    """Show a value as a column of its kind does.

    Args:
        kind: What the value is.
        value: The value, in fractions, seconds, bytes or joules.

    Returns:
        The text; empty for None.
    """
    return _FORMS.get(kind, _text)(value)
