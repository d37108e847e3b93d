"""BC5CDR: its files, its split, its two names. The abstracts here are invented."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from adrbench.api import CorpusError, CorpusMissing, Reading, Span
from adrbench.datasets import count_records
from adrbench_biomed import bc5cdr
from adrbench_biomed.bc5cdr import Bc5cdrChemical, Bc5cdrDisease, Bc5cdrParams


def abstract(pmid: int) -> str:
    """An abstract with a chemical, a disease and their relation."""
    mentions = f"{pmid}\t0\t8\tTentorin\tChemical\tC1\n{pmid}\t13\t19\ttremor\tDisease\tD1\n{pmid}\tCID\tC1\tD1\n"
    return f"{pmid}|t|Tentorin and tremor.\n{pmid}|a|One case.\n{mentions}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small corpus in the files of the public copy, the development part also in the training file."""
    (tmp_path / "CDR_TrainingSet.PubTator.txt").write_text(abstract(1) + abstract(2))
    (tmp_path / "CDR_DevelopmentSet.PubTator.txt").write_text(abstract(2))
    (tmp_path / "CDR_TestSet.PubTator.txt").write_text(abstract(3))
    return tmp_path


def read(path: Path | None) -> Reading:
    """Read the corpus in a folder."""
    return Bc5cdrDisease().load(Bc5cdrParams(), path, offline=True)


def test_development_documents_are_taken_out_of_the_training_file(folder: Path) -> None:
    """They are counted, and what they hold is counted once."""
    reading = read(folder)
    assert [(r.id, r.parts) for r in reading.records] == [("1", ("train",)), ("2", ("dev",)), ("3", ("test",))]
    assert reading.ledger == {
        "documents that another part holds too, left out here": 1,
        "relations, not read": 3,
    }
    assert (reading.unit, len(reading.files)) == ("document", 3)


def test_a_test_document_in_the_training_file_is_refused(folder: Path) -> None:
    """Nothing explains it, so nothing mends it."""
    with (folder / "CDR_TrainingSet.PubTator.txt").open("a") as file:
        file.write(abstract(3))
    with pytest.raises(CorpusError, match="the document 3 is in train and test"):
        read(folder)


def test_the_two_names_differ_in_the_label_that_is_looked_for(folder: Path) -> None:
    """Both hold both labels; a benchmark file that names none gets the one of the name."""
    chemical = Bc5cdrChemical().load(Bc5cdrParams(), folder, offline=True)
    assert chemical.records == read(folder).records
    assert (chemical.info.name, bc5cdr.chemical.name, bc5cdr.chemical.labels) == (
        "bc5cdr-chemical",
        "bc5cdr-chemical",
        ("Chemical",),
    )
    assert (bc5cdr.disease.name, bc5cdr.disease.labels) == ("bc5cdr-disease", ("Disease",))


@pytest.mark.parametrize(("corpus", "label"), [(Bc5cdrDisease, "Disease"), (Bc5cdrChemical, "Chemical")])
def test_the_sentences_of_the_other_release(
    tmp_path: Path, corpus: type[Bc5cdrDisease | Bc5cdrChemical], label: str
) -> None:
    """Column files in three parts, with the one label of the name, also where the tags have none."""
    for name in ("train", "devel", "test"):
        (tmp_path / f"{name}.tsv").write_text("Tentorin\tB\nagain\tO\n\n")
    reading = corpus().load(Bc5cdrParams("mtl"), tmp_path, offline=True)
    assert [(r.text, r.spans, r.parts) for r in reading.records] == [
        ("Tentorin again", (Span(0, 8, label),), (part,)) for part in ("train", "dev", "test")
    ]
    assert (reading.unit, reading.info.labels) == ("sentence", (label,))


def test_where_it_lies_is_known_without_reading(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both names look in one folder."""
    data = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("ADRBENCH_DATA", str(data))
    with pytest.raises(CorpusMissing):
        Bc5cdrDisease().at_hand()
    folder.rename(data / "bc5cdr")
    assert Bc5cdrDisease().at_hand() == Bc5cdrChemical().at_hand() == "ADRBENCH_DATA/bc5cdr"


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpus in ADRBENCH_DATA")
def test_the_release_is_as_published() -> None:
    """500 documents a part after subtraction, and every mention of the paper."""
    reading = read(None)
    found = count_records(reading.records)
    assert {name: found[name] for name in reading.info.published} == reading.info.published
    parts = ("train", "dev", "test")
    by_part = {part: count_records([r for r in reading.records if r.parts == (part,)]) for part in parts}
    assert [(by_part[part]["spans Chemical"], by_part[part]["spans Disease"]) for part in parts] == [
        (5203, 4182),
        (5347, 4244),
        (5385, 4424),
    ]
    assert reading.ledger["documents that another part holds too, left out here"] == 500
    assert reading.files == {file.name: file.sha256 for file in bc5cdr._FILES.values()}


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpus in ADRBENCH_DATA")
@pytest.mark.parametrize(
    ("corpus", "spans"), [(Bc5cdrDisease, [4182, 4246, 4424]), (Bc5cdrChemical, [5203, 5347, 5385])]
)
def test_the_sentences_hold_the_same_mentions(corpus: type[Bc5cdrDisease | Bc5cdrChemical], spans: list[int]) -> None:
    """As many a part as the abstracts have, but for two more diseases of the development part."""
    found = count_records(corpus().load(Bc5cdrParams("mtl"), None, offline=True).records)
    assert [found[f"documents {part}"] for part in ("train", "dev", "test")] == [4560, 4581, 4797]
    assert [found[f"spans {part}"] for part in ("train", "dev", "test")] == spans
