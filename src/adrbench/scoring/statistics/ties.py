"""Tie groups: which taggers of a ranking cannot be told apart."""

from __future__ import annotations

import itertools
import string
from collections.abc import Callable, Sequence


def tie_groups(ranked: Sequence[str], different: Callable[[str, str], bool]) -> dict[str, tuple[int, ...]]:
    """Number the tie groups of each name: names share a group if and only if they do not differ.

    That is not transitive, so a name can be in several groups: a like b and b like c, but a better than c, gives a
    (1), b (1, 2), c (2). Every group is as large as can be. Insert and absorb: Piepho (2004), An algorithm for a
    letter-based representation of all-pairwise comparisons, Journal of Computational and Graphical Statistics 13.

    Args:
        ranked: Distinct names, best first.
        different: Whether two names differ significantly. It is asked once a pair, the better name first.

    Returns:
        For each name the numbers of its groups, from 1, the best one's first.
    """
    groups = {frozenset(range(len(ranked)))}
    for pair in itertools.combinations(range(len(ranked)), 2):
        if not different(ranked[pair[0]], ranked[pair[1]]):
            continue
        split = {group - {i} for group in groups if group.issuperset(pair) for i in pair}
        kept = {group for group in groups if not group.issuperset(pair)} | split
        groups = {group for group in kept if not any(group < other for other in kept)}
    ordered = sorted(groups, key=sorted)
    return {
        name: tuple(number for number, group in enumerate(ordered, start=1) if i in group)
        for i, name in enumerate(ranked)
    }


def letters(groups: Sequence[int]) -> str:
    """Groups as a compact letter display: 1 is ``a``, 26 is ``z``, 27 is ``a2``.

    >>> letters((1, 2))
    'ab'

    Args:
        groups: Numbers of groups, from 1.

    Returns:
        The letters, in the order given.
    """
    alphabet = string.ascii_lowercase
    turns = [divmod(group - 1, len(alphabet)) for group in groups]
    return "".join(alphabet[letter] + (str(turn + 1) if turn else "") for turn, letter in turns)
