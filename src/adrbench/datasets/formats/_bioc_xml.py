"""BioC's XML as the same nested values that its JSON has, and back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from adrbench.api import CorpusError
from adrbench.datasets.decode import read_xml
from adrbench.datasets.formats.schema import Schema

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

# Which elements have which others inside, and what JSON calls the list of them.
_INSIDE = {
    "collection": {"document": "documents"},
    "document": {"passage": "passages", "annotation": "annotations", "relation": "relations"},
    "passage": {"sentence": "sentences", "annotation": "annotations", "relation": "relations"},
    "sentence": {"annotation": "annotations", "relation": "relations"},
    "annotation": {},
    "relation": {},
}
_VALUES = ("id", "offset", "text")
_OWN = {
    "collection": ("source", "date", "key"),
    "document": ("id",),
    "passage": ("offset", "text"),
    "sentence": ("offset", "text"),
    "annotation": ("@id", "location", "text"),
    "relation": ("@id", "node"),
}
SCHEMA = Schema(
    {
        **{tag: ("infon", *_OWN[tag], *inside) for tag, inside in _INSIDE.items()},
        "infon": ("@key",),
        "location": ("@offset", "@length"),
        "node": ("@refid", "@role"),
        **dict.fromkeys(("source", "date", "key", "id", "offset", "text"), ()),
    }
)
# All but these may stand in XML 1.0.
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A parser reads CR and CRLF as LF unless they are written as references.
_RETURN = {"\r": "&#13;"}
TAIL = "\n</collection>\n"


def read(path: Path, ledger: Counter[str]) -> dict[str, Any]:
    """The collection in a file. Raises ``CorpusError`` for what is no XML, dangerous XML, or another kind of XML."""
    root = read_xml(path)
    if root.tag != "collection":
        raise CorpusError(f"{path}: BioC's outermost element is <collection>, here it is <{root.tag}>")
    SCHEMA.check_xml(root, str(path), ledger)
    return {"documents": [], **_node(root, path)}


def _node(element: Element, path: Path) -> dict[str, Any]:
    node: dict[str, Any] = {"infons": {}}
    inside = _INSIDE[element.tag]
    for child in element:
        if child.tag == "infon":
            key = child.get("key")
            if key is None or key in node["infons"]:
                raise CorpusError(f"{path}: an <infon> of a <{element.tag}> without a key, or {key!r} once more")
            node["infons"][key] = _text(child)
        elif child.tag == "location":
            node.setdefault("locations", []).append(dict(child.attrib))
        elif child.tag in inside:
            node.setdefault(inside[child.tag], []).append(_node(child, path))
        elif child.tag in _VALUES:
            if child.tag in node:
                raise CorpusError(f"{path}: two <{child.tag}> in one <{element.tag}>; it has one")
            node[child.tag] = _text(child)
    return node


def _text(element: Element) -> str:
    return "".join(element.itertext())


def form(collection: dict[str, Any], path: Path) -> str:
    """A collection as the text of an XML file. Raises ``CorpusError`` for characters that XML cannot hold."""
    return "".join((head(collection), *(document(d, path) for d in collection["documents"]), TAIL))


def document(values: dict[str, Any], path: Path) -> str:
    """A document as XML. Raises ``CorpusError`` for characters that XML cannot hold."""
    text = "".join(_lines(values))
    bad = _FORBIDDEN.search(text)
    if bad:
        raise CorpusError(f"{path}: XML cannot hold the character U+{ord(bad[0]):04X} of the text; write .json instead")
    return text


def head(collection: Mapping[str, Any]) -> str:
    """All that stands before the documents of a collection."""
    facts = "".join(_element(key, collection[key]) for key in ("source", "date", "key"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE collection SYSTEM "BioC.dtd">\n<collection>{facts}'


def _lines(values: dict[str, Any]) -> Iterator[str]:
    yield f"\n<document>{_element('id', values['id'])}{_infons(values)}"
    for passage in values["passages"]:
        yield f"\n<passage>{_element('offset', passage['offset'])}{_element('text', passage['text'])}"
        yield from map(_annotation, passage["annotations"])
        yield "\n</passage>"
    yield "\n</document>"


def _annotation(annotation: dict[str, Any]) -> str:
    locations = "".join(
        f'<location offset="{at["offset"]}" length="{at["length"]}"/>' for at in annotation["locations"]
    )
    inside = f"{_infons(annotation)}{locations}{_element('text', annotation['text'])}"
    return f"\n<annotation id={quoteattr(annotation['id'])}>{inside}</annotation>"


def _infons(node: dict[str, Any]) -> str:
    return "".join(
        f"<infon key={quoteattr(key)}>{escape(value, _RETURN)}</infon>" for key, value in node["infons"].items()
    )


def _element(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value), _RETURN)}</{name}>"
