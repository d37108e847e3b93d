"""When two texts count as the same."""

from __future__ import annotations


def normalise(text: str) -> str:
    r"""Bring a text to the form in which it is compared with others.

    Args:
        text: The text.

    Returns:
        The text without case, each stretch of white space one space, none at its ends.

    >>> normalise(" Pain in  the\nKnee")
    'pain in the knee'
    """
    return " ".join(text.casefold().split())
