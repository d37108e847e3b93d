"""JSON lines: six shapes in, our own out, and clear words about what is in neither."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities

from adrbench.api import CorpusError, DatasetInfo, Reading, Record, Span
from adrbench.datasets.formats.jsonl import Jsonl, JsonlParams, write

TEXT = "No rash, but nausea."
RASH, NAUSEA = Span(3, 7, "ADR"), Span(13, 19, "ADR")
# The face counts one character, two units of UTF-16 and four bytes.
FACE = "🙂 rash"


def read(path: Path, **params: Any) -> Reading:
    """Read a file or folder."""
    return Jsonl().load(JsonlParams(**params), path, offline=True)


def lines(folder: Path, *values: Any, name: str = "file.jsonl") -> Path:
    """A file of JSON lines."""
    path = folder / name
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def task(*annotations: dict[str, Any], text: str = TEXT, **more: Any) -> dict[str, Any]:
    """A task of Label Studio."""
    return {"data": {"text": text}, "annotations": list(annotations), **more}


def region(start: int, end: int, *labels: str, **more: Any) -> dict[str, Any]:
    """A marked stretch of Label Studio."""
    return {"type": "labels", "value": {"start": start, "end": end, "labels": list(labels), **more}}


def reading(*records: Record, **more: Any) -> Reading:
    """A reading of records."""
    return Reading(DatasetInfo("x", "", "", "", ()), records, "here", {}, **more)


@pytest.mark.parametrize(
    "value",
    [
        {"text": TEXT, "spans": [{"start": 3, "end": 7, "label": "ADR"}, [13, 19, "ADR"]]},
        {"text": TEXT, "ents": [{"start": 3, "end": 7, "label": "ADR"}, {"start": 13, "end": 19, "label": "ADR"}]},
        [TEXT, {"entities": [[3, 7, "ADR"], [13, 19, "ADR"]]}],
        {"text": TEXT, "spans": [[3, 7, "ADR"], [13, 19, "ADR"]], "answer": "accept", "_input_hash": 1},
        {"text": TEXT, "spans": [[3, 7, "ADR"], [13, 19, "ADR"]], "tokens": [{"text": "", "start": 0, "end": 0}]},
        {"text": TEXT, "label": [[3, 7, "ADR"], [13, 19, "ADR"]]},
        {"data": TEXT, "labels": [[3, 7, "ADR"], [13, 19, "ADR"]]},
        {"text": TEXT, "entities": [[3, 7, "ADR"], [13, 19, "ADR"]], "tokens": ["No"], "tags": ["checked"]},
        {"text": TEXT, "labels": [[3, 7, "ADR"], [13, 19, "ADR"]], "tokens": ["No"]},
        {
            "text": TEXT,
            "relations": [],
            "entities": [{"start_offset": s, "end_offset": e, "label": "ADR", "id": s} for s, e in ((3, 7), (13, 19))],
        },
        task({"result": [region(3, 7, "ADR"), region(13, 19, "ADR", text="nausea")]}),
        {"data": {"text": TEXT}, "completions": [{"result": [region(3, 7, "ADR"), region(13, 19, "ADR")]}]},
        {"text": TEXT, "label": [{"start": s, "end": e, "labels": ["ADR"]} for s, e in ((3, 7), (13, 19))]},
    ],
    ids=["ours", "spacy", "spacy-pair", "prodigy", "prodigy-new", "doccano", "doccano-old", "doccano-tags",
         "doccano-words", "doccano-relations",
         "label-studio", "label-studio-old", "label-studio-min"],
)  # fmt: skip
def test_every_shape_says_the_same(value: Any, tmp_path: Path) -> None:
    """A text with two spans is read alike from every tool, as lines and as one array, and named by its place."""
    array = tmp_path / "array.json"
    array.write_text(json.dumps([value, value], indent=1), encoding="utf-8")
    for path, stem in ((lines(tmp_path, value, value), "file"), (array, "array")):
        found = read(path)
        assert [(r.id, r.group, r.text, r.spans) for r in found.records] == [
            (name, name, TEXT, (RASH, NAUSEA)) for name in (f"{stem}.1", f"{stem}.2")
        ]
        assert found.unit == "document"
        assert found.origin == f"file {path.name}"
        assert list(found.files) == [path.name]


WORDS = ["No", "dry", "mouth", "but", "itch"]


@pytest.mark.parametrize(
    ("tags", "more"),
    [
        (["O", "B-ADR", "I-ADR", "O", "B-SIGN"], {}),
        (["O", "I-ADR", "I-ADR", "O", "I-SIGN"], {"spans that began without a tag that begins one": 2}),
        (["O", "B-ADR", "E-ADR", "O", "S-SIGN"], {}),
        (["O", "B-ADR", "L-ADR", "O", "U-SIGN"], {}),
        ([0, 1, 2, 0, 3], {}),
    ],
    ids=["BIO", "IO", "BIOES", "BILOU", "numbers"],
)
@pytest.mark.parametrize("fields", [("tokens", "ner_tags"), ("words", "labels"), ("tokens", "tags"), ("w", "t")])
def test_words_with_tags(tags: list[Any], more: dict[str, int], fields: tuple[str, str], tmp_path: Path) -> None:
    """Words with a tag each are a sentence with the spans that the tags say, whatever the fields are called."""
    words, tagged = fields
    params: dict[str, Any] = {"shape": "tags", "text": words, "spans": tagged} if words == "w" else {}
    if tags[0] == 0:
        params["names"] = ("O", "B-ADR", "I-ADR", "B-SIGN")
    item = {"id": 7, words: WORDS, tagged: tags, "group": "post 1"}
    for path in (lines(tmp_path, item), lines(tmp_path, [item], name="array.json")):
        found = read(path, **params)
        [record] = found.records
        assert (record.id, record.group, record.text) == ("7", "post 1", "No dry mouth but itch")
        assert record.spans == (Span(3, 12, "ADR"), Span(17, 21, "SIGN"))
        assert record.tokens == ((0, 2), (3, 6), (7, 12), (13, 16), (17, 21))
        assert (found.unit, found.ledger) == ("sentence", more)


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "rash", "–"]), st.sampled_from(["O", "B-X", "I-X", "B-Y", "I-Y"])), min_size=1
    )
)
def test_tags_mean_what_seqeval_says(pairs: list[tuple[str, str]]) -> None:
    """Whatever the tags, orphans included, the spans are the entities that seqeval finds."""
    words, tags = [word for word, _ in pairs], [tag for _, tag in pairs]
    with TemporaryDirectory() as folder:
        [record] = read(lines(Path(folder), {"tokens": words, "ner_tags": tags})).records
    starts, ends = zip(*(record.tokens or ()), strict=True)
    found = [(span.label, starts.index(span.start), ends.index(span.end)) for span in record.spans]
    assert found == get_entities(tags)


@pytest.mark.parametrize(
    ("item", "params", "message"),
    [
        ({"tokens": WORDS, "tags": ["O"]}, {}, r":1: 1 tags for 5 tokens"),
        ({"tokens": ["a"], "tags": ["ADR"]}, {}, r":1: tag 0 is 'ADR', not one of O, B-"),
        (
            {"tokens": ["a"], "tags": [1]},
            {},
            r":1: the tags are numbers, and nothing names them; params\.names = .*--param 'names=",
        ),
        ({"tokens": ["a"], "tags": [2]}, {"names": ("O", "B-X")}, r":1: the tag 2, but there are names for 0 to 1"),
        ({"tokens": ["a"], "tags": ["O"]}, {"names": ("O",)}, r":1: params\.names is for tags that are numbers"),
        ({"tokens": ["a"], "tags": ["O"]}, {"offsets": "utf-16"}, r":1: words with tags, which have no offsets"),
        ({"text": "a", "spans": []}, {"names": ("O",)}, r":1: params\.names is for tags, and this is of .* adrbench"),
        ({"tokens": ["a"]}, {"shape": "tags"}, r":1: 'ner_tags' is missing, not a list; the fields are 'tokens'"),
    ],
)
def test_wrong_tags_are_told(item: dict[str, Any], params: dict[str, Any], message: str, tmp_path: Path) -> None:
    """Tags that say nothing, and parameters that have nothing to say here, are errors with the line."""
    with pytest.raises(CorpusError, match=message):
        read(lines(tmp_path, item), **params)


def test_all_of_our_fields_are_read(tmp_path: Path) -> None:
    """Source, part, tokens, metadata and the parts of a discontinuous span stand in a line."""
    line = {
        "id": 7,
        "text": "pain in arm",
        "spans": [{"start": 0, "end": 11, "label": "ADR", "parts": [[0, 4], [8, 11]]}],
        "group": "post-1",
        "part": "validation",
        "tokens": [[0, 4], [5, 7], [8, 11]],
        "metadata": {"drug": "Zelanol"},
        "colour": "blue",
    }
    rest = {"text": "No gold.", "spans": [], "unlabelled": True, "parts": ["train", ""]}
    found = read(lines(tmp_path, line, rest))
    span = Span(0, 11, "ADR", ((0, 4), (8, 11)))
    tokens = ((0, 4), (5, 7), (8, 11))
    assert found.records == (Record("7", "pain in arm", (span,), "post-1", tokens, ("dev",), {"drug": "Zelanol"}),)
    assert found.unlabelled == (Record("file.2", "No gold.", (), "file.2", None, ("train", "")),)
    assert found.ledger == {"fields of no meaning here, not read": 1}


def test_a_folder_has_its_parts(tmp_path: Path) -> None:
    """Files named after parts give their texts that part; a line that claims another one is an error."""
    for name in ("train", "devel", "test"):
        lines(tmp_path, {"text": TEXT, "label": []}, name=f"{name}.jsonl")
    found = read(tmp_path)
    assert [(r.id, r.parts) for r in found.records] == [
        ("train.1", ("train",)),
        ("devel.1", ("dev",)),
        ("test.1", ("test",)),
    ]
    lines(tmp_path, {"text": TEXT, "spans": [], "part": "train"}, name="test.jsonl")
    with pytest.raises(CorpusError, match=r"test\.jsonl:1: its part is 'train', but the file is named after test"):
        read(tmp_path)


def test_prodigy_answers_and_tokens(tmp_path: Path) -> None:
    """Rejected and ignored texts are left out and counted; tokens are those of the file, empty ones aside."""
    tokens = [{"text": "No", "start": 0, "end": 2, "id": 0}, {"text": "", "start": 2, "end": 2, "id": 1}]
    found = read(
        lines(
            tmp_path,
            {"text": "No", "answer": "accept", "tokens": tokens},
            {"text": "No", "answer": "reject"},
            {"text": "No", "answer": "ignore", "relations": [{}]},
        )
    )
    assert [(r.id, r.tokens, r.spans) for r in found.records] == [("file.1", ((0, 2),), ())]
    assert found.ledger == {
        "texts with the answer reject, left out": 1,
        "texts with the answer ignore, left out": 1,
        "empty tokens, left out": 1,
    }


@pytest.mark.parametrize(
    "item",
    [
        {"text": TEXT, "answer": "accept", "meta": {"drug": "x", "year": 2020, "more": [1], "new": True}},
        {"text": TEXT, "label": [], "meta": {"drug": "x", "year": 2020, "more": [1], "new": True}},
        {"data": {"text": TEXT, "drug": "x", "year": 2020, "more": [1], "new": True}, "annotations": [{"result": []}]},
    ],
)
def test_what_a_tool_keeps_beside_a_text_is_metadata(item: dict[str, Any], tmp_path: Path) -> None:
    """So that a field of it can name the group; what is no plain value is counted."""
    found = read(lines(tmp_path, item))
    assert found.records[0].metadata == {"drug": "x", "year": "2020"}
    assert found.ledger == {"metadata that is no plain value, not read": 2}


def test_label_studio_keeps_the_first_annotator(tmp_path: Path) -> None:
    """The first annotation that was not cancelled is read, a span for each label; all else is counted."""
    path = tmp_path / "export.json"
    first = {"result": [region(3, 7, "ADR", "SKIN"), region(0, 2), {"type": "relation"}, {"value": {"choices": ["a"]}}]}
    second = {"result": [region(13, 19, "ADR")]}
    cancelled = {"was_cancelled": True, "result": []}
    path.write_text(json.dumps([task(cancelled, first, second, id=5), task(cancelled, id=6), task(id=7)]))
    found = read(path)
    assert [(r.id, r.spans) for r in found.records] == [("5", (RASH, Span(3, 7, "SKIN")))]
    assert found.ledger == {
        "cancelled annotations, left out": 2,
        "annotations by further annotators of a text, left out": 1,
        "texts without an annotation, left out": 2,
        "relations, not read": 1,
        "results that are no spans, not read": 1,
        "spans without a label, left out": 1,
    }


@pytest.mark.parametrize(("offsets", "start"), [("characters", 2), ("utf-16", 3), ("utf-8-bytes", 5)])
def test_offsets_count_what_they_are_said_to_count(offsets: str, start: int, tmp_path: Path) -> None:
    """Spans and tokens after a letter of two UTF-16 units or four bytes stand where they should, in every unit."""
    line = {"text": FACE, "spans": [[start, start + 4, "ADR"]], "tokens": [[0, start - 1], [start, start + 4]]}
    [record] = read(lines(tmp_path, line), offsets=offsets).records
    assert record.spans == (Span(2, 6, "ADR"),)
    assert record.tokens == ((0, 1), (2, 6))


@pytest.mark.parametrize("more", ["", " today"])
def test_a_wrong_unit_is_found_out(more: str, tmp_path: Path) -> None:
    """Where the file repeats a span's words and they are others, the unit in which they agree is named."""
    path = lines(tmp_path, task({"result": [region(3, 7, "ADR", text="rash")]}, text=FACE + more))
    with pytest.raises(CorpusError, match=r'file\.jsonl:1: the span 3-7 \(ADR\) .* params\.offsets = "utf-16"'):
        read(path)
    assert read(path, offsets="utf-16").records[0].spans == (Span(2, 6, "ADR"),)


