"""Drug labels as TAC 2017 XML: read, refused by name, written. The labels here are invented."""

from __future__ import annotations

import string
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adrbench.api import CorpusError, DatasetInfo, Reading, Record, Span
from adrbench_biomed.tac_spl import Mismatch, TacSpl, TacSplParams, write

TEXT = "Rash &amp; pain in hands or\nfeet (&gt;=2%).\n"
SECTIONS = (
    f'<Section name="adverse reactions" id="S1">{TEXT}</Section><Section name="boxed warnings" id="S2">None.</Section>'
)
MENTIONS = (
    '<Mention id="M1" section="S1" type="AdverseReaction" start="0" len="4" str="Rash" />'
    '<Mention id="M2" section="S1" type="AdverseReaction" start="7,24" len="7,4" str="pain in feet" />'
    '<Mention id="M3" section="S1" type="DrugClass" start="15" len="13" str="hands or feet" />'
)
REST = (
    '<Relations><Relation id="RL1" type="Effect" arg1="M1" arg2="M3" /></Relations>'
    '<Reactions><Reaction id="AR1" str="rash"><Normalization id="AR1.N1" /></Reaction></Reactions>'
)
INFO = DatasetInfo(name="any", version="", licence="", citation="", labels=())
Save = Callable[..., Path]


