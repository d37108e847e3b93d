"""What Ray runs on the nodes of a cluster: a cell, and the removal of what a run left there."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ray

from adrbench.api import delivered_files, keep_file, perform
from adrbench_ray._folders import folder_of, hold, sweep

References = Mapping[str, Sequence[Any]]
"""Ray's references to the pieces of each file, by the file's hash."""


class Board:
    """Where running cells say how far they are. An actor; the run looks at it from time to time."""

    def __init__(self) -> None:
        self._news: dict[tuple[str, str], list[Any]] = {}

    def tell(self, kind: str, task: str, *news: Any) -> None:
        """Take a piece of news. A later one of the same kind takes its place."""
        self._news[kind, task] = [kind, task, *news]

    def take(self) -> list[list[Any]]:
        """Give all that is new."""
        news, self._news = list(self._news.values()), {}
        return news


def run_cell(run: str, task: str, content: bytes, files: References, board: Any) -> dict[str, Any]:
    """Perform a cell on this node.

    Args:
        run: Names the run.
        task: Names the cell, and the attempt.
        content: The content of the parcel.
        files: The parcel's files.
        board: The actor that is told of the start and of progress.

    Returns:
        ``node``, ``host``, and ``refused`` with a reason or ``files``: the delivery's files by name.
    """
    node, host = ray.get_runtime_context().get_node_id(), socket.gethostname()
    board.tell.remote("started", task, node, host)
    refused, found = "", {}
    try:
        sweep(run)
        folder = folder_of(run, node[:12])
        with hold(folder), tempfile.TemporaryDirectory(dir=folder) as name:
            for digest, pieces in files.items():
                if not (folder / digest).exists():
                    keep_file(folder, digest, map(_piece, pieces))
            delivery = Path(name)
            refused = perform(
                content, folder, delivery, progress=lambda *news: board.tell.remote("progress", task, *news) and None
            )
            if not refused:
                found = {file: path.read_bytes() for file, path in delivered_files(delivery)}
    except OSError as error:
        # A full disk, no rights, no room for a process. Without the names of files, which differ from cell to cell.
        refused = f"a cell cannot be run there: {error.strerror or error}"
    except ValueError as error:
        refused = str(error)
    return {"node": node, "host": host, "refused": refused, "files": found}


def _piece(reference: Any) -> bytes:
    data: bytes = ray.get(reference)
    return data


def remove(run: str) -> None:
    """Remove what a run has on this node.

    Args:
        run: Names the run.
    """
    shutil.rmtree(folder_of(run, ray.get_runtime_context().get_node_id()[:12]), ignore_errors=True)