def test_an_offset_inside_a_character_is_an_error(tmp_path: Path) -> None:
    """No character begins at the second unit of a pair."""
    path = lines(tmp_path, {"text": FACE, "spans": [[1, 3, "ADR"]]})
    with pytest.raises(CorpusError, match="begins or ends inside a character"):
        read(path, offsets="utf-16")


def test_a_copy_of_the_words_may_write_line_ends_otherwise(tmp_path: Path) -> None:
    """A line end in a span is a backslash and an n in Label Studio's copy of its words."""
    result = [region(0, 7, "ADR", text="dry\\nmou")]
    [record] = read(lines(tmp_path, task({"result": result}, text="dry\nmouth"))).records
    assert record.spans == (Span(0, 7, "ADR"),)


def test_fields_of_other_names(tmp_path: Path) -> None:
    """A file that is nobody's export is read once its two fields are named."""
    path = lines(tmp_path, {"post": TEXT, "effects": [[3, 7, "ADR"]]})
    with pytest.raises(CorpusError, match="of no known shape"):
        read(path)
    assert read(path, text="post", spans="effects").records[0].spans == (RASH,)


def test_no_option_is_without_effect(tmp_path: Path) -> None:
    """Names of fields where there are none to name are an error."""
    with pytest.raises(CorpusError, match="a list has no fields"):
        read(lines(tmp_path, [TEXT, {"entities": []}]), text="post")
    with pytest.raises(CorpusError, match=r"params\.spans has no meaning for label-studio"):
        read(lines(tmp_path, task()), shape="label-studio", spans="marks")


