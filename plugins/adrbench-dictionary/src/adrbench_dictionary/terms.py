"""Which terms a dictionary holds: from gold spans, from files, and what training text says of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from adrbench.api import Annotated, CorpusError, Unavailable
from adrbench_dictionary.matcher import Matcher, fold


def from_training(train: Sequence[Annotated], labels: Sequence[str], fold_case: bool) -> dict[str, str]:
    """The folded surface form of every gold span, with the label it has most often (ties: the first by name)."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for annotated in train:
        for span in annotated.spans:
            term = fold(annotated.document.text[span.start : span.end], fold_case)
            if span.label in labels and term:
                seen[term][span.label] += 1
    return {term: min(counts, key=lambda label: (-counts[label], label)) for term, counts in seen.items()}


def from_file(path: Path, column: int, fold_case: bool) -> set[str]:
    """The folded terms of a list: whole lines (``column`` 0) or one tab-separated column, counted from 1.

    Raises ``Unavailable`` if there is no such file, ``CorpusError`` if it is not UTF-8 or a line lacks the column.
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
    """The label of the terms in lists: the one wanted, else the only one there is.

    Raises ``CorpusError`` if that is not one of ``labels``.
    """
    label = wanted or (labels[0] if len(labels) == 1 else "")
    if label not in labels:
        raise CorpusError(f"list_label: {wanted!r} is not a label of this corpus; valid: {', '.join(labels)}")
    return label


def evidence(terms: Mapping[str, str], train: Sequence[Annotated], fold_case: bool) -> dict[str, tuple[int, int]]:
    """How often each term occurs in the training text, and how many of these occurrences are gold.

    Args:
        terms: Folded terms with their labels.
        train: The training documents with their gold.
        fold_case: Whether terms match without regard to case.

    Returns:
        For each term that occurs ``(right, all)`` in occurrences. One stands on token boundaries; it is right if it is
        a gold span with the term's label, so one inside a longer gold span is wrong.
    """
    matcher = Matcher(terms, fold_case)
    occurrences: Counter[str] = Counter()
    correct: Counter[str] = Counter()
    for annotated in train:
        gold = set(annotated.spans)
        for term, span in matcher.occurrences(annotated.document):
            occurrences[term] += 1
            correct[term] += span in gold
    return {term: (correct[term], count) for term, count in occurrences.items()}
