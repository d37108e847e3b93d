"""brat standoff: read, repaired as declared, refused with its line, written. The texts here are invented."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Reading, Record, Span
from adrbench.datasets.corpus import prepare
from adrbench.datasets.filters import Filters
from adrbench.datasets.formats.brat import Brat, BratParams, write
from adrbench.errors import CorpusError
from adrbench.plugins import parameters

TEXT = "My foot and my knee hurt.\nTremor after folexan."
ANN = [
    "T1\tADR 3 7;20 24\tfoot hurt",
    "T2\tADR 15 24\tknee hurt",
    "R1\tcaused-by Arg1:T3 Arg2:T4",
    "T3\tADR 26 32\tTremor",
    "T4\tDrug 39 46\tfolexan",
]
SPANS = (Span(3, 24, "ADR", ((3, 7), (20, 24))), Span(15, 24, "ADR"), Span(26, 32, "ADR"), Span(39, 46, "Drug"))
Save = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a document; None leaves a file out."""

    def make(
        ann: str | bytes | list[str] | None = None,
        text: str | bytes | None = TEXT,
        name: str = "one",
        *,
        end: str = "\n",
    ) -> Path:
        folder = tmp_path / "corpus"
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        whole = end.join([*ann, ""]) if isinstance(ann, list) else ann
        for content, suffix in ((whole, "ann"), (text, "txt")):
            if content is not None:
                data = content.encode() if isinstance(content, str) else content
                (folder / f"{name}.{suffix}").write_bytes(data)
        return folder

    return make


def read(path: Path | None, **params: str) -> Reading:
    """Read a folder, with parameters checked as a benchmark file's are."""
    checked, problems = parameters.check(BratParams, params)
    assert not problems
    return Brat().load(checked, path, offline=True)


def only(reading: Reading) -> Record:
    """The one document."""
    (record,) = reading.records
    return record


def words(record: Record) -> list[str]:
    """What the spans without parts cover."""
    return [record.text[span.start : span.end] for span in record.spans]


def test_mentions_are_read_in_their_order(save: Save) -> None:
    """Overlapping and discontinuous ones stay as they are, and the id is the file's name."""
    reading = read(save(ANN))
    assert only(reading) == Record("one", TEXT, SPANS, "one")
    assert (reading.unit, reading.origin, set(reading.files)) == ("document", "folder corpus", {"one.txt", "one.ann"})


def test_what_is_no_mention_is_counted_by_kind(save: Save) -> None:
    """Relations, attributes (old and new), events, normalisations, notes and equivalences are not read, but counted."""
    others = [
        "A1\tSevere T1",
        "M1\tNegated T2",
        "E1\tADR:T1 Drug:T4",
        "N1\tReference T1 MedDRA:1\tfoot",
        "*\tEquiv T1 T2",
    ]
    notes = ["#1\tAnnotatorNotes T1\tis it one?", "which goes on"]
    reading = read(save([*ANN, *others, *notes]))
    assert only(reading).spans == SPANS
    assert reading.ledger == {
        "relations, not read": 1,
        "attributes, not read": 2,
        "events, not read": 1,
        "normalisations, not read": 1,
        "equivalences, not read": 1,
        "notes, not read": 1,
        "further lines of a note, not read": 1,
    }


@pytest.mark.parametrize(
    ("folder", "part"),
    [("train", "train"), ("dev", "dev"), ("devel", "dev"), ("valid", "dev"), ("validation", "dev"), ("test", "test")],
)
def test_folders_of_a_split_are_its_parts(save: Save, folder: str, part: str) -> None:
    """The path in the folder is the id; a folder that names no part gives none."""
    save(ANN, name=f"{folder}/a/one.2")
    reading = read(save(ANN, name="more/test/two"))
    assert [(r.id, r.group, r.parts) for r in sorted(reading.records, key=lambda r: -len(r.parts))] == [
        (f"{folder}/a/one.2", f"{folder}/a/one.2", (part,)),
        ("more/test/two", "more/test/two", ()),
    ]


