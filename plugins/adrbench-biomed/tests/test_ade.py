"""The ADE corpus: offsets in abstracts become offsets in sentences. The sentences here are invented."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pytest

from adrbench.api import CorpusError, Reading, Record
from adrbench.datasets import count_records
from adrbench_biomed import ade
from adrbench_biomed.ade import Ade, AdeParams

RASH = "The rash began in May, and the rash went when lamizol was stopped."
BOTH = "Nausea and severe headache after tentorin and folexan."
Write = Callable[..., Path]


def relation(
    sentence: str, effect: tuple[str, int], drug: tuple[str, int], abstract: str = "11", base: int = 200
) -> str:
    """A line of DRUG-AE.rel: the sentence stands ``base`` characters into its abstract; mentions by text and place."""
    columns = [abstract, sentence]
    for text, place in (effect, drug):
        assert sentence[place : place + len(text)] == text
        columns += [text, str(base + place), str(base + place + len(text))]
    return "|".join(columns)


LINES = [
    relation(RASH, ("rash", RASH.rindex("rash")), ("lamizol", RASH.index("lamizol"))),
    relation(BOTH, ("Nausea", 0), ("tentorin", BOTH.index("tentorin")), base=300),
    relation(BOTH, ("severe headache", 11), ("folexan", BOTH.index("folexan")), base=300),
    relation(BOTH, ("severe headache", 11), ("tentorin", BOTH.index("tentorin")), base=300),
    relation("Tremor due to folexan.", ("Tremor", 0), ("folexan", 14), abstract="12", base=0),
]
NEGATIVES = ["11 NEG He was discharged on day 3.", "11 NEG A | in a sentence.", "13 NEG Nothing else was found."]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a corpus: its relations, its negatives, and how lines end."""

    def make(
        lines: list[str] = LINES, negatives: list[str] | None = NEGATIVES, end: str = "\n", mark: str = ""
    ) -> Path:
        (tmp_path / "DRUG-AE.rel").write_bytes((mark + end.join([*lines, ""])).encode())
        if negatives is not None:
            (tmp_path / "ADE-NEG.txt").write_bytes((mark + end.join([*negatives, ""])).encode())
        return tmp_path

    return make


def read(folder: Path | None, negatives: Literal["drop", "unlabelled", "documents"] = "drop") -> Reading:
    """Read the corpus in a folder, or wherever it is at hand."""
    return Ade().load(AdeParams(negatives), folder, offline=True)


def marked(record: Record) -> list[tuple[int, str, str]]:
    """Where each span begins, its words and its label."""
    return [(span.start, record.text[span.start : span.end], span.label) for span in record.spans]


def test_the_offsets_decide_which_of_two_is_meant(write: Write) -> None:
    """The word rash stands twice in its sentence; the second one is annotated, and the ledger counts the case."""
    reading = read(write())
    second = RASH.rindex("rash")
    assert marked(reading.records[0]) == [(second, "rash", "ADR"), (RASH.index("lamizol"), "lamizol", "DRUG")]
    assert reading.ledger["effects whose words occur more than once in their sentence"] == 1


def test_the_relations_of_a_sentence_become_one_document(write: Write) -> None:
    """A mention in several relations is one span; the document's id and group come from the abstract."""
    reading = read(write())
    assert [(r.id, r.group) for r in reading.records] == [("11.1", "11"), ("11.2", "11"), ("12.1", "12")]
    assert [(words, label) for _, words, label in marked(reading.records[1])] == [
        ("Nausea", "ADR"),
        ("severe headache", "ADR"),
        ("tentorin", "DRUG"),
        ("folexan", "DRUG"),
    ]
    assert reading.ledger["relations read"] == 5


def test_a_sentence_of_two_abstracts_is_one_document(write: Write) -> None:
    """The first abstract's annotation stays, and the ledger says so."""
    again = relation(RASH, ("rash", 4), ("lamizol", RASH.index("lamizol")), abstract="99", base=7)
    reading = read(write([*LINES, again]))
    assert len(reading.records) == 3
    assert marked(reading.records[0])[0][0] == RASH.rindex("rash")
    assert reading.ledger["same sentence in a second abstract, merged"] == 1


@pytest.mark.parametrize(("end", "mark"), [("\r\n", ""), ("\n", "\ufeff"), ("\r\n", "\ufeff")])
def test_line_ends_and_byte_order_marks_do_not_matter(write: Write, end: str, mark: str) -> None:
    """CRLF and a BOM give the same documents."""
    plain = read(write(), "documents").records
    assert read(write(end=end, mark=mark), "documents").records == plain