def label(sections: str = SECTIONS, mentions: str = MENTIONS, rest: str = REST, drug: str = "tentorin") -> str:
    """A drug label."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Label drug="{drug}" track="TAC2017_ADR">\n'
        f"<Text>{sections}</Text>\n<Mentions>{mentions}</Mentions>\n{rest}</Label>\n"
    )


@pytest.fixture
def save(tmp_path: Path) -> Save:
    """Write a file; returns the folder."""

    def make(text: str, name: str = "TENTORIN.xml") -> Path:
        file = tmp_path / "labels" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return tmp_path / "labels"

    return make


def read(path: Path | None, mismatch: Mismatch = "error") -> Reading:
    """Read a file or folder."""
    return TacSpl().load(TacSplParams(mismatch), path, offline=True)


def test_a_section_is_a_document(save: Save) -> None:
    """Its id says which; its group is the drug; its text is what the XML says, and mentions stand in it."""
    reading = read(save(label()))
    first, second = reading.records
    assert first.text == "Rash & pain in hands or\nfeet (>=2%).\n"
    assert first.spans == (
        Span(0, 4, "AdverseReaction"),
        Span(7, 28, "AdverseReaction", ((7, 14), (24, 28))),
        Span(15, 28, "DrugClass"),
    )
    assert (first.id, first.group, first.parts) == ("tentorin.S1", "tentorin", ())
    assert first.metadata == {"drug": "tentorin", "section": "adverse reactions"}
    assert (second.id, second.group, second.spans) == ("tentorin.S2", "tentorin", ())
    assert (reading.unit, reading.origin, list(reading.files)) == ("document", "folder labels", ["TENTORIN.xml"])


def test_what_is_not_read_is_counted(save: Save) -> None:
    """Relations and reactions are left out, and the ledger says how many."""
    assert read(save(label())).ledger == {"relations, not read": 1, "reactions (normalised names), not read": 1}


def test_one_file_can_be_read(save: Save) -> None:
    """A path may name a file."""
    reading = read(save(label()) / "TENTORIN.xml")
    assert (len(reading.records), reading.origin) == (2, "file TENTORIN.xml")


def test_a_set_of_that_shape_with_less_in_it(save: Save) -> None:
    """Without relations, reactions, the words of mentions, or mentions at all, a label is read, and that is counted."""
    plain = MENTIONS.replace(' str="Rash"', "").replace("DrugClass", "Sign")
    folder = save(label(mentions=plain, rest=""))
    save(label(drug="folexan", rest="").replace(f"<Mentions>{MENTIONS}</Mentions>", ""), "other.xml")
    reading = read(folder)
    assert {span.label for record in reading.records for span in record.spans} == {"AdverseReaction", "Sign"}
    assert reading.ledger == {
        "mentions without their words (str), not checked": 1,
        "labels without <Mentions>, read as without mentions": 1,
    }


def test_folders_are_parts(save: Save) -> None:
    """Folders named after parts say what a label is for; its own name, which may hold the word, does not."""
    save(label(drug="c"), "gold/C.xml")
    save(label(drug="b"), "test/B.xml")
    folder = save(label(drug="a"), "train_xml/TESTODERM.xml")
    reading = read(folder)
    assert [(r.group, r.parts) for r in reading.records[::2]] == [("a", ("train",)), ("b", ("test",)), ("c", ())]
    assert sorted(reading.files) == ["gold/C.xml", "test/B.xml", "train_xml/TESTODERM.xml"]


def test_white_space_in_the_words_of_a_mention_is_forgiven(save: Save) -> None:
    """A line end within a mention is a blank in its words."""
    mention = '<Mention id="M1" section="S1" type="X" start="21" len="7" str="or  feet" />'
    assert read(save(label(mentions=mention))).records[0].spans == (Span(21, 28, "X"),)


def test_a_mention_with_other_words_can_be_counted_instead(save: Save) -> None:
    """With mismatch = "count" its offsets decide."""
    folder = save(label(mentions=MENTIONS.replace('"Rash"', '"Rush"')))
    with pytest.raises(CorpusError, match=r"TENTORIN\.xml: mention M1: 'Rush' is not at 0 \+ 4, where .* 'Rash'"):
        read(folder)
    reading = read(folder, "count")
    assert reading.records[0].spans[0] == Span(0, 4, "AdverseReaction")
    assert reading.ledger["mentions whose words are not those at their offsets, read at the offsets"] == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (label()[:-10], "not well-formed XML"),
        (label()[:200], "not well-formed XML"),
        ("", "not well-formed XML"),
        ("<Other/>", "<Other> is no <Label drug=...>"),
        ('<Label track="x"/>', "<Label> is no <Label drug=...>"),
        ('<Label drug="x"/>', "no <Section> in <Text>"),
        (label().replace('id="S2"', 'id="S1"'), "the section id 'S1' is missing or occurs twice"),
        (label().replace(' id="S2"', ""), "the section id '' is missing or occurs twice"),
        (label().replace("None.", "<b>None.</b>"), "section S2 holds <b>; it should be plain text"),
        (label().replace('section="S1"', 'section="S9"'), "mention M1: there is no section 'S9'; the label has S1, S2"),
        (label().replace('start="7,24"', 'start="7"'), "mention M2: start '7' and len '7,4' are no lists of as many"),
        (label().replace('start="0"', 'start="-1"'), "mention M1: start '-1' and len '4' are no lists"),
        (label().replace('start="0"', 'start="x"'), "mention M1: start 'x' and len '4' are no lists"),
        (label().replace('len="13"', 'len="23"'), "mention M3: 15 + 23 is empty or outside the 37 characters"),
        (label().replace('len="4"', 'len="0"'), "mention M1: 0 + 0 is empty or outside"),
        (label().replace('type="DrugClass"', 'type=""'), "mention M3: its type is missing"),
        (label().replace("Rash &amp;", "Rash &bomb;"), "not well-formed XML"),
        (label().replace("<Label", '<!DOCTYPE x [<!ENTITY a "b">]>\n<Label'), "entities and external references"),
    ],
)
def test_a_wrong_file_is_named(save: Save, text: str, message: str) -> None:
    """Truncated, mangled or dangerous: the message has file and place, and nothing is read."""
    with pytest.raises(CorpusError) as caught:
        read(save(text))
    assert "TENTORIN.xml" in str(caught.value)
    assert message in str(caught.value)


def test_a_label_given_twice(save: Save) -> None:
    """The same drug in two files would be in train and in test."""
    folder = save(label(), "train/A.xml")
    save(label(), "test/B.xml")
    with pytest.raises(CorpusError, match=r"B\.xml: tentorin\.S1 was given before"):
        read(folder)


def test_a_path_without_labels(tmp_path: Path) -> None:
    """No path, no such path, no XML in it: each is said."""
    (tmp_path / "notes.txt").write_text("none")
    for path, message in ((None, "no path given"), (tmp_path / "x", "no file or folder"), (tmp_path, r"no \.xml file")):
        with pytest.raises(CorpusError, match=message):
            read(path)


CHARACTERS = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="￾￿")
TEXTS = st.text(CHARACTERS | st.sampled_from("\r\n\t&<>\"' é𝄞\u2028\x85"), max_size=40)
WORDS = st.text(string.ascii_letters, min_size=1, max_size=5)


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[Span, ...]:
    """Nested, overlapping, discontinuous, repeated."""
    found = []
    for _ in range(draw(st.integers(0, 4)) if text else 0):
        edges = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=6)))
        parts = tuple(zip(edges[::2], edges[1::2], strict=False))
        name = draw(WORDS)
        found.append(Span(parts[0][0], parts[-1][1], name, parts if len(parts) > 1 else ()))
    return tuple(sorted(found))


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Readings of this form's shape."""
    records = []
    drugs = draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=4, unique=True))
    parts = sorted(draw(st.lists(st.sampled_from([0, 1, 2, 3]), min_size=len(drugs), max_size=len(drugs))))
    for drug, part in zip(drugs, parts, strict=True):
        for section in draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=3, unique=True)):
            text = draw(TEXTS)
            own = draw(spans(text))
            where = (("train", "dev", "test")[part],) if part < 3 else ()
            facts = {"drug": drug, "section": draw(TEXTS)}
            records.append(Record(f"{drug}.{section}", text, own, drug, parts=where, metadata=facts))
    return Reading(INFO, tuple(records), "memory", {}, unit="document")


