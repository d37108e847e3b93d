"""Column files: layouts, schemes, parts and folds, bad input, and what comes back after writing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adrbench.api import DatasetInfo, Reading, Record, Span
from adrbench.datasets.formats._conll_write import write
from adrbench.datasets.formats.conll import Conll, ConllParams
from adrbench.errors import CorpusError

Write = Callable[..., Path]
BEGUN = "mentions without the tag that begins one, begun all the same"


def read(path: Path, **params: object) -> Reading:
    """Read what is at a path."""
    return Conll().load(ConllParams(**params), path, offline=True)  # type: ignore[arg-type]


def mentions(record: Record) -> list[str]:
    """The mentions of a record, as ``words/LABEL``."""
    return [f"{record.text[span.start : span.end]}/{span.label}" for span in record.spans]


@pytest.fixture
def put(tmp_path: Path) -> Write:
    """Write a file and give its path: ``put(text, name)``."""

    def make(text: str | bytes, name: str = "a.tsv") -> Path:
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


def column(tags: str) -> str:
    """A sentence with these tags; its tokens are t0, t1 and so on."""
    return "".join(f"t{i}\t{tag}\n" for i, tag in enumerate(tags.split())) + "\n"


def test_tokens_are_joined_by_spaces_and_stand_where_the_ranges_say(put: Write) -> None:
    """A sentence becomes a text of its tokens with one space between, and tags become spans of it."""
    reading = read(put("No\tO\nsevere\tB-ADR\nrash\tI-ADR\n.\tO\n\nFine\tO\n"))
    first, second = reading.records
    assert first == Record(
        "a.1", "No severe rash .", (Span(3, 14, "ADR"),), "a.1", ((0, 2), (3, 9), (10, 14), (15, 16))
    )
    assert (second.id, second.text, second.spans, second.group) == ("a.2", "Fine", (), "a.2")
    assert (reading.unit, reading.origin, list(reading.files)) == ("sentence", "file a.tsv", ["a.tsv"])
    assert reading.ledger == {"files read as IOB2": 1}


def test_conll_2003_has_four_columns_and_documents(put: Write) -> None:
    """Spaces in any number part columns, the last is the tag, and -DOCSTART- begins a group."""
    text = (
        "-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n\nPeter  NNP I-NP I-PER\n\n"
        "-DOCSTART- -X- O O\n\nBRUSSELS NNP I-NP I-LOC\n"
    )
    reading = read(put(text, "eng.train"))
    assert [(r.group, mentions(r)) for r in reading.records] == [
        ("eng.doc1", ["EU/ORG"]),
        ("eng.doc1", ["Peter/PER"]),
        ("eng.doc2", ["BRUSSELS/LOC"]),
    ]
    assert reading.ledger == {"files read as IOB1": 1, "further columns of tags, not read": 1}


def test_a_document_may_begin_without_a_blank_line(put: Write) -> None:
    """A mark ends the sentence before it, and what stands before the first mark belongs to no document."""
    records = read(put("a\tO\n-DOCSTART-\tO\nb\tO\n-DOCSTART-\n\n-DOCSTART-\nc\tO\n")).records
    assert [(r.text, r.group) for r in records] == [("a", "a.1"), ("b", "a.doc1"), ("c", "a.doc3")]


@pytest.mark.parametrize(
    ("tags", "spans", "scheme"),
    [
        ("O B-A I-A B-A O", ["t1 t2/A", "t3/A"], "IOB2"),
        ("I-A I-A B-A I-B O", ["t0 t1/A", "t2/A", "t3/B"], "IOB1"),
        ("B-A I-A E-A S-B O S-A", ["t0 t1 t2/A", "t3/B", "t5/A"], "BIOES"),
        ("B-A I-A L-A U-B O", ["t0 t1 t2/A", "t3/B"], "BIOES"),
        ("B-A M-A E-A W-B O", ["t0 t1 t2/A", "t3/B"], "BIOES"),
        ("GP GP 0 OG GP", ["t0 t1/GP", "t3/OG", "t4/GP"], "IO"),
        ("B_A I_A o", ["t0 t1/A"], "IOB2"),
        ("O B I I B", ["t1 t2 t3/ENTITY", "t4/ENTITY"], "IOB2"),
        ("B-cell_type I-cell_type O", ["t0 t1/cell_type"], "IOB2"),
        ("B-x-y I-x-y O", ["t0 t1/x-y"], "IOB2"),
    ],
)
def test_the_scheme_is_found_in_the_file(put: Write, tags: str, spans: list[str], scheme: str) -> None:
    """Whatever the scheme and its spelling, spans are what it says, and the ledger names it."""
    reading = read(put(column(tags)))
    assert mentions(reading.records[0]) == spans
    assert reading.ledger[f"files read as {scheme}"] == 1
    assert BEGUN not in reading.ledger


def test_orphans_are_begun_and_counted_or_refused(put: Write) -> None:
    """In IOB2 a mention that begins with I- is kept and counted, or an error that names its line."""
    path = put(column("O B-A O") + column("I-A O") + column("B-A I-B"))
    reading = read(path)
    assert [mentions(r) for r in reading.records] == [["t1/A"], ["t0/A"], ["t0/A", "t1/B"]]
    assert reading.ledger[BEGUN] == 2
    with pytest.raises(CorpusError, match=r"a\.tsv:5: a mention begins without .* IOB2, the first of 2"):
        read(path, orphans="reject")
    assert len(read(path, scheme="IOB1", orphans="reject").records) == 3


def test_mentions_without_an_end_are_counted_where_ends_are_tagged(put: Write) -> None:
    """One S- among B- and I- makes a file BIOES, and the ledger says how many mentions then lack their end."""
    reading = read(put(column("B-A I-A O S-A B-A")))
    assert mentions(reading.records[0]) == ["t0 t1/A", "t3/A", "t4/A"]
    assert reading.ledger["mentions without the tag that ends one, ended all the same"] == 2


def test_other_ways_to_write_o_are_counted(put: Write) -> None:
    """A zero for O is read as O and counted; which tags are outside can be set."""
    assert read(put(column("0 B-A O"))).ledger["tokens outside of mentions whose tag is written otherwise than O"] == 1
    assert mentions(read(put(column("_ B-A _")), outside=("_",)).records[0]) == ["t1/A"]


def test_bare_labels_may_look_like_anything_if_the_scheme_is_given(put: Write) -> None:
    """With the scheme IO every tag is a label, even one that looks like B-."""
    assert mentions(read(put(column("B-cell T O")), scheme="IO").records[0]) == ["t0/B-cell", "t1/T"]


def test_columns_are_chosen_by_number(put: Write) -> None:
    """Token and tag may be any columns, as in CoNLL-U and in files that number their tokens."""
    text = "# sent_id = x\n# text = a b\n1\ta\tX\tB-A\t_\n2\tb\tX\tO\t_\n\n# sent_id = y\n1\t#\tX\tO\t_\n"
    reading = read(put(text, "a.conllu"), token=1, tag=3)
    assert [(r.text, mentions(r)) for r in reading.records] == [("a b", ["a/A"]), ("#", [])]
    assert reading.ledger["comment lines left out"] == 3


def test_a_token_may_begin_with_a_number_sign(put: Write) -> None:
    """A line with # and the right number of columns is a token, wherever it stands."""
    assert [r.text for r in read(put("#\tO\n#x\tO\n\n#y\tO\n")).records] == ["# #x", "#y"]
    assert read(put("#\tO\n#x\tO\n\na\tO\n")).records[0].text == "# #x"