def test_white_space_makes_no_difference(save: Save) -> None:
    """A line end inside a mention stands as a space in its words, and fragments are joined by one."""
    reading = read(save(["T1\tADR 20 32\thurt. Tremor", "T2\tADR 3 7;20 24\t foot  hurt "]))
    assert only(reading).spans == (Span(20, 32, "ADR"), Span(3, 24, "ADR", ((3, 7), (20, 24))))
    assert reading.ledger == {}


def test_words_may_go_on_over_lines(save: Save) -> None:
    """A mention across a line end whose words hold that line end, and more lines, is read whole."""
    reading = read(save(["T1\tADR 20 24;26 32\thurt.", "", "Tremor", "T2\tDrug 39 46\tfolexan"]))
    assert only(reading).spans == (Span(20, 32, "ADR", ((20, 24), (26, 32))), Span(39, 46, "Drug"))
    assert reading.ledger == {"further lines of a mention's words": 1}


def test_fragments_are_put_in_order(save: Save) -> None:
    """Fragments given last first make the same span, counted."""
    reading = read(save(["T1\tADR 20 24;3 7\thurt foot"]))
    assert only(reading).spans == SPANS[:1]
    assert reading.ledger == {"discontinuous mentions whose fragments were out of order": 1}


def test_spaces_may_stand_for_tabs(save: Save) -> None:
    """Columns parted by runs of spaces are read, and counted, and so are ids such as TT1."""
    reading = read(
        save(["TT1    ADR 26 32    Tremor", "T1\tDrug 39 46     folexan", "#1    AnnotatorNotes T1    sure"])
    )
    assert words(only(reading)) == ["Tremor", "folexan"]
    assert reading.ledger == {"lines with spaces where tabs should stand": 2, "notes, not read": 1}


def test_an_empty_ann_file_is_a_document_without_mentions(save: Save) -> None:
    """It was looked at, and nothing was found."""
    assert only(read(save(""))) == Record("one", TEXT, (), "one")


def test_crlf_counts_as_two_characters(save: Save) -> None:
    """Offsets are those of the text as it is, and the lines of the annotations may end alike."""
    text = "A rash.\r\nTremor."
    reading = read(save(["T1\tADR 9 15\tTremor"], text, end="\r\n"))
    assert (only(reading).text, words(only(reading)), reading.ledger) == (text, ["Tremor"], {})


def test_crlf_that_was_counted_as_one_is_read_as_lf(save: Save) -> None:
    """Only where the offsets do not fit otherwise, and counted."""
    reading = read(save(["T1\tADR 8 14\tTremor"], "A rash.\r\nTremor."))
    assert (only(reading).text, words(only(reading))) == ("A rash.\nTremor.", ["Tremor"])
    assert reading.ledger == {"texts whose offsets count a CRLF as one character, read with LF": 1}


def test_offsets_count_characters_not_bytes(save: Save) -> None:
    """Letters outside of ASCII and of the basic plane are one character each."""
    assert words(only(read(save(["T1\tADR 3 9\tTremör"], "😀é Tremör")))) == ["Tremör"]


