"""CADEC in its documented form: the posts here are invented, for the corpus itself may not be passed on."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from adrbench.api import CorpusError, CorpusMissing, Record, Span
from adrbench_biomed.cadec import Cadec, CadecParams, plugin

POST = "Folexan gave me pain in foot and knee.\nIt was for my gout, naïve me."
ANN = (
    "T1\tDrug 0 7\tFolexan\n"
    "T2\tADR 16 28\tpain in foot\n"
    "#1\tAnnotatorNotes T2\tis this one mention?\n"
    "T3\tADR 16 23;33 37\tpain in knee\n"
    "T4    Disease 53 57    gout\n"
)
SPANS = (Span(0, 7, "Drug"), Span(16, 28, "ADR"), Span(16, 37, "ADR", ((16, 23), (33, 37))), Span(53, 57, "Disease"))
FILES: Mapping[str, bytes] = {
    "text/FOLEXAN-XR.12.txt": POST.encode("latin-1"),
    "original/FOLEXAN-XR.12.ann": ANN.encode("latin-1"),
    "meddra/FOLEXAN-XR.12.ann": b"TT2\t10000001 + 10000002 16 28\tpain in foot\n",
    "text/TENTORIN.1.txt": b"No effect.",
    "original/TENTORIN.1.ann": b"",
}
RECORDS = (
    Record("FOLEXAN-XR.12", POST, SPANS, "FOLEXAN-XR.12", metadata={"drug": "FOLEXAN-XR"}),
    Record("TENTORIN.1", "No effect.", (), "TENTORIN.1", metadata={"drug": "TENTORIN"}),
)


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder and an empty cache; the corpus's place in the former."""
    monkeypatch.setenv("ADRBENCH_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "data" / "cadec"


def lay(folder: Path, files: Mapping[str, bytes] = FILES) -> Path:
    """Write the files of the corpus."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def archive(path: Path, files: Mapping[str, bytes] = FILES, level: str = "cadec/") -> Path:
    """Write them as the archive that the portal gives."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in files.items():
            file.writestr(level + name, content)
    return path


def test_posts_are_read_with_their_mentions_and_drug(data: Path) -> None:
    """Latin-1, spaces for tabs and notes are taken and counted; codes of other folders are not read."""
    lay(data)
    reading = Cadec().load(CadecParams(), None, offline=True)
    assert (reading.records, reading.origin, reading.unit) == (RECORDS, "ADRBENCH_DATA/cadec", "document")
    assert set(reading.files) == {name for name in FILES if not name.startswith("meddra")}
    assert reading.ledger == {
        "files that are not UTF-8, read as Latin-1": 1,
        "lines with spaces where tabs should stand": 1,
        "notes, not read": 1,
    }


@pytest.mark.parametrize("level", ["cadec/", ""])
def test_the_archive_is_unpacked_once(data: Path, tmp_path: Path, level: str) -> None:
    """Laid into the data folder, with or without its outer folder, it reads as the folders do; the data stay as is."""
    archive(data / "CADEC.v2.zip", level=level)
    for _ in range(2):
        reading = Cadec().load(CadecParams(), None, offline=True)
        assert (reading.records, reading.origin) == (RECORDS, "ADRBENCH_DATA/cadec, CADEC.v2.zip")
    assert [file.name for file in data.iterdir()] == ["CADEC.v2.zip"]
    assert len(list((tmp_path / "cache" / "unpacked").iterdir())) == 1


def test_a_path_may_be_any_of_its_forms(tmp_path: Path) -> None:
    """The folders, the folder around them, the archive's folder, or the archive under whatever name."""
    lay(tmp_path / "a" / "cadec")
    archive(tmp_path / "b" / "CADEC.v2.zip")
    other = archive(tmp_path / "mine.zip")
    for path in (tmp_path / "a" / "cadec", tmp_path / "a", tmp_path / "b", other):
        assert Cadec().load(CadecParams(), path, offline=True).records == RECORDS


def test_without_the_corpus_it_is_said_how_to_get_it(tmp_path: Path) -> None:
    """It may not be downloaded by a program; a given path that lacks it says what it should hold."""
    with pytest.raises(CorpusMissing, match=r"10.4225/08/570FB102BDAD2.*ADRBENCH_DATA/cadec/text/\*.txt"):
        Cadec().load(CadecParams(), None, offline=False)
    with pytest.raises(CorpusMissing, match="CSIRO Data Licence"):
        Cadec().at_hand()
    with pytest.raises(CorpusError, match=r"holds no text/\*.txt, original/\*.ann"):
        Cadec().load(CadecParams(), tmp_path, offline=False)


def test_it_is_at_hand_as_folders_or_archive(data: Path) -> None:
    """Which is told without reading it."""
    archive(data / "CADEC.v2.zip")
    assert Cadec().at_hand() == "ADRBENCH_DATA/cadec"
    lay(data)
    assert Cadec().at_hand() == "ADRBENCH_DATA/cadec"


@pytest.mark.parametrize("content", [b"no archive", None])
def test_an_archive_of_something_else_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    """The archive is named."""
    path = archive(tmp_path / "CADEC.v2.zip", {"readme": b""})
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorpusError, match=r"CADEC.v2.zip: (cannot be unpacked|is no CADEC.v2.zip)"):
        Cadec().load(CadecParams(), path, offline=True)


