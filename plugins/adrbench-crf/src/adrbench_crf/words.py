"""What a word looks like, whatever stands around it."""

from __future__ import annotations

import re

_DIGIT = re.compile(r"\d")
_RUN = re.compile(r"(.)\1+")


def normal(word: str) -> str:
    """Write a word in lower case, with every digit as 0.

    Args:
        word: The word.

    Returns:
        The normal form. Lone surrogates, which UTF-8 cannot hold, become ``?``.

    >>> normal("CYP2D6")
    'cyp0d0'
    """
    return _DIGIT.sub("0", word.lower()).encode("utf-8", "replace").decode("utf-8")


def shape(word: str) -> str:
    """Write upper case as X, lower case as x, digits as d, and the rest as it is.

    Args:
        word: The word.

    Returns:
        The shape, with runs of more than two equal marks cut to two.

    >>> shape("Stevens-Johnson"), shape("IL2")
    ('Xxx-Xxx', 'XXd')
    """
    marks = ("X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in word)
    return _RUN.sub(r"\1\1", "".join(marks)).encode("utf-8", "replace").decode("utf-8")


def brief(shape_of_word: str) -> str:
    """Cut every run of equal marks in a shape to one.

    Args:
        shape_of_word: A shape, as ``shape`` gives it.

    Returns:
        The brief shape.

    >>> brief("Xxx-Xxx")
    'Xx-Xx'
    """
    return _RUN.sub(r"\1", shape_of_word)