def test_latin_1_is_read_where_declared(save: Save) -> None:
    """``auto`` takes UTF-8 where it can, file by file, and counts the others; a named encoding is for all files."""
    folder = save("T1\tADR 0 6\tTremör".encode("latin-1"), "Tremör")
    reading = read(folder, encoding="auto")
    assert (words(only(reading)), reading.ledger) == (["Tremör"], {"files that are not UTF-8, read as Latin-1": 1})
    save("T1\tADR 0 6\tTremör".encode("latin-1"), "Tremör".encode("latin-1"))
    assert words(only(read(folder, encoding="latin-1"))) == ["Tremör"]
    with pytest.raises(CorpusError, match=r"one.txt:1: not UTF-8 \(byte 0xf6\)"):
        read(folder)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        (["T1\tADR 26 31\tTremor"], r"one.ann:1: 'Tremor' is not at 26 31, where the text has 'Tremo'; mismatch ="),
        (["", "T1\tADR 40 48\tfolexan"], r"one.ann:2: the range 40 48 is .* outside the 47 characters .*mismatch ="),
        (["T1\tADR 26 26\t"], r"one.ann:1: the range 26 26 is empty"),
        (["T1\tADR 32 26\tTremor"], r"one.ann:1: the range 32 26 is empty, reversed"),
        ([*ANN, "T1\tADR 26 32\tTremor"], r"one.ann:6: the id T1 occurs twice \(before at .*one.ann:1\)"),
        (["T1\tAdverse Reaction 26 32\tTremor"], r"one.ann:1: .* without a space in the label"),
        (["T1\tADR/Drug 26 32\tTremor"], r"one.ann:1: the label 'ADR/Drug' holds a '/'"),
        (["T1\tADR 26\tTremor"], r"one.ann:1: .* should be ID<TAB>LABEL START END"),
        (["T1\tADR -1 3\tTre"], r"one.ann:1: the range -1 3 is .* outside .*mismatch ="),
        (["T1\tADR ２ ３\tTre"], r"one.ann:1: .* should be ID"),
        (["T1\tADR 9999999999 99999999999\tTre"], r"one.ann:1: the range 9999999999 .* outside .*mismatch ="),
        ([f"T1\tADR 0 {'9' * 5000}\tTre"], r"one.ann:1: .* should be ID"),
        (["T1\tADR 26 32"], r"one.ann:1: no words after the offsets; is the file truncated"),
        (["T1\tAD"], r"one.ann:1: .* is the file truncated"),
        (["Tremor"], r"one.ann:1: no brat annotation: 'Tremor'"),
        (["R1\tcauses Arg1:T1 Arg2:T2", "Tremor"], r"one.ann:2: no brat annotation"),
        (["T1\tADR 26 32\tTremor", "", "and so on"], r"one.ann:1: 'Tremor\\nand so on' is not at 26 32"),
        (["T1\tADR 0 2\tM\0"], r"one.ann:1: a NUL character"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(save: Save, lines: list[str], complaint: str) -> None:
    """Nothing that is not understood, or not in accord with the text, is read or passed over."""
    with pytest.raises(CorpusError, match=complaint):
        read(save(lines))


def test_mentions_that_miss_can_be_counted(save: Save) -> None:
    """``count`` reads them at their offsets, also those without words."""
    reading = read(save(["T1\tADR 26 31\tTremor", "T2\tDrug 39 46"]), mismatch="count")
    assert words(only(reading)) == ["Tremo", "folexan"]
    assert reading.ledger == {
        "mentions whose words are not those at their offsets, read at the offsets": 1,
        "mentions given by offsets alone, not checked": 1,
    }


@pytest.mark.parametrize("mismatch", ["count", "repair"])
def test_three_ranges_without_text_do_not_refuse_a_corpus(tmp_path: Path, mismatch: str) -> None:
    """An empty, a reversed and an outside range are left out and counted; the other 997 files are whole."""
    ranges = {10: "4 4", 500: "8 4", 999: "4 4000"}
    for number in range(1000):
        (tmp_path / f"{number}.txt").write_text("the rash went")
        words = "nothing" if number in ranges else "rash"
        (tmp_path / f"{number}.ann").write_text(f"T1\tADR {ranges.get(number, '4 8')}\t{words}\n")
    reading = read(tmp_path, mismatch=mismatch)
    assert reading.ledger == {"mentions whose range is empty, reversed or outside the text, left out": 3}
    assert sum(record.spans == (Span(4, 8, "ADR"),) for record in reading.records) == 997
    with pytest.raises(CorpusError, match=r'10.ann:1: the range 4 4 is empty.*mismatch = "count"'):
        read(tmp_path)


@pytest.mark.parametrize(
    ("line", "span"),
    [
        ("T1\tADR 24 30\tTremor", Span(26, 32, "ADR")),
        ("T1\tADR 26 31\tTremor", Span(26, 32, "ADR")),
        ("T1\tDrug 44 51\tfolexan", Span(39, 46, "Drug")),
        ("T1\tADR 1 5;18 22\tfoot hurt", Span(3, 24, "ADR", ((3, 7), (20, 24)))),
        ("T1\tADR 27 39\thurt. Tremor", Span(20, 32, "ADR")),
        ("T1\tADR -2 4\tfoot", Span(3, 7, "ADR")),
        ("T1\tADR -1 3;16 20\tfoot hurt", Span(3, 24, "ADR", ((3, 7), (20, 24)))),
    ],
)
def test_mentions_that_miss_can_be_repaired(save: Save, line: str, span: Span) -> None:
    """``repair`` moves a mention to where its words stand, if that is near and in one place only, and counts."""
    reading = read(save([line]), mismatch="repair")
    assert only(reading).spans == (span,)
    assert reading.ledger == {"mentions moved to where their words stand nearby": 1}


def test_what_cannot_be_repaired_is_counted(save: Save) -> None:
    """In doubt a mention stays at its offsets, and is left out if there is nothing."""
    lines = ["T1\tADR 12 14\tmy", "T2\tADR 0 2\tcough", "T3\tADR 26 30\tMy hand"]
    text = "My hand, my foot, my knee, my." + " " * 50 + "My hand"
    reading = read(save(lines, text), mismatch="repair")
    assert words(only(reading)) == [text[12:14], "My", "My hand"]
    assert reading.ledger == {
        "mentions whose words are not those at their offsets, read at the offsets": 2,
        "mentions moved to where their words stand nearby": 1,
    }
    for far in ("4000 4008", "-3 1", f"0 {10**17}"):
        reading = read(save([f"T1\tADR {far}\tcough"]), mismatch="repair")
        assert (only(reading).spans, reading.ledger) == (
            (),
            {"mentions whose range is empty, reversed or outside the text, left out": 1},
        )


def test_a_text_without_its_annotations_is_an_error_unless_kept(save: Save) -> None:
    """One that nobody annotated is not one in which nothing was found."""
    folder = save(None)
    with pytest.raises(CorpusError, match=r"one.txt: no .ann file of the same name; .* unannotated = \"keep\""):
        read(folder)
    reading = read(folder, unannotated="keep")
    assert only(reading).spans == ()
    assert reading.ledger == {"texts without an .ann file, read as without mentions": 1}


def test_annotations_without_their_text_are_an_error(save: Save) -> None:
    """The other file is named, whatever the parameters."""
    with pytest.raises(CorpusError, match=r"one.ann: annotations without their text"):
        read(save(ANN, None), unannotated="keep", mismatch="repair")


def test_names_that_differ_in_the_suffix_are_an_error(save: Save) -> None:
    """Which of two texts the annotations belong to cannot be known."""
    folder = save(ANN)
    (folder / "one.TXT").write_text(TEXT)
    with pytest.raises(CorpusError, match=r"one.txt: there is one.TXT too"):
        read(folder)


def test_hidden_and_other_files_are_passed_over(save: Save) -> None:
    """The settings of brat and a system's leavings are no documents."""
    for name in (".hidden/two", "._one"):
        save(None, name=name)
    folder = save(ANN)
    (folder / "annotation.conf").write_text("[entities]\nADR")
    assert only(read(folder)).id == "one"


def test_there_must_be_something_to_read(tmp_path: Path) -> None:
    """No path, no folder and an empty folder are told apart."""
    for path, complaint in ((None, "no path given"), (tmp_path / "no", "no folder"), (tmp_path, "holds no .txt")):
        with pytest.raises(CorpusError, match=f"brat: .*{complaint}"):
            read(path)


TEXTS = st.text(
    st.characters(exclude_characters="\0", exclude_categories=["Cs"]) | st.sampled_from("\r\n\ufeff 😀\x85 a")
)
LABELS = st.text("ABZ-_é9;", min_size=1, max_size=4)
NAMES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/\\\0."), min_size=1, max_size=8)


@st.composite
def records(draw: st.DrawFn) -> tuple[Record, ...]:
    """Documents with any text, and plain, nested, overlapping, equal and discontinuous mentions."""
    found = []
    names = NAMES.filter(lambda name: name[1:2] != ":")
    for name in draw(st.lists(st.lists(names, min_size=1, max_size=3).map("/".join), unique=True, max_size=3)):
        part = draw(st.sampled_from(["", "train", "dev", "test"]))
        text = draw(TEXTS)
        spans = []
        for _ in range(draw(st.integers(0, 4)) if text else 0):
            edges = st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))
            ranges = draw(st.lists(edges.filter(lambda e: e[0] < e[1]), min_size=1, max_size=3).map(sorted))
            parts = tuple(ranges) if len(ranges) > 1 else ()
            spans.append(Span(ranges[0][0], max(end for _, end in ranges), draw(LABELS), parts))
        path = f"{part}/{name}" if part else f"of/{name}"
        found.append(Record(path, text, tuple(spans), path, parts=(part,) if part else ()))
    return tuple(found)


