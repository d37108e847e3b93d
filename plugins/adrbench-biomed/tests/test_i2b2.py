"""Texts and concepts by line and word: read, joined, refused with their line. The notes here are invented."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import CorpusError, Reading, Span
from adrbench_biomed.i2b2 import I2b2, I2b2Params, Mismatch

LINES = [
    "Admission Date :",
    "",
    "He had  Chest\tpain and took tentorin 5 mg .",
    'A " quoted " X-ray of the left',
    "Lower lobe was clear .",
]
CONCEPTS = [
    'c="chest pain" 3:2 3:3||t="problem"',
    'c="tentorin" 3:6 3:6||t="treatment"',
    'c="a " quoted " x-ray" 4:0 4:4||t="test"',
]
ACROSS = 'c="the left lower lobe" 4:6 5:1||t="problem"'
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a text and its concepts; returns the folder."""

    def make(
        concepts: list[str] | None = CONCEPTS,
        lines: list[str] | None = LINES,
        txt: str = "txt",
        con: str = "concept",
        name: str = "n1",
        end: str = "\n",
    ) -> Path:
        for folder, suffix, content in ((txt, "txt", lines), (con, "con", concepts)):
            if content is not None:
                file = tmp_path / "notes" / folder / f"{name}.{suffix}"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(end.join([*content, ""]).encode())
        return tmp_path / "notes"

    return make


def read(path: Path | None, mismatch: Mismatch = "error") -> Reading:
    """Read a folder."""
    return I2b2().load(I2b2Params(mismatch), path, offline=True)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_line_is_a_sentence_of_given_words(save: Save, end: str) -> None:
    """Concepts stand where line and word say, whatever blanks part the words; blank lines are counted."""
    reading = read(save(end=end))
    first, second, third, fourth = reading.records
    assert (first.text, first.id, first.group) == (LINES[0], "n1.1", "n1")
    assert [(second.text[s.start : s.end], s.label) for s in second.spans] == [
        ("Chest\tpain", "problem"),
        ("tentorin", "treatment"),
    ]
    assert [second.text[start:end] for start, end in second.tokens or ()] == LINES[2].split()
    assert [third.text[s.start : s.end] for s in third.spans] == ['A " quoted " X-ray']
    assert fourth.spans == ()
    assert (reading.unit, reading.ledger) == ("sentence", {"blank lines, not read": 1})
    assert sorted(reading.files) == ["concept/n1.con", "txt/n1.txt"]


def test_a_concept_across_lines_joins_them(save: Save) -> None:
    """Lines that a concept runs across are one record, and that is counted."""
    reading = read(save([*CONCEPTS, ACROSS]))
    last = reading.records[-1]
    assert (last.id, last.text) == ("n1.4", f"{LINES[3]}\n{LINES[4]}")
    assert [last.text[s.start : s.end] for s in last.spans] == ['A " quoted " X-ray', "the left\nLower lobe"]
    assert [last.text[start:end] for start, end in last.tokens or ()] == f"{LINES[3]} {LINES[4]}".split()
    assert reading.ledger["lines joined to the one before, as a concept runs across their border"] == 1


def test_parts_and_places_of_the_release(save: Save) -> None:
    """Training and test texts, concepts beside their texts or in the folder of the reference standard."""
    save(txt="test_data", con="reference_standard_for_test_data/concepts", name="0001")
    for site in ("beth", "partners"):
        folder = save(txt=f"some_training_data/{site}/txt", con=f"some_training_data/{site}/concept")
    save(None, txt="docs", name="readme")
    reading = read(folder)
    assert list(dict.fromkeys((r.group, r.parts) for r in reading.records)) == [
        ("beth.n1", ("train",)),
        ("partners.n1", ("train",)),
        ("0001", ("test",)),
    ]
    assert reading.ledger[".txt files of folders without concepts, not read"] == 1


