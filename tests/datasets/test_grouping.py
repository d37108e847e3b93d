"""Groups that a benchmark file tells: by id, by field, by file."""

from __future__ import annotations

from pathlib import Path

import pytest

from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.datasets.corpus import prepare
from adrbench.datasets.filters import Filters
from adrbench.datasets.grouping import Grouping
from adrbench.errors import CorpusError

INFO = DatasetInfo("toy", "1", "CC0", "nobody", labels=("ADR",))
RECORDS = tuple(
    Record(name, f"rash {name}", (Span(0, 4, "ADR"),), name, metadata={"drug": drug} if drug else {})
    for name, drug in (("PMC1_a", "x"), ("PMC1_b", "y"), ("PMC22_a", "x"))
)


def groups(grouping: Grouping, folder: Path = Path(), records: tuple[Record, ...] = RECORDS) -> dict[str, str]:
    """The group of each document."""
    corpus = prepare(Reading(INFO, records, "here", {}), Filters(group=grouping, folder=folder))
    assert [(entry.step, entry.count) for entry in corpus.ledger] == [
        (f"documents grouped by {grouping}", corpus.counts["groups"])
    ]
    return {a.document.id: a.document.group for a in corpus.documents}


@pytest.mark.parametrize(
    ("grouping", "expected"),
    [
        (Grouping(pattern=r"^(PMC\d+)_"), ["PMC1", "PMC1", "PMC22"]),
        (Grouping(pattern=r"PMC\d+"), ["PMC1", "PMC1", "PMC22"]),
        (Grouping(field="drug"), ["x", "y", "x"]),
        (Grouping(file="groups.tsv"), ["one", "two", "one"]),
    ],
)
def test_groups_are_those_that_the_file_tells(grouping: Grouping, expected: list[str], tmp_path: Path) -> None:
    """Whatever the format gave."""
    (tmp_path / "groups.tsv").write_text("PMC1_a\tone\nPMC1_b\ttwo\n\nPMC22_a\tone\nelse\tthree\n", encoding="utf-8")
    assert list(groups(grouping, tmp_path).values()) == expected


@pytest.mark.parametrize(
    ("grouping", "message"),
    [
        (Grouping(pattern=r"^(PMC1)_"), r"toy: group: 1 of 3 documents have none by the pattern .*first is 'PMC22_a'"),
        (Grouping(field="drugs"), "3 of 3 documents have none by the field 'drugs'.*did you mean 'drug'"),
        (Grouping(file="short.tsv"), "1 of 3 documents have none by the file short.tsv, the first is 'PMC22_a'"),
        (Grouping(file="bad.tsv"), "bad.tsv:2: should be an id and its group, parted by one tab, not 'PMC1_b two'"),
        (Grouping(file="twice.tsv"), "twice.tsv:2: 'PMC1_a' is in the group 'one' already"),
        (Grouping(file="none.tsv"), "none.tsv: cannot be read"),
        (Grouping(file="~nobody-here/g.tsv"), "group: file: '~nobody-here/g.tsv': nobody here has this home folder"),
    ],
)
def test_a_document_without_a_group_is_an_error(grouping: Grouping, message: str, tmp_path: Path) -> None:
    """It would stand alone, and hide how much train and test overlap."""
    (tmp_path / "short.tsv").write_text("PMC1_a\tone\nPMC1_b\ttwo\n")
    (tmp_path / "bad.tsv").write_text("PMC1_a\tone\nPMC1_b two\n")
    (tmp_path / "twice.tsv").write_text("PMC1_a\tone\nPMC1_a\ttwo\n")
    with pytest.raises(CorpusError, match=message):
        groups(grouping, tmp_path)


def test_a_field_of_a_corpus_without_metadata_is_told(tmp_path: Path) -> None:
    """Nothing of another name would do."""
    bare = tuple(Record(f"d{i}", f"rash {i}", (Span(0, 4, "ADR"),), f"d{i}") for i in range(2))
    with pytest.raises(CorpusError, match=r"2 of 2 documents .* no document has metadata as it is read"):
        groups(Grouping(field="drug"), tmp_path, bare)
