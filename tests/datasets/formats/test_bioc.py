"""BioC files, XML and JSON: read, refused, written. The documents here are invented."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Reading, Record, Span
from adrbench.datasets.formats.bioc import Bioc, BiocParams, write
from adrbench.errors import CorpusError

XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE collection SYSTEM "BioC.dtd">
<collection><source>invented</source><date/><key>none</key>
<document><id> 11 </id><infon key="drug">tentorin</infon>
  <passage><infon key="type">title</infon><offset>0</offset><text>Tremor &amp; pain</text>
    <annotation id="1"><infon key="type">Disease</infon><infon key="MESH">D014202</infon>
      <location offset="0" length="6"/><text>Tremor</text></annotation>
  </passage>
  <passage><infon key="type">abstract</infon><offset>15</offset>
    <sentence><offset>15</offset><text>Hand or foot pain.</text>
      <annotation id="2"><infon key="type">Disease</infon>
        <location offset="28" length="4"/><location offset="15" length="4"/><text>Hand pain</text></annotation>
      <relation id="R"><infon key="type">CID</infon><node refid="1" role="x"/></relation>
    </sentence>
    <sentence><offset>34</offset><text>None died.</text></sentence>
  </passage>
  <relation id="R2"><infon key="type">CID</infon></relation>
</document></collection>
"""
TEXT = "Tremor & pain  Hand or foot pain. None died."
SPANS = (Span(0, 6, "Disease"), Span(15, 32, "Disease", parts=((15, 19), (28, 32))))


def read(path: Path, **params: Any) -> Reading:
    """Read a file or folder."""
    return Bioc().load(BiocParams(**params), path, offline=True)


def read_text(folder: Path, text: str, name: str = "some.xml", **params: Any) -> Reading:
    """Read a file of this text."""
    (folder / name).write_text(text, newline="")
    return read(folder / name, **params)


def document(**changes: Any) -> dict[str, Any]:
    """A document as JSON has it; ``changes`` are those of its one annotation."""
    annotation = {"id": "1", "infons": {"type": "Disease"}, "text": "Tremor", "locations": [{"offset": 0, "length": 6}]}
    passage = {
        "infons": {},
        "offset": 0,
        "text": "Tremor.",
        "sentences": [],
        "annotations": [{**annotation, **changes}],
    }
    return {"id": "11", "infons": {}, "passages": [passage], "annotations": [], "relations": []}


def read_json(folder: Path, content: Any, **params: Any) -> Reading:
    """Read a file of this content."""
    return read_text(folder, json.dumps(content), "some.json", **params)


def test_passages_and_sentences_become_one_text(tmp_path: Path) -> None:
    """They stand at their offsets, blanks between them; several locations are one discontinuous mention."""
    reading = read_text(tmp_path, XML)
    assert reading.records == (Record("11", TEXT, SPANS, "11", metadata={"drug": "tentorin"}),)
    assert reading.ledger == {"relations, not read": 2}
    assert (reading.unit, reading.origin, list(reading.files)) == ("document", "file some.xml", ["some.xml"])


def test_xml_with_crlf_is_the_same(tmp_path: Path) -> None:
    """A parser reads line ends of any kind as one."""
    assert read_text(tmp_path, XML.replace("\n", "\r\n")).records == read_text(tmp_path, XML).records


@pytest.mark.parametrize(
    "wrap",
    [
        lambda d: {"source": "", "documents": [d]},
        lambda d: [{"documents": [d]}],
        lambda d: {"PubTator3": [d]},
        lambda d: [d],
        lambda d: d,
        lambda d: {"documents": [d | {"id": 11}]},
    ],
)
def test_json_comes_in_several_wrappings(tmp_path: Path, wrap: Any) -> None:
    """A collection, a list, PubTator 3's export or a document alone."""
    assert read_json(tmp_path, wrap(document())).records == (Record("11", "Tremor.", (Span(0, 6, "Disease"),), "11"),)


def test_annotations_of_the_document_itself_count(tmp_path: Path) -> None:
    """They may stand beside the passages."""
    content = document()
    content["annotations"] = content["passages"][0].pop("annotations")
    assert read_json(tmp_path, content).records[0].spans == (Span(0, 6, "Disease"),)


def test_the_label_may_be_another_infon(tmp_path: Path) -> None:
    """The parameter names it; without it the error says which there are."""
    content = document(infons={"kind": "ADR"})
    assert read_json(tmp_path, content, label="kind").records[0].spans == (Span(0, 6, "ADR"),)
    with pytest.raises(CorpusError, match=r"document 11: 'Tremor' has no infon 'type' \(it has 'kind'\)"):
        read_json(tmp_path, content)


