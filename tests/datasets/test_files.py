"""Where a corpus's files are, and what is never taken for one."""

from __future__ import annotations

import hashlib
import io
import socket
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from adrbench.datasets.decode import read_lines
from adrbench.datasets.files import RemoteFile, locate_files, locate_folder, unpack
from adrbench.errors import CorpusError, CorpusMissing

BODY = b"one|two\n" * 30_000
SHA256 = hashlib.sha256(BODY).hexdigest()


@dataclass
class Source:
    """A server on this machine: what it answers, by path, and what it was asked for."""

    url: str
    answers: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    breaks: list[int] = field(default_factory=list)
    busy: int = 0

    def file(self, name: str, sha256: str = SHA256) -> RemoteFile:
        """A file of it, pinned."""
        return RemoteFile(name, f"{self.url}/{name}", sha256)


@pytest.fixture
def source() -> Iterator[Source]:
    """A server on this machine."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            body = known.answers.get(self.path)
            if known.busy:
                known.busy -= 1
                self.send_response(503)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if body is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(body[: known.breaks.pop(0)] if known.breaks else body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known = Source(f"http://127.0.0.1:{server.server_port}")
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield known
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, no data folder, no proxy."""
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("ADRBENCH_DATA", raising=False)
    monkeypatch.setenv("NO_PROXY", "*")
    return tmp_path / "cache"


def kept(cache: Path) -> list[str]:
    """The names of all files in the cache."""
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


def test_a_download_is_kept_and_not_made_again(source: Source, cache: Path) -> None:
    """The bytes are those of the source, the origin says where from, and the second time nobody is asked."""
    source.answers["/a.rel"] = BODY
    for offline in (False, False, True):
        files = locate_files("toy", [source.file("a.rel")], None, offline)
        assert files.paths["a.rel"].read_bytes() == BODY
        assert files.hashes() == {"a.rel": SHA256}
        assert files.origin == source.url
    assert source.asked == ["/a.rel"]
    assert kept(cache) == ["a.rel"]


def test_other_bytes_are_refused_and_not_kept(source: Source, cache: Path) -> None:
    """A file whose sha256 is not the pinned one never gets into the cache."""
    source.answers["/a.rel"] = BODY[:-1] + b"!"
    with pytest.raises(
        CorpusError, match=r"a\.rel sent is not the pinned file .sha256 .* expected.; not kept"
    ) as caught:
        locate_files("toy", [source.file("a.rel")], None, offline=False)
    assert not isinstance(caught.value, CorpusMissing)
    assert kept(cache) == []


def test_a_truncated_transfer_is_no_file(source: Source, cache: Path) -> None:
    """A connection that always ends too early leaves no file."""
    source.answers["/a.rel"] = BODY[:100]
    with pytest.raises(CorpusMissing, match=r"a\.rel cannot be had"):
        locate_files("toy", [source.file("a.rel")], None, offline=False)
    assert kept(cache) == []
    with pytest.raises(CorpusMissing):
        locate_files("toy", [source.file("a.rel")], None, offline=True)


def test_a_download_that_breaks_off_is_made_again(source: Source, cache: Path) -> None:
    """Once, in the same command; nothing that was cut short is taken for the file."""
    source.answers["/a.rel"] = BODY
    source.breaks = [100_000]
    path = locate_files("toy", [source.file("a.rel", sha256="")], None, offline=False).paths["a.rel"]
    assert path.read_bytes() == BODY
    assert kept(cache) == ["a.rel"]


def test_a_busy_source_is_asked_again(source: Source) -> None:
    """Once."""
    source.answers["/a.rel"] = BODY
    source.busy = 1
    assert locate_files("toy", [source.file("a.rel")], None, offline=False).paths["a.rel"].read_bytes() == BODY
    assert len(source.asked) == 2


def test_a_damaged_file_in_the_cache_is_fetched_again(source: Source) -> None:
    """What lies in the cache counts only with the right sha256."""
    source.answers["/a.rel"] = BODY
    path = locate_files("toy", [source.file("a.rel")], None, offline=False).paths["a.rel"]
    path.write_bytes(BODY[:100])
    with pytest.raises(CorpusMissing, match="not in the cache, and --offline forbids the download"):
        locate_files("toy", [source.file("a.rel")], None, offline=True)
    assert locate_files("toy", [source.file("a.rel")], None, offline=False).paths["a.rel"].read_bytes() == BODY


def test_only_what_is_missing_is_fetched(source: Source) -> None:
    """Of two files, the one that came through stays when the other did not."""
    source.answers["/a.rel"] = BODY
    wanted = [source.file("a.rel"), source.file("b.rel")]
    with pytest.raises(CorpusMissing):
        locate_files("toy", wanted, None, offline=False)
    source.answers["/b.rel"] = BODY
    assert sorted(locate_files("toy", wanted, None, offline=False).paths) == ["a.rel", "b.rel"]
    assert source.asked == ["/a.rel", "/b.rel", "/b.rel", "/b.rel"]


