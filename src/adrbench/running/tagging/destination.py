"""Where tagged texts go: a pipe; or a file or folder that is named ``OUT.partial`` until it is whole.

``OUT.partial.json``, the journal, says how far the run has come. It is written after the output it speaks of, so that a
run that was killed goes on there. What stands behind in the output is cut off or written again.
"""

from __future__ import annotations

import fcntl
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO, Protocol

from adrbench._system.paths import output_target, sync_folder
from adrbench.errors import InputError
from adrbench.running.tagging.journal import State, read_state

Piece = tuple[str, bytes]
"""The path of a file in a folder, and its content; or an empty path, and what is added to a file or pipe."""


class Destination(Protocol):
    """This is the protocol of a place for output.

    Attributes:
        beside: What is written beside it until it is whole.
    """

    beside: tuple[Path, ...]

    def begin(self, made_by: str) -> State:
        """Prepare for writing.

        Args:
            made_by: A hash of the tagger and the options.

        Returns:
            Where to go on.

        Raises:
            InputError: If the place cannot be written, or is taken.
        """

    def write(self, pieces: Sequence[Piece]) -> int:
        """Write output.

        Args:
            pieces: Names of files within a folder, and contents.

        Returns:
            The size of all that is written so far, in bytes.

        Raises:
            InputError: The place cannot be written.
        """

    def commit(self, state: State) -> None:
        """Make sure that what was written stays.

        Args:
            state: How far the run has come.
        """

    def finish(self, state: State) -> None:
        """Give the output its name: it is whole.

        Args:
            state: All of the run.
        """

    def close(self) -> None:
        """Let go of the place."""


class Pipe:
    """Standard output, a FIFO or a device: written to directly.

    Args:
        file: The open stream.
        name: What it is called, for messages.
        own: Whether it is closed at the end.
    """

    beside: tuple[Path, ...] = ()

    def __init__(self, file: BinaryIO, name: str, *, own: bool = False) -> None:
        self._file = file
        self._own = own
        self._name = name
        self._size = 0

    def begin(self, made_by: str) -> State:
        """Begin anew; a pipe knows nothing of earlier runs.

        Args:
            made_by: A hash of the tagger and the options.

        Returns:
            The state of a run that has written nothing.
        """
        return State(made_by)

    def write(self, pieces: Sequence[Piece]) -> int:
        """Write all pieces one after the other.

        Args:
            pieces: Names, which a stream does without, and contents.

        Returns:
            The size of all that is written so far, in bytes.

        Raises:
            InputError: The stream cannot be written.
        """
        with _told(self._name):
            for _, content in pieces:
                self._file.write(content)
                self._size += len(content)
            self._file.flush()
        return self._size

    def commit(self, state: State) -> None:
        """Do nothing: all is written.

        Args:
            state: How far the run has come.
        """

    def finish(self, state: State) -> None:
        """Do nothing: all is written.

        Args:
            state: How far the run has come.
        """

    def close(self) -> None:
        """Close a stream of our own."""
        if self._own:
            with suppress(OSError):
                self._file.close()


