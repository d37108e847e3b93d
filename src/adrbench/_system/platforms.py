"""Where adrbench runs: Linux, and macOS with some protections less."""

from __future__ import annotations

import sys


def unsupported(platform: str = sys.platform) -> str | None:
    """Say why adrbench does not run on an operating system.

    Args:
        platform: Its name, as ``sys.platform`` has it.

    Returns:
        The reason, and what to do; None if it runs there.
    """
    if platform in {"win32", "cygwin"}:
        return (
            "Windows has no process groups and file locks as adrbench takes them; "
            "install and run it within WSL (https://learn.microsoft.com/windows/wsl)"
        )
    return None
