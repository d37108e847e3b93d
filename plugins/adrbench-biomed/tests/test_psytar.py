"""PsyTAR: mentions given by their words are found in their sentences. The posts here are invented."""

from __future__ import annotations

import io
import os
import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.api import CorpusError, Reading, Span
from adrbench.datasets import count_records
from adrbench_biomed.psytar import Psytar, PsytarParams

Rows = list[list[object]]
HEAD: list[object] = ["id", "drug_id", "sentence_index", "sentences"]
SENTENCES: Rows = [
    ["id", "comment_id", "drug_id", "sentence_index", "sentences", "ADR", "rating"],
    [1, 1, "Tentorin.1", 1, "Dry mouth, arm and leg pain.", 1, 2],
    [2, 1, "Tentorin.1", 2, "It helped my anxiety.", None, 2],
    [3, 2, "folexan.7", 1, "Day 5.", None, 1],
    [4, 2, "folexan.7", 1, "Dizzy today.", 1, 1],
    [5, 2, "folexan.7", 2, None, None, 1],
    [None, None, None, None, None, 2, None],
]
SHEETS: dict[str, Rows] = {
    "License": [["text"]],
    "Sentence_Labeling": SENTENCES,
    "ADR_Identified": [
        [*HEAD, "ADR1", "ADR2", "ADR3"],
        [1, "Tentorin.1", 1, "Dry mouth, arm and leg pain.", "dry mouth", "arm pain", "tremor"],
        [2, "folexan.7", 1, "Dizzy today.", "Dizzy"],
    ],
    "DI_Identified": [[*HEAD, "DI1"], [1, "Tentorin.1", 2, "It helped my anxiety!", "anxiety"]],
    "SSI_Identified": [[*HEAD, "SSI1"], [1, "Tentorin.1", 2, "It helped my anxiety.", "anxiety"]],
    "WD_Identified": [[*HEAD, "WD1"]],
}
Save = Callable[..., Path]


def workbook(**changed: Rows | None) -> bytes:
    """The bytes of a workbook, with some sheets changed or (None) left out."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in {**SHEETS, **changed}.items():
        if rows is not None:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


VALID = workbook()


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a workbook; returns its folder."""

    def make(content: bytes = VALID) -> Path:
        (tmp_path / "PsyTAR_dataset.xlsx").write_bytes(content)
        return tmp_path

    return make


def read(path: Path | None) -> Reading:
    """Read the corpus."""
    return Psytar().load(PsytarParams(), path, offline=True)


def test_a_sentence_is_a_document(save: Save) -> None:
    """Its id is that of post and number, its group is the post, its drug is the post's, in lower case."""
    reading = read(save())
    assert [(r.id, r.group, r.metadata["drug"]) for r in reading.records] == [
        ("Tentorin.1.1", "Tentorin.1", "tentorin"),
        ("Tentorin.1.2", "Tentorin.1", "tentorin"),
        ("folexan.7.1", "folexan.7", "folexan"),
        ("folexan.7.1-2", "folexan.7", "folexan"),
        ("folexan.7.2", "folexan.7", "folexan"),
    ]
    assert (reading.unit, reading.origin) == ("sentence", f"folder {save().name}")


def test_mentions_stand_where_their_words_are(save: Save) -> None:
    """Also discontinuous ones, the same words under two labels, and the second of two sentences of one number."""
    spans = [r.spans for r in read(save()).records]
    assert spans == [
        (Span(0, 9, "ADR"), Span(11, 27, "ADR", ((11, 14), (23, 27)))),
        (Span(13, 20, "DI"), Span(13, 20, "SSI")),
        (),
        (Span(0, 5, "ADR"),),
        (),
    ]


def test_what_was_not_found_or_repaired_is_counted(save: Save) -> None:
    """By label: given, not found, found otherwise; and what is odd about sentences."""
    assert read(save()).ledger == {
        "rows without post, number and sentence (sums of columns), left out": 1,
        "sentences with the number of another in their post, renamed": 1,
        "sentences worded otherwise beside their mentions, read as in the sheet of all": 1,
        "ADR mentions given by their words": 4,
        "ADR mentions whose words, in order, are not in their sentence (so often), left out": 1,
        "ADR mentions found but for case or white space": 1,
        "ADR mentions found but for words or punctuation between": 1,
        "DI mentions given by their words": 1,
        "SSI mentions given by their words": 1,
    }


