"""What Ray runs on the nodes of a cluster: a cell, and the removal of what a run left there."""

from __future__ import annotations

import fcntl
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import ray

from adrbench.api import delivered_files, keep_file, perform

_PREFIX = "adrbench-ray-"
_LOCK = ".lock"

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
    sweep(run)
    with _held(_folder(run, node)) as folder, tempfile.TemporaryDirectory(dir=folder) as name:
        for digest, pieces in files.items():
            if not (folder / digest).exists():
                keep_file(folder, digest, map(_piece, pieces))
        delivery = Path(name)
        refused = perform(
            content, folder, delivery, progress=lambda *news: board.tell.remote("progress", task, *news) and None
        )
        found = {} if refused else {file: path.read_bytes() for file, path in delivered_files(delivery)}
    return {"node": node, "host": host, "refused": refused, "files": found}


def _piece(reference: Any) -> bytes:
    data: bytes = ray.get(reference)
    return data


def remove(run: str) -> None:
    """Remove what a run has on this node.

    Args:
        run: Names the run.
    """
    shutil.rmtree(_folder(run, ray.get_runtime_context().get_node_id()), ignore_errors=True)


def sweep(run: str) -> None:
    """Remove what other runs left on this machine, if no cell of theirs runs here.

    Args:
        run: The run whose files stay.
    """
    for lock in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_LOCK}"):
        if lock.parent.name.startswith(f"{_PREFIX}{run}-"):
            continue
        with suppress(OSError):
            # Others' folders, and what a link leads to, are none of our business.
            if lock.is_symlink() or lock.parent.is_symlink() or lock.stat().st_uid != os.getuid():
                continue
            with lock.open("r+") as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock.parent, ignore_errors=True)


def _folder(run: str, node: str) -> Path:
    # Several nodes may be on one machine, and share nothing there either.
    return Path(tempfile.gettempdir()) / f"{_PREFIX}{run}-{node[:12]}"


@contextmanager
def _held(folder: Path) -> Iterator[Path]:
    """Make the folder of a run's files, and keep others from removing it."""
    with _locked(folder):
        yield folder


def _locked(folder: Path) -> IO[str]:
    while True:
        folder.mkdir(mode=0o700, exist_ok=True)
        with suppress(FileNotFoundError):
            held = (folder / _LOCK).open("w")
            fcntl.flock(held, fcntl.LOCK_SH)
            # It may have been removed before it was held.
            if (folder / _LOCK).stat().st_ino == os.fstat(held.fileno()).st_ino:
                return held
            held.close()
