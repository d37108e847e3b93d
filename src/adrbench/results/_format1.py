"""Results folders of format 1: one JSON file with a checksum for each thing, predictions as lists of spans by document.

This is the only place that knows that format. What is read becomes records of today's schema, checked as these are.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import JsonValue

from adrbench.results.predictions import collect, encode
from adrbench.results.schema import (
    CardRecord,
    CellRecord,
    Damaged,
    EnvironmentRecord,
    PlainSpan,
    PlanRecord,
    SplitRecord,
    WordsRecord,
    read_record,
)
from adrbench.results.store import checksum

FORMAT = 1
PLAN = "plan.json"
KINDS = ("cells", "corpora", "words", "splits", "environments")
_SEALED = re.compile(rb'\{"checksum":"sha256:([0-9a-f]{64})",\n"content":(.*)\}\n', re.DOTALL)
Plain = dict[str, JsonValue]
_Record = TypeVar("_Record")


@dataclass(frozen=True)
class Folds:
    """What a cell was tested on: the ids under test by fold."""

    dataset: str
    split: str
    test: Sequence[Sequence[str]]


def files(folder: Path, kind: str) -> Iterator[Path]:
    """The files of a kind, in the order of their names. Those of today's format end in another way."""
    return iter(sorted((folder / kind).glob("*.json")))


def read(path: Path) -> Plain:
    """The content of a file.

    Raises:
        Damaged: it is not complete, or was changed.
    """
    try:
        raw = path.read_bytes()
        sealed = _SEALED.fullmatch(raw)
        if sealed and hashlib.sha256(sealed[2]).hexdigest().encode() == sealed[1]:
            content = json.loads(sealed[2])
        else:
            whole = json.loads(raw.decode("utf-8"))
            content = whole["content"]
            if whole["checksum"] != checksum(content):
                raise Damaged("its checksum is wrong")
    except (OSError, LookupError, TypeError, RecursionError) as error:
        raise Damaged(f"it cannot be read ({error})") from None
    except ValueError as error:
        raise Damaged(str(error)) from None
    if not isinstance(content, dict):
        raise Damaged("it holds no record")
    return content


def plan(old: Plain) -> PlanRecord:
    """The plan as a record of today. Raises `Damaged`, as all that follow."""
    sections = [
        {
            "dataset": section["dataset"],
            "split": section["splits"],
            "full_split": section.get("of", section["splits"]),
            "card": section["card"],
            "folds": section["split"],
            "grouped": section["grouped"],
            "fraction": section.get("fraction", 1.0),
            "limit": section.get("limit"),
            "stand_in_for": section.get("stand_in_for", ""),
            "reason": section.get("reason", ""),
            "rows": [_row(row) for row in _dicts(section, "rows")],
        }
        for section in _dicts(old, "sections")
    ]
    published = [{"split": row["splits"], **_without(row, "splits")} for row in _dicts(old, "published")]
    known = {"protocol": 1, "seed": 13, "absent": {}, **_without(old, "sections", "published")}
    return _checked(PlanRecord, {**known, "sections": sections, "published": published})


def _row(row: Plain) -> Plain:
    return {
        "tagger": row["tagger"],
        "tagger_id": row.get("of", row["tagger"]),
        "grid_point": row.get("point", {}),
        "use": row.get("use", ""),
        "family": row["family"],
        "version": row["version"],
        "code": row.get("code", ""),
        "params": row.get("params", {}),
        "tune": row.get("tune"),
        "pretrain": row.get("pretrain"),
        "cells": row["cells"],
        "problem": row["problem"],
        "chosen": not row.get("imported", False),
        "imported": row.get("imported", False),
    }


def card(old: Plain) -> CardRecord:
    """The card of a corpus."""
    given = {
        "version": "",
        "unit": "",
        "licence": "",
        "citation": "",
        "published": {},
        "counts": {},
        "files": {},
        "words_by": "",
        "ceiling": [],
    }
    return _checked(CardRecord, {**given, "fingerprint": "", **_without(old, "found"), "counted": old.get("found", {})})


def words(old: Plain) -> WordsRecord:
    """Where the words of a corpus stand."""
    return _checked(WordsRecord, old)


def environment(old: Plain) -> EnvironmentRecord:
    """What was installed."""
    return _checked(EnvironmentRecord, old)