@pytest.mark.parametrize(
    ("changes", "spans", "ledger"),
    [
        ({"locations": []}, (), "annotations without a place in the text, left out"),
        ({"text": "Tremor "}, (Span(0, 6, "Disease"),), "mentions whose words differ from the text in white space"),
        ({"text": None}, (Span(0, 6, "Disease"),), "mentions given by offsets alone, not checked"),
    ],
)
def test_small_flaws_are_counted(tmp_path: Path, changes: Any, spans: tuple[Span, ...], ledger: str) -> None:
    """What has no place is left out; words that differ in blanks, or are missing, are read by their offsets."""
    reading = read_json(tmp_path, document(**changes))
    assert reading.records[0].spans == spans
    assert reading.ledger == {ledger: 1}


def test_other_words_are_refused_or_counted(tmp_path: Path) -> None:
    """With mismatch = "count" the offsets decide."""
    content = document(text="Nausea")
    with pytest.raises(
        CorpusError, match=r"some\.json: document 11: 'Nausea' is not at 0-6, where the text has 'Tremor'"
    ):
        read_json(tmp_path, content)
    reading = read_json(tmp_path, content, mismatch="count")
    assert reading.records[0].spans == (Span(0, 6, "Disease"),)
    assert reading.ledger == {"mentions whose words are not those at their offsets, read at the offsets": 1}


@pytest.mark.parametrize("text", ["Hand pain", "Handpain", "Hand or foot pain"])
def test_the_words_of_a_discontinuous_mention_are_its_parts_or_all_between(tmp_path: Path, text: str) -> None:
    """Both are in use."""
    content = document(text=text, locations=[{"offset": 0, "length": 4}, {"offset": 13, "length": 4}])
    content["passages"][0]["text"] = "Hand or foot pain"
    assert read_json(tmp_path, content).records[0].spans == (Span(0, 17, "Disease", parts=((0, 4), (13, 17))),)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"locations": [{"offset": 0, "length": 9}]}, "'Tremor' at 0-9 is empty or outside the 7 characters of text"),
        ({"locations": [{"offset": 2, "length": 0}]}, "'Tremor' at 2-2 is empty or outside"),
        ({"locations": [{"offset": "x", "length": 1}]}, "'offset' should be a whole number, here it is 'x'"),
        ({"locations": [{"offset": True, "length": 1}]}, "'offset' should be a whole number, here it is True"),
        ({"locations": [{"offset": 0}]}, "'length' should be a whole number, here it is None"),
        ({"locations": {"offset": 0}}, "'locations' should be a list of objects"),
        ({"locations": [0]}, "'locations' should be a list of objects"),
        ({"infons": {}}, "'Tremor' has no infon 'type' (it has none)"),
        ({"infons": ["type"]}, "'infons' should be names with values"),
        ({"infons": {"type": 3}}, "type of 'Tremor': should be text, here it is 3"),
        ({"text": 3}, "text of an annotation: should be text, here it is 3"),
    ],
)
def test_a_wrong_annotation_is_named_with_its_document(tmp_path: Path, changes: Any, message: str) -> None:
    """File and document are in the message; what would be valid too."""
    with pytest.raises(CorpusError) as caught:
        read_json(tmp_path, document(**changes))
    assert f"some.json: document 11: {message}" in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        *(3, {}, [], [[]], None, {"documents": []}, {"documents": {}}, {"documents": [1]}),
        {"documents": [{"id": True, "passages": []}]},
    ],
)
def test_json_of_another_kind_is_refused(tmp_path: Path, content: Any) -> None:
    """The file is named."""
    with pytest.raises(CorpusError, match=r"some\.json"):
        read_json(tmp_path, content)


@pytest.mark.parametrize(
    ("offset", "message"),
    [
        (3, "the text at offset 3 overlaps what is before it, which ends at 7"),
        (9 * 10**8, "ADRBENCH_MAX_GAP allows 1,000,000; set that variable to"),
    ],
)
def test_passages_must_not_overlap_nor_lie_far_apart(tmp_path: Path, offset: int, message: str) -> None:
    """One would hide the other; and a wrong offset must not fill the memory with blanks."""
    content = document()
    content["passages"].append({"offset": offset, "text": "More."})
    with pytest.raises(CorpusError, match=message):
        read_json(tmp_path, content)


def test_a_sentence_of_another_text_than_its_passage_is_counted(tmp_path: Path) -> None:
    """Where both have text it is the same text twice; what the passage does not have would be lost in silence."""
    content = document()
    same, other = {"offset": 0, "text": "Tremor."}, {"offset": 8, "text": "Nausea."}
    content["passages"][0]["sentences"] = [same, other]
    reading = read_json(tmp_path, content)
    assert [record.text for record in reading.records] == ["Tremor."]
    assert reading.ledger == {"sentences whose text is not that of their passage, left out": 1}


