"""Formats by content."""

from __future__ import annotations

from pathlib import Path

import pytest

from adrbench.config import DatasetEntry
from adrbench.config.corpora import load_corpus
from adrbench.datasets.conversion import write, writer_of, writers
from adrbench.datasets.load import read_dataset
from adrbench.datasets.recognition import UnclearFormat, candidates, readable, recognise
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
        ('[{"source": "x", "infons": {}, "documents": []}]', "bioc"),
        ('{"id": "1", "passages": []}\n{"id": "2", "passages": []}\n', "bioc"),
        ('["Rash", {"entities": [[0, 4, "ADR"]]}]\n', "jsonl"),
        ('[["Rash", {"entities": [[0, 4, "ADR"]]}]]', "jsonl"),
        ("PAR1", "huggingface"),
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
    with pytest.raises(InputError, match=r"of no format that is known: .*brat, conll"):
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
    (tmp_path / "b.jsonl").write_text('{"text": "Rash", "spans": []}\n')
    with pytest.raises(InputError, match=r'(?s)conll: a.tsv.*jsonl: b.jsonl.*Name the format by use = "…"'):
        load_corpus(DatasetEntry(use="auto", path="."), tmp_path, REGISTRY)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl.gz", b"\x1f\x8b\x08", "packed by gzip; unpack it first"),
        ("a.xlsx", b"PK\x03\x04", "an Excel workbook; write it as JSON lines"),
        ("a.zip", b"PK\x03\x04", "a zip archive; unpack it first"),
        ("a.spacy", b"x\x9c", "a DocBin of spaCy; write it as JSON lines"),
        ("a.a1", b"T1\tADR 0 4\tRash\n", "BioNLP shared task; brat reads .a1 files that are renamed to .ann"),
        ("a.tsv", b"#FORMAT=WebAnno TSV 3.3\n", "WebAnno TSV of INCEpTION or WebAnno; export it as CoNLL 2002"),
        ("a.xml", b"<GateDocument version='3'/>", "GATE XML; write it as JSON lines"),
        ("a.xml", b"<corpus><a/></corpus>", "XML or HTML with the root <corpus>"),
        ("a.json", b'{\n  "text": "Rash",\n  "spans": []\n}\n', "a JSON object over several lines"),
        ("a.json", b'{"document_id": "1", "passages": []}', "the form of BigBio; write it as JSON lines"),
        ("a.csv", b"Rash,B-ADR\nafter,O\n", "comma-separated values; .*a token and its tag, with a tab between"),
        ("a.txt", b"Rash B-ADR 0.9\nafter O 0.8\nit O 0.7\n", "columns with tags in column 1: .*--param tag=1"),
        ("a.conllu", b"1\tRash" + b"\t_" * 8 + b"\n", "CoNLL-U; write columns"),
    ],
)
def test_what_no_reader_takes_is_named(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    """With what to make of it."""
    (tmp_path / name).write_bytes(content)
    for path in (tmp_path, tmp_path / name):
        with pytest.raises(InputError, match=f"of no format that is known; {name} looks like .*{message}") as raised:
            recognise(path, ["conll"])
        assert not isinstance(raised.value, UnclearFormat), "naming a format would not help"


def test_a_device_is_no_corpus() -> None:
    """It is there, but it is neither a file nor a folder."""
    with pytest.raises(InputError, match=r"^/dev/null: neither a file nor a folder$"):
        recognise(Path("/dev/null"), ["conll"])


def test_a_folder_that_is_a_link_is_looked_into(tmp_path: Path) -> None:
    """As brat reads it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "corpus").mkdir()
    (tmp_path / "real" / "a.jsonl").write_text('{"text": "Rash", "spans": []}\n')
    (tmp_path / "corpus" / "inner").symlink_to(tmp_path / "real")
    assert [one.format for one in candidates(tmp_path / "corpus")] == ["jsonl"]


@pytest.mark.parametrize(
    ("suffixes", "annotations"), [((".txt", ".ann"), ""), ((".TXT", ".ANN"), "T1\tADR 0 4\tRash\n")]
)
def test_texts_without_a_mention_and_suffixes_in_capitals_are_brat(
    suffixes: tuple[str, str], annotations: str, tmp_path: Path
) -> None:
    """The reader takes both, so they are recognised."""
    for suffix, content in zip(suffixes, ("Rash.", annotations), strict=True):
        (tmp_path / f"a{suffix}").write_text(content)
    assert recognise(tmp_path, readable(REGISTRY)).format == "brat"
    assert len(read_dataset(REGISTRY, "brat", {}, tmp_path).records) == 1


def test_what_stands_beside_annotations_speaks_for_no_other_format(tmp_path: Path) -> None:
    """A text may end like a column of tags; a page that says how to annotate has labels, and is no corpus."""
    (tmp_path / "a.txt").write_text("Vaccination\nHe had hepatitis-B\n")
    (tmp_path / "a.ann").write_text("T1\tADR 19 30\thepatitis-B\n")
    (tmp_path / "config.xml").write_text('<View><Labels name="l"><Label value="ADR"/></Labels></View>')
    assert recognise(tmp_path, readable(REGISTRY)).format == "brat"
    (tmp_path / "b.xml").write_text('<?xml version="1.0"?>\n<!-- <x> -->\n<Label drug="x"></Label>')
    assert [one.format for one in candidates(tmp_path / "b.xml")] == ["tac-spl"]
