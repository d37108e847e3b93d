"""Judging spans that are at hand as plain objects: lists of documents, or documents by id."""

from __future__ import annotations

import operator
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from adrbench.api import Span
from adrbench.api.evaluator import AVERAGES
from adrbench.datasets.text.splitters import DEFAULT, find_splitter
from adrbench.datasets.text.tokens import words_of
from adrbench.errors import InputError, closest
from adrbench.plugins.registry import Registry
from adrbench.scoring.evaluators.build import build_evaluator, describe_evaluator
from adrbench.scoring.external import folds
from adrbench.scoring.external.predictions import compare_ids

SpanLike = Span | Sequence[Any]
Documents = Sequence[Sequence[SpanLike]] | Mapping[str, Sequence[SpanLike]] | Sequence[SpanLike]
Texts = Sequence[str] | Mapping[str, str] | str
_PLAIN = (3, 4)  # start, end, label, and parts if there are any


def evaluate(
    gold: Documents,
    predicted: Documents,
    evaluator: str,
    labels: Sequence[str] | None,
    texts: Texts | None,
    registry: Registry,
) -> dict[str, Mapping[str, Any]]:
    """Score predicted spans; see ``adrbench.evaluate``.

    Args:
        gold: Gold spans, by document.
        predicted: Predicted spans, in the form of ``gold``.
        evaluator: ``NAME`` or ``NAME:VARIANT``.
        labels: All labels, or ``None`` for those that occur.
        texts: The texts, in the form of ``gold``, for evaluators that score words.
        registry: The installed evaluators.

    Returns:
        Figures by label and name.

    Raises:
        InputError: Documents that do not match, a value that is no span, an unknown label, or an evaluator that is
            unknown or needs to know more.
    """
    plugin, _ = describe_evaluator(registry, evaluator)
    if "seen" in plugin.needs:
        raise InputError(
            f"the evaluator {plugin.name!r} needs what the tagger learnt from, which spans alone don't tell; a results "
            "folder does: Results.leaderboard(evaluator=...)"
        )
    if "tokens" in plugin.needs and texts is None:
        raise InputError(f"the evaluator {plugin.name!r} judges words, so it needs the texts: evaluate(..., texts=...)")
    if _is_flat(gold, "gold") != _is_flat(predicted, "predicted"):
        # The spans of one document may be none at all.
        gold, predicted = ([()] if isinstance(one, Sequence) and not one else one for one in (gold, predicted))
    expected, found = by_document(gold, "gold"), by_document(predicted, "predicted")
    _same_documents(expected, found, isinstance(gold, Mapping), isinstance(predicted, Mapping))
    words = _words(texts, expected, found) if texts is not None else {}
    names = _labels(labels, {"gold": expected, "predicted": found})
    # As the harness stores them: what is said twice is said.
    cases = tuple(
        folds.Case(name, tuple(sorted(set(spans))), tuple(sorted(set(found[name]))), words.get(name, ()))
        for name, spans in expected.items()
    )
    # An evaluator has at least one label; this one nothing is said about.
    try:
        judge = build_evaluator(registry, evaluator, names or ["-"])
    except ValueError as error:
        raise InputError(f"labels: {error}") from error
    documents = folds.Documents("predicted", cases or (folds.Case("", (), (), ()),), tuple(expected) or ("",))
    columns, counts = folds.count(documents, judge, plugin, names or ["-"])
    figures = judge.score(dict(zip(columns, np.sum(counts, axis=0).tolist(), strict=True)))
    return {label: figures[label] for label in figures if label in AVERAGES or label in names}


def by_document(documents: Documents, what: str) -> dict[str, tuple[Span, ...]]:
    """Read spans by document. The spans of one document alone are those of document 0.

    Args:
        documents: A list or a mapping of documents, or the spans of one.
        what: What they are, for messages.

    Returns:
        Spans by the document's id, else by its number, counted from 0.

    Raises:
        InputError: A value is no span, or two ids are the same as text.
    """
    if _is_flat(documents, what):
        return {"0": read_spans(documents, what)}
    if isinstance(documents, Mapping):
        if len({str(name) for name in documents}) < len(documents):
            raise InputError(f"{what}: two ids are the same as text, such as 1 and '1'")
        return {str(name): read_spans(spans, f"{what}[{name!r}]") for name, spans in documents.items()}
    return {str(place): read_spans(spans, f"{what}[{place}]") for place, spans in enumerate(documents)}


