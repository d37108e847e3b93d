"""Other spellings of a term: number, hyphens, and the order of words around "of"."""

from __future__ import annotations

import re

_OF = re.compile(r"(.+?) of (?:the )?(.+)")
_SHORTEST = 4  # characters: shorter terms are mostly abbreviations, which have no plural that looks like one
# The first ending that fits decides.
_NUMBERS = (
    ("ies", ("y",)),
    ("ses", ("s", "se", "sis")),
    ("xes", ("x", "xe")),
    ("hes", ("h", "he")),
    ("is", ("es",)),
    ("us", ()),
    *((ending, (f"{ending}es",)) for ending in ("ss", "x", "sh", "ch")),
    ("s", ("",)),
    *((f"{vowel}y", (f"{vowel}ys",)) for vowel in "aeou"),
    ("y", ("ies",)),
)
_MOST_SPACES = 2  # a longer term has many places for a hyphen and is rarely written with any


def variants(term: str) -> set[str]:
    """Spell a term in the other ways that English allows.

    Args:
        term: A folded term.

    Returns:
        Singular or plural of its last word, with and without hyphens, and "y x" for "x of y"; never the term itself.

    >>> sorted(variants("rashes"))
    ['rash', 'rashe']
    >>> sorted(variants("necrosis of the skin"))
    ['skin necrosis']
    """
    if len(term) < _SHORTEST:
        return set()
    around = _OF.fullmatch(term)
    if around:
        return {f"{around[2]} {around[1]}"}
    spelt = {term, *_other_number(term)} if term[-1].isalpha() else {term}
    for spelling in sorted(spelt):
        if "-" in spelling:
            spelt |= {spelling.replace("-", " "), spelling.replace("-", "")}
        if spelling.count(" ") <= _MOST_SPACES:
            spelt |= {f"{spelling[: m.start()]}-{spelling[m.end() :]}" for m in re.finditer(" ", spelling)}
    return spelt - {term}


def _other_number(term: str) -> set[str]:
    """Singulars of a term that looks like a plural, else its plural; wrong ones match nothing."""
    for ending, replacements in _NUMBERS:
        if term.endswith(ending):
            return {term[: len(term) - len(ending)] + replacement for replacement in replacements}
    return {term + "s"}
