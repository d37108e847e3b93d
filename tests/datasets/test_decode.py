"""Bytes to text, lines, JSON and XML."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adrbench.datasets.decode import iter_json_lines, iter_lines, read_json, read_lines, read_text, read_xml
from adrbench.errors import CorpusError


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
def test_text_and_lines_are_those_of_the_file(tmp_path: Path, text: str) -> None:
    """Line ends stay in the text; lines lose LF or CRLF and nothing else."""
    file = tmp_path / "f"
    file.write_bytes(text.encode())
    assert read_text(file) == text.removeprefix("\ufeff")
    expected = text.removeprefix("\ufeff").split("\n")
    expected = expected[:-1] if expected[-1] == "" else expected
    assert list(iter_lines(file)) == [line.removesuffix("\r") for line in expected]


@pytest.mark.parametrize("size", [2**20 - 3, 2**20 - 2, 2**20 - 1, 2**20, 2**20 + 1])
def test_lines_across_blocks_are_whole(tmp_path: Path, size: int) -> None:
    """Where the reader's blocks end does not matter, inside a letter or between CR and LF."""
    lines = ["x" * size, "é" * 10, "", "last"]
    for end in ("\n", "\r\n"):
        (tmp_path / "f").write_bytes(end.join(lines).encode())
        assert read_lines(tmp_path / "f") == lines


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1", "cp1252", "utf-8"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    """The encoding that is asked for is used, and the byte-order mark dropped."""
    (tmp_path / "f").write_bytes("café\nthé\n".encode(encoding))
    assert read_lines(tmp_path / "f", encoding) == ["café", "thé"]


@pytest.mark.parametrize(
    ("content", "encoding", "message"),
    [
        (b"one\ntwo\nth\xe9\n", "utf-8", "f:3: not UTF-8 .byte 0xe9.; convert the file first"),
        ("one\n".encode("utf-16"), "utf-8", 'f:1: not UTF-8 .byte 0xff.; .* encoding = "utf-16"'),
        (b"\x1f\x8b\x08\xff", "utf-8", "f: no text, but packed by gzip; unpack it first"),
        (b"one\n" * 400_000 + b"\xff", "utf-8", "f:400001: not UTF-8"),
        (b"one\ntw\0o\n", "utf-8", "f:2: a NUL character"),
        (b"one\n\x81\n", "cp1252", "f:2: not CP1252 .byte 0x81.; is that its encoding"),
        (b"one", "base64", "f: unknown encoding 'base64'; for example utf-8"),
        (b"one", "klingon", "f: unknown encoding 'klingon'; for example utf-8"),
    ],
)
def test_bytes_that_are_no_text(tmp_path: Path, content: bytes, encoding: str, message: str) -> None:
    """The error names file and line, whether the file is read whole or line by line."""
    (tmp_path / "f").write_bytes(content)
    for read in (read_text, read_lines):
        with pytest.raises(CorpusError, match=message):
            read(tmp_path / "f", encoding)


def test_an_endless_line_is_refused(tmp_path: Path) -> None:
    """A line of more than 16 MiB is an error that names it, and is never in memory whole."""
    with (tmp_path / "f").open("wb") as file:
        file.write(b"first\n")
        file.seek(2**28)
        file.write(b"x")
    tracemalloc.start()
    with pytest.raises(CorpusError, match=r"f:2: a line of more than 16 MiB"):
        read_lines(tmp_path / "f")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**27


def test_json(tmp_path: Path) -> None:
    """Values, with line numbers for lines; blank lines are none."""
    (tmp_path / "f").write_text('{"a": 1}\n\n[2]\n')
    assert list(iter_json_lines(tmp_path / "f")) == [(1, {"a": 1}), (3, [2])]
    (tmp_path / "g").write_text('{"a":\n 1}')
    assert read_json(tmp_path / "g") == {"a": 1}


@pytest.mark.parametrize("content", ['{"a": 1}\n{"a": \n', '{"a": 1}\n' + "[" * 100_000 + "\n"])
def test_what_is_no_json(tmp_path: Path, content: str) -> None:
    """The error names the line; nesting without end is no crash."""
    (tmp_path / "f").write_text(content)
    with pytest.raises(CorpusError, match=r"f:2: (not JSON|JSON nested)"):
        list(iter_json_lines(tmp_path / "f"))
    with pytest.raises(CorpusError, match=r"f(:\d)?: (not JSON|JSON nested)"):
        read_json(tmp_path / "f")


def test_a_number_without_end(tmp_path: Path) -> None:
    """It is refused, as JSON that cannot be read."""
    (tmp_path / "f").write_text("1" * 5000)
    with pytest.raises(CorpusError, match="f: JSON that cannot be read"):
        read_json(tmp_path / "f")


BOMB = '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><r>&b;</r>'
OUTSIDE = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><r>&x;</r>'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("<r>\n<a></r>", "f:2: not well-formed XML .mismatched tag"),
        ("", "f:1: not well-formed XML .no element found"),
        (BOMB, "f: EntitiesForbidden: entities and external references are refused"),
        (OUTSIDE, "f: EntitiesForbidden"),
        ('<?xml version="1.0" encoding="klingon"?><r/>', "f(:1)?: .*XML.*encoding"),
    ],
)
def test_xml_that_is_refused(tmp_path: Path, content: str, message: str) -> None:
    """Ill-formed text with its line, and whatever could fill the memory or reach other files."""
    (tmp_path / "f").write_text(content)
    with pytest.raises(CorpusError, match=message):
        read_xml(tmp_path / "f")


def test_xml(tmp_path: Path) -> None:
    """The root of a plain file."""
    (tmp_path / "f").write_text("<r><a>x</a></r>")
    assert [child.text for child in read_xml(tmp_path / "f")] == ["x"]


def test_files_that_are_not_there(tmp_path: Path) -> None:
    """Every reader says which file and why."""
    for read in (read_text, read_lines, read_json, read_xml):
        with pytest.raises(CorpusError, match=r"absent: cannot be read .No such file"):
            read(tmp_path / "absent")
