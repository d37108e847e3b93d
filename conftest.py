"""What the tests of the core and of all plugins share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

# Machines differ, and so does their load: no test is about time.
settings.register_profile("adrbench", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("adrbench")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of campaigns."""
    group = parser.getgroup("adrbench")
    group.addoption("--campaign-share", type=float, default=0.03, help="share of a campaign's cases (default: 0.03)")
    group.addoption("--campaign-seed", type=int, default=0, help="which cases are drawn (default: 0)")


@pytest.fixture(autouse=True)
def _subnormal_numbers() -> Iterator[None]:
    """Undo what a fit in this process may have said to torch: other tests draw the smallest of numbers too."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)
