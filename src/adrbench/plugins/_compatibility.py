"""Compatibility of a plugin with this adrbench: the requirements of its distribution, and its API version."""

from __future__ import annotations

import re
from collections.abc import Iterable

from adrbench._system.version import __version__

_OURS = re.compile(r"\s*adrbench\s*($|[^\w.-])", re.IGNORECASE)


def unmet(requirements: Iterable[str], version: str = __version__) -> str | None:
    """What of a distribution's requirements (``Requires-Dist``) asks for another adrbench than ``version``, or None.

    Requirements of extras and of other platforms do not count, nor does one that cannot be read.

    >>> unmet(["numpy>=9", "adrbench>=0.1,<2"], "0.3"), unmet(["adrbench>=9"], "0.3")
    (None, 'adrbench>=9')
    """
    ours = [text for text in requirements if _OURS.match(text)]
    if not ours:
        return None
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415  (plugins of others only)

    for text in ours:
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            continue
        applies = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
        if applies and not requirement.specifier.contains(version, prereleases=True):
            return f"adrbench{requirement.specifier}"
    return None


def other_api(written_for: str, version: str) -> str | None:
    """Why a description written for one API cannot be used with the API ``version``, or None if it can.

    The first part must be the same, and the second not be newer. Empty: it does not say, so it is taken at its word.

    >>> other_api("1.0", "1.2"), other_api("", "1.2"), other_api("2.0", "1.2")
    (None, None, 'is written for adrbench.api 2.0, and this is 1.2')
    """
    if not written_for:
        return None
    parts = [text.split(".") for text in (written_for, version)]
    if all(part.isdecimal() for text in parts for part in text):
        theirs, ours = ([int(part) for part in text] for text in parts)
        if theirs[0] == ours[0] and theirs[:2] <= ours[:2]:
            return None
    return f"is written for adrbench.api {written_for}, and this is {version}"
