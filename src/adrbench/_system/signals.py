"""Signals: their names, and SIGTERM as an interruption."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


def signal_name(number: int) -> str:
    """The name of a signal.

    Args:
        number: Its number.

    Returns:
        A name such as ``SIGKILL``, or ``signal 99`` for a number without one.
    """
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"


@contextmanager
def terminable() -> Iterator[None]:
    """Let SIGTERM end the work inside as cleanly as Ctrl-C does. This works in the main thread only.

    Yields:
        Nothing; SIGTERM has its earlier meaning when the context closes.
    """

    def interrupt(_signum: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