def test_many_gaps_do_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is allowed, all together are a thousand times the text; a variable raises the limit."""
    documents = [{"id": str(i), "passages": [{"offset": 10**6, "text": "Rash"}]} for i in range(70)]
    with pytest.raises(CorpusError, match=r"some\.json: text with blanks .* ADRBENCH_MAX_UNPACKED_RATIO allows 200"):
        read_json(tmp_path, {"documents": documents})
    monkeypatch.setenv("ADRBENCH_MAX_UNPACKED_RATIO", "1000000")
    assert len(read_json(tmp_path, {"documents": documents}).records) == 70


BOMB = '<!DOCTYPE collection [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><collection><source>&b;</source></collection>'
REACH = '<!DOCTYPE collection [<!ENTITY a SYSTEM "file:///etc/hostname">]><collection><source>&a;</source></collection>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BOMB, "refused"),
        (REACH, "refused"),
        (XML[:-30], r"some\.xml:17: not well-formed"),
        ("", r"some\.xml:1: not well-formed"),
        ("<html/>", "outermost element is <collection>, here it is <html>"),
        ("<collection/>", "no document in it"),
        (XML.replace("<id> 11 </id>", ""), "document 1 has no id"),
        (XML.replace("<id> 11 </id>", "<id>1</id><id>2</id>"), "two <id> in one <document>"),
        (XML.replace("<offset>34", "<offset>32"), "document 11: .* overlaps"),
    ],
)
def test_xml_that_is_wrong_or_dangerous_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """Truncated, of another kind, or with entities that could fill the memory or reach other files."""
    with pytest.raises(CorpusError, match=message):
        read_text(tmp_path, text)


def test_a_document_given_twice(tmp_path: Path) -> None:
    """Alike it is one, and counted; otherwise it is refused."""
    assert read_json(tmp_path, [document(), document()]).ledger == {"documents given twice alike, merged": 1}
    with pytest.raises(CorpusError, match="the document 11 was given before, and not alike"):
        read_json(tmp_path, [document(), document(infons={"type": "ADR"})])


def test_only_known_suffixes_are_read(tmp_path: Path) -> None:
    """A name says which of the two forms a file has."""
    with pytest.raises(CorpusError, match=r"some\.txt: its name should end in \.xml or \.json"):
        read_text(tmp_path, XML, "some.txt")


def reading_of(*records: Record, **changes: Any) -> Reading:
    """A reading as another reader could give it."""
    return Reading(Bioc.info, records, "here", {}, **{"unit": "document", **changes})


def test_what_is_lost_on_writing_is_counted(tmp_path: Path) -> None:
    """Fixed words, texts without gold, mentions that leave their text; a file keeps no parts."""
    leaving = Span(0, 4, "ADR", parts=((0, 4), (9, 12)))
    record = Record("1", "pain", (leaving,), "1", ((0, 4),), ("train",), {"group": "x"})
    lost = write(reading_of(record, unlabelled=(record,), unit="sentence"), tmp_path / "some.json")
    assert lost == {
        "texts without gold, not written": 1,
        "documents whose words are fixed, which is not written": 1,
        "sentences, read back as documents": 1,
        "documents whose part is not written (a folder would keep it)": 1,
        "metadata called 'group', not written": 1,
        "mentions that leave their text, not written": 1,
    }
    assert read(tmp_path / "some.json").records == (Record("1", "pain", (), "1"),)


def test_parts_survive_in_a_folder(tmp_path: Path) -> None:
    """A folder gets a file for each part, and reads as what was written."""
    records = (Record("1", "pain", (), "a", parts=("train",)), Record("2", "ache", (), "b", parts=("dev",)))
    assert write(reading_of(*records), tmp_path / "some") == {}
    assert sorted(path.name for path in (tmp_path / "some").iterdir()) == ["dev.xml", "train.xml"]
    assert read(tmp_path / "some").records == records


@pytest.mark.parametrize(
    ("records", "message"),
    [
        ((Record("1", "", (), "1"), Record("2", "", (), "2", parts=("dev",))), "1 documents have no part, others do"),
        ((Record("1", "", (), "1", parts=("dev", "test")),), "files have train, dev or test"),
        ((Record(" ", "", (), "1"),), "cannot hold the document id ' '"),
        ((Record("1", "a\x01", (), "1"),), r"XML cannot hold the character U\+0001"),
        ((Record("1", "\ufffe", (), "1"),), r"XML cannot hold the character U\+FFFE"),
        ((Record("1", "\udc00", (), "1"),), r"XML cannot hold the character U\+DC00"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path: Path, records: tuple[Record, ...], message: str) -> None:
    """Parts that no folder has, ids that would not come back, and characters that XML forbids."""
    with pytest.raises(CorpusError, match=message):
        write(reading_of(*records), tmp_path / "some")


XML_TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")
    | st.sampled_from('a \t\r\n\x85<&]>"'),
    max_size=30,
)
JSON_TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('a \r\n\0"\\'), max_size=30)


@st.composite
def spans(draw: st.DrawFn, text: str) -> tuple[Span, ...]:
    """Nested, overlapping, doubled and discontinuous mentions of a text."""
    found = []
    for label in draw(st.lists(st.sampled_from(["ADR", "Drug", "疾病"]), max_size=4)) if text else ():
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=4)))
        parts = ((cuts[0], cuts[1]), (cuts[-2], cuts[-1])) if len(cuts) == 4 else ()
        found.append(Span(cuts[0], cuts[-1], label, parts))
    return tuple(sorted(found))


@st.composite
def records(draw: st.DrawFn, texts: st.SearchStrategy[str]) -> tuple[Record, ...]:
    """Documents of such texts, with parts."""
    names = texts.filter(lambda name: name and name == name.strip())
    found = []
    for name in draw(st.lists(names, min_size=1, max_size=4, unique=True)):
        text = draw(texts)
        group = draw(st.just(name) | texts.filter(bool))
        metadata = draw(st.dictionaries(texts.filter(lambda key: key != "group"), texts, max_size=2))
        part = draw(st.sampled_from(["train", "dev", "test"]))
        found.append(Record(name, text, draw(spans(text)), group, parts=(part,), metadata=metadata))
    return tuple(sorted(found, key=lambda record: ["train", "dev", "test"].index(record.parts[0])))


@given(given=records(XML_TEXTS))
def test_reading_xml_that_was_written_gives_it_back(
    given: tuple[Record, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any text that XML can hold, line ends too; nested and discontinuous mentions; parts, groups and facts."""
    folder = tmp_path_factory.mktemp("bioc")
    assert write(reading_of(*given), folder / "some") == {}
    assert read(folder / "some").records == given


