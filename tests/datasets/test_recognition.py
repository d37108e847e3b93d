"""Formats by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.conversion import write, writer_of, writers
from adrbench.datasets.load import read_dataset
from adrbench.datasets.recognition import candidates, readable, recognise
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry

REGISTRY = Registry()


@pytest.mark.parametrize("name", writers(REGISTRY))
def test_what_we_write_is_recognised_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    """Its content says what it is."""
    plugin = writer_of(name, REGISTRY)
    reading = read_dataset(REGISTRY, "adr-mini")
    write(reading, plugin, tmp_path / "corpus")
    assert recognise(tmp_path / "corpus", readable(REGISTRY)).format == name


@pytest.mark.parametrize(
    ("content", "name"),
    [
        ("-DOCSTART- O\n\nRash NN B-ADR\nafter IN O\n\n", "conll"),
        ("# a comment\nRash\tS-ADR\n", "conll"),
        ('[{"text": "Rash", "spans": []}]', "jsonl"),
        ('\n{"text": "Rash", "label": [[0, 4, "ADR"]]}\n', "jsonl"),
        ("\ufeff1|t|Rash\n1|a|No.\n1\t0\t4\tRash\tADR\n", "pubtator"),
        ('{"source": "x", "documents": []}', "bioc"),
    ],
)
def test_a_file_is_recognised_by_its_content(content: str, name: str, tmp_path: Path) -> None:
    """Its suffix says nothing."""
    file = tmp_path / "corpus.dat"
    file.write_text(content, encoding="utf-8")
    assert [one.format for one in candidates(file)] == [name]


def test_what_is_not_clear_is_asked_back(tmp_path: Path) -> None:
    """Each candidate with what speaks for it; or the formats that there are."""
    (tmp_path / "a.tsv").write_text("Rash\tB-ADR\n")
    (tmp_path / "b.jsonl").write_text('{"text": "Rash", "spans": []}\n')
    with pytest.raises(InputError, match=r"several formats(.|\n)*conll: a.tsv: a token and its tag a line\n  jsonl: b"):
        recognise(tmp_path, readable(REGISTRY))
    (tmp_path / "notes").write_text("Nothing of the kind.\n")
    with pytest.raises(InputError, match=r"of no format that is known; name one of: .*brat, conll"):
        recognise(tmp_path / "notes", readable(REGISTRY))
    with pytest.raises(InputError, match="none: no such file or folder"):
        recognise(tmp_path / "none", readable(REGISTRY))


def test_a_benchmark_file_may_leave_the_format_open(tmp_path: Path) -> None:
    """What was recognised stands in the ledger."""
    (tmp_path / "a.tsv").write_text("Rash\tB-ADR\nagain\tO\n")
    entry = DatasetEntry(use="auto", path="a.tsv")
    corpus = load_corpus(entry, tmp_path, REGISTRY)
    assert corpus.counts["spans"] == 1
    assert corpus.ledger[0].step == "format recognised: conll (a.tsv: a token and its tag a line)"
