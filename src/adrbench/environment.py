"""What is installed beside adrbench: the environment that a figure was measured in."""

from __future__ import annotations

import platform
from importlib.metadata import distributions
from typing import Any


def environment() -> dict[str, Any]:
    """The versions of this Python and of every installed distribution, by name."""
    packages: dict[str, str] = {}
    for found in distributions():
        if found.name:
            # Of two, the one that is found first is the one that is imported.
            packages.setdefault(found.name.lower(), found.version)
    return {"python": platform.python_version(), "packages": dict(sorted(packages.items()))}