@pytest.mark.parametrize("blank", ["\n", "\n\n\n", "\t\n", " \n", " \t \n\n", "\u00a0\n", "\r\n"])
def test_lines_of_white_space_end_sentences(put: Write, blank: str) -> None:
    """However blank lines look, they part sentences, and errors behind them name the right line."""
    records = read(put(f"{blank}a\tO\n{blank}b\tO\n{blank}")).records
    assert [r.text for r in records] == ["a", "b"]
    wrong = blank.count("\n") * 2 + 3
    with pytest.raises(CorpusError, match=rf"a\.tsv:{wrong}: "):
        read(put(f"{blank}a\tO\n{blank}b\tO\nc\n"))


def test_line_ends_and_byte_order_marks_do_not_matter(put: Write) -> None:
    """A file with CRLF and a byte-order mark reads like one without."""
    plain = read(put("é\tB-A\nb\tO\n\nc\tO"))
    assert read(put(b"\xef\xbb\xbf" + "é\tB-A\r\nb\tO\r\n\r\nc\tO".encode())).records == plain.records
    assert read(put("é\tB-A\nb\tO\n\nc\tO\n".encode("latin-1")), encoding="latin-1").records == plain.records


def test_spaces_of_unicode_may_stand_in_tokens(put: Write) -> None:
    """Only tabs or plain spaces part columns, and only line feeds part lines."""
    assert read(put("a\u2009b B-A\n\u2028 O\n")).records[0].text == "a\u2009b \u2028"
    assert read(put("New York\tB-A\n")).records[0].tokens == ((0, 8),)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "no sentence in it"),
        ("\n\n", None, "no sentence in it"),
        ("a\tO\nb\n", 2, "1 column between tabs, not 2 as in the first line"),
        ("a\tO\n\nb\tX\tO\n", 3, "3 columns between tabs, not 2"),
        ("a\tO\nb O\n", 2, "1 column between tabs"),
        ("a X O\nb  O\n", 2, "2 columns between spaces, not 3"),
        ("a X O\nb\tO\n", 2, "1 column between spaces"),
        ("a\nb\n", 1, "1 column, the same one for token and tag"),
        ("a\tO\n\tB-A\n", 2, "the tag 'B-A' without a token"),
        ("a\tO\nb\t\n", 2, "the tag '' has a label that is empty"),
        ("a\tO\nb\tB-\n", 2, "the tag 'B-' has a label that is empty"),
        ("a\tO\nb\tB-a/b\n", 2, "label that is empty or holds a space or '/'"),
        ("a\tB-A\nb\tOG\n", 2, "the tag 'OG' is of another scheme than 'B-A' in line 1"),
        ("a\tOG\n\nb\tI-A\n", 3, "the tag 'I-A' is of another scheme than 'OG' in line 1"),
        ("a\tO\n\nb\0\tO\n", 3, "NUL"),
        (b"a\tO\n\xe9\tO\n", 2, "not UTF-8"),
        ("".join(f"a\tL{i}\n" for i in range(1001)), 1001, "more than 1000 different labels"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(put: Write, text: str | bytes, line: int | None, message: str) -> None:
    """A file that is no column file is an error that says what is wrong and where."""
    with pytest.raises(CorpusError) as caught:
        read(put(text))
    assert message in str(caught.value)
    assert f"a.tsv:{line}: " in str(caught.value) if line else "a.tsv: " in str(caught.value)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"tag": 2}, r"a\.tsv:1: 2 columns, so tag = 2 names none; valid: 0 to 1"),
        ({"token": -1}, "the same one for token and tag"),
        ({"scheme": "IOB2"}, r"a\.tsv:1: unknown tag 'S-A'; tags of IOB2 are O and B-LABEL, I-LABEL"),
        ({"scheme": "BILOU"}, "unknown tag 'S-A'"),
        ({"separator": "space"}, "1 column"),
        ({"encoding": "klingon"}, "unknown encoding"),
    ],
)
def test_parameters_that_do_not_fit_the_file_are_errors(put: Write, params: dict[str, object], message: str) -> None:
    """A column that is not there, and a tag that the scheme asked for does not have, are said."""
    with pytest.raises(CorpusError, match=message):
        read(put(column("S-A")), **params)


