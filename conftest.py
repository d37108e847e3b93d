"""What the tests of the core and of all plugins share."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Machines differ, and so does their load: no test is about time.
settings.register_profile("adrbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("adrbench")

_MEMORY = Path("/dev/shm")  # noqa: S108  (a folder of its own is made there)
_ROOM_BYTES = 8 * 2**30


def pytest_configure(config: pytest.Config) -> None:
    """Have tests write to memory where there is room: on a disk, a third of their time is waiting for it.

    The folder is removed when they end. Set ``TMPDIR`` to keep what they wrote.
    """
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM_BYTES:
        return
    os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="adrbench-", dir=_MEMORY)
    config.add_cleanup(partial(shutil.rmtree, tempfile.tempdir, ignore_errors=True))


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of campaigns."""
    group = parser.getgroup("adrbench")
    group.addoption("--campaign-share", type=float, default=0.03, help="share of a campaign's cases (default: 0.03)")
    group.addoption("--campaign-seed", type=int, default=0, help="which cases are drawn (default: 0)")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Import no module of which nothing will run: most such modules import torch."""
    if collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    if "src" in collection_path.relative_to(config.rootpath).parts:
        return ">>>" not in text or None
    is_slow = "\npytestmark = pytest.mark.slow" in text
    return (is_slow and "not slow" in config.getoption("markexpr")) or None


def pytest_collection_finish() -> None:
    """Keep what was imported out of later garbage collections: a tuning study makes one after each trial."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _subnormal_numbers() -> Iterator[None]:
    """Undo what a fit in this process may have said to torch: other tests draw the smallest of numbers too."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
