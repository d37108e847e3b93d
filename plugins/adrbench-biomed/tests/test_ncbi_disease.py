"""The NCBI disease corpus: its files, its split, its labels. The abstracts here are invented."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pytest

from adrbench.api import CorpusError, CorpusMissing, Reading, Span
from adrbench.datasets import count_records
from adrbench_biomed import ncbi_disease
from adrbench_biomed.ncbi_disease import NcbiDisease, NcbiDiseaseParams

CORPUS = {
    "NCBItrainset_corpus.txt": "1|t|Ataxia\n1|a|Two kindreds.\n1\t0\t6\tAtaxia\tSpecificDisease\tD001259\n",
    "NCBIdevelopset_corpus.txt": "\n2|t|Tumour genes\n2|a|None.\n2\t0\t6\tTumour\tModifier\tD009369\n",
    "NCBItestset_corpus.txt": "3|t|Tumours\n3|a|None.\n3\t0\t7\tTumours\tDiseaseClass\tD009369\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small corpus in the files of the release."""
    for name, text in CORPUS.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def read(path: Path | None, labels_as: Literal["Disease", "classes"] = "Disease") -> Reading:
    """Read the corpus in a folder."""
    return NcbiDisease().load(NcbiDiseaseParams(labels_as=labels_as), path, offline=True)


def test_the_files_are_the_parts(folder: Path) -> None:
    """Each abstract is a document of its part."""
    reading = read(folder)
    assert [(r.id, r.group, r.parts) for r in reading.records] == [
        ("1", "1", ("train",)),
        ("2", "2", ("dev",)),
        ("3", "3", ("test",)),
    ]
    assert (reading.unit, set(reading.files)) == ("document", set(CORPUS))


def test_labels_are_one_or_those_of_the_files(folder: Path) -> None:
    """Benchmarks have one label; the classes are there for who wants them."""
    assert [span.label for r in read(folder).records for span in r.spans] == ["Disease"] * 3
    classes = read(folder, "classes")
    assert [span.label for r in classes.records for span in r.spans] == ["SpecificDisease", "Modifier", "DiseaseClass"]
    assert set(classes.info.labels) == {"SpecificDisease", "Modifier", "DiseaseClass"}


def test_the_sentences_of_the_other_release(tmp_path: Path) -> None:
    """Column files in three parts; they have one label, so the classes cannot be asked for."""
    for name in ("train", "devel", "test"):
        (tmp_path / f"{name}.tsv").write_text("Ataxia\tB-Disease\nagain\tO\n\n")
    mtl = NcbiDisease().load(NcbiDiseaseParams("mtl"), tmp_path, offline=True)
    assert [(r.text, r.spans, r.parts) for r in mtl.records] == [
        ("Ataxia again", (Span(0, 6, "Disease"),), (part,)) for part in ("train", "dev", "test")
    ]
    assert mtl.unit == "sentence"
    with pytest.raises(CorpusError, match='labels_as = "classes" needs release = "pubtator"'):
        NcbiDisease().load(NcbiDiseaseParams("mtl", "classes"), tmp_path, offline=True)


def test_where_it_lies_is_known_without_reading(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the data folder, or nowhere."""
    monkeypatch.setenv("ADRBENCH_DATA", str(tmp_path_factory.mktemp("none")))
    with pytest.raises(CorpusMissing):
        NcbiDisease().at_hand()
    data = tmp_path_factory.mktemp("data")
    folder.rename(data / "ncbi-disease")
    monkeypatch.setenv("ADRBENCH_DATA", str(data))
    assert NcbiDisease().at_hand() == "ADRBENCH_DATA/ncbi-disease"


def test_a_missing_part_is_named(folder: Path) -> None:
    """All three files are needed."""
    (folder / "NCBItestset_corpus.txt").unlink()
    with pytest.raises(CorpusError, match=r"lacks NCBItestset_corpus\.txt"):
        read(folder)


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpus in ADRBENCH_DATA")
def test_the_release_is_as_published() -> None:
    """Mentions of each part as published; one abstract of the training part is given twice, so one fewer is found."""
    reading = read(None)
    found = count_records(reading.records)
    differing = {name: found[name] for name, count in reading.info.published.items() if found[name] != count}
    assert differing == {"documents": 792, "documents train": 592}
    assert reading.ledger == {
        "documents given twice alike, merged": 1,
        "mentions whose words differ from the text in white space": 1,
    }
    assert reading.files == {file.name: file.sha256 for file in ncbi_disease._FILES.values()}
    classes = read(None, "classes")
    found = count_records(classes.records)
    assert {label: found[f"spans {label}"] for label in classes.info.labels} == {
        "CompositeMention": 170,
        "DiseaseClass": 1016,
        "Modifier": 1767,
        "SpecificDisease": 3939,
    }


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpus in ADRBENCH_DATA")
def test_the_sentences_hold_each_mention_once() -> None:
    """They were made after the abstract that is given twice was made one: 11 mentions of training fewer."""
    found = count_records(NcbiDisease().load(NcbiDiseaseParams("mtl"), None, offline=True).records)
    assert [found[f"documents {part}"] for part in ("train", "dev", "test")] == [5424, 923, 940]
    assert [found[f"spans {part}"] for part in ("train", "dev", "test")] == [5134, 787, 960]