def test_a_source_without_the_file(source: Source) -> None:
    """404 means that the corpus cannot be had."""
    with pytest.raises(CorpusMissing, match=r"toy: ADRBENCH_DATA is not set, not in the cache, and http.*HTTPError"):
        locate_files("toy", [source.file("a.rel")], None, offline=False)


def test_a_source_that_does_not_answer() -> None:
    """A refused connection means the same."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/a.rel"
        with pytest.raises(CorpusMissing, match=r"cannot be had \(ConnectionError\)"):
            locate_files("toy", [RemoteFile("a.rel", url, SHA256)], None, offline=False)


def test_offline_asks_nobody(source: Source) -> None:
    """Without a copy, ``offline`` says so and says where was looked."""
    source.answers["/a.rel"] = BODY
    with pytest.raises(CorpusMissing, match="--offline forbids the download"):
        locate_files("toy", [source.file("a.rel")], None, offline=True)
    assert source.asked == []


def test_a_cache_that_cannot_be_written(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a place to keep it, the corpus cannot be had, and the message names the place."""
    source.answers["/a.rel"] = BODY
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "file" / "cache"))
    with pytest.raises(CorpusMissing, match="file/cache/corpora/toy cannot be written"):
        locate_files("toy", [source.file("a.rel")], None, offline=False)


