"""What annotation tools and taggers write as JSON: text with spans, in six shapes.

Each shape is told by its field names, and read into one ``Draft``, whose offsets still count what the tool counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from adrbench.api import CorpusError
from adrbench.datasets.formats._items import SCHEMA, Item, Mark, marks_of, short
from adrbench.datasets.formats._tagged import Numbering, content
from adrbench.datasets.formats.parts import PART_NAMES
from adrbench.datasets.formats.schema import like

Shape = Literal["adrbench", "spacy", "prodigy", "doccano", "label-studio", "tags"]
SHAPES: tuple[Shape, ...] = get_args(Shape)

_WORDS, _TAGS = ("tokens", "words"), ("ner_tags", "tags", "labels", "ner")
_DOCCANO_SPANS = ("label", "labels", "entities")
# The fields that tell a shape, but for those of one of its kind alone.
_TELLING = ("spans", "ents", "annotations", "completions", "text", "data", *_WORDS, *_TAGS, *_DOCCANO_SPANS)
_PARTS = {"": "", **PART_NAMES}
_UNITS = ("sentence", "document")


@dataclass(frozen=True)
class Names:
    """Fields that are not called what their shape calls them; empty: they are. ``tags``: what numbers stand for."""

    text: str = ""
    spans: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Draft:
    """A text as written, before offsets are counted in characters and looked at."""

    text: str
    marks: tuple[Mark, ...] = ()
    id: str | None = None
    group: str | None = None
    tokens: tuple[tuple[int, int], ...] | None = None
    parts: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    unlabelled: bool = False
    unit: Literal["sentence", "document"] = "document"


def recognise(value: Any) -> Shape | None:
    """The shape of an item of a file, or None.

    >>> recognise({"text": "Rash.", "label": [[0, 4, "ADR"]]})
    'doccano'
    """
    shape: Shape | None = None
    match value:
        case [str(), {"entities": _}] | {"ents": _}:
            shape = "spacy"
        case {"data": {}}:
            shape = "label-studio"
        case {"answer": _} | {"_input_hash": _} | {"_task_hash": _} | {"spans": _, "tokens": [{}, *_]}:
            shape = "prodigy"
        case {"spans": _}:
            shape = "adrbench"
        case {"label": _} | {"entities": _} | {"text": str(), "annotation_id": _}:
            shape = "doccano"
        case {"tokens": [*words]} | {"words": [*words]} if _are_tagged(words, value):
            shape = "tags"
        case {"labels": _}:
            shape = "doccano"
    return shape


def slip(value: Any) -> str:
    """What an item of no shape may mean; empty if none of its fields is like one that tells a shape.

    >>> slip({"text": "Rash.", "Spans": []})
    "did you mean 'spans' by 'Spans'?"
    """
    known = {name for shape in SHAPES for name in (*SCHEMA.nodes[shape], *SCHEMA.known.get(shape, ()))}
    for name in value if isinstance(value, dict) else ():
        if name not in known and (near := like(name, _TELLING)):
            return f"did you mean {near!r} by {name!r:.60}?"
    return ""


def parse(shape: Shape, value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft | None:
    """Read an item of a file, or None for one that its tool says is no gold; what is left out is counted.

    Raises ``CorpusError`` beginning with ``where`` for what is not of the shape.
    """
    return _PARSERS[shape](value, where, names, ledger)


def _ours(value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft:
    item = Item.of(value, where)
    item.check("adrbench", ledger, {"text": names.text or "text", "spans": names.spans or "spans"})
    if {"part", "parts"} <= item.values.keys():
        raise CorpusError(f"{where}: both 'part' and 'parts'; 'parts' has one for each fold")
    parts = item.list("parts") if "parts" in item.values else []
    if "part" in item.values:
        parts = [item.values["part"]]
    unit, unlabelled = item.values.get("unit", "document"), item.values.get("unlabelled", False)
    if unit not in _UNITS:
        raise CorpusError(f"{where}: 'unit' is {short(unit)}; it should be one of {', '.join(_UNITS)}")
    if not isinstance(unlabelled, bool):
        raise CorpusError(f"{where}: 'unlabelled' is {short(unlabelled)}; it should be true or false")
    marks = item.marks(names.spans or "spans", ledger)
    if unlabelled and marks:
        raise CorpusError(f"{where}: an unlabelled text with spans")
    return Draft(
        text=item.string(names.text or "text"),
        marks=marks,
        id=item.id(),
        group=item.string("group") if "group" in item.values else None,
        tokens=item.ranges("tokens") if "tokens" in item.values else None,
        parts=tuple(_part(part, where) for part in parts),
        metadata=item.metadata(),
        unlabelled=unlabelled,
        unit=unit,
    )


def _spacy(value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft:
    if isinstance(value, list):
        if recognise(value) != "spacy":
            raise CorpusError(f'{where}: {short(value)}, not [text, {{"entities": [[start, end, label], …]}}]')
        pair = Item.of(value[1], where)
        pair.check("pair", ledger)
        _count_groups(pair, ledger)
        return Draft(value[0], pair.marks("entities", ledger))
    item = Item.of(value, where)
    text, spans = names.text or "text", names.spans or "ents"
    item.check("spacy", ledger, {"text": text, "ents": spans})
    if spans != "spans":
        _count_groups(item, ledger)
    return Draft(item.string(text), item.marks(spans, ledger), tokens=item.token_objects(ledger))


def _count_groups(item: Item, ledger: Counter[str]) -> None:
    """Count the spans of spaCy's span groups, which stand beside the entities."""
    groups = item.values.get("spans")
    if isinstance(groups, dict):
        ledger["spans of span groups, not read"] += sum(
            len(group) if isinstance(group, list) else bool(group) for group in groups.values()
        )
    elif groups:
        ledger["spans of span groups, not read"] += len(groups) if isinstance(groups, list) else 1