def test_what_the_release_has_wrong_is_repaired_and_counted(data: Path) -> None:
    """Offsets that miss, ids given twice and a missing file do not stop the reading, unless parameters say so."""
    lay(data, {"text/FOLEXAN.1.txt": POST.encode(), "text/FOLEXAN.2.txt": b"Fine."})
    lay(data, {"original/FOLEXAN.1.ann": b"T1\tDrug 1 8\tFolexan\nT1\tDisease 53 57\tgutt\nT2\tADR 800 804\tpain\n"})
    reading = Cadec().load(CadecParams(), None, offline=True)
    assert reading.records[0].spans == (Span(0, 7, "Drug"), Span(53, 57, "Disease"))
    assert reading.ledger == {
        "mentions moved to where their words stand nearby": 1,
        "mentions whose words are not those at their offsets, read at the offsets": 1,
        "mentions whose range is empty, reversed or outside the text, left out": 1,
        "mentions with the id of another one": 1,
        "texts without an .ann file, read as without mentions": 1,
    }
    with pytest.raises(CorpusError, match=r"FOLEXAN.1.ann:1: 'Folexan' is not at 1 8"):
        Cadec().load(CadecParams(mismatch="error"), None, offline=True)
    with pytest.raises(CorpusError, match=r"FOLEXAN.2.txt: no .ann file"):
        Cadec().load(CadecParams(unannotated="error"), None, offline=True)


def test_annotations_without_their_post_are_an_error(data: Path) -> None:
    """A mention without its text is no use, and a copy without it is not whole."""
    lay(data)
    (data / "text" / "TENTORIN.1.txt").unlink()
    with pytest.raises(CorpusError, match=r"TENTORIN.1.ann: annotations without their text"):
        Cadec().load(CadecParams(), None, offline=True)


def test_all_five_labels_are_benchmarked_by_default(data: Path) -> None:
    """As in the study of BERT and BioBERT; its counts of them add up to its total."""
    lay(
        data,
        {
            "text/A.1.txt": b"a b c d e",
            "original/A.1.ann": b"".join(
                f"T{i}\t{label} {2 * i} {2 * i + 1}\t{'abcde'[i]}\n".encode() for i, label in enumerate(plugin.labels)
            ),
        },
    )
    [record] = Cadec().load(CadecParams(), None, offline=True).records
    assert (
        tuple(span.label for span in record.spans) == plugin.labels == ("ADR", "Disease", "Drug", "Finding", "Symptom")
    )
    published = Cadec.info.published
    assert sum(published[f"spans {label}"] for label in plugin.labels) == published["spans"] == 9111
