"""All plugins as rows, described in processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass

from adrbench.errors import PluginError
from adrbench.plugins.registry import Group, State

WAIT_SECONDS = 0.5
# For what is not a plugin's import: starting Python on a busy machine.
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Listed:
    """A plugin as it is listed.

    ``version``: what its description says (datasets and evaluators have that of their distribution).
    ``distribution_version``: what is installed. ``state``: see ``adrbench.plugins.registry.InstalledPlugin``; ``slow``
    are those whose import took longer than was waited. ``problem``: why it is not ready; ``remedy``: what to do about
    it, if known.
    """

    name: str
    group: Group
    family: str
    version: str
    distribution: str
    distribution_version: str
    state: State
    problem: str
    remedy: str
    summary: str


class Listing:
    """The rows of all installed plugins. Work begins at once, and is waited for by ``rows``.

    Descriptions of others are imported in a process each: one that crashes, exits, prints, hangs or changes Python
    itself is a row, and does nothing to the others or to the caller. ``wait``: seconds that each import may take.
    """

    def __init__(self, wait: float = WAIT_SECONDS) -> None:
        self._wait = wait
        path = os.pathsep.join(os.path.abspath(place) for place in sys.path)  # noqa: PTH100  (an empty one is here)
        self._process = subprocess.Popen(  # noqa: S603  (our own interpreter and module)
            [sys.executable, "-P", "-m", "adrbench.plugins.listing._look", str(wait)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": path},
        )

    def rows(self) -> list[Listed]:
        """Taggers, then datasets, then evaluators, by name. Raises ``PluginError`` if nothing could be found out."""
        with self._process as process:
            try:
                found, said = process.communicate(timeout=self._wait + _PATIENCE_SECONDS)
            except BaseException as error:
                process.kill()
                if isinstance(error, subprocess.TimeoutExpired):
                    raise PluginError("plugins could not be listed: no answer from their process") from error
                raise
        if process.returncode:
            last = said.decode("utf-8", "replace").strip().splitlines()[-1:]
            raise PluginError(f"plugins could not be listed: {' '.join(last) or f'exit code {process.returncode}'}")
        return [Listed(**row) for row in json.loads(found)]
