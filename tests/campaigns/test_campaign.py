"""What campaigns draw, and what they write down."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from tests.campaigns.conftest import Campaign


@given(share=st.floats(0.001, 1), seed=st.integers(0, 99), number=st.integers(1, 400))
def test_a_share_is_drawn_by_its_seed(campaign: Campaign, share: float, seed: int, number: int) -> None:
    """The same cases for the same seed, in order, about as many as the share says, and never none."""
    drawn = replace(campaign, share=share, seed=seed).draw(range(number))
    assert drawn == replace(campaign, share=share, seed=seed).draw(range(number))
    assert drawn == sorted(set(drawn))
    assert len(drawn) - share * number == pytest.approx(0.5, abs=0.5 + 1e-6)


def test_all_cases_are_run_when_all_are_asked_for(campaign: Campaign) -> None:
    """A share of 1 leaves nothing out."""
    assert replace(campaign, share=1).draw("abc") == ["a", "b", "c"]


def test_a_table_says_when_and_of_which_commit(campaign: Campaign, tmp_path: Path) -> None:
    """Date, commit, share and seed stand above the rows."""
    file = replace(campaign, folder=tmp_path / "campaigns", share=0.5, seed=3).write("kills", ("at", "lost"), [(1, 0)])
    assert file.name == f"{dt.datetime.now(dt.UTC):%Y-%m-%d}-kills.md"
    title, _, said, _, *table = file.read_text().splitlines()
    assert title == "# kills"
    assert ", commit " in said
    assert said.endswith("share 0.5, seed 3.")
    assert table == ["| at | lost |", "|---|---|", "| 1 | 0 |"]