def test_a_concept_with_other_words_can_be_counted_instead(save: Save) -> None:
    """With mismatch = "count" its place decides."""
    folder = save(['c="chest ache" 3:2 3:3||t="problem"'])
    with pytest.raises(
        CorpusError, match=r"n1\.con:1: 'chest ache' is not at 3:2 3:3, where the text has 'Chest pain'"
    ):
        read(folder)
    reading = read(folder, "count")
    assert reading.records[1].spans == (Span(8, 18, "problem"),)
    assert reading.ledger["concepts whose words are not those at their place, read at the place"] == 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (CONCEPTS[0][:20], "not of the form"),
        (CONCEPTS[0].replace("3:2", "3"), "not of the form"),
        (CONCEPTS[0].replace('t="problem"', 't=""'), "not of the form"),
        (CONCEPTS[0].replace("3:2", "9:2"), "there is no line 9; the text has 5"),
        (CONCEPTS[0].replace("3:2", "0:2"), "there is no line 0"),
        (CONCEPTS[0].replace("3:3", "3:33"), "line 3 has no word 33; it has 10"),
        (CONCEPTS[0].replace("3:2", "2:0"), "line 2 has no word 0; it has 0"),
        (CONCEPTS[0].replace("3:2", "3:5"), "the concept ends at 3:3, before it begins"),
        (CONCEPTS[0] + "\0", "NUL"),
    ],
)
def test_a_wrong_line_is_named(save: Save, line: str, message: str) -> None:
    """Truncated, mangled or shifted: the message has file and line, and nothing is read."""
    with pytest.raises(CorpusError) as caught:
        read(save([CONCEPTS[1], line]))
    assert "n1.con:2: " in str(caught.value)
    assert message in str(caught.value)


def test_a_file_without_its_other_half(save: Save, tmp_path: Path) -> None:
    """A text of an annotated folder without concepts, concepts without text, no concepts at all, no folder."""
    folder = save()
    (folder / "txt" / "n2.txt").write_text("More .\n")
    with pytest.raises(CorpusError, match=r"n2\.txt: there is no n2\.con"):
        read(folder)
    (folder / "txt" / "n2.txt").unlink()
    (folder / "txt" / "n1.txt").rename(folder / "n1.text")
    with pytest.raises(CorpusError, match=r"n1\.con: there is no n1\.txt"):
        read(folder)
    (folder / "concept" / "n1.con").unlink()
    with pytest.raises(CorpusError, match=r"holds no \.con file"):
        read(folder)
    for path in (None, tmp_path / "nowhere"):
        with pytest.raises(CorpusError, match="it should be a folder with"):
            read(path)


def test_two_files_for_one_text(save: Save) -> None:
    """Which one is meant nobody can say."""
    folder = save()
    save(None, txt=".")
    with pytest.raises(CorpusError, match="would be the same text"):
        read(folder)


@given(st.data())
def test_no_file_crashes_the_reader(data: st.DataObject) -> None:
    """Any bytes for text or concepts, and valid ones with a stretch replaced, give a reading or a CorpusError."""
    contents = ["\n".join(LINES).encode(), "\n".join([*CONCEPTS, ACROSS]).encode()]
    mangled = data.draw(st.sampled_from([0, 1]))
    valid = contents[mangled]
    place = data.draw(st.integers(0, len(valid)))
    piece = data.draw(st.binary(max_size=20) | st.sampled_from([b'"', b"\n", b"9", b":", b" "]))
    contents[mangled] = data.draw(
        st.sampled_from([piece, valid[:place] + piece, valid[:place] + piece + valid[place + len(piece) :]])
    )
    with TemporaryDirectory() as folder:
        for suffix, content in zip(("txt", "con"), contents, strict=True):
            (Path(folder) / f"n.{suffix}").write_bytes(content)
        with suppress(CorpusError):
            for record in read(Path(folder), "count").records:
                assert all(0 <= span.start < span.end <= len(record.text) for span in record.spans)
