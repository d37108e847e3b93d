"""What is installed beside adrbench: the environment that a figure was measured in."""

from __future__ import annotations

import platform
from importlib.metadata import distributions
from typing import Any


def environment() -> dict[str, Any]:
    """The versions of this Python and of every installed distribution, by name."""
    packages = dict(sorted({d.name.lower(): d.version for d in distributions() if d.name}.items()))
    return {"python": platform.python_version(), "packages": packages}
