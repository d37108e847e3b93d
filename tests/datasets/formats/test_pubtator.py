"""PubTator files: read, refused with their line, written. The abstracts here are invented."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Reading, Record, Span
from adrbench.datasets.formats.pubtator import Pubtator, PubtatorParams, write
from adrbench.errors import CorpusError

TITLE = "Tremor under tentorin"
ABSTRACT = "Two men had a tremor and hand or foot pain."
LINES = [
    f"11|t|{TITLE}",
    f"11|a|{ABSTRACT}",
    "11\t0\t6\tTremor\tDisease\tD014202",
    "11\t13\t21\ttentorin\tChemical\t-1",
    "11\t36\t42\ttremor\tDisease\tD014202",
    "11\t47\t64\thand or foot pain\tDisease\tD1|D2\thand pain|foot pain",
    "11\tCID\tC1\tD014202",
    "",
    "12|t|Nothing found",
    "12|a|",
]
Write = Callable[..., Path]


@pytest.fixture
def save(tmp_path: Path) -> Write:
    """Write lines to a file."""

    def make(lines: Sequence[str] = LINES, name: str = "some.txt", end: str = "\n", mark: str = "") -> Path:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_bytes((mark + end.join([*lines, ""])).encode())
        return file

    return make


def read(path: Path, mismatch: Literal["error", "count"] = "error") -> Reading:
    """Read a file or folder."""
    return Pubtator().load(PubtatorParams(mismatch), path, offline=True)


def marked(record: Record) -> list[tuple[str, str]]:
    """The words of each span and its label."""
    return [(record.text[span.start : span.end], span.label) for span in record.spans]


def test_title_and_abstract_are_one_text(save: Write) -> None:
    """One character stands between them; mentions are where their offsets say; the group is the PMID."""
    reading = read(save())
    first, second = reading.records
    assert first.text == f"{TITLE}\n{ABSTRACT}"
    assert marked(first) == [
        ("Tremor", "Disease"),
        ("tentorin", "Chemical"),
        ("tremor", "Disease"),
        ("hand or foot pain", "Disease"),
    ]
    assert (first.id, first.group, first.parts, first.tokens) == ("11", "11", (), None)
    assert (second.text, second.spans) == ("Nothing found\n", ())
    assert (reading.unit, reading.origin, list(reading.files)) == ("document", "file some.txt", ["some.txt"])


def test_what_is_not_read_is_counted(save: Write) -> None:
    """Relations are left out, the parts of a composite mention too; the ledger says how many."""
    assert read(save()).ledger == {"relations, not read": 1, "composite mentions, read as one": 1}


def test_a_relation_may_have_identifiers_of_digits_and_a_fifth_column(save: Write) -> None:
    """BioRED's relations are told from mentions too."""
    reading = read(save([*LINES, "12\tAssociation\t672\tD007945\tNovel"]))
    assert reading.ledger["relations, not read"] == 2


@pytest.mark.parametrize(("end", "mark"), [("\r\n", ""), ("\n", "\ufeff"), ("\r\n", "\ufeff")])
def test_line_ends_and_byte_order_marks_do_not_matter(save: Write, end: str, mark: str) -> None:
    """CRLF and a BOM give the same documents."""
    plain = read(save()).records
    assert read(save(end=end, mark=mark)).records == plain


def test_blank_lines_need_not_part_documents(save: Write) -> None:
    """A title opens a document; blank lines may be missing, or stand anywhere."""
    plain = read(save()).records
    assert read(save([line for line in LINES if line])).records == plain
    assert read(save(["", *LINES[:3], "", *LINES[3:], "", ""])).records == plain


def test_white_space_in_the_words_of_a_mention_is_forgiven_and_counted(save: Write) -> None:
    """Blanks at the end of the words are no other words."""
    reading = read(save([*LINES[:2], "11\t0\t6\tTremor  \tDisease\tD014202"]))
    assert marked(reading.records[0]) == [("Tremor", "Disease")]
    assert reading.ledger == {"mentions whose words differ from the text in white space": 1}


