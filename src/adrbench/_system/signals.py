"""Names of signals."""

from __future__ import annotations

import signal
from contextlib import suppress


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
