"""Looks after one cell: starts its process, keeps the ends of what it prints, and leaves nothing of it alive.

Run as a script, so that it starts in a few milliseconds: ``python -I -S _supervisor.py LOG
linux|posix CGROUP PROGRAM ARGUMENT...``. CGROUP is the folder of the program's cgroup, or empty.
It ends as the program ended: with its exit code, or of its signal. Standard input is the rope to the run: when that
closes, by request or because the run is gone, everything is killed. SIGTERM is passed on to everything.

On Linux whatever the program starts becomes a child of this process when its own parent ends (a subreaper), so daemons
and processes in sessions of their own are found. Elsewhere only the program's process group is.
"""

from __future__ import annotations

import ctypes
import os
import select
import signal
import sys
import time
from types import FrameType

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG
SET_SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER
_END_BYTES = 2**15
_PATIENCE_SECONDS = 5.0


class Ends:
    """The first and the last bytes of a stream."""

    def __init__(self) -> None:
        self._head = b""
        self._tail = b""
        self._count = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._count += len(data)
        room = _END_BYTES - len(self._head)
        self._head += data[:room]
        if len(data) > room:
            self._tail = (self._tail + data[room:])[-_END_BYTES:]

    def whole(self) -> bytes:
        """Both ends, with the number of bytes between them."""
        left_out = self._count - len(self._head) - len(self._tail)
        between = f"\n[{left_out:,} bytes left out]\n".encode() if left_out else b""
        return self._head + between + self._tail


def control(option: int, value: int) -> bool:
    """Call prctl. False where there is none."""
    try:
        return bool(ctypes.CDLL(None).prctl(option, value, 0, 0, 0) == 0)
    except (OSError, AttributeError):
        return False


def descendants(pid: int | str = "self", proc: str = "/proc") -> list[int]:
    """All processes below one; empty where there is no ``/proc``. A script without site packages has its own."""
    # Without recursion: a chain of forks can be deeper than calls of Python. What passes to another parent meanwhile
    # can be listed twice.
    below: dict[int, None] = {}
    waiting: list[int | str] = [pid]
    while waiting:
        new = [child for child in children(waiting.pop(), proc) if child not in below]
        below.update(dict.fromkeys(new))
        waiting += new
    return list(below)


def children(pid: int | str, proc: str) -> list[int]:
    """The processes that the threads of a process have started."""
    found: list[int] = []
    try:
        threads = os.listdir(f"{proc}/{pid}/task")  # noqa: PTH208  (pathlib takes longer to import than all of this)
    except OSError:
        return found
    for thread in threads:
        try:
            with open(f"{proc}/{pid}/task/{thread}/children", "rb") as file:  # noqa: PTH123
                found += map(int, file.read().split())
        except OSError:
            continue
    return found


def send(cell: int, number: int, linux: bool) -> None:
    """Send a signal to the cell's process group, and to everything below this process where that is known."""
    for kill, pid in ((os.killpg, cell), *((os.kill, pid) for pid in (descendants() if linux else ()))):
        try:
            kill(pid, number)
        except OSError:
            continue


def reap(cell: int) -> tuple[int | None, bool]:
    """Collect ended children. Returns the wait status of the cell if it was among them, and whether any is left."""
    status = None
    while True:
        try:
            pid, ended = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return status, False
        if pid == 0:
            return status, True
        if pid == cell:
            status = ended


def tell(file: str, word: str) -> None:
    """Write a word into a file of the kernel's, if there is one."""
    try:
        with open(file, "w", encoding="ascii") as opened:  # noqa: PTH123
            opened.write(word)
    except OSError:
        pass


def start(command: list[str], output: int, linux: bool, cgroup: str) -> int:
    """Start the program in a session and a cgroup of its own; it ends when this process does."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        if linux:
            control(_SET_DEATH_SIGNAL, signal.SIGKILL)
        if cgroup:
            tell(f"{cgroup}/cgroup.procs", "0")
        signal.set_wakeup_fd(-1)
        # A run under nohup ignores some; what a cell does is the same all the same.
        for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.execv(command[0], command)  # noqa: S606  (a program by its path, without a shell)
    except OSError as error:
        os.write(2, f"{command[0]}: {error.strerror}\n".encode())
    os._exit(127)


def main(log: str, linux: bool, cgroup: str, command: list[str]) -> None:
    """Look after the program until it and all that it started have ended."""
    if linux:
        control(SET_SUBREAPER, 1)
        # A cell can stop this process. When the run dies, it goes on, sees the closed rope and ends everything.
        control(_SET_DEATH_SIGNAL, signal.SIGCONT)
    output, write_end = os.pipe()
    woken, wake = os.pipe()
    for descriptor in (output, woken, wake):
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(wake)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    cell = start(command, write_end, linux, cgroup)
    os.close(write_end)

    def pass_on(number: int, _frame: FrameType | None) -> None:
        send(cell, number, linux)

    signal.signal(signal.SIGTERM, pass_on)
    ends, status, watched = Ends(), None, select.poll()
    for descriptor in (0, output, woken):
        watched.register(descriptor, select.POLLIN)
    cut = False
    while status is None and not cut:
        ready = dict(watched.poll(1000))
        if woken in ready:
            os.read(woken, 4096)
        if output in ready and not copy(output, ends):
            watched.unregister(output)
        if 0 in ready and not os.read(0, 4096):
            cut = True
        status, _ = reap(cell)
    ended = end_all(cell, linux, cgroup)
    while copy(output, ends) and select.select([output], [], [], 0)[0]:
        pass
    with open(log, "wb") as file:  # noqa: PTH123
        file.write(ends.whole())
    leave(status if status is not None else ended)


def copy(output: int, ends: Ends) -> bool:
    """Take what was printed, a megabyte at a time. False if nobody can print any more."""
    for _ in range(16):
        try:
            data = os.read(output, 2**16)
        except BlockingIOError:
            return True
        if not data:
            return False
        ends.add(data)
    return True


def end_all(cell: int, linux: bool, cgroup: str) -> int | None:
    """Kill all that is left, until nothing is. Returns the wait status of the cell if it ended here."""
    if cgroup:
        tell(f"{cgroup}/cgroup.kill", "1")
    status, deadline = None, time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        send(cell, signal.SIGKILL, linux)
        ended, more = reap(cell)
        status = status if ended is None else ended
        if not more:
            break
        time.sleep(0.002)
    return status


def leave(status: int | None) -> None:
    """End as the program ended."""
    if status is None:
        os._exit(1)
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        try:
            import resource  # noqa: PLC0415

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(number, signal.SIG_DFL)
        except (OSError, ValueError, ImportError):
            pass  # SIGKILL needs neither
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "linux", sys.argv[3], sys.argv[4:])