def _is_flat(documents: Any, what: str) -> bool:
    """Whether these are the spans of one document. Raises ``InputError`` for what is neither that nor documents."""
    if isinstance(documents, Mapping):
        return False
    if isinstance(documents, str) or not isinstance(documents, Sequence):
        raise InputError(f"{what}: should be spans by document, as a list or by id, not {reprlib.repr(documents)}")
    return any(map(_is_span, documents))


def _is_span(one: Any) -> bool:
    return isinstance(one, Span) or (
        isinstance(one, Sequence) and len(one) in _PLAIN and isinstance(one[2], str) and not isinstance(one, str)
    )


def read_spans(spans: Any, where: str) -> tuple[Span, ...]:
    """Read the spans of one document.

    Args:
        spans: ``Span`` objects or plain sequences ``(start, end, label)``.
        where: Where they are, for messages.

    Returns:
        The spans.

    Raises:
        InputError: A value is no span.
    """
    if isinstance(spans, str | bytes) or not isinstance(spans, Iterable):
        raise InputError(f"{where}: should be a list of spans, not {reprlib.repr(spans)}")
    return tuple(_read_span(one, f"{where}[{place}]") for place, one in enumerate(spans))


def _read_span(one: Any, where: str) -> Span:
    if not _is_span(one):
        raise InputError(f"{where}: should be a Span or (start, end, label), not {reprlib.repr(one)}")
    try:
        span = one if isinstance(one, Span) else Span.from_list(one)
        # Whole numbers of any kind, such as numpy's.
        plain = Span(operator.index(span.start), operator.index(span.end), span.label, span.parts)
    except (TypeError, ValueError) as error:
        raise InputError(f"{where}: should be a Span or (start, end, label), not {reprlib.repr(one)}") from error
    if not 0 <= plain.start < plain.end:
        raise InputError(f"{where}: {plain} is empty or begins before the text")
    return plain


def _same_documents(
    gold: Mapping[str, object], predicted: Mapping[str, object], gold_by_id: bool, predicted_by_id: bool
) -> None:
    if gold_by_id != predicted_by_id:
        kinds = {True: "by document id", False: "a list"}
        raise InputError(f"gold is {kinds[gold_by_id]}, but predicted is {kinds[predicted_by_id]}; give both alike")
    if gold_by_id:
        compare_ids(gold, predicted, "predicted", "gold")
    elif len(gold) != len(predicted):
        raise InputError(f"{len(gold)} documents in gold, but {len(predicted)} in predicted; give one list for each")


def _words(
    texts: Texts, gold: Mapping[str, Sequence[Span]], predicted: Mapping[str, Sequence[Span]]
) -> dict[str, tuple[tuple[int, int], ...]]:
    """Where the words of each document stand. Raises ``InputError`` for texts that are not those of the spans."""
    if isinstance(texts, str):
        texts = [texts]
    each = texts.items() if isinstance(texts, Mapping) else enumerate(texts)
    known = {str(name): text for name, text in each}
    compare_ids(gold, known, "texts", "gold")
    for name, text in known.items():
        for what, spans in (("gold", gold[name]), ("predicted", predicted[name])):
            beyond = next((span for span in spans if span.end > len(text)), None)
            if beyond is not None:
                raise InputError(f"{what}: document {name}: {beyond}, but the text has {len(text)} characters")
    splitter = find_splitter(DEFAULT)
    return {name: words_of(text, "document", splitter) for name, text in known.items()}


def _labels(labels: Sequence[str] | None, sides: Mapping[str, Mapping[str, Sequence[Span]]]) -> list[str]:
    if labels is None:
        return sorted({span.label for side in sides.values() for _, span in _each(side)})
    known = [labels] if isinstance(labels, str) else list(labels)
    for what, side in sides.items():
        for name, span in _each(side):
            if span.label not in known:
                hint = closest(span.label, known)
                raise InputError(f"{what}: document {name} has the label {span.label!r}, none of labels; {hint}")
    return known


def _each(side: Mapping[str, Sequence[Span]]) -> Iterator[tuple[str, Span]]:
    return ((name, span) for name, spans in side.items() for span in spans)