def test_the_data_folder_comes_first(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``ADRBENCH_DATA/CORPUS`` is taken as it is; if it lacks a file, the search goes on and the message tells."""
    monkeypatch.setenv("ADRBENCH_DATA", str(tmp_path))
    (tmp_path / "toy").mkdir()
    with pytest.raises(CorpusMissing, match=r"not in ADRBENCH_DATA .*not in the cache"):
        locate_files("toy", [source.file("a.rel")], None, offline=True)
    (tmp_path / "toy" / "a.rel").write_bytes(b"mine")
    files = locate_files("toy", [source.file("a.rel")], None, offline=False)
    assert (files.origin, files.paths["a.rel"].read_bytes(), source.asked) == ("ADRBENCH_DATA/toy", b"mine", [])


def test_a_path_that_is_given_is_the_only_place(source: Source, tmp_path: Path) -> None:
    """A folder that is not there, or lacks a file, is an error even if the source has it: it may be a typing error."""
    source.answers["/a.rel"] = BODY
    wanted = [source.file("a.rel"), source.file("b.rel")]
    with pytest.raises(CorpusError, match=r"no folder .*none; it should hold a.rel, b.rel") as caught:
        locate_files("toy", wanted, tmp_path / "none", offline=False)
    assert not isinstance(caught.value, CorpusMissing)
    (tmp_path / "a.rel").write_bytes(BODY)
    with pytest.raises(CorpusError, match=r"lacks b\.rel"):
        locate_files("toy", wanted, tmp_path, offline=False)
    assert locate_files("toy", wanted[:1], tmp_path, offline=False).origin == f"folder {tmp_path.name}"


def test_the_origin_names_the_folder_it_came_from(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even when it was given as a dot; the way to it is nobody's business."""
    (tmp_path / "a.rel").write_bytes(BODY)
    monkeypatch.chdir(tmp_path)
    assert locate_files("toy", [source.file("a.rel")], Path(), offline=False).origin == f"folder {tmp_path.name}"


@pytest.mark.parametrize("data", [b"a\nb\n", b"a\r\nb\r\n", b"\xef\xbb\xbfa\nb", b"\xef\xbb\xbfa\r\nb\r\n"])
def test_lines_are_the_same_however_they_end(tmp_path: Path, data: bytes) -> None:
    """LF or CRLF, with a byte-order mark or without, with a last line end or without."""
    (tmp_path / "f").write_bytes(data)
    assert read_lines(tmp_path / "f") == ["a", "b"]


def test_only_line_feeds_end_a_line(tmp_path: Path) -> None:
    """Other characters that Unicode counts as line ends belong to the text."""
    (tmp_path / "f").write_bytes("a\u2028b\x85c\n".encode())
    assert read_lines(tmp_path / "f") == ["a\u2028b\x85c"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_bytes_that_are_not_utf_8_are_named(tmp_path: Path, mark: bytes) -> None:
    """File, line and byte, with a byte-order mark or without."""
    (tmp_path / "f").write_bytes(mark + b"a\nb\n\xe9t\xe9\n")
    with pytest.raises(CorpusError, match=r"/f:3: not UTF-8 \(byte 0xe9\)"):
        read_lines(tmp_path / "f")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A folder in place of a file, for instance."""
    with pytest.raises(CorpusError, match="cannot be read"):
        read_lines(tmp_path)


def test_a_folder_of_many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first place in which every pattern has a file: the path, ADRBENCH_DATA, the cache."""
    data, cache = tmp_path / "data", tmp_path / "cache"
    monkeypatch.setenv("ADRBENCH_DATA", str(data))
    monkeypatch.setenv("ADRBENCH_CACHE", str(cache))
    with pytest.raises(CorpusMissing, match=r"toy: not in ADRBENCH_DATA .*, not in the cache. Ask them."):
        locate_folder("toy", ["*.txt", "*/*.ann"], None, "Ask them.")
    for root in (cache / "corpora", data):
        (root / "toy" / "a").mkdir(parents=True)
        (root / "toy" / "x.txt").touch()
    (cache / "corpora" / "toy" / "a" / "x.ann").touch()
    assert locate_folder("toy", ["*.txt", "*/*.ann"], None, "").origin == "the cache"
    (data / "toy" / "a" / "x.ann").touch()
    assert locate_folder("toy", ["*.txt", "*/*.ann"], None, "").path == data / "toy"
    assert locate_folder("toy", ["*.ann"], data / "toy" / "a", "").origin == "folder a"
    with pytest.raises(CorpusError, match=r"toy: .*toy holds no \*\.xml"):
        locate_folder("toy", ["*.txt", "*.xml"], data / "toy", "")
    with pytest.raises(CorpusError, match=r"toy: no folder .*absent"):
        locate_folder("toy", ["*.txt"], tmp_path / "absent", "")


def _zip(path: Path, name: str) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("good.txt", "good")
        file.writestr(name, "bad")


def _tar(path: Path, name: str, link: str = "") -> None:
    with tarfile.open(path, "w:gz") as file:
        for member in ("good.txt", name):
            info = tarfile.TarInfo(member)
            info.size = 3
            if link and member == name:
                info.type, info.linkname, info.size = tarfile.SYMTYPE, link, 0
            file.addfile(info, io.BytesIO(b"abc"))


@pytest.mark.parametrize("name", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "..\\out.txt", "C:/out.txt"])
def test_zip_members_that_leave_the_folder(tmp_path: Path, name: str) -> None:
    """They are refused by name, and nothing is unpacked."""
    _zip(tmp_path / "a.zip", name)
    with pytest.raises(CorpusError, match=r"a\.zip: the member .* would leave the folder"):
        unpack(tmp_path / "a.zip", tmp_path / "into" / "corpus")
    assert list((tmp_path / "into").iterdir()) == []
    assert not (tmp_path / "out.txt").exists()


@pytest.mark.parametrize(("name", "link"), [("../out.txt", ""), ("a", "/etc/passwd"), ("a", "../../x")])
def test_tar_members_that_leave_the_folder(tmp_path: Path, name: str, link: str) -> None:
    """So are links that point outside."""
    _tar(tmp_path / "a.tar.gz", name, link)
    with pytest.raises(CorpusError, match=r"a\.tar\.gz: cannot be unpacked"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "into" / "corpus")
    assert list((tmp_path / "into").iterdir()) == []


def test_archives_are_unpacked_whole(tmp_path: Path) -> None:
    """Zip and tar alike."""
    _zip(tmp_path / "a.zip", "sub/b.txt")
    _tar(tmp_path / "a.tar.gz", "sub/b.txt")
    for archive in ("a.zip", "a.tar.gz"):
        unpack(tmp_path / archive, tmp_path / f"from-{archive}")
        assert (tmp_path / f"from-{archive}" / "sub" / "b.txt").is_file()


@pytest.mark.parametrize("name", ["a.zip", "a.tar.gz"])
def test_archives_that_would_fill_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """They are refused with the limit's name, and nothing is left; the variable of that name raises it."""
    bomb, archive = tmp_path / "bomb", tmp_path / name
    with bomb.open("wb") as file:
        file.truncate(80 * 2**20)
    if name == "a.zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(bomb, "bomb")
    else:
        with tarfile.open(archive, "w:gz") as packed_tar:
            packed_tar.add(bomb, "bomb")
    with pytest.raises(CorpusError, match=rf"{name}: .* ADRBENCH_MAX_UNPACKED_RATIO allows 200; set that variable"):
        unpack(archive, tmp_path / "into" / "corpus")
    assert list((tmp_path / "into").iterdir()) == []
    monkeypatch.setenv("ADRBENCH_MAX_UNPACKED_RATIO", "many")
    with pytest.raises(CorpusError, match="ADRBENCH_MAX_UNPACKED_RATIO is 'many'; it should be a whole number"):
        unpack(archive, tmp_path / "into" / "corpus")
    monkeypatch.setenv("ADRBENCH_MAX_UNPACKED_RATIO", "2000")
    unpack(archive, tmp_path / "into" / "corpus")


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut off", b"\x1f\x8b\x08\x00 cut off"])
def test_what_is_no_archive(tmp_path: Path, content: bytes) -> None:
    """The error names the file."""
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(CorpusError, match="a: cannot be unpacked"):
        unpack(tmp_path / "a", tmp_path / "into")


def test_a_file_whose_hash_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without an address can only be asked for; the message says where."""
    monkeypatch.delenv("ADRBENCH_DATA", raising=False)
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path))
    with pytest.raises(CorpusMissing, match=r"toy: ADRBENCH_DATA is not set, not in the cache. Ask the authors\."):
        locate_files("toy", [RemoteFile("x.txt", "", "")], None, offline=False, how="Ask the authors.")
    (tmp_path / "corpora" / "toy").mkdir(parents=True)
    (tmp_path / "corpora" / "toy" / "x.txt").write_text("x")
    assert locate_files("toy", [RemoteFile("x.txt", "", "")], None, offline=True).origin == "the cache"
