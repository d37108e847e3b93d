"""Members that exist for a test: ``voice``, which says what it is told to, and ``mute``, which cannot be imported."""

from __future__ import annotations

import importlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

_POINTS = "[adrbench.taggers]\nvoice = voices:plugin\nmute = mute:plugin\n"


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Put a folder on the path that is an installed distribution with both; gives the folder."""
    site = tmp_path / "site"
    info = site / "voices-1.dist-info"
    info.mkdir(parents=True)
    shutil.copy(Path(__file__).with_name("voices.py"), site)
    (site / "mute.py").write_text("import a_library_that_nobody_has\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voices\nVersion: 1\n")
    (info / "entry_points.txt").write_text(_POINTS)
    with monkeypatch.context() as patch:
        patch.syspath_prepend(site)
        _forget()
        yield site
    _forget()


def _forget() -> None:
    """What is installed has changed."""
    for module in ("voices", "mute"):
        sys.modules.pop(module, None)
    importlib.invalidate_caches()
