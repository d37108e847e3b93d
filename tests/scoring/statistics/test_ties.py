"""Tie groups, against brute force."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.scoring.statistics.ties import letters, tie_groups

NAMES = "abcdefg"


@given(st.integers(0, len(NAMES)), st.sets(st.sampled_from(list(itertools.combinations(NAMES, 2)))))
def test_groups_are_the_largest_sets_without_a_difference(size: int, pairs: set[tuple[str, str]]) -> None:
    """The groups are exactly the sets of names without a differing pair that no further name can join."""
    ranked = NAMES[:size]
    numbered = tie_groups(ranked, lambda a, b: (a, b) in pairs)
    found = {
        number: {name for name in ranked if number in numbered[name]} for number in itertools.chain(*numbered.values())
    }
    subsets = [set(s) for k in range(1, size + 1) for s in itertools.combinations(ranked, k)]
    alike = [s for s in subsets if not any({a, b} <= s for a, b in pairs)]
    largest = [s for s in alike if not any(s < other for other in alike)]
    assert list(numbered) == list(ranked)
    assert sorted(found) == list(range(1, len(found) + 1))
    assert sorted(map(sorted, found.values())) == sorted(map(sorted, largest))


def test_nobody_differs() -> None:
    """Names that cannot be told apart are one group."""
    assert tie_groups("abc", lambda _a, _b: False) == {"a": (1,), "b": (1,), "c": (1,)}


def test_everybody_differs() -> None:
    """Only if every pair differs is there a ranking from 1 to N."""
    assert tie_groups("abc", lambda _a, _b: True) == {"a": (1,), "b": (2,), "c": (3,)}


def test_a_name_between_two_groups_is_in_both() -> None:
    """When only the ends of a ranking differ, the middle belongs to both groups."""
    assert tie_groups("abc", lambda a, b: (a, b) == ("a", "c")) == {"a": (1,), "b": (1, 2), "c": (2,)}


@pytest.mark.parametrize(
    ("groups", "display"), [((), ""), ((1,), "a"), ((1, 2), "ab"), ((26, 27, 28), "za2b2"), ((53,), "a3")]
)
def test_letters(groups: tuple[int, ...], display: str) -> None:
    """A group is a letter, and past z a letter with a number."""
    assert letters(groups) == display
