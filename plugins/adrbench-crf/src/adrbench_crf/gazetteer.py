"""Lists of terms as evidence: which tokens a known term covers."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from pathlib import Path

from adrbench.api import Annotated, Context, CorpusError, Unavailable


class Gazetteer:
    """A set of terms, compared without white space and case, so that the terms need no tokenisation.

    Args:
        terms: The terms, in any spelling.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self.terms = frozenset(key for term in terms if (key := "".join(term.lower().split())))
        self._longest = max(map(len, self.terms), default=0)

    def tags(self, words: Sequence[str]) -> list[str]:
        """Tag the words that terms cover, leftmost-longest.

        Args:
            words: The words of a text.

        Returns:
            For each word its place in a term: ``S``, ``B``, ``I``, ``E``, or ``O`` if no term covers it.
        """
        lowered = ["".join(word.lower().split()) for word in words]
        tags = ["O"] * len(lowered)
        first = 0
        while first < len(lowered):
            end = self._match(lowered, first)
            if end == first + 1:
                tags[first] = "S"
            elif end > first:
                tags[first:end] = ["B", *"I" * (end - first - 2), "E"]
            first = max(end, first + 1)
        return tags

    def _match(self, lowered: Sequence[str], first: int) -> int:
        """Where the longest term that starts at ``first`` ends, exclusive; ``first`` itself if none does."""
        key, best = "", first
        for position in range(first, len(lowered)):
            key += lowered[position]
            if len(key) > self._longest:
                break
            if key in self.terms:
                best = position + 1
        return best


def terms_of(train: Iterable[Annotated]) -> list[str]:
    """List the surface forms of all gold spans.

    Args:
        train: The training documents with their gold.

    Returns:
        The surface forms, with repetitions.
    """
    return [a.document.text[span.start : span.end] for a in train for span in a.spans]


def cross_fitted(train: Sequence[Annotated], parts: int, context: Context) -> list[Gazetteer]:
    """Make for each training document a gazetteer of terms from other parts of the training text.

    A gazetteer with a document's own terms would always be right in training and seldom at prediction. The model would
    trust it too much. Groups stay together where the split is grouped.

    Args:
        train: The training documents with their gold.
        parts: How many parts the training text is divided into.
        context: The conditions of the cell; its seed draws the parts.

    Returns:
        A gazetteer for each document, in the same order.
    """
    unit = [a.document.group if context.grouped else a.document.id for a in train]
    units = sorted(set(unit))
    random.Random(context.seed).shuffle(units)
    part = {name: i % parts for i, name in enumerate(units)}
    others = [Gazetteer(terms_of(a for a, u in zip(train, unit, strict=True) if part[u] != p)) for p in range(parts)]
    return [others[part[u]] for u in unit]


def read_terms(path: Path, column: int) -> list[str]:
    """Read a term list.

    Args:
        path: A UTF-8 file with one term a line.
        column: The tab-separated column that holds the term, from 1. 0: the whole line is the term.

    Returns:
        The terms, in the order of the file.

    Raises:
        Unavailable: There is no such file.
        CorpusError: It is not UTF-8, or a line lacks the column.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(f"term list {path}: not UTF-8 at byte {error.start}") from error
    except OSError as error:
        raise Unavailable(f"term list {path}: {error.strerror}") from error
    terms = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if column > len(cells):
            raise CorpusError(f"term list {path}, line {number}: {len(cells)} columns, so there is no column {column}")
        terms.append(cells[column - 1] if column else line)
    return terms
