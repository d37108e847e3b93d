"""Formats of other tools that no reader takes: their names, and what to make of them."""

from __future__ import annotations

import json
import re
from typing import Any

_TAG = re.compile(r"[BIESLUMW]-\S+")
_PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstd", b"7z\xbc\xaf": "7-Zip"}
_OFFICE = {".xlsx": "an Excel workbook", ".docx": "a Word document", ".ods": "a spreadsheet", ".odt": "a document"}
_AS_LINES = "write it as JSON lines with 'text' and 'spans'"
_AS_PIPELINE = "write each text on a line, as {'id': …, 'text': …, 'entities': pipeline(text)}"
_BINARY = {
    b"ARROW1": "an Arrow file; write it as parquet, such as by Dataset.to_parquet",
    b"%PDF": f"a PDF file; {_AS_LINES}",
    b"\x89PNG": "a picture",
    b"\x80\x04": f"a pickle, which may run code and is not read; {_AS_LINES}",
    b"\x80\x05": f"a pickle, which may run code and is not read; {_AS_LINES}",
    b"SQLite format 3": f"an SQLite database; {_AS_LINES}",
}
_AS_COLUMNS = "write columns of a token and its tag, with a tab between"
_CONLL_U = 10
_DOCBIN = f"a DocBin of spaCy; {_AS_LINES}, such as by Doc.to_json"
_EXPORT = "export it as CoNLL 2002"
_MARKUP = {
    "#FORMAT=WebAnno TSV": f"WebAnno TSV of INCEpTION or WebAnno; {_EXPORT}",
    "<xmi:XMI": f"UIMA XMI of INCEpTION or WebAnno; {_EXPORT}",
    "<GateDocument": f"GATE XML; {_AS_LINES}",
    "<TEI": f"TEI; {_AS_LINES}",
    "<deIdi2b2": f"XML of the 2014 i2b2 challenge; {_AS_LINES}",
    "charOffset=": f"XML with entities by 'charOffset', as of DDIExtraction, whose ends are included; {_AS_LINES}",
    "<source_file": f"XML of ACE; {_AS_LINES}",
    "textSource=": f"XML of Knowtator; {_AS_LINES}",
    "<cons ": f"XML of GENIA; {_AS_LINES}",
}
_JSON = (
    ({"%TYPES"}, f"UIMA CAS JSON of INCEpTION; {_EXPORT}"),
    ({"%FEATURE_STRUCTURES"}, f"UIMA CAS JSON of INCEpTION; {_EXPORT}"),
    ({"tokenized_text", "ner"}, "GLiNER's training data, whose spans count tokens; write 'tokens' and 'ner_tags'"),
    ({"sentences", "ner"}, "the form of DyGIE++ and SciERC, whose spans count tokens; write 'tokens' and 'ner_tags'"),
    ({"content", "annotation"}, f"an export of Dataturks, whose ends are included; {_AS_LINES}"),
    ({"paragraphs"}, f"spaCy 2's training data; {_AS_LINES}"),
    ({"context", "query"}, f"questions and answers (MRC); {_AS_LINES}"),
    ({"text", "prediction", "annotation"}, f"an export of Argilla, whose spans are [label, start, end]; {_AS_LINES}"),
    ({"fields", "responses"}, f"an export of Argilla; {_AS_LINES}"),
    ({"text", "denotations"}, f"PubAnnotation; {_AS_LINES}"),
    ({"document", "documentName"}, f"an export of UBIAI; {_AS_LINES}"),
    ({"passages", "document_id"}, f"the form of BigBio; {_AS_LINES}"),
    ({"passages"}, "BioC: name the format bioc"),
    ({"PubTator3"}, "BioC: name the format bioc"),
    ({"documents", "source"}, "BioC: name the format bioc"),
)
_SPAN_FIELDS = ("annotations", "annotation", "mentions", "ner", "entity", "ents")


def of_content(data: bytes, head: str, suffix: str) -> str:
    """Name the format of a file, and say what to convert it to.

    Args:
        data: Its first bytes.
        head: The same as text.
        suffix: How its name ends, in lower case.

    Returns:
        What it is, with the remedy; empty if that is unknown.
    """
    return of_bytes(data, suffix) or _of_text(head, suffix)


