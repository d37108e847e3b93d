"""Results folders for recommendations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from trial import Trial


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """A results folder of three folds without taggers."""
    return Trial(tmp_path / "results")


@pytest.fixture
def make_trial(tmp_path: Path) -> Callable[[int], Trial]:
    """Make a results folder with another number of folds."""
    return lambda folds: Trial(tmp_path / "results", folds)
