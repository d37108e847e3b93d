"""Which terms a dictionary holds: from gold spans and from files."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adrbench.api import Annotated, CorpusError, Unavailable
from adrbench_dictionary.matcher import fold


@dataclass(frozen=True)
class TrainingTerm:
    """The surface form of gold spans.

    Attributes:
        label: Its most frequent label; of equally frequent labels the first by name.
        sources: Where it is annotated: ids of documents, or groups where the split keeps groups together.
    """

    label: str
    sources: frozenset[str]


def from_training(
    train: Sequence[Annotated], labels: Sequence[str], fold_case: bool, *, grouped: bool
) -> dict[str, TrainingTerm]:
    """Take the surface form of every gold span as a term.

    Args:
        train: The training documents with their gold.
        labels: The labels to take spans of.
        fold_case: Whether case is folded.
        grouped: Whether the split keeps groups together.

    Returns:
        The terms by their folded form.
    """
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    sources: defaultdict[str, set[str]] = defaultdict(set)
    for annotated in train:
        document = annotated.document
        for span in annotated.spans:
            term = fold(document.text[span.start : span.end], fold_case)
            if span.label in labels and term:
                seen[term][span.label] += 1
                sources[term].add(document.group if grouped else document.id)
    return {
        term: TrainingTerm(min(counts, key=lambda label: (-counts[label], label)), frozenset(sources[term]))
        for term, counts in seen.items()
    }


def from_file(path: Path, column: int, fold_case: bool) -> set[str]:
    """Read a term list.

    Args:
        path: A UTF-8 file with one term a line.
        column: The tab-separated column that holds the term, from 1. 0: the whole line is the term.
        fold_case: Whether case is folded.

    Returns:
        The folded terms.

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
    terms = set()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        cells = line.split("\t")
        if column > len(cells):
            raise CorpusError(f"term list {path}, line {number}: {len(cells)} columns, so there is no column {column}")
        terms.add(fold((cells[column - 1] if column else line).strip(), fold_case))
    return terms - {""}


def list_label(wanted: str, labels: Sequence[str]) -> str:
    """Choose the label of the terms in lists.

    Args:
        wanted: The label asked for, or an empty string.
        labels: The labels of the cell.

    Returns:
        ``wanted``, or the only label if none is asked for.

    Raises:
        CorpusError: That is not one of ``labels``.
    """
    label = wanted or (labels[0] if len(labels) == 1 else "")
    if label not in labels:
        raise CorpusError(f"list_label: {wanted!r} is not a label of this corpus; valid: {', '.join(labels)}")
    return label
