"""JSON objects that hold spans: their fields, looked at as they are taken."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adrbench.api import CorpusError
from adrbench.datasets.formats.schema import Schema

SCHEMA = Schema(
    {
        "adrbench": ("id", "text", "spans", "group", "part", "parts", "tokens", "metadata", "unlabelled", "unit"),
        "spacy": ("text", "ents", "tokens"),
        "pair": ("entities",),
        "prodigy": ("id", "text", "spans", "tokens", "answer", "relations"),
        "doccano": ("id", "text", "data", "label", "labels", "entities", "relations"),
        "label-studio": ("id", "data", "annotations", "completions"),
        "annotation": ("result", "was_cancelled"),
        "result": ("type", "value"),
        "tags": ("id", "group", "tokens", "words", "ner_tags", "tags", "labels", "ner"),
        "span": ("start", "end", "label", "parts", "text", "start_offset", "end_offset", "labels", "entity_group"),
        "token": ("start", "end"),
    },
    {
        "spacy": ("id", "sents", "cats", "spans", "meta", "_"),
        "pair": ("cats", "links", "relations", "spans"),
        "prodigy": (
            *("_input_hash", "_task_hash", "_session_id", "_view_id", "_annotator_id", "_timestamp", "_is_binary"),
            *("meta", "options", "accept", "config", "versions", "label", "html"),
        ),
        "doccano": ("meta", "metadata", "Comments", "comments", "cats", "annotation_approver", "approved_by"),
        "label-studio": (
            *("drafts", "predictions", "meta", "created_at", "updated_at", "inner_id", "total_annotations", "project"),
            *("cancelled_annotations", "total_predictions", "comment_count", "unresolved_comment_count", "file_upload"),
            *("last_comment_updated_at", "updated_by", "comment_authors", "overlap", "is_labeled", "allow_skip"),
        ),
        "annotation": (
            *("id", "completed_by", "ground_truth", "created_at", "updated_at", "lead_time", "prediction", "task"),
            *("result_count", "draft_created_at", "unique_id", "import_id", "last_action", "project", "updated_by"),
            *("parent_prediction", "parent_annotation", "last_created_by", "bulk_created"),
        ),
        "result": (
            *("id", "from_name", "to_name", "origin", "score", "meta", "hidden", "readonly", "from_id", "to_id"),
            *("direction", "labels", "parentID"),
        ),
        "span": (
            *("id", "token_start", "token_end", "kb_id", "type", "score", "source", "input_hash", "rejected", "color"),
            *("globalOffsets", "user", "created_at", "updated_at", "pattern", "entity", "example", "index", "word"),
        ),
        "token": (*("id", "text", "ws", "disabled", "tag", "pos", "morph", "lemma", "dep", "head", "_"),),
    },
)


@dataclass(frozen=True)
class Mark:
    """A span as written; ``words``: the file's own copy of its text, if there is one."""

    start: int
    end: int
    label: str
    parts: tuple[tuple[int, int], ...] = ()
    words: str | None = None


@dataclass(frozen=True)
class Item:
    """A JSON object whose fields are looked at as they are taken: ``CorpusError`` beginning with ``where`` if wrong."""

    values: Mapping[str, Any]
    where: str

    @classmethod
    def of(cls, value: Any, where: str) -> Item:
        """The object that a value should be."""
        if not isinstance(value, dict):
            raise CorpusError(f"{where}: {short(value)}, not a JSON object")
        return cls(value, where)

    def check(self, node: str, ledger: Counter[str], renamed: Mapping[str, str] | None = None) -> None:
        """Check the names of the fields; ``renamed``: what they are called, by what the schema calls them."""
        SCHEMA.check(node, self.values.keys(), self.where, ledger, renamed)

    def string(self, name: str) -> str:
        """A field that must be a string."""
        value = self.values.get(name)
        if not isinstance(value, str):
            raise CorpusError(f"{self.where}: {self._is(name)}, not a string; {self._fields()}")
        return value

    def list(self, name: str) -> list[Any]:
        """A field that must be a list."""
        value = self.values.get(name)
        if not isinstance(value, list):
            raise CorpusError(f"{self.where}: {self._is(name)}, not a list; {self._fields()}")
        return value

    def id(self) -> str | None:
        """The field ``id``, if there is one."""
        value = self.values.get("id")
        if value is not None and not isinstance(value, str) and type(value) is not int:
            raise CorpusError(f"{self.where}: the id is {short(value)}, neither a string nor a whole number")
        return None if value is None else str(value)

    def marks(self, name: str, ledger: Counter[str]) -> tuple[Mark, ...]:
        """The spans of a field that must be a list of them."""
        return tuple(mark for value in self.list(name) for mark in marks_of(value, self.where, ledger))

    def ranges(self, name: str) -> tuple[tuple[int, int], ...]:
        """A field that must be a list of starts and ends."""
        return tuple(_range(value, f"{self.where}: {name!r}") for value in self.list(name))

    def token_objects(self, ledger: Counter[str]) -> tuple[tuple[int, int], ...] | None:
        """Tokens as spaCy and Prodigy have them; their empty ones mean nothing."""
        if "tokens" not in self.values or not self.list("tokens"):
            return None
        ranges = []
        for value in self.list("tokens"):
            token = Item.of(value, f"{self.where}: a token")
            token.check("token", ledger)
            start, end = _offset(token.values, "start", token.where), _offset(token.values, "end", token.where)
            if start == end:
                ledger["empty tokens, left out"] += 1
            else:
                ranges.append((start, end))
        return tuple(ranges)

    def metadata(self) -> dict[str, str]:
        """The field ``metadata``, empty if there is none."""
        value = self.values.get("metadata", {})
        if not isinstance(value, dict) or not all(isinstance(fact, str) for fact in value.values()):
            raise CorpusError(f"{self.where}: {self._is('metadata')}, not an object of strings")
        return value

    def facts(self, name: str, ledger: Counter[str], but: str = "") -> dict[str, str]:
        """The plain values of a field that a tool fills as its user likes; others than ``but`` are counted."""
        given = self.values.get(name)
        if not isinstance(given, dict):
            ledger["metadata that is no plain value, not read"] += bool(given)
            return {}
        plain = {
            key: str(fact)
            for key, fact in given.items()
            if key != but and isinstance(fact, str | int | float) and not isinstance(fact, bool)
        }
        ledger["metadata that is no plain value, not read"] += len(given.keys() - plain.keys() - {but})
        return plain

    def count_relations(self, ledger: Counter[str]) -> None:
        """Count the field ``relations``, which is not read."""
        ledger["relations, not read"] += len(self.list("relations")) if "relations" in self.values else 0

    def _is(self, name: str) -> str:
        return f"{name!r} is {short(self.values[name])}" if name in self.values else f"{name!r} is missing"

    def _fields(self) -> str:
        return f"the fields are {', '.join(sorted(map(short, self.values))) or 'none'}"


