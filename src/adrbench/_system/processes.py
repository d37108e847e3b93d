"""Child processes, by ``/proc`` where there is one (Linux), else by psutil (macOS).

Functions take the folder ``proc``, so that a test can do without it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

LINUX = sys.platform == "linux"
PROC = "/proc" if LINUX else ""
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def descendants(pid: int | str = "self", proc: str = PROC) -> list[int]:
    """Find the processes that a process started, those that these started, and so on.

    Args:
        pid: The process; ``"self"`` for this one.
        proc: The folder ``/proc``; empty without one.

    Returns:
        Their ids.
    """
    if not proc:
        return _descendants_by_psutil(os.getpid() if pid == "self" else int(pid))
    # Without recursion: a chain of forks can be deeper than calls of Python. What passes to another parent meanwhile
    # can be listed twice.
    found: dict[int, None] = {}
    waiting: list[int | str] = [pid]
    while waiting:
        new = [child for child in _children(waiting.pop(), proc) if child not in found]
        found.update(dict.fromkeys(new))
        waiting += new
    return list(found)


def resident_bytes(pid: int, proc: str = PROC) -> int:
    """The memory of a process.

    Args:
        pid: The process.
        proc: The folder ``/proc``; empty without one.

    Returns:
        Its resident bytes; 0 if it is gone.
    """
    if not proc:
        return int(_by_psutil(pid, "memory_info", "rss"))
    with suppress(OSError, ValueError, IndexError), open(f"{proc}/{pid}/statm", "rb") as file:  # noqa: PTH123
        return int(file.read().split()[1]) * _PAGE_BYTES
    return 0


def peak_bytes(pid: int | str, proc: str = PROC) -> int:
    """The most memory that a process ever had.

    Args:
        pid: The process; ``"self"`` for this one.
        proc: The folder ``/proc``; empty without one.

    Returns:
        Its ``VmHWM`` in bytes; without ``/proc``, what it has now. 0 if it is gone, or if nobody says.
    """
    if not proc:
        return 0 if pid == "self" else resident_bytes(int(pid), proc)
    with suppress(OSError), open(f"{proc}/{pid}/status", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return 0


def processor_seconds(pid: int, proc: str = PROC) -> float:
    """The processor time of a process and of its children that have ended.

    Args:
        pid: The process.
        proc: The folder ``/proc``; empty without one.

    Returns:
        Seconds; 0 if it is gone. Without ``/proc`` those of its children are not known.
    """
    if not proc:
        return sum(_by_psutil(pid, "cpu_times", name) for name in ("user", "system"))
    with (
        suppress(OSError, ValueError, IndexError),
        open(f"{proc}/{pid}/stat", encoding="utf-8", errors="replace") as file,  # noqa: PTH123
    ):
        # The name, in brackets, may hold anything.
        fields = file.read().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return 0.0


def _children(pid: int | str, proc: str) -> list[int]:
    found: list[int] = []
    # Looked at often, with many threads in large cells: the plainest calls.
    with suppress(OSError), os.scandir(f"{proc}/{pid}/task") as tasks:
        for task in tasks:
            with suppress(OSError), open(f"{task.path}/children", "rb", buffering=0) as file:  # noqa: PTH123
                found += map(int, file.read().split())
    return found


def _descendants_by_psutil(pid: int) -> list[int]:
    import psutil  # noqa: PLC0415  (Linux can do without)

    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def _by_psutil(pid: int, method: str, name: str) -> float:
    import psutil  # noqa: PLC0415  (Linux can do without)

    with suppress(psutil.Error):
        return float(getattr(getattr(psutil.Process(pid), method)(), name))
    return 0.0