def test_the_workbook_itself_can_be_named(save: Save) -> None:
    """A path may be the file, under any name."""
    file = (save() / "PsyTAR_dataset.xlsx").rename(save() / "mine.xlsx")
    assert (len(read(file).records), list(read(file).files)) == (5, ["mine.xlsx"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"WD_Identified": None}, "has no sheet 'WD_Identified'; it has License, Sentence_Labeling"),
        ({"WD_Identified": []}, "sheet WD_Identified: its first row names the column 'drug_id' 0 times, not once"),
        ({"WD_Identified": [[*HEAD, "drug_id"]]}, "the column 'drug_id' 2 times"),
        ({"WD_Identified": [HEAD, [1, "x.1", 1, "a", "b"]]}, "WD_Identified, row 2: a cell in a column without a name"),
        ({"WD_Identified": [HEAD, [1, "x.1", 1, "a"]]}, "row 2: there is no sentence x.1.1 in the sheet Sentence_"),
        ({"WD_Identified": [HEAD, [], [1, "x.1"]]}, "row 3: the cell of column 'sentence_index' is empty"),
        (
            {"WD_Identified": [HEAD, *[[1, "Tentorin.1", 2, "x"]] * 2]},
            "row 3: the sentence Tentorin.1.2 is there a sec",
        ),
        ({"Sentence_Labeling": [*SENTENCES, [9, 9, "x.1", None, "a"]]}, "row 8: the cell of column 'sentence_index'"),
        ({"Sentence_Labeling": SENTENCES[:1]}, "sheet Sentence_Labeling has no sentence"),
    ],
)
def test_a_wrong_workbook_is_named(save: Save, changed: dict[str, Rows | None], message: str) -> None:
    """Missing sheets, columns or cells: the message has file, sheet and row."""
    with pytest.raises(CorpusError) as caught:
        read(save(workbook(**changed)))
    assert "PsyTAR_dataset.xlsx: " in str(caught.value)
    assert message in str(caught.value)


def test_a_workbook_that_unpacks_to_too_much(save: Save, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is refused before it is unpacked."""
    monkeypatch.setenv("ADRBENCH_MAX_UNPACKED_BYTES", str(2**20))
    content = io.BytesIO(VALID)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/bomb", bytes(2**21))
    with pytest.raises(
        CorpusError, match=r"dataset.xlsx: the workbook: .* ADRBENCH_MAX_UNPACKED_BYTES allows 1,048,576"
    ):
        read(save(content.getvalue()))


def replaced(member: str, old: bytes, new: bytes) -> bytes:
    """The workbook with some bytes of a member replaced."""
    content = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(VALID)) as source, zipfile.ZipFile(content, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(old, new) if name == member else data)
    return content.getvalue()


@pytest.mark.parametrize("member", ["xl/worksheets/sheet2.xml", "xl/styles.xml", "xl/workbook.xml"])
def test_entities_in_a_workbook_are_refused(save: Save, member: str) -> None:
    """The XML within it is read by the hardened parser too."""
    with zipfile.ZipFile(io.BytesIO(VALID)) as archive:
        inner = archive.read(member)
    root = inner.index(b"<", inner.find(b"?>") + 1)
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
    with pytest.raises(CorpusError, match="EntitiesForbidden"):
        read(save(replaced(member, inner, inner[:root] + bomb + inner[root:])))


def test_a_row_number_beyond_all_sheets(save: Save) -> None:
    """A sheet that claims a row far below is refused at the last row there can be."""
    with pytest.raises(CorpusError, match=r"more than 1048576 rows"):
        read(save(replaced("xl/worksheets/sheet3.xml", b'<row r="2"', b'<row r="99999999999"')))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_file_crashes_the_reader(data: st.DataObject) -> None:
    """Any bytes, and a valid workbook or a member of it with a stretch replaced, give a reading or a CorpusError."""
    piece = data.draw(st.binary(min_size=1, max_size=20))
    place = data.draw(st.integers(0, len(VALID)))
    with zipfile.ZipFile(io.BytesIO(VALID)) as archive:
        member = data.draw(st.sampled_from(archive.namelist()))
        inner = archive.read(member)
    cut = data.draw(st.integers(0, len(inner)))
    content = data.draw(
        st.sampled_from(
            [
                piece,
                VALID[:place],
                VALID[:place] + piece + VALID[place + len(piece) :],
                replaced(member, inner, inner[:cut]),
                replaced(member, inner, inner[:cut] + piece + inner[cut + len(piece) :]),
                replaced(member, inner[cut : cut + 3], piece),
            ]
        )
    )
    with TemporaryDirectory() as folder:
        file = Path(folder) / "x.xlsx"
        file.write_bytes(content)
        with suppress(CorpusError):
            assert read(file).records


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs PsyTAR in ADRBENCH_DATA")
def test_the_released_workbook_is_all_there() -> None:
    """891 posts, 6,009 sentences; of 4,813 ADR mentions 4,715 are found, and nearly all of the others."""
    reading = read(None)
    found = count_records(reading.records)
    assert (found["documents"], found["groups"], found["discontinuous"]) == (6009, 891, 412)
    given = {label: reading.ledger[f"{label} mentions given by their words"] for label in reading.info.labels}
    assert given == {"ADR": 4813, "DI": 793, "SSI": 1219, "WD": 590}
    assert {label: found[f"spans {label}"] for label in given} == {"ADR": 4715, "DI": 779, "SSI": 1202, "WD": 567}
    assert {record.metadata["drug"] for record in reading.records} == {"cymbalta", "effexorxr", "lexapro", "zoloft"}