def of_bytes(data: bytes, suffix: str) -> str:
    """Name the format of a file that is no text, and say what to convert it to.

    Args:
        data: Its first bytes.
        suffix: How its name ends, in lower case.

    Returns:
        What it is, with the remedy; empty if that is unknown.
    """
    packer = next((name for start, name in _PACKED.items() if data.startswith(start)), "")
    if packer:
        return f"packed by {packer}; unpack it first"
    if data.startswith(b"PK\x03\x04"):
        return f"{_OFFICE[suffix]}; {_AS_LINES}" if suffix in _OFFICE else "a zip archive; unpack it first"
    if data[257:262] == b"ustar":
        return "a tar archive; unpack it first"
    if suffix == ".spacy":
        return _DOCBIN
    return next((name for start, name in _BINARY.items() if data.startswith(start)), "")


def _of_text(head: str, suffix: str) -> str:
    if suffix in {".a1", ".a2"}:
        return "standoff of a BioNLP shared task; brat reads .a1 files that are renamed to .ann"
    start = head.lstrip()
    if start.startswith(("<", "#FORMAT")):
        name = next((name for sign, name in _MARKUP.items() if sign in head), "")
        root = re.search(r"<([A-Za-z][\w:.-]{0,40})", head)
        return name or (f"XML or HTML with the root <{root[1]}>; {_AS_LINES}" if root else "")
    if re.match(r'\{\s*["}]', start):
        try:
            value = json.loads(head)
        except (ValueError, RecursionError):
            value = None
        told = of_json(value)
        return told or "a JSON object over several lines; write one object a line, such as by jq -c . FILE"
    return _of_rows(head)


def _of_rows(head: str) -> str:
    lines = [line for line in head.split("\n")[:200] if line.strip() and not line.startswith(("#", "-DOCSTART-"))]
    # The last line may be cut off.
    lines = lines[: max(1, len(lines) - 1)]
    rows = [line.split("\t") if "\t" in lines[0] else line.split() for line in lines]
    width = len(rows[0]) if rows else 0
    if width == _CONLL_U and rows[0][0] == "1":
        return f"CoNLL-U; {_AS_COLUMNS}"
    if width > 1 and all(len(row) == width for row in rows):
        for column in range(width):
            cells = {row[column].strip() for row in rows}
            if any(map(_TAG.fullmatch, cells)) and all(cell == "O" or _TAG.fullmatch(cell) for cell in cells):
                token = 1 if {*rows[0][:1]} & {"0", "1"} else 0 if column else 1
                return f"columns with tags in column {column}: format conll, --param token={token} --param tag={column}"
    if lines and "," in lines[0] and len({line.count(",") for line in lines[:2]}) == 1:
        return f"comma-separated values; {_AS_LINES}, or {_AS_COLUMNS}"
    return ""


def of_json(value: Any) -> str:
    """Name the format of a JSON value that is of no shape that is read, and say what to do.

    Args:
        value: The value.

    Returns:
        What it is, with the remedy; empty if that is unknown.
    """
    first = value[0] if isinstance(value, list) and value else value
    if isinstance(first, dict) and {"entity_group", "entity"} & first.keys():
        return f"spans of a pipeline of Hugging Face without their text; {_AS_PIPELINE}"
    if not isinstance(value, dict):
        return ""
    told = next((name for fields, name in _JSON if fields <= value.keys()), "")
    if told:
        return told
    return _of_fields(value)


def _of_fields(value: dict[str, Any]) -> str:
    """What the lists and objects of an object may be."""
    lists = [n for n, held in value.items() if isinstance(held, list) and held and isinstance(held[0], dict | list)]
    words = [n for n, held in value.items() if isinstance(held, list) and held and isinstance(held[0], str)]
    told = ""
    if isinstance(value.get("text"), str):
        if field := next((name for name in _SPAN_FIELDS if name in lists), ""):
            told = f"text with a list {field!r}; if these are its spans, --param spans={field} reads them"
    elif len(words) == 2:  # noqa: PLR2004
        told = (
            f"lists of strings; if they are words and tags, --param shape=tags --param text={words[0]} "
            f"--param spans={words[1]} reads them"
        )
    elif len(lists) == 1:
        told = f"an object around a list; take the list {lists[0]!r} out, such as by jq -c '.{lists[0]}[]' FILE"
    elif value and all(isinstance(held, dict) for held in value.values()):
        told = "an object of objects; write each on a line, such as by jq -c '.[]' FILE"
    return told
