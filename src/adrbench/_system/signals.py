"""What a signal is called."""

from __future__ import annotations

import signal
from contextlib import suppress


def signal_name(number: int) -> str:
    """The name of a signal, such as ``SIGKILL``; not every number has one."""
    with suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