class _Resumable(ABC):
    """What a file and a folder have in common: the journal, the lock, and the name at the end."""

    _what = ""
    _flags = 0

    def __init__(self, out: Path, *, force: bool = False) -> None:
        self.out = out
        self.partial = out.with_name(f"{out.name}.partial")
        self.journal = out.with_name(f"{out.name}.partial.json")
        self.beside: tuple[Path, ...] = (self.partial, self.journal)
        self._force = force
        self._lock: int | None = None

    def begin(self, made_by: str) -> State:
        """Take up an earlier run of the same tagger and options, or begin anew.

        Args:
            made_by: A hash of the tagger and the options.

        Returns:
            Where to go on.

        Raises:
            InputError: The place cannot be written, or is taken.
        """
        with _told(str(self.out)):
            state = self._earlier(made_by)
            if state is None:
                self._check_free()
                self.out.parent.mkdir(parents=True, exist_ok=True)
                state = State(made_by)
                state.write(self.journal)
                self._create()
            elif state.finished:
                self._name()
                return state
            self._lock = os.open(self.partial, self._flags | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{self.partial}: another process is writing to it; wait for it, or end it") from None
            # Who had the lock until now may have come further, or to the end.
            current = read_state(self.journal)
            if current is None or not self._is_ours():
                raise InputError(f"{self.out}: another process has just finished it")
            self._go_on(current)
            return current

    def commit(self, state: State) -> None:
        """Bring the output to disk, then the journal.

        Args:
            state: How far the run has come.
        """
        with _told(str(self.out)):
            self._sync()
            state.write(self.journal)

    def finish(self, state: State) -> None:
        """Give the output its name. Killed in between, the next run does it.

        Args:
            state: All of the run.
        """
        whole = replace(state, finished=True)
        self.commit(whole)
        with _told(str(self.out)):
            self._name()

    def close(self) -> None:
        """Let go of the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _earlier(self, made_by: str) -> State | None:
        try:
            state = read_state(self.journal)
        except InputError:
            if not self._force:
                raise
            state = None
        if state is None:
            return None
        if state.made_by == made_by:
            # Killed between journal and output: there is nothing yet.
            if not state.finished and not _lexists(self.partial) and not state.batches:
                self._create()
            if state.finished or _lexists(self.partial):
                return state
            if not self._force:
                raise InputError(f"{self.partial}: is gone, but its journal is there; --force starts anew")
        if not self._force:
            raise InputError(
                f"{self.partial}: of a run with another tagger or other options; give those, another --out, or "
                "--force, which starts anew"
            )
        return None

    def _is_ours(self) -> bool:
        with suppress(OSError):
            return self._lock is not None and os.path.samestat(os.fstat(self._lock), os.lstat(self.partial))
        return False

    def _name(self) -> None:
        if _lexists(self.partial):
            self._replace()
        elif not _lexists(self.out):
            raise InputError(f"{self.out}: its journal says that it is whole, and it is gone; --force starts anew")
        self.journal.unlink(missing_ok=True)
        sync_folder(self.out.parent)

    def _check_free(self) -> None:
        if self._force:
            self._clear()
        for place in (self.partial, self.out):
            if _lexists(place):
                raise InputError(f"{place}: exists already; {self._advice()}")

    def _advice(self) -> str:
        return "give another --out, or --force, which replaces it"

    @abstractmethod
    def _clear(self) -> None: ...

    @abstractmethod
    def _create(self) -> None: ...

    @abstractmethod
    def _go_on(self, state: State) -> None: ...

    @abstractmethod
    def _sync(self) -> None: ...

    @abstractmethod
    def _replace(self) -> None: ...


class ResumableFile(_Resumable):
    """A regular file, to which batches are added.

    Args:
        out: The file.
        force: Replace a file that is there.
    """

    _flags = os.O_RDWR

    def __init__(self, out: Path, *, force: bool = False) -> None:
        super().__init__(out, force=force)
        self._file: BinaryIO | None = None
        self._size = 0

    def write(self, pieces: Sequence[Piece]) -> int:
        """Add all pieces to the file.

        Args:
            pieces: Names, which a file does without, and contents.

        Returns:
            The size of all that is written so far, in bytes.

        Raises:
            InputError: The file cannot be written.
        """
        assert self._file is not None  # noqa: S101  (begin comes first)
        with _told(str(self.out)):
            for _, content in pieces:
                self._file.write(content)
                self._size += len(content)
        return self._size

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
        self._file = self._lock = None

    def _check_free(self) -> None:
        if self.out.is_dir():
            raise InputError(f"{self.out}: is a folder, and a file is to be written; choose another name")
        if self._force and not self.out.is_symlink():
            self.partial.unlink(missing_ok=True)
            return
        super()._check_free()

    def _create(self) -> None:
        os.close(os.open(self.partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666))

    def _go_on(self, state: State) -> None:
        assert self._lock is not None  # noqa: S101
        there = os.fstat(self._lock).st_size
        if there < state.size:
            raise InputError(f"{self.partial}: shorter than its journal says; it is damaged, and --force starts anew")
        os.ftruncate(self._lock, state.size)
        os.lseek(self._lock, state.size, os.SEEK_SET)
        self._file = os.fdopen(self._lock, "wb", buffering=2**20)
        self._size = state.size

    def _sync(self) -> None:
        assert self._file is not None  # noqa: S101
        self._file.flush()
        os.fsync(self._file.fileno())

    def _replace(self) -> None:
        self.partial.replace(self.out)

    def _clear(self) -> None:
        self.partial.unlink(missing_ok=True)


class ResumableFolder(_Resumable):
    """A folder, to which files are added. It survives a killed process; after a power cut files may be empty.

    Args:
        out: The folder, which may exist if it is empty.
        force: Start anew if an earlier run does not fit.
    """

    _flags = os.O_RDONLY | os.O_DIRECTORY

    def __init__(self, out: Path, *, force: bool = False) -> None:
        super().__init__(out, force=force)
        self._size = 0

    def write(self, pieces: Sequence[Piece]) -> int:
        """Write each piece to its file.

        Args:
            pieces: Names of files within the folder, and contents.

        Returns:
            The size of all that is written so far, in bytes.

        Raises:
            InputError: A file cannot be written.
        """
        with _told(str(self.out)):
            for name, content in pieces:
                path = self.partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                self._size += len(content)
        return self._size

    def _check_free(self) -> None:
        if self.out.is_dir() and not self.out.is_symlink() and not any(self.out.iterdir()):
            self.out.rmdir()
        super()._check_free()

    def _advice(self) -> str:
        return "a folder is not replaced; take it away, or give another --out"

    def _clear(self) -> None:
        """Nothing is taken away: a folder may hold files of others."""

    def _create(self) -> None:
        self.partial.mkdir()

    def _go_on(self, state: State) -> None:
        self._size = state.size

    def _sync(self) -> None:
        assert self._lock is not None  # noqa: S101
        os.fsync(self._lock)

    def _replace(self) -> None:
        self.partial.rename(self.out)


def open_destination(out: str, *, folder: bool, force: bool, stdout: BinaryIO) -> Destination:
    """Find out what kind of place an output is.

    Args:
        out: A path, or ``-`` for standard output.
        folder: Whether the format is a folder of files.
        force: Whether a file may be replaced.
        stdout: Standard output.

    Returns:
        The place.

    Raises:
        InputError: If the format needs a folder, and this is none, if it has no name, or if it cannot be opened.
    """
    if out == "-":
        if folder:
            raise InputError("this format is a folder of files; say where by --out FOLDER")
        return Pipe(stdout, "standard output")
    path, direct = output_target(Path(out))
    if not path.name:
        raise InputError(f"--out {out!r}: is no name for a file or folder; give one, or - for standard output")
    if direct:
        if folder:
            raise InputError(f"{out}: is no folder, and this format is a folder of files")
        with _told(out):
            return Pipe(path.open("wb"), out, own=True)
    return ResumableFolder(path, force=force) if folder else ResumableFile(path, force=force)


@contextmanager
def _told(name: str) -> Iterator[None]:
    """Say which output the system refuses to write. That a reader has gone is another matter."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise InputError(f"{name}: cannot be written ({error.strerror or error})") from error


def _lexists(path: Path) -> bool:
    return os.path.lexists(path)
