"""Where a corpus's files are: a given path, ``ADRBENCH_DATA``, the cache, or their source."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adrbench.cache import cache_folder
from adrbench.errors import CorpusError, CorpusMissing

TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class RemoteFile:
    """A file of a corpus: its name, the pinned address it can be had from, and the sha256 of its bytes."""

    name: str
    url: str
    sha256: str


@dataclass(frozen=True)
class Files:
    """The files of a corpus on this machine, by name, and where they came from."""

    paths: dict[str, Path]
    origin: str

    def hashes(self) -> dict[str, str]:
        """The sha256 of each file."""
        return {name: file_hash(path) for name, path in self.paths.items()}


def file_hash(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def locate(corpus: str, files: Sequence[RemoteFile], path: Path | None, offline: bool) -> Files:
    """Find all the files of a corpus: in ``path``, in ``$ADRBENCH_DATA/CORPUS``, in the cache, or at their source.

    A local copy is taken as it is (its reader checks it); a download counts only if its sha256 is the pinned one.

    Raises ``CorpusError`` if ``path`` lacks a file or downloaded bytes are wrong, ``CorpusMissing`` without a copy.
    """
    if path is not None:
        if not path.exists():
            raise CorpusError(f"{corpus}: no folder {path}; it should hold {_names(files)}")
        found = _in_folder(path, files)
        if found is None:
            absent = [file.name for file in files if not (path / file.name).is_file()]
            raise CorpusError(f"{corpus}: {path} lacks {', '.join(absent)}")
        return Files(found, f"folder {path.resolve().name}")
    data = os.environ.get("ADRBENCH_DATA")
    if data:
        found = _in_folder(Path(data) / corpus, files)
        if found is not None:
            return Files(found, f"ADRBENCH_DATA/{corpus}")
    folder = cache_folder() / "corpora" / corpus
    found = _in_folder(folder, files)
    if found is not None and all(file_hash(found[file.name]) == file.sha256 for file in files):
        return Files(found, files[0].url.rsplit("/", 1)[0])
    looked = f"not in ADRBENCH_DATA ({data})" if data else "ADRBENCH_DATA is not set"
    if offline:
        raise CorpusMissing(f"{corpus}: {looked}, not in the cache, and --offline forbids the download")
    return Files({file.name: _download(corpus, file, folder, looked) for file in files}, files[0].url.rsplit("/", 1)[0])


def _names(files: Sequence[RemoteFile]) -> str:
    return ", ".join(file.name for file in files)


def _in_folder(folder: Path, files: Sequence[RemoteFile]) -> dict[str, Path] | None:
    paths = {file.name: folder / file.name for file in files}
    return paths if all(path.is_file() for path in paths.values()) else None


def _download(corpus: str, file: RemoteFile, folder: Path, looked: str) -> Path:
    import pooch  # noqa: PLC0415  (imports requests: only when something is to be fetched)
    import requests  # noqa: PLC0415

    pooch.get_logger().setLevel("ERROR")
    downloader = pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT_SECONDS)
    try:
        kept = pooch.retrieve(
            file.url, known_hash=f"sha256:{file.sha256}", fname=file.name, path=folder, downloader=downloader
        )
    except requests.RequestException as error:
        raise CorpusMissing(
            f"{corpus}: {looked}, not in the cache, and {file.url} cannot be had ({type(error).__name__})"
        ) from error
    except ValueError as error:
        # pooch has thrown the bytes away: nothing wrong reaches the cache.
        raise CorpusError(
            f"{corpus}: what {file.url} sent is not the pinned file (sha256 {file.sha256[:12]}… expected); not kept"
        ) from error
    except OSError as error:
        raise CorpusMissing(
            f"{corpus}: {looked}, and the cache {folder} cannot be written ({error.strerror})"
        ) from error
    return Path(kept)


def read_lines(path: Path) -> list[str]:
    """The lines of a UTF-8 file, without their ends (LF or CRLF) and without a byte-order mark.

    Raises ``CorpusError`` if the file cannot be read, and naming file and line if its bytes are not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise CorpusError(f"{path}:{line}: not UTF-8 (byte 0x{byte:02x}); convert the file first") from error
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    return [line.removesuffix("\r") for line in lines]
