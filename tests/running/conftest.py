"""What several tests of runs share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from asking import POINTS, SOURCE, Bench


@pytest.fixture
def bench(install: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A benchmark of the tagger of ``asking``, which asks a server."""
    site = install("asker", "asker_tagger", SOURCE, POINTS).parent
    monkeypatch.setenv("PYTHONPATH", str(site))
    return Bench(tmp_path, site / "asker_tagger.py")