def test_bytes_that_are_not_utf_8_are_refused(write: Write) -> None:
    """File and line are named."""
    folder = write()
    with (folder / "DRUG-AE.rel").open("ab") as file:
        file.write(b"11|caf\xe9\n")
    with pytest.raises(CorpusError, match=r"DRUG-AE\.rel:6: not UTF-8"):
        read(folder)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (LINES[4][:20], "2 columns between '|', not 8; is the file truncated?"),
        (LINES[4][:-1], "'folexan' has 7 characters, its offsets 14-2 say otherwise"),
        (LINES[4] + "|", "9 columns between '|', not 8"),
        ("", "1 columns between '|', not 8"),
        (LINES[4].replace("|14|", "|x|"), "the offsets of 'folexan' are 'x' and '21', not whole numbers"),
        (LINES[4].replace("|0|6|", "|-6|0|"), "the offsets of 'Tremor' are '-6' and '0', not whole numbers"),
        (LINES[4].replace("|14|21", "|15|22"), "'folexan' does not stand where its offset 15 says"),
        (
            LINES[4].replace("Tremor|", "Tremors|").replace("|0|6|", "|0|7|"),
            "'Tremors' does not stand where its offset 0 says",
        ),
        (LINES[4].replace("Tremor due to folexan.|", " |"), "the sentence (column 2) is empty"),
        (LINES[4].replace("Tremor due to folexan.|", "Quite another one.|"), "no mention of the sentence occurs in it"),
    ],
)
def test_a_wrong_line_is_named(write: Write, line: str, message: str) -> None:
    """Truncated, mangled or shifted: the message has file and line, and nothing is read."""
    with pytest.raises(CorpusError) as caught:
        read(write([*LINES[:4], line]))
    assert f"DRUG-AE.rel:5: {message}" in str(caught.value)


def test_an_empty_file_is_an_empty_corpus(write: Write) -> None:
    """It is read, and holds no document."""
    assert read(write([])).records == ()


def test_a_missing_file_at_a_given_path(write: Write) -> None:
    """A given folder has to hold what is asked of it."""
    folder = write(negatives=None)
    assert len(read(folder).records) == 3
    with pytest.raises(CorpusError, match=r"lacks ADE-NEG\.txt"):
        read(folder, "unlabelled")


def test_negatives_are_dropped_unlabelled_or_documents(write: Write) -> None:
    """By choice they are not read, text without gold, or documents without a span; in their abstract's group."""
    folder = write()
    dropped, unlabelled, documents = read(folder), read(folder, "unlabelled"), read(folder, "documents")
    assert (len(dropped.records), len(dropped.unlabelled), list(dropped.files)) == (3, 0, ["DRUG-AE.rel"])
    assert (len(unlabelled.records), len(unlabelled.unlabelled)) == (3, 3)
    assert [(r.id, r.group, r.text) for r in unlabelled.unlabelled][1] == ("11.neg2", "11", "A | in a sentence.")
    assert (len(documents.records), len(documents.unlabelled)) == (6, 0)
    assert not any(r.spans for r in documents.records[3:])


@pytest.mark.parametrize("line", ["11 POS A sentence.", "11 NEG", "11 NEG  ", "11", ""])
def test_a_wrong_negative_is_named(write: Write, line: str) -> None:
    """File and line, and what a line should be."""
    folder = write(negatives=[NEGATIVES[0], line])
    with pytest.raises(CorpusError, match=r"ADE-NEG\.txt:2: not of the form 'PUBMED-ID NEG sentence'"):
        read(folder, "documents")


@pytest.fixture(scope="module")
def released() -> Reading:
    """The corpus as released, negatives as unlabelled text."""
    if not (Path(os.environ.get("ADRBENCH_DATA", "/nowhere")) / "ade").is_dir():
        pytest.skip("needs the ADE corpus in ADRBENCH_DATA/ade")
    return read(None, "unlabelled")


def test_the_released_corpus_has_its_known_size(released: Reading) -> None:
    """Exact counts; one sentence stands in two of the 1,644 abstracts."""
    assert count_records(released.records) == {
        "documents": 4271,
        "groups": 1643,
        "tokens": 0,
        "spans": 5775 + 5062,
        "spans ADR": 5775,
        "spans DRUG": 5062,
        "discontinuous": 0,
    }
    assert len(released.unlabelled) == 16695


def test_the_released_corpus_has_its_known_ledger(released: Reading) -> None:
    """What the reader had to decide, counted."""
    assert released.ledger["relations read"] == 6821
    assert released.ledger["same sentence in a second abstract, merged"] == 1
    assert released.ledger["effects whose words occur more than once in their sentence"] == 122


def test_the_released_corpus_is_what_its_address_pins(released: Reading) -> None:
    """The local copy has the bytes whose sha256 a download would have to have."""
    assert released.files == {file.name: file.sha256 for file in (ade._RELATIONS, ade._NEGATIVES)}