def test_a_carriage_return_inside_a_line_becomes_a_blank(save: Write) -> None:
    """Only at a line's end does it end a line; offsets stay as they are, and it is counted."""
    reading = read(save([f"11|t|{TITLE}\rx", "11\t0\t6\tTremor\tDisease\tD1"]))
    assert reading.records[0].text == f"{TITLE} x"
    assert reading.ledger == {"carriage returns inside a line, read as spaces": 1}


def test_a_mention_with_other_words_can_be_counted_instead(save: Write) -> None:
    """With mismatch = "count" its offsets decide."""
    reading = read(save([*LINES[:2], "11\t1\t7\tTremor\tDisease\tD014202"]), "count")
    assert reading.records[0].spans == (Span(1, 7, "Disease"),)
    assert reading.ledger == {"mentions whose words are not those at their offsets, read at the offsets": 1}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("11\t1\t7\tTremor\tDisease\tD1", "'Tremor' is not at 1-7, where the text has 'remor '"),
        ("11\t0\t6\tTremor", "4 columns between tabs; a mention has 6; is the file truncated?"),
        ("11\tCID\tC1", "3 columns between tabs; a mention has 6"),
        ("11\tx\t6\tTremor\tDisease\tD1", "the offsets of 'Tremor' are 'x' and '6', not whole numbers"),
        ("11\t-1\t6\tTremor\tDisease\tD1", "the offsets of 'Tremor' are '-1' and '6', not whole numbers"),
        ("11\t60\t66\tTremor\tDisease\tD1", "the offsets 60-66 are empty or outside the 65 characters of text"),
        ("11\t6\t6\t\tDisease\tD1", "the offsets 6-6 are empty or outside"),
        ("11\t0\t6\tTremor\t\tD1", "the type of 'Tremor' (column 5) is empty"),
        ("12\t0\t6\tTremor\tDisease\tD1", "a line of document '12' below those of '11'"),
        ("11|a|Again", "'|a|' once more or unknown; a document has one title (t), one abstract (a)"),
        ("11|x|Again", "'|x|' once more or unknown"),
        (
            "11|a|Again11\t0\t6\tTremor\tDisease\tD1",
            "a line of text holds the columns of a mention; is a line end missing?",
        ),
        ("11", "neither 'PMID|t|title', 'PMID|a|abstract' nor columns between tabs"),
        ("1 1|t|Title", "the document id '1 1' is empty or holds white space"),
        ("|t|Title", "the document id '' is empty or holds white space"),
        ("11\t0\t6\tTre\0mor\tDisease\tD1", "a NUL character"),
    ],
)
def test_a_wrong_line_is_named(save: Write, line: str, message: str) -> None:
    """Truncated, mangled or shifted: the message has file and line, and nothing is read."""
    with pytest.raises(CorpusError) as caught:
        read(save([*LINES[:2], line]))
    assert f"some.txt:3: {message}" in str(caught.value)


def test_a_file_must_open_with_a_title(save: Write) -> None:
    """An abstract or a mention without its title belongs to nothing."""
    for lines in (LINES[1:], LINES[2:]):
        with pytest.raises(CorpusError, match=r"some\.txt:1: a line of document '11' at the beginning"):
            read(save(lines))


def test_a_document_given_twice_alike_is_one(save: Write) -> None:
    """It is counted; its mentions are as often there as they are given."""
    reading = read(save([*LINES, "", *LINES]))
    assert [record.id for record in reading.records] == ["11", "12"]
    assert len(reading.records[0].spans) == 8
    assert reading.ledger["documents given twice alike, merged"] == 2


@pytest.mark.parametrize("other", [[LINES[0], "11|a|Another text."], LINES[:3]])
def test_a_document_given_twice_otherwise_is_refused(save: Write, other: list[str]) -> None:
    """Neither of two texts, nor of two annotations, is the better one."""
    with pytest.raises(CorpusError, match=r"some\.txt:11: the document 11 was given before, and not alike"):
        read(save([*LINES, *other]))


