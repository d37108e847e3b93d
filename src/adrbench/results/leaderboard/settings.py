"""Values of parameters in words: a setting of a grid, what studies found best."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from pydantic import JsonValue


def setting(point: Mapping[str, JsonValue]) -> str:
    """Write a setting in words.

    Args:
        point: Values by parameter.

    Returns:
        The parameters with their values.

    >>> setting({"batch_size": 8, "rate": 1e-06, "frozen": True})
    'batch_size 8, rate 1e-06, frozen yes'
    """
    return ", ".join(f"{name} {plain(value)}" for name, value in point.items())


def tuned_values(tuned: Sequence[Mapping[str, JsonValue]]) -> str:
    """Write the best values of studies in words.

    Args:
        tuned: The best values of each study, by parameter.

    Returns:
        Each parameter with the range of its values over studies, or with its values.

    >>> tuned_values([{"rate": 1e-05, "scheme": "bio"}, {"rate": 4e-05, "scheme": "bio"}])
    'rate 1e-05 to 4e-05, scheme bio'
    """
    names = dict.fromkeys(name for values in tuned for name in values)
    return ", ".join(f"{name} {spread([one[name] for one in tuned if name in one])}" for name in names)


def spread(values: Sequence[JsonValue]) -> str:
    """Write the values of a parameter in words.

    Args:
        values: The values.

    Returns:
        The smallest and the largest of numbers; else each value once, with its count.

    >>> spread([0.1, 0.3, 0.2]), spread(["a", "b", "a"]), spread([8, 8])
    ('0.1 to 0.3', 'a (2), b (1)', '8')
    """
    told = Counter(map(brief, values))
    if len(told) == 1:
        return next(iter(told))
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if len(numbers) == len(values):
        return f"{brief(min(numbers))} to {brief(max(numbers))}"
    return ", ".join(f"{name} ({count})" for name, count in told.items())


def plain(value: JsonValue) -> str:
    """Write a value for a table or an axis.

    Args:
        value: The value of a parameter.

    Returns:
        The value in words.

    >>> plain(0.00005), plain(False), plain([1, 2]), plain(None)
    ('5e-05', 'no', '1, 2', 'none')
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(plain, value)) or "none"
    return "none" if value is None else str(value)


def brief(value: JsonValue) -> str:
    """Write a value, a float with three digits.

    Args:
        value: The value of a parameter.

    Returns:
        The value in words.

    >>> brief(7.94328e-05)
    '7.94e-05'
    """
    return f"{value:.3g}" if isinstance(value, float) else plain(value)