def test_other_encodings(tmp_path: Path) -> None:
    """Latin-1 and UTF-16 are read when they are named; with another name the error gives the line."""
    value = json.dumps({"text": "fièvre", "spans": [[0, 6, "ADR"]]}, ensure_ascii=False)
    path = tmp_path / "file.jsonl"
    for encoding in ("latin-1", "utf-16"):
        path.write_bytes(f"{value}\r\n".encode(encoding))
        assert read(path, encoding=encoding).records[0].text == "fièvre"
        path.write_bytes(f"[{value}\n]".encode(encoding))
        assert read(path, encoding=encoding).records[0].text == "fièvre"
    path.write_bytes(value.encode("latin-1"))
    with pytest.raises(CorpusError, match=r"file\.jsonl:1: not UTF-8"):
        read(path)
    with pytest.raises(CorpusError, match="unknown encoding 'utf-9'"):
        read(path, encoding="utf-9")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", r"file\.jsonl: no text in it"),
        ("[]", r"file\.jsonl: no text in it"),
        ('{"text": "a", "spans": []', r"file\.jsonl:1: not JSON"),
        ('\n{"text": "a", "spans": []}\n{"text": "a", "ents": []}', r":3: of the shape spacy, but .* are adrbench"),
        ('{"text": "a"}', r":1: of no known shape"),
        ('{"text": "abc", "spans": [[1, 9, "X"]]}', r":1: the span 1-9 \(X\) is empty or outside .* 3 characters"),
        ('{"text": "abc", "spans": [[1, 1, "X"]]}', r":1: the span 1-1 \(X\) is empty or outside"),
        ('{"text": "abc", "spans": [[-1, 1, "X"]]}', r":1: 'start' of .* is no whole number"),
        ('{"text": "abc", "spans": [[true, 2, "X"]]}', r":1: 'start' of .* is no whole number"),
        ('{"text": "abc", "spans": [[0, NaN, "X"]]}', r":1: .*NaN is no number of JSON"),
        ('{"text": "abc", "score": 1e999, "spans": []}', r":1: .*1e999 is too large for a number"),
        ('{"text": "abc", "spans": [[0, 1, ""]]}', r":1: the label of the span 0-1 is ''"),
        ('{"text": "abc", "spans": [[0, 1]]}', r":1: the span \[0, 1\] is not \[start, end, label\]"),
        ('{"text": "abc", "spans": {"sc": []}}', r":1: 'spans' is .*, not a list"),
        ('{"text": 3, "spans": []}', r":1: 'text' is 3, not a string"),
        ('{"spans": []}', r":1: 'text' is missing, not a string; the fields are 'spans'"),
        ('{"text": "abc", "spans": [], "tokens": [[0, 2], [1, 3]]}', r":1: the token 1-3 is .* before the end"),
        ('{"text": "abc", "spans": [], "part": "fold1"}', r":1: the part 'fold1'; it should be train"),
        ('{"text": "abc", "spans": [], "part": "dev", "parts": ["dev"]}', r":1: both 'part' and 'parts'"),
        ('{"text": "abc", "spans": [], "unit": "page"}', r":1: 'unit' is 'page'"),
        ('{"text": "abc", "spans": [], "metadata": {"a": []}}', r":1: 'metadata' is .*, not an object of strings"),
        ('{"text": "abc", "spans": [{"start": 0, "end": 3, "label": "X", "parts": [[1, 2]]}]}', r":1: .* the parts"),
        ('{"text": "abc", "spans": [{"start": 0, "end": 1, "label": "X", "text": "b"}]}', r":1: .* 'a', but .* 'b'$"),
        ('{"id": 1, "text": "a", "label": []}\n{"id": "1", "text": "b", "label": []}', r":2: the id '1' .*jsonl:1 al"),
        ('{"text": "a", "answer": "perhaps"}', r":1: the answer is 'perhaps'"),
        ('{"text": "a", "label": ["good"]}', r":1: the span 'good' is neither"),
        ('{"data": {"html": "a"}, "annotations": [{"result": []}]}', r":1: the data: 'text' is missing"),
        ('[{"text": "a", "spans": []},\n{"text": "a", "spans": [3]}]', r":2 \(item 2\): the span 3 is neither"),
        ('[{"text": "a", "spans": []}\n\n{}]', r":3: not JSON \(after item 1"),
        ('[{"text": "a", "spans": []}', r":1: not JSON"),
        ('[{"text": "a", "spans": []}] []', r":1: not JSON"),
        ("[" * 100_000, r":1: JSON nested too deeply"),
        ('[{"id": ' + "1" * 5000 + "}]", r":1: JSON that cannot be read .*digits"),
        ('{"id": ' + "1" * 5000 + "}", r":1: .*digits"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(content: str, message: str, tmp_path: Path) -> None:
    """A file that cannot be read or trusted gives an error with its line, and what would be valid."""
    path = tmp_path / "file.jsonl"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=message):
        read(path)