def test_a_line_without_end_is_refused(put: Write) -> None:
    """A huge line is an error, not a full memory."""
    with pytest.raises(CorpusError, match="a line of more than 16 MiB"):
        read(put(b"a" * (17 * 2**20)))


@pytest.mark.parametrize(
    ("train", "dev", "test"),
    [
        ("train.tsv", "devel.tsv", "test.tsv"),
        ("train.txt", "valid.txt", "test.txt"),
        ("eng.train", "eng.testa", "eng.testb"),
        ("train", "dev", "test"),
        ("ner_training.iob2", "ner_validation.iob2", "ner_test.iob2"),
    ],
)
def test_a_folder_of_parts(put: Write, train: str, dev: str, test: str) -> None:
    """Files named after parts are read in order, however development is called; others are counted."""
    put(column("B-A") * 2, train)
    put(column("O"), dev)
    put(column("O I-A"), test)
    put("whatever", "README.md")
    folder = put(column("O"), "train_dev.tsv").parent
    reading = read(folder)
    assert [(r.id, r.parts) for r in reading.records] == [
        ("train.1", ("train",)),
        ("train.2", ("train",)),
        ("dev.1", ("dev",)),
        ("test.1", ("test",)),
    ]
    assert reading.ledger["ignored files: not named train, dev or test"] == 2
    assert set(reading.files) == {train, dev, test}


