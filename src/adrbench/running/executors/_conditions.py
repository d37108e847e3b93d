"""What the answers of a cell hang on beside its task: versions and code. Nodes that differ are refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from adrbench._system.environment import environment
from adrbench._system.key_code import LISTED
from adrbench.config.interpreters import clean
from adrbench.plugins.registry import Registry

_SECONDS = 120.0
_SHOWN = 3


@dataclass(frozen=True)
class Conditions:
    """What is installed where a cell runs.

    Attributes:
        python: The version of Python.
        packages: The version of each distribution.
        core: The hash of the modules of adrbench that are part of keys.
        plugin: Version and hash of the tagger's code.
    """

    python: str
    packages: Mapping[str, str]
    core: str
    plugin: str


def conditions(use: str) -> Conditions:
    """Find out what is installed, as this process sees it.

    Args:
        use: The tagger.

    Returns:
        The conditions.
    """
    registry = Registry()
    plugin = registry.describe("taggers", use)
    code = f"{plugin.version} {registry.code_hash(plugin.implementation)}"
    return Conditions(**environment(), core=registry.core_hash(LISTED), plugin=code)


def ask(use: str, python: str | None = None) -> Conditions:
    """Find out what is installed, as a cell sees it: in a process of its own.

    Args:
        use: The tagger.
        python: The interpreter of its cells, if not this one.

    Returns:
        The conditions.

    Raises:
        OSError: If the interpreter does not answer.
    """
    try:
        done = subprocess.run(  # noqa: S603  (our own module, in our own interpreter or the one that the user names)
            [python or sys.executable, "-P", "-m", __name__, use],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env=os.environ if python is None else clean(os.environ),
        )
    except subprocess.TimeoutExpired as error:
        raise OSError(f"{python} does not say what is installed there: {error}") from error
    try:
        return Conditions(**json.loads(done.stdout.splitlines()[-1]))
    except (ValueError, TypeError, IndexError) as error:
        last = "".join(done.stderr.strip().splitlines()[-1:])
        raise OSError(f"{python or sys.executable} does not say what is installed there: {last or error}") from error


def difference(theirs: Conditions, ours: Conditions) -> str:
    """Say how a node differs. What is installed there and not at home plays no part.

    Args:
        theirs: The conditions on the node.
        ours: Those where the task comes from.

    Returns:
        One line; empty if they are the same.
    """
    found = list(_differences(theirs, ours))
    more = f", and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _differences(theirs: Conditions, ours: Conditions) -> Iterator[str]:
    if theirs.python != ours.python:
        yield f"Python {theirs.python} instead of {ours.python}"
    if theirs.core != ours.core:
        yield "another adrbench"
    if theirs.plugin != ours.plugin:
        yield f"another code of the tagger ({theirs.plugin} instead of {ours.plugin})"
    for name, version in ours.packages.items():
        there: Any = theirs.packages.get(name)
        if there != version:
            yield f"{name} {there} instead of {version}" if there else f"no {name} ({version} at home)"


if __name__ == "__main__":
    # A description may print when it is imported; the last line counts.
    sys.stdout.write(f"\n{json.dumps(asdict(conditions(sys.argv[1])))}\n")