def test_an_empty_file_is_refused(save: Write) -> None:
    """Nothing was read: a truncated download must not pass for a corpus."""
    with pytest.raises(CorpusError, match=r"some\.txt: no document in it"):
        read(save([""]))


def test_bytes_that_are_not_utf_8_are_refused(save: Write) -> None:
    """File and line are named."""
    file = save()
    with file.open("ab") as handle:
        handle.write(b"13|t|caf\xe9\n")
    with pytest.raises(CorpusError, match=r"some\.txt:11: not UTF-8"):
        read(file)


def test_the_files_of_a_folder_are_parts(save: Write) -> None:
    """By the names that releases use; other files are passed over and counted."""
    for name, pmid in (("CDR_TestSet.PubTator.txt", 3), ("NCBItrainset_corpus.txt", 1), ("Devel.pubtator", 2)):
        save([f"{pmid}|t|Title", f"{pmid}|a|Abstract"], name)
    folder = save(["How it was made."], "README.txt").parent
    reading = read(folder)
    assert [(r.id, r.parts) for r in reading.records] == [("1", ("train",)), ("2", ("dev",)), ("3", ("test",))]
    assert reading.ledger == {"ignored files: not named train, dev or test": 1}
    assert reading.origin == f"folder {folder.name}"
    assert set(reading.files) == {"CDR_TestSet.PubTator.txt", "NCBItrainset_corpus.txt", "Devel.pubtator"}


def test_a_folder_without_parts_is_read_whole(save: Write) -> None:
    """Files named otherwise are all read, by name."""
    save(["2|t|Title"], "b.txt")
    folder = save(["1|t|Title"], "a.txt").parent
    assert [(r.id, r.parts) for r in read(folder).records] == [("1", ()), ("2", ())]


def test_a_document_of_two_parts_is_refused(save: Write) -> None:
    """A training file that holds test documents would make every figure worthless."""
    save(name="train.txt")
    folder = save(name="test.txt").parent
    with pytest.raises(CorpusError, match=r"test\.txt:1: the document 11 is in train and test"):
        read(folder)


def test_a_name_of_two_parts_is_refused(save: Write) -> None:
    """Which one is meant cannot be known."""
    folder = save(name="Training+TestSet.txt").parent
    with pytest.raises(CorpusError, match="is this file test or train"):
        read(folder)


def test_a_path_is_needed(tmp_path: Path) -> None:
    """None, a missing one, and an empty folder are errors that say what is wanted."""
    with pytest.raises(CorpusError, match="pubtator: no path given"):
        Pubtator().load(PubtatorParams(), None, offline=True)
    with pytest.raises(CorpusError, match="no file or folder"):
        read(tmp_path / "absent.txt")
    with pytest.raises(CorpusError, match=r"holds no \.txt or \.pubtator file"):
        read(tmp_path)


def reading_of(*records: Record) -> Reading:
    """A reading as another reader could give it."""
    return Reading(Pubtator.info, records, "here", {}, unit="document")


def test_what_is_lost_on_writing_is_counted(tmp_path: Path) -> None:
    """Line ends become blanks, broken mentions whole; those that leave their text, groups and facts go."""
    text = "hand pain\nfoot\r\npain"
    broken = Span(0, 20, "ADR", parts=((0, 4), (16, 20)))
    leaving = Span(10, 20, "ADR", parts=((10, 14), (18, 29)))
    record = Record("1", text, (broken, leaving), "post", parts=("train",), metadata={"drug": "x"})
    lost = write(reading_of(record), tmp_path / "some.txt")
    assert lost == {
        "documents whose part is not written (a folder would keep it)": 1,
        "line ends and NUL in a text, written as spaces": 2,
        "discontinuous mentions, written from their first to their last character": 1,
        "mentions that leave their text, not written": 1,
        "documents whose group is not written": 1,
        "documents whose metadata is not written": 1,
    }
    assert read(tmp_path / "some.txt").records == (Record("1", "hand pain\nfoot  pain", (Span(0, 20, "ADR"),), "1"),)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        (Record("1 2", "", (), "1"), "cannot hold the document id '1 2'"),
        (Record("", "", (), "1"), "cannot hold the document id ''"),
        (Record("1", "pain", (Span(0, 4, "A\tB"),), "1"), r"cannot hold the label 'A\\tB'"),
        (Record("1", "\ud800", (), "1"), "half a surrogate pair"),
    ],
)
def test_what_would_break_the_file_is_not_written(tmp_path: Path, record: Record, message: str) -> None:
    """The error names what is wrong, and no file is left."""
    with pytest.raises(CorpusError, match=message):
        write(reading_of(record), tmp_path / "some.txt")
    assert not list(tmp_path.iterdir())


