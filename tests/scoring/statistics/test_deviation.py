"""The standard deviation, against the standard library's."""

from __future__ import annotations

import statistics

from hypothesis import given
from hypothesis import strategies as st

from adrbench.scoring.statistics.deviation import deviation

numbers = st.floats(-1e150, 1e150) | st.integers(-(2**62), 2**62) | st.floats(0, 1)


@given(st.lists(numbers, min_size=2, max_size=12))
def test_it_is_that_of_the_standard_library_to_the_last_bit(values: list[float]) -> None:
    """Values of any size, and of very different ones, are rounded once, as there."""
    assert deviation(values) == statistics.stdev(values)


def test_values_that_are_all_the_same_do_not_deviate() -> None:
    """A tenth is no whole number of any unit of ten, and three of them deviate by exactly 0."""
    assert deviation([0.1, 0.1, 0.1]) == 0.0