@given(readings())
def test_what_is_written_is_read_back(reading: Reading) -> None:
    """Any Unicode that XML holds, any line ends, nested and discontinuous mentions, parts: nothing is lost."""
    assume(len({record.id for record in reading.records}) == len(reading.records))
    with TemporaryDirectory() as folder:
        assert write(reading, Path(folder) / "new") == {}
        assert read(Path(folder) / "new").records == reading.records


def test_what_the_form_cannot_hold_is_counted(tmp_path: Path) -> None:
    """Other ids, tokens, metadata, texts without gold: the writer says how many."""
    record = Record("7", "Rash", (Span(0, 4, "A"), Span(0, 4, "A", ((0, 4), (6, 9)))), "g", ((0, 4),), (), {"x": "y"})
    assert write(Reading(INFO, (record,), "", {}, unlabelled=(record,)), tmp_path / "new") == {
        "texts without gold, not written": 1,
        "sentences, read back as documents": 1,
        "documents whose id is not that of their group and section, renamed": 1,
        "documents whose words are fixed, which is not written": 1,
        "documents with other metadata than drug and section, not written": 1,
        "mentions that leave their text, not written": 1,
    }
    [back] = read(tmp_path / "new").records
    assert (back.id, back.text, back.spans) == ("g.7", "Rash", (Span(0, 4, "A"),))


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """Control characters, half a surrogate pair, several folds, nothing at all, a folder that holds something."""
    good = Record("g.1", "Rash", (), "g")
    for bad, message in (
        (replace(good, text="a\x00b"), "XML cannot hold"),
        (replace(good, text="a\ud800"), "XML cannot hold"),
        (replace(good, group="\ufffe"), "XML cannot hold"),
        (replace(good, parts=("train", "test")), "has the parts"),
        (replace(good, group=""), "its group '' is empty"),
    ):
        with pytest.raises(CorpusError, match=message):
            write(Reading(INFO, (bad,), "", {}), tmp_path / "new")
    with pytest.raises(CorpusError, match="nothing to write"):
        write(Reading(INFO, (), "", {}), tmp_path / "new")
    (tmp_path / "old.xml").write_text(label())
    with pytest.raises(CorpusError, match="is there already"):
        write(Reading(INFO, (good,), "", {}), tmp_path)


@given(st.data())
def test_no_file_crashes_the_reader(data: st.DataObject) -> None:
    """Any bytes, and a valid file with a stretch replaced, give a reading or a CorpusError."""
    valid = label().encode()
    place = data.draw(st.integers(0, len(valid)))
    piece = data.draw(st.binary(max_size=20) | st.sampled_from([b'"', b"<", b"9", b",", b"</Text>"]))
    content = data.draw(
        st.sampled_from([piece, valid[:place] + piece, valid[:place] + piece + valid[place + len(piece) :]])
    )
    with TemporaryDirectory() as folder:
        (Path(folder) / "x.xml").write_bytes(content)
        with suppress(CorpusError):
            assert read(Path(folder)).records
