"""What an engine calls on a node: one task, performed under adrbench's own supervisor."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

REPORT = "report.json"
"""The file of a delivery that says how the task ended."""
BEGUN = "begun"
"""What the process of a task says when the machine is fit for it, and the task begins."""
# Not imported: it is a program of its own, which this process can end, and which ends with this process.
_PROGRAM = "adrbench.running.executors._node"
_LONGEST_LINE = 4096
_END_BYTES = 2000


def perform(
    content: bytes,
    files: Path,
    delivery: Path,
    *,
    progress: Callable[[float, float, str], None] | None = None,
) -> str:
    """Run the task of a parcel on this machine, with the limits, meters and statuses that it would have at home.

    It runs in a process of its own, which ends with this one however this one ends. Whatever the task does becomes a
    status of its report.

    Args:
        content: The ``content`` of the parcel.
        files: A folder that has each of the parcel's files, named by its hash (``keep_file``).
        delivery: A folder, made if there is none, which then holds all that goes back: ``report.json`` and files.
        progress: Called with what the task reports: done, total, and a note.

    Returns:
        The reason why this machine is refused, such as other versions than those where the task came from, or a full
        disk. Nothing was run then. Empty if the task was run.

    Raises:
        RuntimeError: If the task began, and its process ended without a report; with the end of what it printed.
    """
    # Every tagger imports this package, and has no use for these.
    import subprocess  # noqa: PLC0415
    from tempfile import TemporaryFile  # noqa: PLC0415

    delivery.mkdir(parents=True, exist_ok=True)
    # A file, since a pipe that nobody reads fills up; without a name, so that nothing is left of it.
    with TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603  (our own module, in our own interpreter)
            [sys.executable, "-P", "-m", _PROGRAM, str(files.absolute()), str(delivery.absolute())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
        )
        # Leaving this closes its input, by which it knows that it is to end.
        with process:
            assert process.stdin is not None  # noqa: S101
            assert process.stdout is not None  # noqa: S101
            with suppress(BrokenPipeError):
                process.stdin.write(b"%d\n%b" % (len(content), content))
                process.stdin.flush()
            begun = False
            while line := process.stdout.readline(_LONGEST_LINE):
                with suppress(ValueError, TypeError):
                    told = json.loads(line)
                    begun = begun or told == BEGUN
                    done, total, note = told
                    if progress is not None:
                        progress(done, total, note)
            process.wait()
        try:
            report = json.loads((delivery / REPORT).read_bytes())
        except (OSError, ValueError):
            complaints.seek(-min(_END_BYTES, complaints.seek(0, os.SEEK_END)), os.SEEK_END)
            said = complaints.read().decode("utf-8", "replace").strip()
            how = f"the node's process ended with exit code {process.returncode}"
            if not begun:
                # A line, as other reasons are.
                return ": ".join(filter(None, (how, said.rpartition("\n")[2].strip())))
            raise RuntimeError(f"{how}: {said}") from None
        return str(report.get("refused") or "")


def keep_file(folder: Path, digest: str, data: Iterable[bytes]) -> Path:
    """Write a file of a parcel on a node, whole or not at all.

    Args:
        folder: The folder of such files; it is made if there is none.
        digest: The SHA-256 of its bytes, which becomes its name.
        data: Its bytes, in pieces.

    Returns:
        The file, which nobody may write to any more.

    Raises:
        ValueError: If the bytes have another hash: they were damaged on the way.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / digest
    found = hashlib.sha256()
    # Threads of one process and nodes with one folder may write the same file at a time.
    descriptor, name = tempfile.mkstemp(".part", f".{digest}.", folder)
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for piece in data:
                found.update(piece)
                file.write(piece)
        if found.hexdigest() != digest:
            raise ValueError(f"a file arrived with the hash {found.hexdigest()}, not {digest}")
        draft.chmod(0o444)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def delivered_files(delivery: Path) -> Iterator[tuple[str, Path]]:
    """List what a delivery holds.

    Args:
        delivery: The folder that ``perform`` filled.

    Yields:
        The name of each regular file, from the folder, and the file. Links are left out, as they lead nowhere at home.
    """
    for place, _, names in os.walk(delivery):
        for name in names:
            path = Path(place, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(delivery).as_posix(), path


def delivered_place(delivery: Path, name: str) -> Path:
    """Find where a file of a delivery belongs at home.

    Args:
        delivery: The folder of the delivery at home.
        name: The file's name, as ``delivered_files`` gives it.

    Returns:
        The file's path, whose folder exists.

    Raises:
        ValueError: If the name leads out of the folder.
    """
    parts = name.split("/")
    if not name or any(part in {"", ".", ".."} or "\0" in part for part in parts):
        raise ValueError(f"a node sent a file of the name {name!r}, which leads out of its folder")
    path = delivery.joinpath(*parts)
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
