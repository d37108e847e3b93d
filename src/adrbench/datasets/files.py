"""Where a corpus's files are: a given path, ``ADRBENCH_DATA``, the cache, or their source."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from adrbench._system.paths import cache_folder
from adrbench.datasets.download import download
from adrbench.datasets.limits import check_unpacked
from adrbench.errors import CorpusError, CorpusMissing


@dataclass(frozen=True)
class RemoteFile:
    """A file of a corpus: its name, the pinned address of its download, and the sha256 of its bytes in hexadecimal.

    Without ``url`` the file is looked for on this machine only. Without ``sha256`` a download is taken as it comes, and
    its hash is shown.
    """

    name: str
    url: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class LocalFiles:
    """The files of a corpus on this machine: their ``paths`` by name, and their ``origin``, for the corpus's card."""

    paths: dict[str, Path]
    origin: str

    def hashes(self) -> dict[str, str]:
        """Hash the files.

        Returns:
            The sha256 of each file's bytes, in hexadecimal, by name.
        """
        return {name: file_hash(path) for name, path in self.paths.items()}


@dataclass(frozen=True)
class LocalFolder:
    """The folder of a corpus on this machine: its ``path``, and its ``origin``, for the corpus's card."""

    path: Path
    origin: str


def file_hash(path: Path) -> str:
    """Hash a file.

    Args:
        path: The file.

    Returns:
        The sha256 of its bytes, in hexadecimal.

    Raises:
        OSError: If it cannot be read.
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files_below(folder: Path) -> Iterator[Path]:
    """Find the files of a folder and of all folders in it, those that are links too.

    Args:
        folder: The folder.

    Yields:
        The files, folder by folder, each in alphabetical order. A link that leads back to a folder above is passed
        over.
    """
    yield from _below(folder, frozenset())


def _below(folder: Path, above: frozenset[str]) -> Iterator[Path]:
    own = os.path.realpath(folder)
    if own in above:
        return
    for path in sorted(folder.iterdir()):
        if path.is_dir():
            yield from _below(path, above | {own})
        elif path.is_file():
            yield path


def locate_files(
    corpus: str, files: Sequence[RemoteFile], path: Path | None, offline: bool, how: str = ""
) -> LocalFiles:
    """Find all the files of a corpus: in ``path``, in ``$ADRBENCH_DATA/CORPUS``, in the cache, or at their source.

    A local copy is taken as it is: its reader checks it. A download counts only if its sha256 is the pinned one.

    Args:
        corpus: The name of the corpus, which is that of its folder.
        files: All files that are needed.
        path: The folder that holds them; None looks in the other places.
        offline: Forbid the download.
        how: How to get the corpus, for the message where a file has no address.

    Returns:
        The files, all from one place.

    Raises:
        CorpusError: If ``path`` lacks a file, or if downloaded bytes are not the pinned ones.
        CorpusMissing: If no place has all files and they cannot be downloaded.
    """
    if path is not None:
        if not path.exists():
            raise CorpusError(f"{corpus}: no folder {path}; it should hold {_names(files)}")
        if absent := [file.name for file in files if not (path / file.name).is_file()]:
            raise CorpusError(f"{corpus}: {path} lacks {', '.join(absent)}")
        return LocalFiles(_in_folder(path, files), f"folder {path.resolve().name}")
    data = os.environ.get("ADRBENCH_DATA")
    if data and (paths := _in_folder(Path(data) / corpus, files)):
        return LocalFiles(paths, f"ADRBENCH_DATA/{corpus}")
    folder = cache_folder() / "corpora" / corpus
    paths = _in_folder(folder, files)
    if paths and all(file.sha256 in {"", file_hash(paths[file.name])} for file in files):
        return LocalFiles(paths, files[0].url.rsplit("/", 1)[0] or "the cache")
    looked = _looked(data)
    if not all(file.url for file in files):
        raise CorpusMissing(f"{corpus}: {looked}, not in the cache. {how}".rstrip())
    if offline:
        raise CorpusMissing(f"{corpus}: {looked}, not in the cache, and --offline forbids the download")
    paths = {f.name: download(corpus, f.url, f.sha256, folder / f.name, looked) for f in files}
    return LocalFiles(paths, files[0].url.rsplit("/", 1)[0])


def locate_folder(corpus: str, patterns: Sequence[str], path: Path | None, how: str) -> LocalFolder:
    """Find the folder of a corpus of many files: ``path``, ``$ADRBENCH_DATA/CORPUS``, or its place in the cache.

    Args:
        corpus: The name of the corpus, which is that of its folder.
        patterns: Glob patterns, each of which must match a file of the folder.
        path: The folder; None looks in the other places.
        how: How to get the corpus, for the message.

    Returns:
        The first folder in which every pattern matches a file.

    Raises:
        CorpusError: If ``path`` is no such folder.
        CorpusMissing: If there is no such folder.
    """
    if path is not None:
        if not path.is_dir():
            raise CorpusError(f"{corpus}: no folder {path}; it should hold {', '.join(patterns)}")
        if absent := [pattern for pattern in patterns if not _holds(path, pattern)]:
            raise CorpusError(f"{corpus}: {path} holds no {', '.join(absent)}")
        return LocalFolder(path, f"folder {path.resolve().name}")
    data = os.environ.get("ADRBENCH_DATA")
    places = [(Path(data) / corpus, f"ADRBENCH_DATA/{corpus}")] if data else []
    for folder, origin in (*places, (cache_folder() / "corpora" / corpus, "the cache")):
        if all(_holds(folder, pattern) for pattern in patterns):
            return LocalFolder(folder, origin)
    raise CorpusMissing(f"{corpus}: {_looked(data)}, not in the cache. {how}".rstrip())


def unpack_to_cache(corpus: str, archive: Path) -> Path:
    """Unpack an archive into the cache, unless it was unpacked there before.

    Args:
        corpus: The name of the corpus.
        archive: A zip or tar file, compressed or not.

    Returns:
        The folder of its content. Its name has the archive's hash, so another archive gets another folder.

    Raises:
        CorpusError: If the file is no such archive, is damaged, is larger unpacked than the limits allow, or holds a
            member that would leave the folder, a link or a device.
    """
    folder = cache_folder() / "unpacked" / f"{corpus}-{file_hash(archive)[:16]}"
    if not folder.is_dir():
        unpack(archive, folder)
    return folder


def unpack(archive: Path, folder: Path) -> None:
    """Unpack an archive whole or not at all.

    Args:
        archive: A zip or tar file, compressed or not.
        folder: Where its content goes; it must not exist.

    Raises:
        CorpusError: As for ``unpack_to_cache``.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".unpack-") as draft:
        inside = Path(draft) / "content"
        inside.mkdir()
        try:
            if zipfile.is_zipfile(archive):
                _unzip(archive, inside)
            else:
                _untar(archive, inside)
        except (
            OSError,
            tarfile.TarError,
            zipfile.BadZipFile,
            EOFError,
            zlib.error,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise CorpusError(f"{archive}: cannot be unpacked ({type(error).__name__}: {error})") from error
        inside.replace(folder)


def _unzip(archive: Path, inside: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        check_unpacked(str(archive), sum(member.file_size for member in file.infolist()), archive.stat().st_size)
        for member in file.namelist():
            if member.startswith(("/", "\\")) or ":" in member or ".." in member.replace("\\", "/").split("/"):
                raise CorpusError(f"{archive}: the member {member!r} would leave the folder")
        file.extractall(inside)  # noqa: S202  (every name was looked at)


def _untar(archive: Path, inside: Path) -> None:
    packed, unpacked = archive.stat().st_size, 0

    def checked(member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
        nonlocal unpacked
        unpacked += member.size
        check_unpacked(str(archive), unpacked, packed)
        return tarfile.data_filter(member, folder)

    with tarfile.open(archive) as tar:
        tar.extractall(inside, filter=checked)  # noqa: S202  (every member is)


def _holds(folder: Path, pattern: str) -> bool:
    return any(file.is_file() for file in folder.glob(pattern))


def _looked(data: str | None) -> str:
    return f"not in ADRBENCH_DATA ({data})" if data else "ADRBENCH_DATA is not set"


def _names(files: Sequence[RemoteFile]) -> str:
    return ", ".join(file.name for file in files)


def _in_folder(folder: Path, files: Sequence[RemoteFile]) -> dict[str, Path]:
    """The files by name, or nothing if the folder lacks one."""
    paths = {file.name: folder / file.name for file in files}
    return paths if all(path.is_file() for path in paths.values()) else {}
