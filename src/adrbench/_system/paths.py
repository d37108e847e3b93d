"""Folders for downloads and derived files, and writing of files: whole or not at all."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from adrbench.errors import CorpusError, InputError

# As many as Linux follows.
_MOST_LINKS = 40


def cache_folder() -> Path:
    """The cache folder: ``ADRBENCH_CACHE``, else the user's cache folder.

    Returns:
        The folder, which need not exist.

    Raises:
        InputError: If there is no home folder to have it in.
    """
    if chosen := os.environ.get("ADRBENCH_CACHE"):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415  (the process of a cell keeps nothing there)

    # Where nobody knows the user, it raises or, in older versions, leaves ~ as it is.
    with suppress(RuntimeError):
        folder = Path(platformdirs.user_cache_dir("adrbench"))
        if folder.is_absolute():
            return folder
    raise InputError("this user has no home folder for the cache: set ADRBENCH_CACHE to a folder")


def checkpoints_folder() -> Path:
    """The folder of pretrained checkpoints: ``ADRBENCH_CHECKPOINTS``, else ``pretraining`` in the cache folder.

    Returns:
        The folder, which need not exist.
    """
    # A cell is told this folder and no other part of the cache, which has corpora with their gold.
    chosen = os.environ.get("ADRBENCH_CHECKPOINTS")
    return Path(chosen) if chosen else cache_folder() / "pretraining"


def with_home(name: str, where: str) -> Path:
    """Spell out ``~`` or ``~USER`` at the beginning of the path of a corpus or of what belongs to it.

    Args:
        name: the path, as a user has written it.
        where: where it is written, for the message.

    Returns:
        The path.

    Raises:
        CorpusError: if nobody here has that home folder.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError as error:
        raise CorpusError(f"{where}: {name!r}: nobody here has this home folder") from error


def write_atomically(path: Path, content: str | bytes, *, drafts: Path | None = None) -> None:
    """Write a file so that it holds all of the content or what it held before, even if the process is killed.

    Args:
        path: the file.
        content: bytes, or text that becomes UTF-8 with unchanged line ends.
        drafts: a folder of the same file system for what is not whole yet; by default the file's own.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if drafts is not None:
        drafts.mkdir(parents=True, exist_ok=True)
    draft = (drafts or path.parent) / f".{path.name}.{os.getpid()}.part"
    try:
        with draft.open("wb") as file:
            file.write(content.encode("utf-8") if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        move(draft, path)
    except BaseException:
        with suppress(OSError):
            draft.unlink()
        raise


def replace_folder(folder: Path, draft: Path, aside: Path) -> None:
    """Move a folder that was made beside its place into that place.

    Args:
        folder: The place; what stands there goes aside first, and back if the move fails.
        draft: The new folder, on the same file system.
        aside: Where the former folder goes; nothing may be there.
    """
    if not folder.exists():
        move(draft, folder)
        return
    folder.rename(aside)
    try:
        move(draft, folder)
    except OSError:
        aside.rename(folder)
        raise


def move(source: Path, target: Path) -> None:
    """Give a file or folder its name, in place of a file of that name, so that it has it after a power cut too.

    Args:
        source: the file or folder, whose content is on the disk.
        target: its name, on the same file system.
    """
    source.replace(target)
    sync_folder(target.parent)


def sync_folder(folder: Path) -> None:
    """Bring the entries of a folder to the disk, as far as the system does that.

    Args:
        folder: the folder.
    """
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def sync_tree(folder: Path) -> None:
    """Bring a folder with all that is in it to the disk, before it gets its name.

    Args:
        folder: the folder. What links lead to is left alone.

    Raises:
        OSError: if it cannot be brought there.
    """
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            if stat.S_ISREG(path.lstat().st_mode):
                with path.open("rb") as file:
                    os.fsync(file.fileno())
        sync_folder(Path(place))


def output_target(path: Path) -> tuple[Path, bool]:
    """Find out where an output goes that a user has named.

    Args:
        path: the path, as it was given. What a symbolic link leads to is the target.

    Returns:
        The target, and whether it is to be written to as it stands: a FIFO, a device, an open file of this process.

    Raises:
        InputError: if it cannot be looked at.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        mode = 0
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be written ({getattr(error, 'strerror', None) or error})") from error
    if mode and not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        return path, True
    try:
        if any(name.is_relative_to("/proc") for name in _names(path)):
            return path, True
        return (Path(os.path.realpath(path)) if path.is_symlink() else path), False
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror})") from error


def _names(path: Path) -> Iterator[Path]:
    """The names of a file on the way that links lead.

    /dev/stdout leads by way of /proc to the file that a shell has opened; replaced, that file would lose its name.
    """
    for _ in range(_MOST_LINKS):
        path = Path(os.path.realpath(path.parent), path.name)
        yield path
        if not path.is_symlink():
            return
        path = path.parent / path.readlink()


def write_output(path: Path, content: str | bytes) -> None:
    """Write a file that a user has named: a regular one whole or not at all, a FIFO or a device as it stands.

    Args:
        path: the file. What a symbolic link leads to is written.
        content: bytes, or text that becomes UTF-8 with unchanged line ends.

    Raises:
        InputError: if it cannot be written.
    """
    target, direct = output_target(path)
    try:
        if direct:
            with target.open("wb") as file:
                file.write(content.encode("utf-8") if isinstance(content, str) else content)
        else:
            write_atomically(target, content)
    except OSError as error:
        raise InputError(f"{path}: cannot be written ({error.strerror or error})") from error
