"""Which format a file or folder is in, by what it holds."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from adrbench.api import DatasetPlugin
from adrbench.datasets._unsupported import of_content
from adrbench.datasets.files import files_below
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry

AUTO = "auto"
"""The ``use`` of a dataset whose format is to be recognised."""

# So much of a file, and so many files of a folder, say what they are.
_HEAD = 2**16
_FILES = 2000
_LINES = 200

# In another spelling, too: the reader says what is wrong with it.
_TAG = re.compile(r"(?:[Oo]|[BIESLUMWbieslumw]-\S+|\S+-[BIESLUMW])\s*")
_PUBTATOR = re.compile(r"^\S+\|t\|", re.MULTILINE)
_BRAT = re.compile(r"^(?:[TREAMN]\d+|#\d*|\*)[\t ]", re.MULTILINE)
# A text and an object, alone or the first of an array.
_PAIR = re.compile(r'(?:\[\s*)?"(?:[^"\\]|\\.)*"\s*,\s*\{')
_BIOC_ARRAY = re.compile(r'\{(?:[^{}\[\]]|\{[^{}]*\})*"(?:documents|passages)"\s*:\s*\[')
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_ELEMENT = re.compile(r"<([A-Za-z][^\s/>]*)")
_I2B2 = re.compile(r'^c="[^\n]*" \d+:\d+ \d+:\d+\|\|t="', re.MULTILINE)


class UnclearFormat(InputError):  # noqa: N818  (says what happened, as the others do)
    """The content of a file or folder leaves its format open: the user has to name it."""


@dataclass(frozen=True)
class Candidate:
    """A format that a file or folder may be in.

    Attributes:
        format: Its name, as in a benchmark file.
        evidence: What speaks for it.
    """

    format: str
    evidence: str


def candidates(path: Path) -> tuple[Candidate, ...]:
    """Find the formats for which the content of a file or folder speaks.

    Args:
        path: A file, or a folder whose files are looked at in alphabetical order.

    Returns:
        At most one candidate a format, none if nothing is known.

    Raises:
        InputError: If there is no such file or folder, or it cannot be read.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder")
    if not path.is_file() and not path.is_dir():
        raise InputError(f"{path}: neither a file nor a folder")
    try:
        files = [path] if path.is_file() else _listed(path)
        heads = [(file, _head(file)) for file in _of_each_suffix(files)]
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror})") from error
    found: dict[str, Candidate] = {}
    for file, head in heads:
        # Running text and its annotations may end in what looks like a tag.
        of_brat = _is_annotated(file) or _beside_a_text(file)
        for name, look in _RULES.items():
            if of_brat and name != "brat":
                continue
            if name not in found and (evidence := look(file, head)):
                found[name] = Candidate(name, f"{file.name}: {evidence}")
    if not found and (empty := next(filter(_beside_a_text, files), None)):
        # Nothing was marked, or what the reader of brat will complain of.
        found["brat"] = Candidate("brat", f"{empty.name}: beside a text of the same name")
    return tuple(found.values())


def readable(registry: Registry) -> list[str]:
    """List the formats that installed plugins read. Broken plugins are left out.

    Args:
        registry: The registry of plugins.

    Returns:
        The names of the formats.
    """
    plugins = (one.description for one in registry.discover("datasets"))
    return [plugin.name for plugin in plugins if isinstance(plugin, DatasetPlugin) and plugin.format]


def corpus_name(path: Path, otherwise: str) -> str:
    """Name a corpus by its file or folder.

    Args:
        path: The file or folder.
        otherwise: The name if nothing of the path's can stand in one.

    Returns:
        The letters, digits, dots, underscores, plus signs and hyphens of the path's last part, without its ending.
    """
    return re.sub(r"[^A-Za-z0-9._+-]", "", path.resolve().stem).lstrip("._+-") or otherwise


def recognise(path: Path, formats: Sequence[str]) -> Candidate:
    """Say which format a file or folder is in.

    Args:
        path: A file or folder.
        formats: The formats that can be read here.

    Returns:
        The only candidate.

    Raises:
        UnclearFormat: If nothing speaks for any format, or something for several.
        InputError: If the format is known and cannot be read here.
    """
    found = candidates(path)
    if len(found) == 1:
        [only] = found
        if only.format not in formats:
            raise InputError(f"{path}: looks like {only.format} ({only.evidence}), which no installed plugin reads")
        return only
    if found:
        told = "\n".join(f"  {one.format}: {one.evidence}" for one in found)
        raise UnclearFormat(f"{path}: its content speaks for several formats:\n{told}")
    if told := unsupported(path):
        raise InputError(f"{path}: its content is of no format that is known; {told}")
    raise UnclearFormat(f"{path}: its content is of no format that is known: {', '.join(formats)}")