def test_a_folder_of_folds_gives_each_sentence_once(put: Write) -> None:
    """A sentence is one record with its part in every fold; said twice, it is two, matched in order."""
    one, two, three, new = column("B-A"), column("O O"), column("O"), column("O O O")
    put(one + two + two, "fold1/train.tsv")
    put(three, "fold1/test.tsv")
    put(three + two, "fold2/train.txt")
    put(two, "fold2/valid.txt")
    put(one, "fold2/test.txt")
    put(two + new, "fold10/train.txt")
    folder = put(one, "fold10/test.txt").parent.parent
    reading = read(folder)
    assert [(r.id, len(r.tokens or ()), r.group, r.parts) for r in reading.records] == [
        ("s1", 1, "s1", ("train", "test", "test")),
        ("s2", 2, "s2", ("train", "train", "train")),
        ("s3", 2, "s3", ("train", "dev", "")),
        ("s4", 1, "s4", ("test", "train", "")),
        ("s5", 3, "s5", ("", "", "train")),
    ]
    assert "fold10/test.txt" in reading.files


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=4), min_size=2, max_size=5))
@settings(deadline=None)
def test_a_sentence_said_twice_is_tested_where_it_stands(tests: list[list[str]]) -> None:
    """In folders of a cross-validation, however often sentences occur: each occurrence is tested once, in its fold."""
    with tempfile.TemporaryDirectory() as name:
        for number, test in enumerate(tests):
            folder = Path(name) / f"fold{number}"
            folder.mkdir()
            others = [word for other, own in enumerate(tests) if other != number for word in own]
            for file, words in (("train.tsv", others), ("test.tsv", test)):
                (folder / file).write_text("".join(f"{word}\tO\n\n" for word in words))
        records = read(Path(name)).records
    assert len(records) == sum(map(len, tests))
    for record in records:
        assert sorted(record.parts) == ["test", *["train"] * (len(tests) - 1)]
    for fold, test in enumerate(tests):
        assert sorted(r.text for r in records if r.parts[fold] == "test") == sorted(test)


@pytest.mark.parametrize("names", [["test1.tsv", "test2.tsv", "test10.tsv"], [f"fold{n}/test.tsv" for n in (1, 2, 10)]])
def test_test_files_alone_are_a_cross_validation(put: Write, names: list[str]) -> None:
    """Fold i is tested on file i and learns from the others; a lone tab may stand first, tags have no label."""
    texts = ["\t\n" + column("B I"), column("B I") + column("O"), "\t\n" + column("I O")]
    between = {f"test{n}.tsv": column("O") for n in range(3, 10)} if "test1.tsv" in names else {}
    paths = [put(text, name) for name, text in {**dict(zip(names, texts, strict=True)), **between}.items()]
    folder = next(parent for parent in paths[0].parents if parent.name == "data")
    reading = Conll().load(ConllParams(label="ADR"), folder, offline=True)
    stem = "test" if between else "fold"
    whole = [r for r in reading.records if Path(r.id).stem in {f"{stem}{n}" for n in (1, 2, 10)}]
    assert [r.id for r in whole] == [f"{stem}1.1", f"{stem}2.1", f"{stem}2.2", f"{stem}10.1"]
    assert [{part for part in r.parts if part != "train"} for r in whole] == [{"test"}] * 4
    assert whole[0].parts.index("test") == 0
    assert whole[-1].parts.index("test") == len(whole[-1].parts) - 1
    assert whole[0].spans == whole[1].spans
    assert {span.label for r in whole for span in r.spans} == {"ADR"}
    # Beginnings without B count all the same.
    assert len(whole[-1].spans) == 1


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["test1.tsv", "test3.tsv"], r"has test1.tsv but no test 2"),
        (["test2.tsv", "test3.tsv"], r"has test2.tsv but no test 1"),
        (["test1.tsv"], r"test1.tsv alone"),
        (["test1.tsv", "test1.txt"], r"two tests 1"),
        (["train.tsv", "train.txt"], "two train files, train.tsv and train.txt"),
        (["dev.tsv", "valid.tsv"], "two dev files"),
        (["one.tsv", "two.tsv"], "holds no file with train, dev or test in its name"),
        (["a/train.tsv", "b/train.tsv", "b/test.tsv"], "a has no test file"),
    ],
)
def test_folders_that_cannot_be_made_sense_of_are_errors(put: Write, names: list[str], message: str) -> None:
    """Two files for a part, none at all, and a fold without its test are said, not guessed."""
    paths = [put(column("O"), name) for name in names]
    folder = next(parent for parent in paths[0].parents if parent.name == "data")
    with pytest.raises(CorpusError, match=message):
        read(folder)


