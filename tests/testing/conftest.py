"""What the tests of the kit share: wrong plugins that processes of the kit find as installed ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

Put = Callable[[str, str], None]


@pytest.fixture
def put(install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> Put:
    """Install a module of this folder with its entry points, for processes that are started too."""

    def make(module: str, entry_points: str) -> None:
        source = Path(__file__).with_name(f"{module}.py").read_text(encoding="utf-8")
        site = install(f"adrbench-{module}", module, source, entry_points).parent
        monkeypatch.setenv("PYTHONPATH", str(site))

    return make
