"""Plugins that are wrong, as cases of a test: one for each check is quick."""

from __future__ import annotations

from collections.abc import Sequence

import pytest


def cases(wrong: Sequence[tuple[str, str, str]]) -> list[pytest.ParameterSet]:
    """Make a case of each way to be wrong.

    Args:
        wrong: The way, the check that sees it, and words of what it says.

    Returns:
        The same; a further way that a check sees is slow, since each is tried in a process of its own.
    """
    first = {check: way for way, check, _ in reversed(wrong)}
    slow = [pytest.mark.slow]
    return [
        pytest.param(way, check, words, id=way, marks=[] if first[check] == way else slow)
        for way, check, words in wrong
    ]
