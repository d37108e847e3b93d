"""Predictions as documents with spans, from any format that can be read, or as bare spans by document id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adrbench.api import Record, Span
from adrbench.datasets.decode import iter_json_lines
from adrbench.datasets.load import read_dataset
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry

_FEW = 5


@dataclass(frozen=True)
class Prediction:
    """The spans predicted in a document. ``text``: None where the file has none."""

    id: str
    spans: tuple[Span, ...]
    text: str | None = None


def read_predictions(
    path: Path, format_name: str, params: Mapping[str, object], registry: Registry
) -> list[Prediction]:
    """Read the predictions of a file or folder. JSON lines may lack the text: ``{"id": ..., "spans": [...]}``.

    Args:
        path: The file or folder.
        format_name: Its format.
        params: Parameters of the format.
        registry: The installed readers of formats.

    Returns:
        The predictions, in the order of the file.

    Raises:
        InputError: What cannot be read, with file and line, or a span outside of its text.
    """
    if format_name == "jsonl" and path.is_file() and not params and _is_bare(path):
        return _read_bare(path)
    records = read_records(path, format_name, params, registry)
    return [Prediction(record.id, record.spans, record.text) for record in records]


def read_records(path: Path, format_name: str, params: Mapping[str, object], registry: Registry) -> tuple[Record, ...]:
    """Read the documents of a file or folder.

    Args:
        path: The file or folder.
        format_name: Its format.
        params: Parameters of the format.
        registry: The installed readers of formats.

    Returns:
        The documents, in the order of the file.

    Raises:
        InputError: What cannot be read, a document id that occurs twice, or a span outside of its text.
    """
    records = read_dataset(registry, format_name, dict(params), path, offline=True).records
    seen: set[str] = set()
    for record in records:
        if record.id in seen:
            raise InputError(f"{path}: the document id {record.id!r} occurs twice")
        seen.add(record.id)
        for span in record.spans:
            if not 0 <= span.start < span.end <= len(record.text):
                raise InputError(
                    f"{path}: document {record.id}: the span {span.start}-{span.end} ({span.label}) is empty or "
                    f"outside the text, which has {len(record.text)} characters"
                )
    return records


def compare_ids(
    wanted: Mapping[str, object], found: Mapping[str, object], where: str, against: str, hint: str = ""
) -> None:
    """Check that two sets of documents have the same ids.

    Args:
        wanted: Documents by id.
        found: Documents by id, to be compared with ``wanted``.
        where: The source of ``found``, for the message.
        against: The source of ``wanted``, for the message.
        hint: The end of the message.

    Raises:
        InputError: ``where`` lacks documents of ``against``, or has others. The message names them.
    """
    missing = [name for name in wanted if name not in found]
    if missing:
        others = found and not wanted.keys() & found.keys()
        alien = f"; its documents have other ids, such as {next(iter(found))!r}" if others else ""
        raise InputError(f"{where}: {_named(missing)} of {against} missing{alien}{hint}")
    extra = [name for name in found if name not in wanted]
    if extra:
        raise InputError(f"{where}: {_named(extra)} not in {against}{hint}")


def _named(names: list[str]) -> str:
    some = ", ".join(map(repr, names[:_FEW]))
    more = f" and {len(names) - _FEW:,} more" if len(names) > _FEW else ""
    return f"document{'s' if len(names) > 1 else ''} {some}{more}"


def _is_bare(path: Path) -> bool:
    """Whether the first line is an object with an id and spans, and no text."""
    for _, value in iter_json_lines(path):
        return isinstance(value, dict) and {"id", "spans"} <= value.keys() and "text" not in value
    return False


def _read_bare(path: Path) -> list[Prediction]:
    found: dict[str, Prediction] = {}
    for line, value in iter_json_lines(path):
        if not isinstance(value, dict) or not isinstance(value.get("id"), str) or "text" in value:
            raise InputError(f'{path}:{line}: not an object with "id" and "spans" and, as in the first line, no text')
        name = value["id"]
        if name in found:
            raise InputError(f"{path}:{line}: the id {name!r} stands there already; each id once")
        spans = value.get("spans")
        if not isinstance(spans, list):
            raise InputError(f'{path}:{line}: "spans" should be a list')
        found[name] = Prediction(name, tuple(_span(span, f"{path}:{line}") for span in spans))
    return list(found.values())


def _span(value: Any, where: str) -> Span:
    """A span as ``[0, 4, "ADR"]``, with its parts fourth if it has some, or as an object with these names."""
    fields: Any = value
    if isinstance(value, dict):
        fields = [value.get("start"), value.get("end"), value.get("label"), value.get("parts") or ()]
    try:
        span = Span.from_list([*fields, ()][:4])
        numbers = (span.start, span.end, *(edge for part in span.parts for edge in part))
        good = all(type(number) is int for number in numbers) and isinstance(span.label, str)
        good = good and 0 <= span.start < span.end and len(fields) in {3, 4}
    except (TypeError, ValueError):
        good = False
    if not good:
        raise InputError(f'{where}: a span should be {{"start": 0, "end": 4, "label": "ADR"}}, not {value!r}')
    return span
