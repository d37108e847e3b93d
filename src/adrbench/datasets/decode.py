"""Bytes to text, lines, JSON and XML, or an error that names file and line."""

from __future__ import annotations

import codecs
import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from adrbench.datasets._unsupported import of_bytes
from adrbench.errors import CorpusError

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# No line of annotated text is longer; a file without line ends must not be taken into memory whole.
MAX_LINE_BYTES = 16 * 2**20
# Text, JSON and XML are read whole.
MAX_FILE_BYTES = 2**30
_BLOCK_BYTES = 2**20
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def read_text(path: Path, encoding: str = "utf-8") -> str:
    """Read a file of text.

    Args:
        path: The file.
        encoding: The name of its encoding, such as ``utf-8`` or ``latin-1``.

    Returns:
        The text, its line ends as they are, without a byte-order mark.

    Raises:
        CorpusError: If the file cannot be read; with the line, for NUL and for bytes that are not of the encoding.
    """
    return decode_text(_read_bytes(path), path, encoding)


def decode_text(data: bytes, path: Path, encoding: str = "utf-8") -> str:
    """Decode the bytes of a file.

    Args:
        data: The bytes.
        path: The file, for messages.
        encoding: The name of its encoding.

    Returns:
        The text, as ``read_text`` gives it.

    Raises:
        CorpusError: As ``read_text`` does, with the line.
    """
    return _decode(data, path, encoding, 1)


def iter_lines(path: Path, encoding: str = "utf-8") -> Iterator[str]:
    """Read the lines of a file one at a time.

    Args:
        path: The file.
        encoding: The name of its encoding, such as ``utf-8`` or ``latin-1``.

    Yields:
        A line without its end (LF or CRLF); the first one without a byte-order mark.

    Raises:
        CorpusError: If the file cannot be read; with the line, for bytes that are not of the encoding, for NUL, and for
            a line of more than 16 MiB.
    """
    if _codec(path, encoding).startswith(("utf-16", "utf-32")):
        # Their line ends are no single bytes to cut at.
        for line in read_text(path, encoding).removesuffix("\n").split("\n"):
            yield line.removesuffix("\r")
        return
    number = 1
    rest = b""
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK_BYTES):
                whole, end, rest_of_block = block.rpartition(b"\n")
                if not end:
                    rest += block
                    if len(rest) > MAX_LINE_BYTES:
                        raise CorpusError(f"{path}:{number}: a line of more than {MAX_LINE_BYTES // 2**20} MiB")
                    continue
                # Decoded block by block, cut at line ends, which in all other encodings are no part of a letter.
                lines = _decode(rest + whole, path, encoding, number).split("\n")
                rest = rest_of_block
                number += len(lines)
                for line in lines:
                    yield line.removesuffix("\r")
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error
    if rest:
        yield _decode(rest, path, encoding, number).removesuffix("\r")


def read_lines(path: Path, encoding: str = "utf-8") -> list[str]:
    """Read all lines of a file.

    Args:
        path: The file.
        encoding: The name of its encoding.

    Returns:
        The lines, as ``iter_lines`` gives them.

    Raises:
        CorpusError: As ``iter_lines`` does.
    """
    return list(iter_lines(path, encoding))


def read_json(path: Path) -> Any:
    """Read a file of JSON in UTF-8.

    Args:
        path: The file.

    Returns:
        Its value.

    Raises:
        CorpusError: If the file cannot be read; with the line, where it is not JSON.
    """
    return parse_json(read_text(path), str(path))


def iter_json_lines(path: Path, encoding: str = "utf-8") -> Iterator[tuple[int, Any]]:
    """Read a file of JSON lines one line at a time. Blank lines are passed over.

    Args:
        path: The file.
        encoding: The name of its encoding.

    Yields:
        The number of a line, from 1, and its value.

    Raises:
        CorpusError: As ``iter_lines`` does; with the line, where it is not JSON.
    """
    for number, line in enumerate(iter_lines(path, encoding), 1):
        if line.strip():
            yield number, parse_json(line, str(path), number)


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        name = Counter(name for name, _ in pairs).most_common(1)[0][0]
        raise ValueError(f"the key {name!r:.60} stands twice in one object")
    return value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _finite(number: str) -> float:
    """A float. What is too large for one is infinite, which JSON does not have."""
    if math.isinf(value := float(number)):
        raise ValueError(f"{number:.20} is too large for a number")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=_finite)


