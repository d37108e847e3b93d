"""The shared folder: what the run and the nodes tell one another."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from adrbench.api import Unavailable

FILES = "files"
JOBS = "jobs"
_HOME = "home"
_TASKS = "tasks"
_TICKETS = "tickets"
_RUNNING = "running"
_ENDED = "ended"
_CONTENT = "content"
DELIVERY = "delivery"
_LOCK = "lock"
_LARGEST = 2**20


@dataclass(frozen=True)
class Ticket:
    """What is known of a cell that was handed to Slurm.

    Attributes:
        digest: Names what was asked for.
        attempt: The name of its folder. A job whose folder is gone does nothing.
        job: The id of its job; empty until Slurm has told it.
    """

    digest: str
    attempt: str
    job: str = ""


@dataclass(frozen=True)
class Running:
    """What a job says while it runs.

    Attributes:
        job: Its id.
        node: Where it runs.
        progress: Done, total and a note; None if nothing was reported.
    """

    job: str
    node: str
    progress: tuple[float, float, str] | None = None


@dataclass(frozen=True)
class Ended:
    """What a job says at its end.

    Attributes:
        status: ``delivered``, ``refused``, ``failed`` or ``timeout``.
        reason: Why it is not delivered.
        node: Where it ran.
    """

    status: str
    reason: str = ""
    node: str = ""


class SharedFolder:
    """The files of a user's runs in a folder that all nodes see.

    Args:
        root: The user's own folder in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = root / FILES
        self.jobs = root / JOBS
        # For what a run collects. Here the next run finds what it leaves when it is killed.
        self.home = root / _HOME

    @classmethod
    def opened(cls, place: Path) -> tuple[SharedFolder, IO[str]]:
        """Open the folder, and keep other runs out. It is nobody else's: Slurm runs what lies in it.

        Args:
            place: The folder that the user names.

        Returns:
            The folder, and what holds it until it is closed.

        Raises:
            Unavailable: If it cannot be used.
        """
        # Where Slurm finds it on the nodes, whatever a link says here.
        place = place.expanduser().absolute()
        root = place / f"adrbench-slurm-{os.getuid()}"
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = root.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o022:
                raise Unavailable(f"{root} is not a folder that only you can write to; remove it, or name another")
            for name in (_TASKS, _TICKETS, _RUNNING, _ENDED, JOBS, FILES, _HOME):
                (root / name).mkdir(exist_ok=True)
            lock = (root / _LOCK).open("w")
        except OSError as error:
            raise Unavailable(f"the folder {place} cannot be used: {error.strerror or error}") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in (root / _HOME).iterdir():
                shutil.rmtree(left, ignore_errors=True)
        except BlockingIOError:
            lock.close()
            raise Unavailable(f"another run uses the folder {place}; wait for it, or name another folder") from None
        except OSError:
            # Some shared file systems have no locks.
            pass
        return cls(root), lock

    def task(self, attempt: str) -> Path:
        """The folder of an attempt."""
        return self.root / _TASKS / attempt

    def ticket(self, key: str) -> Ticket | None:
        """What is known of a cell; None if it was not handed to Slurm."""
        try:
            return Ticket(**_read(self.root / _TICKETS / f"{key}.json"))
        except (OSError, ValueError, TypeError):
            return None

    def write_ticket(self, key: str, ticket: Ticket) -> None:
        """Remember a cell."""
        _write(self.root / _TICKETS / f"{key}.json", asdict(ticket))

    def create(self, key: str, digest: str, content: bytes) -> Ticket:
        """Make the folder of a new attempt.

        Args:
            key: The cell.
            digest: What is asked for.
            content: The content of its parcel.

        Returns:
            Its ticket, without a job.
        """
        ticket = Ticket(digest, f"{key}.{secrets.token_hex(4)}")
        self.task(ticket.attempt).mkdir()
        (self.task(ticket.attempt) / _CONTENT).write_bytes(content)
        self.write_ticket(key, ticket)
        return ticket

    def content(self, attempt: str) -> bytes:
        """The content of an attempt's parcel."""
        return (self.task(attempt) / _CONTENT).read_bytes()

    def forget(self, key: str, ticket: Ticket) -> None:
        """Remove all that belongs to an attempt. Its job does nothing if it has not started yet.

        Args:
            key: The cell.
            ticket: What is known of it.
        """
        (self.root / _TICKETS / f"{key}.json").unlink(missing_ok=True)
        # At once, whatever lies in it.
        gone = self.root / _TASKS / f".{ticket.attempt}"
        with suppress(OSError):
            self.task(ticket.attempt).rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        for name in (_RUNNING, _ENDED):
            (self.root / name / f"{ticket.attempt}.json").unlink(missing_ok=True)
        for file in self.jobs.glob(f"{ticket.job}_*") if ticket.job else ():
            file.unlink(missing_ok=True)

    def write_running(self, attempt: str, running: Running) -> None:
        """Say that a job runs."""
        _write(self.root / _RUNNING / f"{attempt}.json", asdict(running))

    def write_ended(self, attempt: str, ended: Ended) -> None:
        """Say that a job has ended."""
        _write(self.root / _ENDED / f"{attempt}.json", asdict(ended))

    def running(self) -> dict[str, float]:
        """When each running attempt last said something."""
        return dict(self._told(_RUNNING))

    def ended(self) -> set[str]:
        """The attempts that have ended."""
        return {name for name, _ in self._told(_ENDED)}

    def delivered(self) -> set[str]:
        """The attempts that have left a result."""
        return {attempt for attempt in self.ended() if self.read_ended(attempt).status == "delivered"}

    def read_running(self, attempt: str) -> Running | None:
        """What a running job last said."""
        try:
            told = _read(self.root / _RUNNING / f"{attempt}.json")
            progress = None
            if told["progress"] is not None:
                done, total, note = told["progress"]
                progress = float(done), float(total), str(note)
            return Running(str(told["job"]), str(told["node"]), progress)
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def read_ended(self, attempt: str) -> Ended:
        """What a job said at its end."""
        try:
            told = _read(self.root / _ENDED / f"{attempt}.json")
            return Ended(*(str(told[name]) for name in ("status", "reason", "node")))
        except (OSError, ValueError, TypeError, KeyError) as error:
            return Ended("failed", f"what its job wrote at its end cannot be read: {error}")

    def last_words(self, job: str) -> str:
        """The last line that a job printed; empty if there is none."""
        with suppress(OSError):
            with (self.jobs / f"{job}_0_log.out").open("rb") as file:
                file.seek(-min(4096, file.seek(0, os.SEEK_END)), os.SEEK_END)
                lines = file.read().decode("utf-8", "replace").split("\n")
            return next((line.strip() for line in reversed(lines) if line.strip()), "")
        return ""

    def clean(self) -> None:
        """Remove everything, unless cells are left that a later run may collect."""
        if any((self.root / _TICKETS).iterdir()):
            return
        for name in (_TASKS, _TICKETS, _RUNNING, _ENDED, JOBS, FILES, _HOME):
            shutil.rmtree(self.root / name, ignore_errors=True)

    def _told(self, name: str) -> list[tuple[str, float]]:
        told = []
        with suppress(OSError):
            for entry in os.scandir(self.root / name):
                if entry.name.endswith(".json") and not entry.name.startswith("."):
                    with suppress(OSError):
                        told.append((entry.name.removesuffix(".json"), entry.stat().st_mtime))
        return told


def _read(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        found = json.loads(file.read(_LARGEST))
    if not isinstance(found, dict):
        raise ValueError(f"{path.name} holds no object")  # noqa: TRY004  (it is a value of a file)
    return found


def _write(path: Path, content: Mapping[str, Any]) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    draft.write_text(json.dumps(content), encoding="utf-8")
    draft.replace(path)
