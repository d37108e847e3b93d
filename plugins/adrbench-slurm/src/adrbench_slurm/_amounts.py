"""Times and amounts of memory, as Slurm writes them."""

from __future__ import annotations

import math
import re

_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<rest>\d+(?::\d+){0,2})")
_MEMORY = re.compile(r"(\d+)([KMGT]?)", re.IGNORECASE)
_MEBIBYTES = {"K": 1 / 1024, "": 1.0, "M": 1.0, "G": 1024.0, "T": 1024.0**2}


def minutes(time: int | str) -> int | None:
    """Read a time limit.

    Args:
        time: Minutes, or ``MINUTES``, ``MINUTES:SECONDS``, ``HOURS:MINUTES:SECONDS``, ``DAYS-HOURS``,
            ``DAYS-HOURS:MINUTES`` or ``DAYS-HOURS:MINUTES:SECONDS``.

    Returns:
        Minutes, rounded up; None if it is empty.

    Raises:
        ValueError: If it is no time.
    """
    if time == "":
        return None
    found = _TIME.fullmatch(str(time))
    if found is None:
        raise ValueError("a time limit has the form MINUTES, HOURS:MINUTES:SECONDS or DAYS-HOURS:MINUTES:SECONDS")
    parts = [int(part) for part in found["rest"].split(":")]
    if found["days"] is not None:
        hours, minute, second = (*parts, 0, 0)[:3]
        hours += 24 * int(found["days"])
    else:
        hours, minute, second = (0, *parts, 0)[:3] if len(parts) < len("hms") else parts
    total = 60 * hours + minute + math.ceil(second / 60)
    if total == 0:
        raise ValueError("a time limit is more than 0")
    return total


def mebibytes(memory: str) -> int | None:
    """Read an amount of memory.

    Args:
        memory: A number with ``K``, ``M``, ``G`` or ``T``; without a letter, of mebibytes.

    Returns:
        Mebibytes, rounded up; None if it is empty.

    Raises:
        ValueError: If it is no amount.
    """
    if not memory:
        return None
    found = _MEMORY.fullmatch(memory)
    if found is None or int(found[1]) == 0:
        raise ValueError("memory has the form 500M, 8G or 1T")
    return math.ceil(int(found[1]) * _MEBIBYTES[found[2].upper()])
