"""The TAC 2017 labels: where they are found, and, where they are at hand, that all of them are. Labels are invented."""

from __future__ import annotations

import os
import tarfile
from pathlib import Path

import pytest

from adrbench.api import CorpusError, CorpusMissing, Reading
from adrbench.datasets import count_records
from adrbench_biomed.tac2017 import Tac2017, Tac2017Params

LABEL = (
    '<Label drug="{0}" track="TAC2017_ADR"><Text><Section name="adverse reactions" id="S1">Rash.</Section></Text>'
    '<Mentions><Mention id="M1" section="S1" type="AdverseReaction" start="0" len="4" str="Rash" /></Mentions></Label>'
)


def read(path: Path | None) -> Reading:
    """Read the corpus."""
    return Tac2017().load(Tac2017Params(), path, offline=True)


def save(folder: Path, drug: str) -> Path:
    """Write a label."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{drug}.xml").write_text(LABEL.format(drug))
    return folder


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """An empty cache and no ADRBENCH_DATA, but where a test is about the real corpus."""
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))
    if "real" not in request.node.name:
        monkeypatch.delenv("ADRBENCH_DATA", raising=False)


def test_the_folder_of_labels_or_the_one_above(tmp_path: Path) -> None:
    """A path may name either; without the test labels there is no split."""
    inner = save(tmp_path / "tac" / "train_xml", "tentorin")
    for path in (inner, inner.parent):
        [record] = read(path).records
        assert (record.id, record.parts) == ("tentorin.S1", ())


def test_the_test_labels_beside_the_training_labels(tmp_path: Path) -> None:
    """With both folders the release's split is there, and the counts of one part are no longer compared."""
    save(tmp_path / "train_xml", "tentorin")
    save(tmp_path / "gold_xml", "folexan")
    save(tmp_path / "other", "lamizol")
    reading = read(tmp_path)
    assert [(r.group, r.parts) for r in reading.records] == [("tentorin", ("train",)), ("folexan", ("test",))]
    assert not reading.info.published


def test_the_archive_is_unpacked_into_the_cache(tmp_path: Path) -> None:
    """Laid where the corpus is looked for, it is read; another one is not taken for it."""
    for drug in ("tentorin", "folexan"):
        folder = save(tmp_path / drug, drug)
        with tarfile.open(tmp_path / "train_xml.tar.gz", "w:gz") as tar:
            tar.add(folder, "train_xml")
        reading = read(tmp_path)
        assert [record.id for record in reading.records] == [f"{drug}.S1"]
        assert sorted(reading.files) == ["train_xml.tar.gz", f"train_xml/{drug}.xml"]
        assert read(tmp_path).records == reading.records


def test_nothing_there(tmp_path: Path) -> None:
    """A given folder without labels is an error; without any copy the corpus is missing."""
    with pytest.raises(CorpusError, match=r"holds no train_xml/\*\.xml"):
        read(tmp_path)
    with pytest.raises(CorpusMissing, match=r"--offline forbids"):
        read(None)


def test_the_folds_of_the_study_are_its_split(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five test files of words with bare tags: a sentence that stands in two of them is tested in both folds."""
    folder = tmp_path / "tac2017-folds"
    folder.mkdir()
    for number in range(1, 6):
        (folder / f"test{number}.tsv").write_text(f"\t\nMild\tB\nrash\tI\n\nDose\tO\n{number}\tO\n")
    monkeypatch.setenv("ADRBENCH_DATA", str(tmp_path))
    reading = Tac2017().load(Tac2017Params(release="folds"), None, offline=True)
    assert (reading.info.name, reading.info.published["tokens"]) == ("tac2017", 207242)
    assert len(reading.records) == 10
    assert [(r.id, r.parts.index("test"), r.parts.count("train")) for r in reading.records] == [
        (f"test{number}.{place}", number - 1, 4) for number in range(1, 6) for place in (1, 2)
    ]
    assert {span.label for record in reading.records for span in record.spans} == {"AdverseReaction"}
    with pytest.raises(CorpusError, match="mismatch needs release"):
        Tac2017().load(Tac2017Params("count", "folds"), None, offline=True)
    monkeypatch.delenv("ADRBENCH_DATA")
    with pytest.raises(CorpusMissing, match=r"test1.tsv to test5.tsv .* tac2017-folds"):
        Tac2017().load(Tac2017Params(release="folds"), None, offline=True)


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the TAC 2017 labels in ADRBENCH_DATA")
def test_the_real_labels_are_all_there() -> None:
    """101 labels, 239 sections, 15,722 mentions, 1,078 of them discontinuous, every offset right."""
    reading = read(None)
    found = count_records(reading.records)
    assert {name: found[name] for name in reading.info.published} == reading.info.published
    assert reading.info.published["spans AdverseReaction"] == 13795
    assert {span.label for record in reading.records for span in record.spans} == set(reading.info.labels)
    assert not any("mentions" in step for step in reading.ledger)