def test_a_path_is_needed(tmp_path: Path) -> None:
    """Without a path, or with one that is not there, the error says what it should be."""
    with pytest.raises(CorpusError, match="no path given; it should be a column file"):
        Conll().load(ConllParams(), None, offline=True)
    with pytest.raises(CorpusError, match="no file or folder"):
        read(tmp_path / "none")


TOKENS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1).filter(
    lambda token: not any(c.isspace() for c in token) and not token.startswith("-DOCSTART-")
)
LABELS = st.sampled_from(["A", "cell_type", "x-y", "É"])
TAGS = st.one_of(st.just("O"), LABELS.map("B-{}".format), LABELS.map("I-{}".format))
SENTENCES = st.lists(st.lists(st.tuples(TOKENS, TAGS), min_size=1, max_size=5), min_size=1, max_size=6)


def lines(sentences: Sequence[Sequence[tuple[str, str]]], documents: Sequence[int] = ()) -> str:
    """The sentences as a file, with a mark of a document before those of ``documents``."""
    text = ""
    for number, sentence in enumerate(sentences):
        text += "-DOCSTART-\tO\n\n" if number in documents else ""
        text += "".join(f"{token}\t{tag}\n" for token, tag in sentence) + "\n"
    return text


@given(SENTENCES, st.lists(st.integers(0, 5)))
@example([[("\ufeff", "O")]], [])
@example([[("#", "O")], [("#\r", "O")]], [1])
def test_what_was_read_comes_back_after_writing(sentences: list[list[tuple[str, str]]], documents: list[int]) -> None:
    """Records read from a file, written and read again are the same records, and nothing is counted as lost."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.tsv"
        # A mark before the first token, so that what looks like a byte-order mark is text.
        path.write_bytes(f"\ufeff{lines(sentences, documents)}".encode())
        reading = read(path)
        again = Path(folder) / "again" / "a.tsv"
        assert write(reading, again) == {}
        assert read(again).records == reading.records


@settings(max_examples=40)  # each example writes up to twelve files
@given(st.lists(st.tuples(SENTENCES, SENTENCES), min_size=1, max_size=3), st.lists(st.integers(0, 5)))
def test_parts_and_folds_come_back_after_writing(
    folds: list[tuple[list[list[tuple[str, str]]], list[list[tuple[str, str]]]]], documents: list[int]
) -> None:
    """Records read from train and test files, of one fold or of several, keep their parts."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "in"
        for number, (train, test) in enumerate(folds):
            inside = folder / str(number) if len(folds) > 1 else folder
            inside.mkdir(parents=True)
            (inside / "train.tsv").write_bytes(f"\ufeff{lines(train, documents)}".encode())
            (inside / "test.tsv").write_bytes(f"\ufeff{lines(test)}".encode())
        reading = read(folder)
        assert write(reading, Path(name) / "out") == {}
        assert read(Path(name) / "out").records == reading.records