def test_nothing_and_unknown_names_are_not_written(tmp_path: Path) -> None:
    """An empty corpus could not be read again; a name says which form is meant."""
    with pytest.raises(CorpusError, match="nothing to write"):
        write(reading_of(), tmp_path / "some.txt")
    with pytest.raises(CorpusError, match=r"should end in \.txt or \.pubtator"):
        write(reading_of(Record("1", "a", (), "1")), tmp_path / "some.csv")


def test_parts_survive_in_a_folder(save: Write, tmp_path: Path) -> None:
    """A folder gets a file for each part, and reads as what was written."""
    save(["1|t|Title", "1\t0\t5\tTitle\tDisease\t-"], "train.txt")
    reading = read(save(["2|t|Title"], "test.txt").parent)
    assert write(reading, tmp_path / "again") == {}
    assert sorted(path.name for path in (tmp_path / "again").iterdir()) == ["test.txt", "train.txt"]
    assert read(tmp_path / "again").records == reading.records


CHARACTERS = st.characters(exclude_categories=["Cs"])
TEXTS = st.text(CHARACTERS | st.sampled_from("ab \t\r\n\0|"), max_size=30)
LABELS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=5)


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[Span, ...]:
    """Nested, overlapping, doubled and discontinuous mentions of a text."""
    found = []
    for label in draw(st.lists(LABELS, max_size=4)) if text else ():
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=4)))
        parts = ((cuts[0], cuts[1]), (cuts[-2], cuts[-1])) if len(cuts) == 4 else ()
        found.append(Span(cuts[0], cuts[-1], label, parts))
    return tuple(sorted(found))


@st.composite
def records(draw: st.DrawFn) -> tuple[Record, ...]:
    """Documents of any text."""
    ids = draw(st.lists(st.from_regex(r"[^\s|\0\ufeff\ud800-\udfff]{1,8}", fullmatch=True), min_size=1, unique=True))
    texts = [draw(TEXTS) for _ in ids]
    return tuple(Record(i, text, draw(spans(text)), i) for i, text in zip(ids, texts, strict=True))


@given(given=records())
def test_reading_what_was_written_gives_it_back(
    given: tuple[Record, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Where nothing is lost, all comes back; what was read once always does."""
    file = tmp_path_factory.getbasetemp() / "pubtator.txt"
    lost = write(reading_of(*given), file)
    once = read(file)
    if not lost:
        assert once.records == given
    assert write(once, file) == {}
    assert read(file).records == once.records


VALID = "\n".join(LINES).encode()


@given(data=st.binary() | st.lists(st.tuples(st.integers(0, len(VALID)), st.integers(0, 9), st.binary(max_size=6))))
def test_any_bytes_are_read_or_refused(
    data: bytes | list[tuple[int, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Noise, and a valid file with pieces cut out or put in: a corpus or an error that is ours, nothing else."""
    if isinstance(data, list):
        edits, data = data, VALID
        for at, cut, put in edits:
            data = data[:at] + put + data[at + cut :]
    file = tmp_path_factory.getbasetemp() / "noise.txt"
    file.write_bytes(data)
    with suppress(CorpusError):
        for record in read(file).records:
            assert all(0 <= span.start < span.end <= len(record.text) for span in record.spans)
