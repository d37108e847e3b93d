"""Recorded responses outside of a run, such as those of a plugin's conformance checks."""

from __future__ import annotations

from pathlib import Path

from adrbench.api import Records
from adrbench.results.responses import Responses
from adrbench.running._replay import Replay


def open_records(folder: Path, name: str) -> Records:
    """Open a folder of responses, to replay what is in it and to keep more.

    Args:
        folder: The folder; it is made if it is not there.
        name: The name of the file in it that is added to.

    Returns:
        The records. One process at a time may add to a file.

    Raises:
        StoreError: The folder holds something else, or cannot be written.
    """
    responses = Responses(folder)
    responses.create()
    return Replay(responses, name)