@given(st.binary(max_size=200) | st.text("ab\t\n -BIO_#\r\ufeff", max_size=60).map(str.encode))
def test_any_bytes_give_a_reading_or_an_error_with_words(data: bytes) -> None:
    """No file makes the reader fall: what it cannot read it says, what it reads are tokens in order."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.txt"
        path.write_bytes(data)
        try:
            records = read(path).records
        except CorpusError as error:
            records = ()
            said = str(error)
            assert said.startswith(f"{path}:"), said
    for record in records:
        assert record.tokens
        assert " ".join(record.text[start:end] for start, end in record.tokens) == record.text


def corpus(*records: Record, **more: object) -> Reading:
    """A reading as another format gives it."""
    return replace(Reading(DatasetInfo("x", "", "", "", ()), records, "", {}), **more)  # type: ignore[arg-type]


def test_what_columns_cannot_hold_is_counted(tmp_path: Path) -> None:
    """Overlaps, gaps, boundaries inside words, odd spacing and odd characters are written as near as can be."""
    text = "foot  and knee pain\t\ud800"
    record = Record(
        "x",
        text,
        (
            Span(0, 19, "ADR", ((0, 4), (15, 19))),
            Span(10, 19, "ADR"),
            Span(19, 20, "ADR"),
        ),
        "x",
        ((0, 4), (6, 9), (10, 14), (15, 19), (19, 21)),
    )
    inside = Record("y", "headaches", (Span(0, 8, "ADR"),), "y")
    blank = Record("z", " ", (), "z")
    lost = write(corpus(record, inside, blank, unlabelled=(blank,), unit="document"), tmp_path / "a.tsv")
    assert lost == {
        "texts of nothing but white space left out": 1,
        "texts without gold left out": 1,
        "documents written as one sentence each": 2,
        "discontinuous mentions written as all that lies between their ends": 1,
        "mentions that overlap another one left out": 1,
        "mentions that begin or end inside a token widened to whole tokens": 2,
        "texts whose white space became one space between tokens": 1,
        "tokens with characters that columns cannot hold, replaced": 1,
    }
    first, second = read(tmp_path / "a.tsv").records
    assert mentions(first) == ["foot and knee pain/ADR", " \ufffd/ADR"]
    assert mentions(second) == ["headaches/ADR"]


@pytest.mark.parametrize("token", ["-DOCSTART-", "-docstart-", "-DOCSTRAT-"])
def test_a_token_that_reads_as_a_mark_is_changed(tmp_path: Path, token: str) -> None:
    """A word that would begin a document when read, or be refused, is written with a sign before it, and counted."""
    record = Record("x", f"{token} a", (), "x", ((0, 10), (11, 12)))
    lost = write(corpus(record), tmp_path / "a.tsv")
    assert lost == {"tokens with characters that columns cannot hold, replaced": 1}
    assert [r.text for r in read(tmp_path / "a.tsv").records] == [f"_{token} a"]


def test_texts_of_a_group_are_written_side_by_side(tmp_path: Path) -> None:
    """Groups survive as documents even where their texts do not stand together."""
    records = [Record(f"{i}", f"w{i}", (), group) for i, group in enumerate("abab")]
    write(corpus(*records, Record("own", "w4", (), "own")), tmp_path / "a.tsv")
    assert [(r.text, r.group) for r in read(tmp_path / "a.tsv").records] == [
        ("w4", "a.1"),
        ("w0", "a.doc1"),
        ("w2", "a.doc1"),
        ("w1", "a.doc2"),
        ("w3", "a.doc2"),
    ]


def test_what_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """No text, a label that no tag can hold, missing parts, and files that would be read too are refused."""
    whole = Record("x", "w", (), "x", parts=("train",))
    with pytest.raises(CorpusError, match="nothing to write"):
        write(corpus(), tmp_path / "a.tsv")
    with pytest.raises(CorpusError, match="no tag can hold the label 'a b'"):
        write(corpus(Record("x", "w", (Span(0, 1, "a b"),), "x")), tmp_path / "a.tsv")
    with pytest.raises(CorpusError, match="document y has the parts"):
        write(corpus(whole, Record("y", "v", (), "y")), tmp_path / "out")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "test.txt").write_text(column("O"))
    with pytest.raises(CorpusError, match=r"test\.txt: would be read together with what is written"):
        write(corpus(whole), tmp_path / "out")
    assert write(corpus(whole), tmp_path / "b.tsv") == {"texts whose part is not written, as a folder would": 1}


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpora")
@pytest.mark.parametrize(
    ("folder", "sentences", "spans"),
    [
        ("NCBI-disease-IOB", 7287, 6881),
        pytest.param("BC5CDR-disease-IOB", 13938, 12852, marks=pytest.mark.slow),
        pytest.param("BC5CDR-chem-IOB", 13938, 15935, marks=pytest.mark.slow),
    ],
)
def test_released_files_are_written_and_read_without_loss(
    folder: str, sentences: int, spans: int, tmp_path: Path
) -> None:
    """The files at hand hold as many sentences and mentions as they are known to, and come back the same."""
    reading = read(Path(os.environ["ADRBENCH_DATA"]) / "mtl" / folder)
    assert (len(reading.records), sum(len(r.spans) for r in reading.records)) == (sentences, spans)
    assert write(reading, tmp_path / "out") == {}
    assert read(tmp_path / "out").records == reading.records


def test_lines_that_end_in_carriage_returns_are_refused(put: Write) -> None:
    """Read as one line, the file would be one token without a mention."""
    with pytest.raises(CorpusError, match=r"a\.tsv:1: a carriage return inside the line; .*convert the line ends"):
        read(put("Rash O\rafter O\rZelanol B-DRUG\r"))


def test_columns_of_tags_that_are_not_read_are_counted(put: Write) -> None:
    """Nested mentions stand in a column of their own; other columns are no loss."""
    file = put("Rash NN B-ADR B-SIGN\nafter IN O O\nZelanol NN B-DRUG O\n")
    assert read(file).ledger["further columns of tags, not read"] == 1
    assert "further columns of tags, not read" not in read(put("Rash NN B-ADR\nafter IN O\n")).ledger


def test_a_column_of_token_numbers_is_no_column_of_tokens(put: Write) -> None:
    """As in GermEval 2014 and CoNLL-U; the parameter that mends it is named."""
    text = "# text = Rash after it\n1\tRash\tB-ADR\n2\tafter\tO\n3\tit\tO\n\n1\tNo\tO\n2\t.\tO\n"
    with pytest.raises(CorpusError, match="column 0 numbers the tokens of each sentence; token = 1 takes"):
        read(put(text))
    assert [record.text for record in read(put(text), token=1).records] == ["Rash after it", "No ."]
    assert read(put("1\tO\n2\tB-DOSE\n")).records[0].text == "1 2"


def test_titles_beside_a_column_of_numbers_name_the_column_of_words(put: Write) -> None:
    """As tables with the number of a sentence have them; with bare labels the numbers would be words."""
    with pytest.raises(CorpusError, match=r"a\.tsv:1: .* take this line out, and token = 1 names the words"):
        read(put("sentence_id\twords\tlabels\n0\trash\tADR\n0\tafter\tO\n"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("B-ADR\trash\nO\tafter\n\nO\tit\n", "column 0 holds tags, and column -1 something else"),
        ('"rash"\t"B-ADR"\n"after"\t"O"\n', r"a\.tsv:1: the tag '\"B-ADR\"' stands in quotes"),
    ],
)
def test_tags_where_words_should_stand_and_quoted_tags_are_no_labels(text: str, complaint: str, put: Write) -> None:
    """Each would else be read as a bare label; whoever means it says so."""
    with pytest.raises(CorpusError, match=complaint):
        read(put(text))
    assert read(put(text), scheme="IO").records
    assert read(put("O\tO\n")).records


@pytest.mark.parametrize("head", ["token\ttag", "Word\tNER", "Sentence #\tTag"])
def test_titles_of_columns_are_no_token(head: str, put: Write) -> None:
    """With bare labels, they would be a mention."""
    with pytest.raises(CorpusError, match=r"a\.tsv:1: .* names the columns; take this line out"):
        read(put(f"{head}\nRash\tADR\nafter\tO\n"))


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("b-ADR", "should be 'B-ADR'"),
        ("ADR-B", "should be 'B-ADR'"),
        ("B-ADR|B-SIGN", "is several tags in one cell"),
    ],
)
def test_tags_in_another_spelling_are_no_labels(tag: str, message: str, put: Write) -> None:
    """They would be mentions of wrong labels, each token one."""
    with pytest.raises(CorpusError, match=rf"a\.tsv:2: .*{message}"):
        read(put(f"No\tO\nrash\t{tag}\n"))


def test_a_bare_label_may_look_like_a_tag(put: Write) -> None:
    """If the user says so."""
    [record] = read(put("No\tO\nrash\tHLA-B\n"), scheme="IO").records
    assert mentions(record) == ["rash/HLA-B"]
