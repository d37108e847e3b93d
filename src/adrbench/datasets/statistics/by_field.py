"""A corpus counted by a field of its metadata, such as the drug that a post is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from adrbench.datasets.corpus import Corpus
from adrbench.errors import InputError, closest


@dataclass(frozen=True)
class FieldCount:
    """The documents that share a value of a field.

    Attributes:
        value: The value; empty for documents without the field.
        documents: How many documents have it.
        words: Their words.
        mentions: Their mentions, those that predictions are scored against.
    """

    value: str
    documents: int
    words: int
    mentions: int


def count_by(corpus: Corpus, field: str) -> tuple[FieldCount, ...]:
    """Count documents, words and mentions by a field of the metadata.

    Args:
        corpus: The corpus.
        field: The name of the field.

    Returns:
        A count for each value, most documents first.

    Raises:
        InputError: No document has this field. The message has the closest one.
    """
    known = {name for own in corpus.metadata.values() for name in own}
    if field not in known:
        said = closest(field, known) if known else "its documents have no metadata"
        raise InputError(f"--by {field}: no document of {corpus.name} has this field; {said}")
    documents: Counter[str] = Counter()
    words: Counter[str] = Counter()
    mentions: Counter[str] = Counter()
    for annotated in corpus.documents:
        document = annotated.document
        value = corpus.metadata.get(document.id, {}).get(field, "")
        documents[value] += 1
        words[value] += len(document.tokens)
        mentions[value] += len(corpus.gold[document.id])
    order = sorted(documents, key=lambda value: (-documents[value], value))
    return tuple(FieldCount(value, documents[value], words[value], mentions[value]) for value in order)
