"""A development part carved from the training part."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Context, Document


def documents(groups: list[str]) -> list[Annotated]:
    """A document for each group named."""
    return [Annotated(Document(f"d{i}", "", (), group), ()) for i, group in enumerate(groups)]


def context(seed: int = 13, *, grouped: bool = False) -> Context:
    """The conditions of a cell."""
    return Context(seed=seed, labels=("ADR",), scratch=Path(), grouped=grouped)


cases = st.tuples(st.lists(st.sampled_from("pqrst"), max_size=30), st.integers(), st.booleans(), st.floats(0.01, 0.99))


@given(cases)
def test_a_holdout_is_a_partition_in_the_order_given(case: tuple[list[str], int, bool, float]) -> None:
    """Every document is on one side; each side has one if there are two units; groups stay whole where asked."""
    groups, seed, grouped, fraction = case
    train = documents(groups)
    kept, held = context(seed, grouped=grouped).holdout(train, fraction)
    assert [a for a in train if a in kept] == kept
    assert [a for a in train if a in held] == held
    assert len(kept) + len(held) == len(train)
    units = len(set(groups)) if grouped else len(groups)
    assert bool(held) == (units >= 2)
    assert bool(kept) == bool(train)
    if grouped:
        assert not {a.document.group for a in kept} & {a.document.group for a in held}


def test_the_seed_decides_and_the_fraction_counts_units() -> None:
    """The same seed gives the same holdout, another seed another; a tenth of a hundred documents is ten."""
    train = documents([f"g{i // 2}" for i in range(100)])
    assert context(1).holdout(train) == context(1).holdout(train) != context(2).holdout(train)
    assert len(context().holdout(train, 0.1)[1]) == 10
    assert len({a.document.group for a in context(grouped=True).holdout(train, 0.1)[1]}) == 5


def test_the_order_of_the_documents_does_not_matter() -> None:
    """Who is held out depends on the documents, not on how they come."""
    train = documents([f"g{i // 3}" for i in range(60)])
    for grouped in (False, True):
        held = {a.document.id for a in context(grouped=grouped).holdout(train)[1]}
        assert {a.document.id for a in context(grouped=grouped).holdout(train[::-1])[1]} == held


@pytest.mark.parametrize("fraction", [0.0, 1.0, -0.1, 1.5, float("nan")])
def test_a_fraction_that_is_none_is_refused(fraction: float) -> None:
    """All or nothing is no holdout."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        context().holdout(documents(["p", "q"]), fraction)
