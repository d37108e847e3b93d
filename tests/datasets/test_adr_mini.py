"""The embedded corpus: large and varied enough, and its marks are sound."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from adrbench.api import Reading, Span
from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.adr_mini import parse
from adrbench.datasets.load import read_dataset
from adrbench.errors import CorpusError
from adrbench.plugins.registry import Registry


@pytest.fixture(scope="module")
def reading() -> Reading:
    """The corpus as read."""
    return read_dataset(Registry(), "adr-mini", offline=True)


def test_it_is_large_enough(reading: Reading) -> None:
    """At least 600 sentences of many sources, a quarter of them or more without an adverse reaction."""
    without = sum(all(span.label != "ADR" for span in r.spans) for r in reading.records)
    assert len(reading.records) >= 600
    assert len({r.group for r in reading.records}) >= 20
    assert 0.25 <= without / len(reading.records) <= 0.75


def test_every_mention_is_marked_cleanly(reading: Reading) -> None:
    """Labels are the known ones, spans do not overlap, and none begins or ends with white space."""
    assert {span.label for r in reading.records for span in r.spans} == set(reading.info.labels)
    for record in reading.records:
        words = [record.text[span.start : span.end] for span in record.spans]
        assert words == [word.strip() for word in words]
        assert all(a.end <= b.start for a, b in zip(record.spans, record.spans[1:], strict=False))


def test_no_sentence_stands_there_twice(reading: Reading) -> None:
    """Neither the same text nor the same id."""
    texts = Counter(" ".join(r.text.casefold().split()) for r in reading.records)
    assert [text for text, count in texts.items() if count > 1] == []
    assert len({r.id for r in reading.records}) == len(reading.records)


def test_it_is_hard_enough() -> None:
    """Mentions of several words are common, and most surface forms occur only once: no list holds them all."""
    corpus = load_corpus(DatasetEntry(use="adr-mini"), Path(), Registry(), offline=True)
    assert corpus.labels == ("ADR",)
    forms = Counter(a.document.text[s.start : s.end].casefold() for a in corpus.documents for s in a.spans)
    assert sum(count for form, count in forms.items() if " " in form) / forms.total() > 0.3
    assert sum(count == 1 for count in forms.values()) / len(forms) > 0.5


def test_it_takes_no_path(tmp_path: Path) -> None:
    """A path for an embedded corpus is a mistake, not ignored."""
    with pytest.raises(CorpusError, match="embedded and takes no path"):
        read_dataset(Registry(), "adr-mini", path=tmp_path)


def test_marks_become_spans() -> None:
    """Several marks in a line, at its very ends and side by side; sources number their own sentences."""
    lines = ["# a comment", "## x-1 Title", "[Rash|ADR], then [fever|ADR]", "", "None.", "## x-2", " [a|DRUG][b|ADR] "]
    first, second, third = parse(lines, "file")
    assert (first.id, first.group, first.text) == ("x-1.1", "x-1", "Rash, then fever")
    assert first.spans == (Span(0, 4, "ADR"), Span(11, 16, "ADR"))
    assert (second.id, second.text, second.spans) == ("x-1.2", "None.", ())
    assert (third.id, third.text, third.spans) == ("x-2.1", "ab", (Span(0, 1, "DRUG"), Span(1, 2, "ADR")))


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["No source."], "file:1: a sentence before the first '## id title'"),
        (["## x", "A [rash|ADR."], "file:2: a bracket or bar outside of a mark"),
        (["## x", "A rash|ADR]."], "file:2: a bracket or bar outside of a mark"),
        (["## x", "", "A [rash|adr]."], "file:3: a bracket or bar outside of a mark"),
        (["## x", "A [|ADR]."], "file:2: a bracket or bar outside of a mark"),
        (["## x", "A [[rash|ADR] of drugs|ADR]."], "file:2: a bracket or bar outside of a mark"),
    ],
)
def test_a_bad_mark_is_named(lines: list[str], message: str) -> None:
    """File and line of what cannot be read."""
    with pytest.raises(CorpusError) as caught:
        list(parse(lines, "file"))
    assert str(caught.value).startswith(message)
