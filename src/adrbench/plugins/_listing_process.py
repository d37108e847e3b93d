"""Import every description. Started as ``python -m adrbench.plugins._listing_process FIRST SECONDS``.

Of plugin after plugin, from number FIRST on, two lines are written as JSON: what is known of it without its import, and
its row. A last line is empty. Who reads them knows which import ended this process, or hangs.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

from adrbench.plugins.registry import GROUPS, InstalledPlugin, Registry

_GRACE_SECONDS = 60.0


def main(first: int, wait: float) -> None:
    """Write the lines to standard output, which the plugins cannot reach.

    Args:
        first: The place of the first plugin to import, in the order of ``GROUPS`` and names.
        wait: Seconds that an import may take. Whatever happens to the reader, no import goes on much longer.
    """
    answer, silence = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    registry = Registry()
    every = [(group, name) for group in GROUPS for name in registry.names(group)]
    # What most descriptions import, and what decides on versions: no part of the time of the first one.
    import packaging.requirements  # noqa: F401, PLC0415
    import pydantic  # noqa: F401, PLC0415

    os.dup2(silence, 2)
    # A plugin may exchange what it finds in these modules.
    write, dumps, timer = os.write, json.dumps, signal.setitimer
    for group, name in every[first:]:
        known = _row(InstalledPlugin(name, group, *registry.installed(group, name), None))
        write(answer, dumps(known).encode() + b"\n")
        timer(signal.ITIMER_REAL, wait + _GRACE_SECONDS)
        row = _row(registry.look(group, name))
        write(answer, dumps(row, default=str).encode() + b"\n")
    write(answer, b"\n")


def _row(plugin: InstalledPlugin) -> dict[str, Any]:
    description = plugin.description
    return {
        "name": plugin.name,
        "group": plugin.group,
        "family": getattr(description, "family", ""),
        "version": getattr(description, "version", "") or plugin.version,
        "distribution": plugin.distribution,
        "distribution_version": plugin.version,
        "state": plugin.state,
        "problem": plugin.problem,
        "remedy": plugin.remedy,
        "summary": getattr(description, "summary", ""),
    }


if __name__ == "__main__":
    main(int(sys.argv[1]), float(sys.argv[2]))
    os._exit(0)
