"""What is installed beside adrbench: the environment that a figure was measured in."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

_THREADED = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS", "RAYON_NUM_THREADS")

_INSTALLED = {"site-packages", "dist-packages"}


def variables(threads: int) -> dict[str, str]:
    """The environment variables of a tagger's process, whoever starts it.

    Args:
        threads: How many threads the tagger may use.

    Returns:
        Values by name.
    """
    # Sets of strings iterate in the same order in every cell; nothing forks a thread pool behind the meter's back.
    fixed = {"PYTHONHASHSEED": "0", "TOKENIZERS_PARALLELISM": "false", "PYTHONUNBUFFERED": "1"}
    return {**dict.fromkeys(_THREADED, str(threads)), **fixed}


def environment() -> dict[str, Any]:
    """The installed versions.

    Returns:
        ``python``: the version of this Python; ``packages``: the version of every installed distribution, by name.
    """
    packages: dict[str, str] = {}
    # Some libraries (Ray, setuptools) add a folder of their own to the path once they are imported.
    path = [place for place in sys.path if not _INSTALLED & {parent.name for parent in Path(place).parents}]
    for found in distributions(path=path):
        # Read once: each property of a distribution parses its whole file of metadata.
        metadata = found.metadata
        if metadata["Name"]:
            # Of two, the one that is found first is the one that is imported.
            packages.setdefault(metadata["Name"].lower(), metadata["Version"])
    return {"python": platform.python_version(), "packages": dict(sorted(packages.items()))}
