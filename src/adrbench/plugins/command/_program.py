"""A program that is talked to in lines: written and read as it can take them, so that neither side waits for the other.

All that goes in either direction is seen by one loop: it writes when the program reads, and reads when it writes.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from adrbench._system.signals import signal_name
from adrbench.errors import AdrbenchError

_CHUNK = 2**16
_LONGEST_LINE = 2**26
_GRACE_SECONDS = 2.0


class ProgramError(AdrbenchError):
    """The program does not follow the protocol."""


class Program:
    """A running program that exchanges lines with this process. Its standard error is that of this process.

    Args:
        command: The program and its arguments.
        timeout: Seconds in which it must read or write something while this process waits for it.

    Raises:
        ProgramError: If it cannot be started.
    """

    def __init__(self, command: Sequence[str], timeout: float) -> None:
        self.lines_read = 0
        self._timeout = timeout
        self._waiting: deque[Iterator[bytes]] = deque()
        self._unwritten = memoryview(b"")
        self._unread = bytearray()
        self._searched = 0
        self._ended = False
        try:
            self._process = subprocess.Popen(list(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603
        except OSError as error:
            raise ProgramError(f"{command[0]} cannot be started: {error.strerror}") from error
        assert self._process.stdin is not None  # noqa: S101
        assert self._process.stdout is not None  # noqa: S101
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._out, selectors.EVENT_READ)
        for end in (self._in, self._out):
            os.set_blocking(end, False)
        self._input_open = True

    def write(self, lines: Iterable[bytes]) -> None:
        """Queue lines. They are written as the program reads them, while this process waits in ``read``.

        Args:
            lines: The lines, each with its end.

        Raises:
            ProgramError: If the program has closed its input.
        """
        if not self._input_open:
            raise ProgramError(f"the program closed its input{self._end()}")
        self._waiting.append(iter(lines))

    def read(self) -> bytes:
        """Wait for the next line of the program.

        Returns:
            The line, without its end.

        Raises:
            ProgramError: If the program ends its output, is silent for too long, or writes too long a line.
        """
        deadline = time.monotonic() + self._timeout
        while (line := self._take()) is None:
            if self._ended:
                raise ProgramError(f"the program ended its output after {self.lines_read} lines{self._end()}")
            self._watch_input()
            ready = self._selector.select(max(0.0, deadline - time.monotonic()))
            if not ready:
                raise ProgramError(
                    f"the program neither read nor wrote anything for {self._timeout:g} s, "
                    f"after {self.lines_read} lines of its own"
                )
            for key, _ in ready:
                if key.fd == self._out:
                    self._read_some()
                else:
                    self._write_some()
            deadline = time.monotonic() + self._timeout
        self.lines_read += 1
        return line

    def _take(self) -> bytes | None:
        """A whole line of what was read, if there is one."""
        end = self._unread.find(b"\n", self._searched)
        if end < 0:
            self._searched = len(self._unread)
            if self._searched > _LONGEST_LINE:
                raise ProgramError(f"line {self.lines_read + 1} of the program has more than {_LONGEST_LINE >> 20} MiB")
            if not self._ended or not self._unread:
                return None
            # The last line may lack its end.
            end = self._searched
        line = bytes(self._unread[:end])
        del self._unread[: end + 1]
        self._searched = 0
        return line

    def _read_some(self) -> None:
        piece = os.read(self._out, _CHUNK)
        self._unread += piece
        if not piece:
            self._ended = True

    def _watch_input(self) -> None:
        """Wait for the program to read only while there is something for it."""
        while not self._unwritten and self._waiting:
            batch = bytearray()
            for line in self._waiting[0]:
                batch += line
                if len(batch) >= _CHUNK:
                    break
            else:
                self._waiting.popleft()
            self._unwritten = memoryview(bytes(batch))
        watched = self._in in self._selector.get_map()
        wanted = bool(self._unwritten) and self._input_open
        if wanted and not watched:
            self._selector.register(self._in, selectors.EVENT_WRITE)
        elif watched and not wanted:
            self._selector.unregister(self._in)

    def _write_some(self) -> None:
        try:
            self._unwritten = self._unwritten[os.write(self._in, self._unwritten) :]
        except BlockingIOError:
            return
        except OSError:
            # It may still answer; whether it should have read on shows in what it says.
            self._input_open = False
            self._waiting.clear()
            self._unwritten = memoryview(b"")

    def _end(self) -> str:
        """How the process ended, if it did, for the end of a message."""
        try:
            code = self._process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            return ""
        return f": it died of {signal_name(-code)}" if code < 0 else f": exit code {code}"

    def stop(self, farewell: bytes = b"") -> None:
        """Wait two seconds for the program to end, then kill it.

        Args:
            farewell: A last line for the program.
        """
        with suppress(OSError):
            # Only where nothing is left half written.
            if not self._unwritten and not self._waiting:
                os.write(self._in, farewell)
        self._selector.close()
        with suppress(OSError):
            self._process.stdin.close()  # type: ignore[union-attr]
        deadline = time.monotonic() + _GRACE_SECONDS
        # What it still says must not keep it from ending.
        while self._process.poll() is None and time.monotonic() < deadline:
            with suppress(BlockingIOError):
                os.read(self._out, _CHUNK)
            time.sleep(0.005)
        if self._process.poll() is None:
            _kill(self._process.pid)
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]


def _kill(pid: int) -> None:
    """End a process and all that it started."""
    from adrbench._system.processes import descendants  # noqa: PLC0415  (seldom)

    for one in (pid, *descendants(pid)):
        with suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