def _prodigy(value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft | None:
    item = Item.of(value, where)
    answer = item.values.get("answer", "accept")
    if answer in ("reject", "ignore"):
        ledger[f"texts with the answer {answer}, left out"] += 1
        return None
    if answer != "accept":
        raise CorpusError(f"{where}: the answer is {short(answer)}; it should be accept, reject or ignore")
    item.count_relations(ledger)
    text, spans = names.text or "text", names.spans or "spans"
    item.check("prodigy", ledger, {"text": text, "spans": spans})
    # Where nothing is marked, Prodigy leaves the field out.
    marks = item.marks(spans, ledger) if spans in item.values else ()
    tokens, metadata = item.token_objects(ledger), item.facts("meta", ledger)
    return Draft(item.string(text), marks, item.id(), tokens=tokens, metadata=metadata)


def _doccano(value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft:
    item = Item.of(value, where)
    item.count_relations(ledger)
    text = names.text or ("text" if "text" in item.values else "data")
    spans = names.spans or _doccano_spans(item)
    empty = {name for name in _DOCCANO_SPANS if name != spans and item.values.get(name) == []}
    item = Item({name: value for name, value in item.values.items() if name not in empty}, where)
    item.check("doccano", ledger, {"text": text, "label": spans})
    # Where nothing is marked, Label Studio's short form leaves the field out.
    marks = item.marks(spans, ledger) if spans in item.values or "annotation_id" not in item.values else ()
    metadata = {**item.facts("meta", ledger), **item.facts("metadata", ledger)}
    return Draft(item.string(text), marks, item.id(), metadata=metadata)


def _doccano_spans(item: Item) -> str:
    """The field of the spans: the one that is there, or of several the one that is not empty."""
    there = [name for name in _DOCCANO_SPANS if name in item.values]
    filled = [name for name in there if item.values[name]]
    if len(filled) > 1:
        raise CorpusError(
            f"{item.where}: both {filled[0]!r} and {filled[1]!r} hold something; params.spans names the one to read"
        )
    return (filled or there or ["label"])[0]


def _label_studio(value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft | None:
    item = Item.of(value, where)
    item.check("label-studio", ledger)
    text = Item.of(item.values.get("data"), f"{where}: the data").string(names.text or "text")
    annotations = [
        Item.of(annotation, f"{where}: an annotation")
        for annotation in item.list("completions" if "completions" in item.values else "annotations")
    ]
    for annotation in annotations:
        annotation.check("annotation", ledger)
    kept = [annotation for annotation in annotations if not annotation.values.get("was_cancelled")]
    ledger["cancelled annotations, left out"] += len(annotations) - len(kept)
    if not kept:
        ledger["texts without an annotation, left out"] += 1
        return None
    ledger["annotations by further annotators of a text, left out"] += len(kept) - 1
    marks: list[Mark] = []
    for result in kept[0].list("result"):
        one = Item.of(result, f"{where}: a result")
        one.check("result", ledger)
        region = one.values
        stretch = region.get("value")
        if region.get("type") == "relation":
            ledger["relations, not read"] += 1
        elif not isinstance(stretch, dict) or not {"start", "end"} <= stretch.keys():
            ledger["results that are no spans, not read"] += 1
        elif not stretch.get("labels"):
            ledger["spans without a label, left out"] += 1
        else:
            marks.extend(marks_of(stretch, where, ledger))
    return Draft(text, tuple(marks), item.id(), metadata=item.facts("data", ledger, but=names.text or "text"))


def _tags(value: Any, where: str, names: Names, ledger: Counter[str]) -> Draft:
    item = Item.of(value, where)
    words = names.text or _named(value, _WORDS) or _WORDS[0]
    tags = names.spans or _named(value, _TAGS) or _TAGS[0]
    item.check("tags", ledger, {"tokens": words, "ner_tags": tags})
    numbering = Numbering(names.tags or None, given=bool(names.tags))
    text, spans, tokens = content(item.list(words), item.list(tags), numbering, where, ledger)
    return Draft(
        text,
        tuple(Mark(span.start, span.end, span.label) for span in spans),
        item.id(),
        item.string("group") if "group" in item.values else None,
        tokens,
        unit="sentence",
    )


_PARSERS: dict[Shape, Callable[[Any, str, Names, Counter[str]], Draft | None]] = {
    "adrbench": _ours,
    "spacy": _spacy,
    "prodigy": _prodigy,
    "doccano": _doccano,
    "label-studio": _label_studio,
    "tags": _tags,
}


def _part(value: Any, where: str) -> str:
    if not isinstance(value, str) or value not in _PARTS:
        raise CorpusError(f"{where}: the part {short(value)}; it should be train, dev, test or empty")
    return _PARTS[value]


def _are_tagged(words: Sequence[Any], value: Mapping[str, Any]) -> bool:
    """Whether these are words, and a field of their item has tags: names or numbers."""
    tags = value.get(_named(value, _TAGS) or "", [[]])
    return all(isinstance(word, str) for word in words) and all(isinstance(tag, str | int) for tag in tags)


def _named(value: Mapping[str, Any], fields: Sequence[str]) -> str | None:
    """The first of these fields that holds a list."""
    return next((name for name in fields if isinstance(value.get(name), list)), None)