def unsupported(path: Path) -> str:
    """Name the format of a file that no reader takes.

    Args:
        path: The file, or a folder, of which the first such file is named.

    Returns:
        The file, its format and what to convert it to; empty if that is unknown.
    """
    for file in _of_each_suffix([path] if path.is_file() else _listed(path)):
        with file.open("rb") as stream:
            data = stream.read(_HEAD)
        if told := of_content(data, _text(data), file.suffix.lower()):
            return f"{file.name} looks like {told}"
    return ""


def _listed(folder: Path) -> list[Path]:
    files = (file for file in files_below(folder) if not file.name.startswith("."))
    return sorted(islice(files, _FILES))


def _of_each_suffix(files: Sequence[Path]) -> Iterator[Path]:
    """The first files of each suffix that are not empty: a folder may begin with a licence."""
    seen: dict[str, int] = {}
    for file in files:
        if file.stat().st_size and seen.setdefault(file.suffix, 0) < 3:  # noqa: PLR2004
            seen[file.suffix] += 1
            yield file


def _head(file: Path) -> str:
    with file.open("rb") as stream:
        return _text(stream.read(_HEAD))


def _text(data: bytes) -> str:
    encoding = "utf-16" if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    return data.decode(encoding, "replace")


def _brat(file: Path, head: str) -> str:
    return "mentions in standoff, beside a text of the same name" if _BRAT.search(head) and _beside_a_text(file) else ""


def _beside_a_text(file: Path) -> bool:
    """Whether a file is one of annotations, and its text is there; the case of neither suffix matters."""
    texts = (file.with_suffix(suffix) for suffix in (".txt", ".TXT"))
    return file.suffix.lower() == ".ann" and any(text.is_file() for text in texts)


def _is_annotated(file: Path) -> bool:
    """Whether a file is a text beside which its annotations stand."""
    annotations = (file.with_suffix(suffix) for suffix in (".ann", ".ANN"))
    return file.suffix.lower() == ".txt" and any(file.is_file() for file in annotations)


def _parquet(_: Path, head: str) -> str:
    return "a parquet file" if head.startswith("PAR1") else ""


def _pubtator(_: Path, head: str) -> str:
    return "lines of PubTator, such as 123|t|title" if _PUBTATOR.search(head) else ""


def _i2b2(_: Path, head: str) -> str:
    return 'concepts such as c="…" 1:0 1:2||t="problem"' if _I2B2.search(head) else ""


def _bioc(_: Path, head: str) -> str:
    start = head.lstrip()
    if start.startswith("<") and re.search(r"<collection[\s>]", head) and "<document" in head:
        return "XML whose root is a collection of documents"
    if start.startswith("[") and _BIOC_ARRAY.match(start[1:].lstrip()):
        return "an array of collections or documents of BioC"
    named = any(f'"{key}"' in head for key in ("documents", "passages"))
    # BigBio's own form has passages, too.
    if named and start.startswith("{") and '"document_id"' not in head:
        return "JSON with documents or passages"
    return ""


def _tac(_: Path, head: str) -> str:
    root = _ELEMENT.search(_COMMENT.sub("", head))
    return "XML whose root is a Label" if root and root[1] == "Label" else ""


def _json_lines(_: Path, head: str) -> str:
    start = head.lstrip()
    line = start.partition("\n")[0]
    if start.startswith("["):
        inner = start[1:].lstrip()
        if _BIOC_ARRAY.match(inner):
            return ""
        if inner.startswith("{"):
            return "an array of JSON objects"
        return "pairs of a text and its entities" if _PAIR.match(inner) else ""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        # A line longer than what is looked at.
        return "a JSON object with a text" if start.startswith('{"') and '"text"' in line[:1000] else ""
    if isinstance(value, dict) and not {"documents", "passages", "PubTator3"} & value.keys():
        return "a JSON object a line"
    return ""


def _columns(_: Path, head: str) -> str:
    lines = head.split("\n")[:_LINES]
    rows = [line.split() for line in lines if line.strip() and not line.startswith(("#", "-DOCSTART-"))]
    tagged = [row for row in rows if len(row) > 1 and _TAG.fullmatch(row[-1])]
    # The last line may be cut off.
    return "a token and its tag a line" if tagged and len(tagged) >= len(rows) - 1 else ""


_RULES: dict[str, Callable[[Path, str], str]] = {
    "brat": _brat,
    "pubtator": _pubtator,
    "i2b2": _i2b2,
    "bioc": _bioc,
    "tac-spl": _tac,
    "huggingface": _parquet,
    "jsonl": _json_lines,
    "conll": _columns,
}