@given(given=records(JSON_TEXTS))
def test_reading_json_that_was_written_gives_it_back(
    given: tuple[Record, ...], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any text at all; a file keeps no parts, and says so."""
    file = tmp_path_factory.getbasetemp() / "bioc.json"
    assert write(reading_of(*given), file) == {
        "documents whose part is not written (a folder would keep it)": len(given)
    }
    again = read(file).records
    assert [(r.id, r.text, r.spans, r.group, r.metadata) for r in again] == [
        (r.id, r.text, r.spans, r.group, r.metadata) for r in given
    ]


VALID = {".xml": XML.encode(), ".json": json.dumps({"documents": [document()]}).encode()}


@given(
    suffix=st.sampled_from([".xml", ".json"]),
    data=st.binary() | st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 9), st.binary(max_size=6))),
)
def test_any_bytes_are_read_or_refused(
    suffix: str, data: bytes | list[tuple[int, int, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Noise, and a valid file with pieces cut out or put in: a corpus or an error that is ours, nothing else."""
    if isinstance(data, list):
        edits, data = data, VALID[suffix]
        for at, cut, put in edits:
            data = data[: at % len(data)] + put + data[at % len(data) + cut :]
    file = tmp_path_factory.getbasetemp() / f"noise{suffix}"
    file.write_bytes(data)
    with suppress(CorpusError):
        for record in read(file).records:
            assert all(0 <= span.start < span.end <= len(record.text) for span in record.spans)


KEYS = sorted({*document(), *document()["passages"][0], "documents", "locations", "type", "length"})
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=20,
)


@given(content=VALUES)
def test_json_of_any_shape_is_read_or_refused(content: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Any value where another is expected: a corpus or an error that is ours, nothing else."""
    file = tmp_path_factory.getbasetemp() / "shape.json"
    file.write_text(json.dumps({"documents": [document(), content]}))
    with suppress(CorpusError):
        assert read(file).records


def test_half_a_surrogate_pair_is_refused(tmp_path: Path) -> None:
    """It is no character, and could not be written anywhere."""
    with pytest.raises(CorpusError, match=r"some\.json: .*half a surrogate pair"):
        read_json(tmp_path, document(text="\ud800"))


@pytest.mark.parametrize("wrong", [None, {}, "", 0])
@pytest.mark.parametrize("key", ["annotations", "relations", "passages"])
def test_what_should_be_a_list_and_is_empty_of_another_kind(tmp_path: Path, key: str, wrong: Any) -> None:
    """It is an error: nobody knows what was meant."""
    with pytest.raises(CorpusError, match=f"'{key}' should be a list of objects"):
        read_json(tmp_path, document() | {key: wrong})


def test_a_document_a_line_is_read(tmp_path: Path) -> None:
    """As PubTator's service gives them."""
    text = "".join(json.dumps(value | {"id": name}) + "\n" for name, value in (("1", document()), ("2", document())))
    reading = read_text(tmp_path, text, "some.json")
    assert [(record.id, record.spans) for record in reading.records] == [(n, (Span(0, 6, "Disease"),)) for n in "12"]
