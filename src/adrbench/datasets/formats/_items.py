"""JSON objects that hold spans: their fields, looked at as they are taken."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from adrbench.api import CorpusError


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

    def marks(self, name: str) -> tuple[Mark, ...]:
        """The spans of a field that must be a list of them."""
        return tuple(mark for value in self.list(name) for mark in marks_of(value, self.where))

    def ranges(self, name: str) -> tuple[tuple[int, int], ...]:
        """A field that must be a list of starts and ends."""
        return tuple(_range(value, f"{self.where}: {name!r}") for value in self.list(name))

    def token_objects(self, ledger: Counter[str]) -> tuple[tuple[int, int], ...] | None:
        """Tokens as spaCy and Prodigy have them; their empty ones mean nothing."""
        if not self.values.get("tokens"):
            return None
        ranges = []
        for value in self.list("tokens"):
            token = Item.of(value, f"{self.where}: a token")
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

    def count_relations(self, ledger: Counter[str]) -> None:
        """Count the field ``relations``, which is not read."""
        relations = self.values.get("relations")
        ledger["relations, not read"] += len(relations) if isinstance(relations, list) else 0

    def _is(self, name: str) -> str:
        return f"{name!r} is {short(self.values[name])}" if name in self.values else f"{name!r} is missing"

    def _fields(self) -> str:
        return f"the fields are {', '.join(sorted(map(short, self.values))) or 'none'}"


def marks_of(value: Any, where: str) -> Iterator[Mark]:
    """The spans of one value: as many as it has labels."""
    if isinstance(value, list):
        if len(value) != 3:  # noqa: PLR2004
            raise CorpusError(f"{where}: the span {short(value)} is not [start, end, label]")
        value = dict(zip(("start", "end", "label"), value, strict=True))
    if not isinstance(value, dict):
        raise CorpusError(f"{where}: the span {short(value)} is neither [start, end, label] nor an object")
    parts = Item(value, f"{where}: a span").ranges("parts") if "parts" in value else ()
    start = _offset(value, "start" if "start" in value else "start_offset", where)
    end = _offset(value, "end" if "end" in value else "end_offset", where)
    words = value.get("text")
    labels = value["labels"] if "labels" in value else [value.get("label")]
    if not isinstance(labels, list) or not labels or not all(isinstance(label, str) and label for label in labels):
        given = short(value.get("labels", value.get("label")))
        raise CorpusError(f"{where}: the label of the span {start}-{end} is {given}; it should be a string, not empty")
    for label in labels:
        yield Mark(start, end, label, parts, words if isinstance(words, str) else None)


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
