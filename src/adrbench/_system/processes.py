"""Child processes."""

from __future__ import annotations

import os
from contextlib import suppress


def descendants(pid: int | str = "self") -> list[int]:
    """Find the processes that a process started, those that these started, and so on.

    Args:
        pid: The process; ``"self"`` for this one.

    Returns:
        Their ids. Empty where there is no ``/proc``.
    """
    found: list[int] = []
    # Looked at often, with many threads in large cells: the plainest calls.
    with suppress(OSError), os.scandir(f"/proc/{pid}/task") as tasks:
        for task in tasks:
            with suppress(OSError), open(f"{task.path}/children", "rb", buffering=0) as file:  # noqa: PTH123
                for child in map(int, file.read().split()):
                    found += (child, *descendants(child))
    return found