def decode_json(text: str, start: int = 0) -> tuple[Any, int]:
    """Decode the JSON value that begins at a place.

    Args:
        text: The text.
        start: The place, in characters.

    Returns:
        The value, and where it ends.

    Raises:
        ValueError: For what is not JSON (``JSONDecodeError``), a key that stands twice in an object, NaN and infinity,
            a number of thousands of digits, and half a surrogate pair.
        RecursionError: If it is nested too deeply.
    """
    value, end = _DECODER.raw_decode(text, start)
    _check_characters(value, text, start, end)
    return value, end


def _check_characters(value: Any, text: str, start: int, end: int) -> None:
    if _ESCAPED_SURROGATE.search(text, start, end):
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("half a surrogate pair, which is no character") from error


def parse_json(text: str, path: str, line: int | None = None) -> Any:
    """Parse a text of JSON.

    Args:
        text: The text.
        path: The name of its file, for messages.
        line: The line of the file that the text is; None: the text is the whole file.

    Returns:
        The value.

    Raises:
        CorpusError: The text is not JSON, is nested too deeply, or has half a surrogate pair.
    """
    where = path if line is None else f"{path}:{line}"
    try:
        value = _DECODER.decode(text)
        _check_characters(value, text, 0, len(text))
    except json.JSONDecodeError as error:
        raise CorpusError(f"{path}:{line or error.lineno}: not JSON ({error.msg}, column {error.colno})") from error
    except RecursionError as error:
        raise CorpusError(f"{where}: JSON nested too deeply") from error
    except ValueError as error:
        raise CorpusError(f"{where}: JSON that cannot be read ({error})") from error
    return value


def read_xml(path: Path) -> Element:
    """Read a file of XML.

    Args:
        path: The file.

    Returns:
        Its root element.

    Raises:
        CorpusError: If the file cannot be read; with the line, where it is not well-formed; and for entity declarations
            and external references, which could fill the memory or reach other files.
    """
    # The parser alone: defusedxml forbids what is dangerous, and is the standard library's ElementTree otherwise.
    from xml.etree.ElementTree import ParseError  # noqa: PLC0415

    from defusedxml import DefusedXmlException  # noqa: PLC0415
    from defusedxml.ElementTree import fromstring  # noqa: PLC0415

    data = _read_bytes(path)
    try:
        root: Element = fromstring(data)
    except ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise CorpusError(f"{path}:{line}: not well-formed XML ({reason}, column {column + 1})") from error
    except DefusedXmlException as error:
        raise CorpusError(f"{path}: {type(error).__name__}: entities and external references are refused") from error
    except (LookupError, ValueError) as error:
        raise CorpusError(f"{path}: XML in an encoding that cannot be read ({error})") from error
    return root


def _read_bytes(path: Path) -> bytes:
    try:
        if (size := path.stat().st_size) > MAX_FILE_BYTES:
            raise CorpusError(f"{path}: {size / 2**30:.1f} GiB are more than is read at once (1 GiB); split the file")
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(f"{path}: cannot be read ({error.strerror})") from error


def _codec(path: Path, encoding: str) -> str:
    try:
        # Not every codec is one of text: base64 has a name too, and no letters.
        "a".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError) as error:
        raise CorpusError(f"{path}: unknown encoding {encoding!r}; for example utf-8, latin-1, cp1252") from error


def _decode(data: bytes, path: Path, encoding: str, line: int) -> str:
    """Text of bytes whose first line has the number ``line``."""
    name = _codec(path, encoding)
    if line == 1 and name == "utf-8":
        data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        at = line + data.count(b"\n", 0, error.start)
        byte = data[error.start]
        hint = "is that its encoding?"
        if name == "utf-8":
            if line == 1 and (told := of_bytes(data, path.suffix.lower())):
                raise CorpusError(f"{path}: no text, but {told}") from error
            likely = "utf-16" if line == 1 and data.startswith(_UTF_16) else "latin-1"
            hint = f'convert the file first, or, where the format has the parameter, give encoding = "{likely}"'
        raise CorpusError(f"{path}:{at}: not {encoding.upper()} (byte 0x{byte:02x}); {hint}") from error
    except UnicodeError as error:
        # Some codecs do not say where they fail.
        raise CorpusError(f"{path}: not {encoding.upper()} ({error}); is that its encoding?") from error
    nul = text.find("\0")
    if nul >= 0:
        raise CorpusError(f"{path}:{line + text.count(chr(10), 0, nul)}: a NUL character; is this a text file?")
    return text