def reading_of(*found: Record) -> Reading:
    """A reading of these records."""
    return Reading(Brat.info, found, "test", {}, unit="document")


@given(records())
def test_what_is_written_is_read_back(found: tuple[Record, ...]) -> None:
    """Any text, any mentions, any id: the same records, with nothing to count."""
    with tempfile.TemporaryDirectory() as folder:
        if not found:
            with pytest.raises(CorpusError, match="nothing to write"):
                write(reading_of(), Path(folder))
            return
        assert write(reading_of(*found), Path(folder) / "out") == {}
        reading = read(Path(folder) / "out")
        assert sorted(reading.records, key=lambda r: r.id) == sorted(found, key=lambda r: r.id)
        assert reading.ledger == {}


@given(
    st.text(max_size=12)
    | st.sampled_from(["../x", "a/../../x", "/x", "a//b", ".", "..", "a/.", "C:x", "\\x", "\ud800"])
)
def test_any_id_works_or_is_refused(name: str) -> None:
    """A document is written inside the folder under its id, or there is an error and no folder."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "a" / "b" / "out"
        try:
            write(reading_of(Record(name, TEXT, SPANS, name)), out)
        except CorpusError:
            assert not out.exists()
        else:
            assert only(read(out)) == Record(name, TEXT, SPANS, name)
        assert [p for p in Path(folder).rglob("*") if p.is_file() and not p.is_relative_to(out)] == []


@pytest.mark.parametrize("name", ["../x", "a/../x", "/x", "a//b", "a/", "", "..", ".a", "a/.b", "C:x", "a\\b"])
def test_ids_that_are_no_path_inside_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    """Neither outside, nor hidden, nor two names for one file."""
    with pytest.raises(CorpusError, match="cannot be a file name"):
        write(reading_of(Record(name, TEXT, SPANS, name)), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("record", "complaint"),
    [
        (Record("a", "A\0b", (), "a"), "holds NUL"),
        (Record("a", "\ud83d", (), "a"), "half a surrogate pair"),
        (Record("a", "Rash", (Span(0, 4, "A R"),), "a"), "brat cannot hold the label 'A R'"),
        (Record("a", "Rash", (Span(0, 4, ""),), "a"), "brat cannot hold the label ''"),
        (Record("x" * 300, "Rash", (), "a"), "cannot be written"),
        (Record("test/a", "Rash", (), "a"), "would be read back as test"),
        (Record("a", "Rash", (), "a", parts=("train", "test")), "folders are train, dev or test"),
        (Record("a", "Rash", (), "a", parts=("heldout",)), "folders are train, dev or test"),
    ],
)
def test_what_brat_cannot_hold_is_refused(tmp_path: Path, record: Record, complaint: str) -> None:
    """An error says what, and leaves nothing behind, not even the documents before it."""
    with pytest.raises(CorpusError, match=complaint):
        write(reading_of(Record("0", TEXT, SPANS, "0"), record), tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_losses_of_writing_are_counted(tmp_path: Path) -> None:
    """A part goes in front of the id; what has no place in the form is told."""
    cut = Span(0, 4, "ADR", ((0, 4), (6, 9)))
    record = Record("a", "Rash", (cut, Span(0, 4, "ADR")), "g", ((0, 4),), ("dev",), {"drug": "folexan"})
    reading = replace(reading_of(record), unlabelled=(record,), unit="sentence")
    assert write(reading, tmp_path) == {
        "texts without gold, not written": 1,
        "sentences, read back as documents": 1,
        "documents whose id gets the part in front": 1,
        "documents whose group is not written": 1,
        "documents whose metadata is not written": 1,
        "documents whose words are fixed, which is not written": 1,
        "mentions that leave their text, not written": 1,
    }
    assert only(read(tmp_path)) == Record("dev/a", "Rash", (Span(0, 4, "ADR"),), "dev/a", parts=("dev",))


def test_a_corpus_is_not_written_over_another(save: Save, tmp_path: Path) -> None:
    """Nor are two documents to one file."""
    folder = save(ANN)
    with pytest.raises(CorpusError, match="not an empty folder"):
        write(read(folder), folder)
    twice = (Record("a", TEXT, (), "a", parts=("dev",)), Record("dev/a", TEXT, (), "a", parts=("dev",)))
    with pytest.raises(CorpusError, match=r"two documents would be written to dev/a.txt"):
        write(reading_of(*twice), tmp_path / "out")


PIECES = st.sampled_from(
    [b"T1\t", b"ADR ", b"0 3", b";5 9", b"\tfoot", b"\n", b"\r\n", b"#1\t", b"R1\t", b"*\t", b"  ", b"9" * 12]
)
BYTES = st.binary(max_size=40) | st.lists(PIECES | st.binary(max_size=3), max_size=12).map(b"".join)


@given(
    BYTES,
    BYTES | st.just(TEXT.encode()),
    st.sampled_from(["error", "count", "repair"]),
    st.sampled_from(["utf-8", "auto", "utf-16", "latin-1", "no-such"]),
)
def test_any_bytes_are_read_or_refused(ann: bytes, text: bytes, mismatch: str, encoding: str) -> None:
    """Whatever is in the files, there is a reading that the harness takes, or an error that names a file."""
    with tempfile.TemporaryDirectory() as folder, suppress(CorpusError):
        (Path(folder) / "a.ann").write_bytes(ann)
        (Path(folder) / "a.txt").write_bytes(text)
        try:
            reading = read(Path(folder), mismatch=mismatch, encoding=encoding)
        except CorpusError as error:
            assert str(Path(folder)) in str(error)  # noqa: PT017
            raise
        for span in only(reading).spans:
            assert 0 <= span.start < span.end <= len(only(reading).text)
        prepare(reading, Filters())


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="the TAC 2017 labels are not ours to ship")
def test_the_labels_of_tac_2017_in_brat() -> None:
    """All of 46 labels is read strictly: every mention's words are at its offsets."""
    reading = read(Path(os.environ["ADRBENCH_DATA"]) / "tac2017" / "brat_sample")
    spans = [span for record in reading.records for span in record.spans]
    reactions = [span for span in spans if span.label == "AdverseReaction"]
    assert (len(reading.records), len(spans), len(reactions)) == (46, 6394, 5636)
    assert (sum(bool(s.parts) for s in spans), sum(bool(s.parts) for s in reactions)) == (457, 433)
    assert reading.ledger == {
        "relations, not read": 1270,
        "normalisations, not read": 2958,
        "further lines of a mention's words": 54,
    }


def test_a_folder_that_is_a_link_is_read_too(tmp_path: Path) -> None:
    """A link back to a folder above is passed over."""
    real, corpus = tmp_path / "real", tmp_path / "corpus"
    for folder in (real, corpus / "test"):
        folder.mkdir(parents=True)
        (folder / "a.txt").write_text("Rash.")
        (folder / "a.ann").write_text("T1\tADR 0 4\tRash\n")
    (corpus / "train").symlink_to(real)
    (real / "back").symlink_to(corpus)
    assert [record.id for record in read(corpus).records] == ["test/a", "train/a"]