def marks_of(value: Any, where: str, ledger: Counter[str]) -> Iterator[Mark]:
    """The spans of one value: as many as it has labels."""
    if isinstance(value, list):
        if len(value) != 3:  # noqa: PLR2004
            raise CorpusError(f"{where}: the span {short(value)} is not [start, end, label]")
        value = dict(zip(("start", "end", "label"), value, strict=True))
    if not isinstance(value, dict):
        raise CorpusError(f"{where}: the span {short(value)} is neither [start, end, label] nor an object")
    SCHEMA.check("span", value.keys(), where, ledger)
    _check_span(value, where)
    if value.get("rejected") is True:
        ledger["spans marked as rejected, left out"] += 1
        return
    parts = Item(value, f"{where}: a span").ranges("parts") if "parts" in value else ()
    start = _offset(value, "start" if "start" in value else "start_offset", where)
    end = _offset(value, "end" if "end" in value else "end_offset", where)
    words = value.get("text")
    labels = value["labels"] if "labels" in value else [value.get("label", value.get("entity_group"))]
    if labels == [None] and "entity" in value:
        raise CorpusError(
            f"{where}: the span {start}-{end} is a word piece with the tag {short(value['entity'])}; "
            'a pipeline of Hugging Face gives whole spans with aggregation_strategy="simple"'
        )
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) and label for label in labels):
        given = short(value.get("labels", value.get("label")))
        raise CorpusError(f"{where}: the label of the span {start}-{end} is {given}; it should be a string, not empty")
    for label in labels:
        yield Mark(start, end, label, parts, words)


def _check_span(value: Mapping[str, Any], where: str) -> None:
    """Refuse a span that says a thing twice and not alike, or in a form that says nothing."""
    for one, other in (("start", "start_offset"), ("end", "end_offset"), ("label", "entity_group")):
        if None not in (said := (value.get(one), value.get(other))) and said[0] != said[1]:
            raise CorpusError(f"{where}: {one!r} and {other!r} of {short(dict(value))} differ; leave one out")
    if None not in (said := (value.get("label"), value.get("labels"))) and [said[0]] != said[1]:
        raise CorpusError(f"{where}: 'label' and 'labels' of {short(dict(value))} differ; leave one out")
    if value.get("rejected") not in (None, True, False):
        raise CorpusError(f"{where}: 'rejected' is {short(value['rejected'])}; it should be true or false")
    if not isinstance(value.get("text"), str | None):
        raise CorpusError(f"{where}: the text of a span is {short(value['text'])}; it should be a string")


def _offset(values: Mapping[str, Any], name: str, where: str) -> int:
    value = values.get(name)
    if type(value) is not int or value < 0:
        raise CorpusError(f"{where}: {name!r} of {short(dict(values))} is no whole number from 0 on")
    return value


def _range(value: Any, where: str) -> tuple[int, int]:
    if not isinstance(value, list) or len(value) != 2:  # noqa: PLR2004
        raise CorpusError(f"{where}: {short(value)} is not [start, end]")
    edges = {"start": value[0], "end": value[1]}
    return _offset(edges, "start", where), _offset(edges, "end", where)


def short(value: Any) -> str:
    """A value as a message shows it."""
    return reprlib.repr(value)