def split(old: Plain) -> SplitRecord:
    """The folds of a corpus."""
    given: Plain = {"seed": 13, "leaks": None, "train": None, "dev": None}
    found = {**given, **_without(old, "folds"), "test": old.get("folds")}
    if isinstance(found["leaks"], dict):
        found["leaks"] = {"complete": True, **found["leaks"]}
    return _checked(SplitRecord, found)


def cell(key: str, old: Plain, places: Sequence[Folds]) -> tuple[CellRecord, bytes]:
    """A cell, and the line of its predictions.

    Args:
        key: its key.
        old: what was stored.
        places: folds that it may be of, the likeliest first.

    Raises:
        Damaged: it is no such cell, or no place fits its predictions.
    """
    answers, line = None, b""
    fold = old.get("fold", 0)
    if old.get("status") == "ok":
        found = old.get("predictions")
        if not isinstance(fold, int) or not isinstance(found, dict):
            raise Damaged("it has no predictions")
        spans = {name: tuple(map(_span, own)) for name, own in found.items() if isinstance(own, list)}
        try:
            answers, line = encode(collect(_tested(old, fold, spans, places), spans))
        except (ValueError, TypeError) as error:
            raise Damaged(str(error)) from None
    costs = old.get("costs") or None
    if isinstance(costs, dict):
        given: Plain = {"peak_gpu_memory_bytes": None, "energy_joules": None, "energy_from": [], "facts": {}}
        costs = {**given, **costs}
    record = {
        "key": key,
        "dataset": old.get("dataset"),
        "split": old.get("splits"),
        "fold": fold,
        "tagger": old.get("tagger"),
        "use": old.get("use", ""),
        "version": old.get("version", ""),
        "code": old.get("code", ""),
        "params": old.get("params", {}),
        "status": old.get("status"),
        "reason": old.get("reason", ""),
        "imported": old.get("imported", False),
        "costs": costs if old.get("machine") is not None else None,
        "wall_seconds": old.get("wall_seconds"),
        "machine": old.get("machine"),
        "environment": old.get("environment") or None,
        "jobs": old.get("jobs"),
        "log": old.get("log", ""),
        "traceback": old.get("traceback", ""),
        "tuned": old.get("tuned"),
        "pretrained": _pretrained(old.get("pretrained")),
        "answers": None if answers is None else {**vars(answers), "labels": list(answers.labels)},
    }
    return _checked(CellRecord, record), line


def _tested(old: Plain, fold: int, spans: Mapping[str, Sequence[PlainSpan]], places: Sequence[Folds]) -> Sequence[str]:
    named = [place for place in places if (place.dataset, place.split) == (old.get("dataset"), old.get("splits"))]
    for place in (*named, *places):
        if fold < len(place.test) and spans.keys() <= set(place.test[fold]):
            return place.test[fold]
    raise Damaged("no split of the folder has its documents")


def _span(plain: JsonValue) -> PlainSpan:
    match plain:
        case [int(start), int(end), str(label)]:
            return (start, end, label)
        case [int(start), int(end), str(label), list(parts)]:
            ranges = [(part[0], part[1]) for part in parts if isinstance(part, list) and len(part) == 2]  # noqa: PLR2004
            if len(ranges) == len(parts):
                return (
                    start,
                    end,
                    label,
                    tuple((a, b) for a, b in ranges if isinstance(a, int) and isinstance(b, int)),
                )
    raise Damaged("one of its predictions is no span")


def _pretrained(old: JsonValue) -> JsonValue:
    if not isinstance(old, dict):
        return old
    names = ("key", "seconds", "steps", "sentences", "loss", "read", "excluded", "test_text")
    return {**{name: old.get(name) for name in names}, "facts": _without(old, *names)}


def _dicts(plain: Plain, name: str) -> list[Plain]:
    found = plain.get(name, [])
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise Damaged(f"{name} is no list of records")
    return [one for one in found if isinstance(one, dict)]


def _without(plain: Plain, *names: str) -> Plain:
    return {name: value for name, value in plain.items() if name not in names}


def _checked(kind: type[_Record], plain: Mapping[str, object]) -> _Record:
    # A reason with half a surrogate pair, from a file name, was kept as it was.
    text = json.dumps(plain, ensure_ascii=False).encode("utf-8", "replace")
    return read_record(kind, text)