def test_an_endless_line_and_a_huge_array_are_refused(tmp_path: Path) -> None:
    """Neither a line of a gigabyte nor an array of one is taken into memory."""
    for content in (b'{"text": "', b"[{"):
        path = tmp_path / "file.jsonl"
        with path.open("wb") as file:
            file.write(content)
            file.seek(2**30)
            file.write(b"\n")
        with pytest.raises(CorpusError, match=r"of more than \d+ MiB"):
            read(path)


def test_no_path_is_an_error(tmp_path: Path) -> None:
    """A format needs files."""
    with pytest.raises(CorpusError, match="no path given"):
        Jsonl().load(JsonlParams(), None, offline=True)
    with pytest.raises(CorpusError, match="no file or folder"):
        read(tmp_path / "absent")


def test_nothing_is_no_file(tmp_path: Path) -> None:
    """A reading without a document cannot be written, nor one where there is a folder."""
    with pytest.raises(CorpusError, match="nothing to write"):
        write(reading(), tmp_path / "out.jsonl")
    with pytest.raises(CorpusError, match="cannot be written"):
        write(reading(Record("1", "a", (), "1")), tmp_path)


@pytest.mark.parametrize("text", ["a \ud83d b", "\ud83d\ude42"])
def test_half_a_surrogate_pair_is_no_character(tmp_path: Path, text: str) -> None:
    """It is neither written nor read."""
    path = tmp_path / "out.jsonl"
    with pytest.raises(CorpusError, match="document '1': half a surrogate pair"):
        write(reading(Record("1", text, (), "1")), path)
    path.write_text('{"text": "\\ud83d", "spans": []}\n')
    with pytest.raises(CorpusError, match=r"out.jsonl:1: .*half a surrogate pair"):
        read(path)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('{"text": "a", "Spans": []}', r"of no known shape \(did you mean 'spans' by 'Spans'\?\)"),
        ('{"id": 1, "text": "a", "entites": [[0, 1, "X"]]}', "did you mean 'entities' by 'entites'?"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "labels": ["Y"]}]}', "'label' and 'labels'"),
        ('{"text": "a", "spans": [{"start": 0, "start_offset": 1, "end": 1, "label": "X"}]}', "'start_offset' of"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "rejected": "true"}]}', "'rejected' is 'true'"),
        ('{"text": "a", "spans": [{"start": 0, "end": 1, "label": "X", "text": 5}]}', "the text of a span is 5"),
        ('{"text": "abc", "spans": [{"start": 0, "end": 3, "label": "X", "parts": [[0, 1]]}]}', "reach its end"),
        ('{"text": "a", "answer": "accept", "Spans": []}', "'Spans' is unknown in prodigy; did you mean 'spans'?"),
        ('{"text": "a", "answer": "accept", "spans": [], "tokens": null}', "'tokens' is None, not a list"),
        ('{"text": "a", "label": [], "relations": {}}', "'relations' is {}, not a list"),
        ('{"text": "a", "spans": [], "spans": [[0, 1, "X"]]}', "the key 'spans' stands twice in one object"),
        ('{"text": "ab", "spans": [{"start": 0, "end": 1, "label": "X", "part": []}]}', "did you mean 'parts'?"),
    ],
)
def test_no_annotation_is_lost_by_a_slip(tmp_path: Path, line: str, message: str) -> None:
    """Names near a known one, containers of another kind and keys given twice are errors."""
    (tmp_path / "a.jsonl").write_text(line + "\n")
    with pytest.raises(CorpusError, match=message):
        read(tmp_path / "a.jsonl")


