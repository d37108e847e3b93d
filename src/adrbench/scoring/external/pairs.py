"""Gold and predictions that lie apart: in two files or folders of any format that can be read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from adrbench.api import Record
from adrbench.datasets.text.tokens import tokenise
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.scoring.external.folds import Case, Documents
from adrbench.scoring.external.predictions import compare_ids, read_predictions, read_records

_SPACE = re.compile(r"\s")


def read_pair(
    gold: Path,
    predicted: Path,
    format_name: str,
    params: Mapping[str, object],
    registry: Registry,
    *,
    gold_format: str | None = None,
    with_tokens: bool = False,
) -> Documents:
    """Read a gold file and match its documents with predicted ones, by id, or by place where there are no ids.

    Args:
        gold: The file or folder with gold.
        predicted: The file or folder with predictions.
        format_name: The format of the predictions.
        params: Parameters of the format, for both.
        registry: The installed readers of formats.
        gold_format: The format of the gold, by default that of the predictions.
        with_tokens: Split the texts into words too, for evaluators that ask for them.

    Returns:
        The documents of the gold file with both annotations.

    Raises:
        InputError: A file cannot be read, a document is in one of the two only, or texts differ.
    """
    records = read_records(gold, gold_format or format_name, params, registry)
    predictions = read_predictions(predicted, format_name, params, registry)
    names = _names([prediction.id for prediction in predictions], predicted, [record.id for record in records], gold)
    found = dict(zip(names, predictions, strict=True))
    compare_ids({record.id: record for record in records}, found, str(predicted), str(gold))
    for record in records:
        text = found[record.id].text
        # Formats put a line end or a blank between title and abstract; offsets are the same.
        if text is not None and text != record.text and _SPACE.sub(" ", text) != _SPACE.sub(" ", record.text):
            place = next((i for i, (a, b) in enumerate(zip(text, record.text, strict=False)) if a != b), None)
            place = min(len(text), len(record.text)) if place is None else place
            raise InputError(
                f"{predicted}: document {record.id}: its text is not that of {gold}: they differ from character "
                f"{place} on, {text[place : place + 20]!r} and {record.text[place : place + 20]!r}"
            )
        end, length = max((span.end for span in found[record.id].spans), default=0), len(record.text)
        if end > length:
            raise InputError(
                f"{predicted}: document {record.id}: a span ends at {end}, but the text has {length} characters"
            )
    words = _words(records) if with_tokens else [()] * len(records)
    cases = (
        Case(record.id, record.spans, found[record.id].spans, own) for record, own in zip(records, words, strict=True)
    )
    return Documents(str(predicted), tuple(cases), tuple(record.group for record in records))


def _names(ids: Sequence[str], path: Path, wanted: Sequence[str], other: Path) -> list[str]:
    """The ids by which predictions are known in gold. Where neither file gives any, both count after their own name."""
    own, theirs = f"{path.stem}.", f"{other.stem}."
    counted = all(name.startswith(own) for name in ids) and all(name.startswith(theirs) for name in wanted)
    if counted and set(ids).isdisjoint(wanted):
        return [theirs + name.removeprefix(own) for name in ids]
    return list(ids)


def _words(records: tuple[Record, ...]) -> list[tuple[tuple[int, int], ...]]:
    ours = iter(tokenise([record.text for record in records if record.tokens is None], "document"))
    return [next(ours) if record.tokens is None else record.tokens for record in records]
