"""A cgroup of its own for a cell, where one can be made (Linux, version 2, delegated).

The kernel then keeps the cell's memory within the limit, and kills all of it at once. Elsewhere the supervisor does
what it can.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

_PREFIX = "adrbench-"
_PATIENCE_SECONDS = 2.0


def own_cgroup() -> Path | None:
    """Find the cgroup of this process, below which others can be made.

    Returns:
        Its folder; None if there is none of version 2, or if this user may not make others.
    """
    with suppress(OSError, StopIteration, ValueError, IndexError):
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
        path = next(line[3:] for line in lines if line.startswith("0::"))
        mounts = [line.split(" ") for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines()]
        mounted = next(Path(fields[4]) for fields in mounts if fields[fields.index("-") + 1] == "cgroup2")
        folder = mounted / path.lstrip("/")
        return folder if os.access(folder, os.W_OK) and (folder / "cgroup.procs").exists() else None
    return None


class Cgroup:
    """A cgroup for a cell.

    Args:
        parent: The cgroup in which it is made.
        name: Its name.
        memory: Bytes of memory; None: no limit.

    Raises:
        OSError: If it cannot be made.
    """

    def __init__(self, parent: Path, name: str, memory: int | None) -> None:
        # Those of runs that were killed with all their supervisors.
        for left in parent.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                left.rmdir()
        self.folder = parent / f"{_PREFIX}{name}"
        self.folder.mkdir()
        if memory is not None:
            # Only where the parent may limit memory.
            for file, value in (("memory.max", str(memory)), ("memory.swap.max", "0"), ("memory.oom.group", "1")):
                with suppress(OSError):
                    if (self.folder / file).exists():
                        (self.folder / file).write_text(value, encoding="ascii")

    def over_limit(self) -> bool:
        """Whether the kernel has killed it for its memory.

        Returns:
            True if so; False where memory is not limited.
        """
        with suppress(OSError, ValueError, StopIteration):
            events = (self.folder / "memory.events").read_text(encoding="ascii").splitlines()
            return int(next(line.split()[1] for line in events if line.startswith("oom_kill "))) > 0
        return False

    def close(self) -> None:
        """Kill what is left in it, and remove it."""
        with suppress(OSError):
            (self.folder / "cgroup.kill").write_text("1", encoding="ascii")
        ends = time.monotonic() + _PATIENCE_SECONDS
        while self.folder.exists() and time.monotonic() < ends:
            # What was killed takes a moment to go.
            with suppress(OSError):
                self.folder.rmdir()
                return
            time.sleep(0.01)


def cgroup_for(name: str, memory: int | None) -> Cgroup | None:
    """Make a cgroup for a cell.

    Args:
        name: The name of the cell's folder.
        memory: Bytes of memory; None: no limit.

    Returns:
        The cgroup; None where none can be made.
    """
    parent = own_cgroup()
    with suppress(OSError):
        return Cgroup(parent, name, memory) if parent is not None else None
    return None