ANY = st.text(max_size=12)


@st.composite
def texts(draw: st.DrawFn) -> Record:
    """A text with any spans: nested, overlapping, repeated, discontinuous."""
    text = draw(ANY.map(lambda text: text + "\r\n.") | st.just("x"))
    edge = st.integers(0, len(text))
    stretch = st.tuples(edge, edge).filter(lambda edges: edges[0] < edges[1])
    spans = []
    for _ in range(draw(st.integers(0, 4))):
        parts = sorted(draw(st.lists(stretch, min_size=1, max_size=3)))
        span = Span(parts[0][0], max(end for _, end in parts), draw(st.sampled_from(["ADR", "DRUG", "É"])))
        spans.append(span if len(parts) == 1 else replace(span, parts=tuple(parts)))
    widths = draw(st.none() | st.lists(st.integers(1, 3), max_size=len(text) // 3))
    ends = None if widths is None else list(accumulate(widths))
    return Record(
        id="",
        text=text,
        spans=tuple(spans),
        group=draw(ANY),
        tokens=None if ends is None or widths is None else tuple((e - w, e) for e, w in zip(ends, widths, strict=True)),
        parts=tuple(draw(st.lists(st.sampled_from(["train", "dev", "test", ""]), max_size=3))),
        metadata=draw(st.dictionaries(ANY, ANY, max_size=2)),
    )


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(ANY, texts(), min_size=1, max_size=4), st.booleans(), st.sampled_from(["sentence", "document"])
)  # fmt: skip
def test_what_is_written_is_read_back(named: dict[str, Record], hold_one: bool, unit: Any) -> None:
    """Any reading survives its file: any Unicode, any spans, tokens, parts, sources, metadata, texts without gold."""
    records = [replace(record, id=name) for name, record in named.items()]
    unlabelled = [replace(records.pop(), spans=())] if hold_one else []
    before = reading(*records, unlabelled=tuple(unlabelled), unit=unit)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "out.jsonl"
        assert write(before, path) == {}
        after = read(path)
    assert (after.records, after.unlabelled, after.unit) == (before.records, before.unlabelled, before.unit)
    assert after.ledger == {}


FIELDS = (
    *(
        "id",
        "text",
        "group",
        "part",
        "parts",
        "tokens",
        "metadata",
        "unit",
        "unlabelled",
        "spans",
        "start",
        "end",
        "label",
    ),
    *("ents", "entities", "labels", "start_offset", "end_offset", "relations", "answer", "_input_hash"),
    *("data", "annotations", "completions", "was_cancelled", "result", "type", "value"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 30) | st.floats() | st.sampled_from([TEXT, "", "ADR", "dev", "accept"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            FIELDS
        ),
        inner,
        max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(JSON, max_size=3), st.sampled_from(["auto", "adrbench", "spacy", "prodigy", "doccano", "label-studio"]))
def test_any_json_is_read_or_refused(values: list[Any], shape: Any) -> None:
    """Whatever values the known fields have, the answer is a reading or a CorpusError, in lines and in an array."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        for content in (json.dumps(values), "\n".join(map(json.dumps, values))):
            path.write_text(content, encoding="utf-8")
            with suppress(CorpusError):
                assert all(
                    0 <= s.start < s.end <= len(r.text) for r in read(path, shape=shape).records for s in r.spans
                )


SAMPLE = json.dumps(
    [task({"result": [region(3, 7, "ADR", text="rash")]}), {"text": TEXT, "spans": [[3, 7, "ADR"]], "tokens": [[0, 2]]}]
).encode()


@settings(max_examples=200, deadline=None)
@given(
    st.binary(max_size=60)
    | st.tuples(st.integers(0, len(SAMPLE)), st.integers(0, 8), st.binary(max_size=4)).map(
        lambda cut: SAMPLE[: cut[0]] + cut[2] + SAMPLE[cut[0] + cut[1] :]
    ),
    st.sampled_from(["utf-8", "latin-1", "utf-16"]),
)
def test_any_bytes_are_read_or_refused(content: bytes, encoding: str) -> None:
    """Any file at all, damaged ones too, is a reading or a CorpusError."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.json"
        path.write_bytes(content)
        with suppress(CorpusError):
            assert read(path, encoding=encoding).records is not None


def test_of_several_fields_of_spans_the_one_that_is_filled_is_read(tmp_path: Path) -> None:
    """Exports of doccano have an empty one beside it; two that hold something are asked back."""
    entity = {"id": 1, "label": "ADR", "start_offset": 3, "end_offset": 7}
    reading = read(lines(tmp_path, {"text": TEXT, "label": [], "entities": [entity]}))
    assert reading.records[0].spans == (RASH,)
    with pytest.raises(CorpusError, match=r"file\.jsonl:1: both 'label' and 'entities' hold something; params\.spans"):
        read(lines(tmp_path, {"text": TEXT, "label": [[13, 19, "ADR"]], "entities": [entity]}))


def test_spans_of_a_hugging_face_pipeline_are_read(tmp_path: Path) -> None:
    """Its groups have labels; word pieces have tags, and a list without texts has no place to stand in."""
    group = {"entity_group": "ADR", "score": 0.9, "word": "RASH", "start": 3, "end": 7}
    reading = read(lines(tmp_path, {"id": "a", "text": TEXT, "entities": [group]}))
    assert reading.records[0].spans == (RASH,)
    piece = {"entity": "B-ADR", "score": 0.9, "index": 2, "word": "ra", "start": 3, "end": 5}
    with pytest.raises(CorpusError, match=r"file\.jsonl:1: .* tag 'B-ADR'; .* aggregation_strategy=\"simple\""):
        read(lines(tmp_path, {"id": "a", "text": TEXT, "entities": [piece]}))
    for value in ([[group]], [group]):
        (tmp_path / "file.json").write_text(json.dumps(value))
        with pytest.raises(CorpusError, match=r"spans of a pipeline of Hugging Face without their text; .* 'entities'"):
            read(tmp_path / "file.json")


def test_span_groups_of_spacy_are_counted(tmp_path: Path) -> None:
    """They stand beside the entities, and are not read."""
    group = {"spans": {"sc": [{"start": 3, "end": 7, "label": "ADR"}], "empty": []}}
    for value in ({"text": TEXT, "ents": [], **group}, [TEXT, {"entities": [], **group}]):
        assert read(lines(tmp_path, value)).ledger["spans of span groups, not read"] == 1


def test_a_rejected_span_is_no_gold(tmp_path: Path) -> None:
    """Prodigy marks it so; it is counted."""
    spans = [{"start": 3, "end": 7, "label": "ADR", "rejected": True}, {"start": 13, "end": 19, "label": "ADR"}]
    reading = read(lines(tmp_path, {"text": TEXT, "spans": spans, "answer": "accept"}))
    assert reading.records[0].spans == (NAUSEA,)
    assert reading.ledger["spans marked as rejected, left out"] == 1


def test_the_short_form_of_label_studio_leaves_empty_labels_out(tmp_path: Path) -> None:
    """A task without a mention has no field of spans."""
    reading = read(
        lines(
            tmp_path,
            {"id": 1, "text": "Fine.", "annotator": 1, "annotation_id": 1},
            {
                "id": 2,
                "text": TEXT,
                "annotator": 1,
                "annotation_id": 2,
                "label": [{"start": 3, "end": 7, "labels": ["ADR"]}],
            },
        )
    )
    assert [record.spans for record in reading.records] == [(), (RASH,)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            {"tokenized_text": ["No", "rash"], "ner": [[1, 1, "ADR"]]},
            "GLiNER's training data, whose spans count tokens",
        ),
        ({"text": TEXT, "annotations": [{"label": 1}]}, "text with a list 'annotations'; .*--param spans=annotations"),
        (
            {"sentence": ["No", "rash"], "iob": ["O", "B-ADR"]},
            "--param shape=tags --param text=sentence --param spans=iob",
        ),
        ({"texts": [{"text": TEXT, "spans": []}]}, r"take the list 'texts' out, such as by jq -c '\.texts\[\]' FILE"),
        ({"a": {"text": TEXT}, "b": {"text": TEXT}}, r"an object of objects; .*jq -c '\.\[\]' FILE"),
        ({"fields": {"text": TEXT}, "responses": {}, "status": "completed"}, "an export of Argilla"),
        ({"text": TEXT, "denotations": [{"span": {}}]}, "PubAnnotation"),
        ({"%TYPES": {}}, "UIMA CAS JSON of INCEpTION; export it as CoNLL 2002"),
        ({"text": TEXT}, "; it should be an object"),
    ],
)
def test_json_of_other_tools_is_named(value: dict[str, Any], message: str, tmp_path: Path) -> None:
    """With what to make of it."""
    with pytest.raises(CorpusError, match=rf"file\.jsonl:1: of no known shape.*{message}"):
        read(lines(tmp_path, value))
