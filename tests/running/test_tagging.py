"""A kept tagger at work: every kind of input and output, interruptions, and texts that nobody would call nice."""

from __future__ import annotations

import gc
import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import adrbench
from adrbench.api import Document, Span
from adrbench.datasets.decode import MAX_LINE_BYTES
from adrbench.datasets.load import read_dataset
from adrbench.datasets.text.passages import MAX_CHARACTERS, PassageCutter
from adrbench.datasets.text.splitters import find_splitter
from adrbench.datasets.texts import Unreadable
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.running.tagging.tag import View

GOLD = [("A rash, and dry mouth.", [(2, 6, "ADR"), (12, 21, "ADR")]), ("Nausea.", [(0, 6, "ADR")])]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dictionary of three terms, with scores."""
    folder = tmp_path_factory.mktemp("kept") / "tagger"
    tagger = adrbench.tagger("dictionary", words="punctuation", scores=True)
    # Twice, since scores are learnt from the matches of terms that other texts have.
    tagger.fit([text for text, _ in GOLD * 2], [spans for _, spans in GOLD * 2]).save(folder)
    return folder


def rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def words_of(row: dict[str, Any]) -> list[str]:
    return [row["text"][span["start"] : span["end"]] for span in row["spans"]]


class Heard(View):
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.failures: list[Unreadable] = []
        self.seen: list[tuple[int, int, int | None]] = []

    def failed(self, text: Unreadable) -> None:
        self.failures.append(text)

    def progress(self, texts: int, read: int, total: int | None) -> None:
        self.seen.append((texts, read, total))


def test_files_folders_and_lines_are_tagged_in_order(kept: Path, tmp_path: Path) -> None:
    """Ids are paths without suffixes; JSON lines keep theirs; what is no text is passed over and counted."""
    texts = tmp_path / "texts"
    (texts / "b").mkdir(parents=True)
    (texts / "a.txt").write_bytes("Ein Ausschlag: rash 😀 rash.\r\nNausea.".encode())
    (texts / "b" / "two.jsonl").write_text(
        '{"id": 7, "text": "no rash"}\n\n{"text": "dry mouth", "metadata": {"x": "y"}}\n'
    )
    (texts / "c.txt.gz").write_bytes(gzip.compress(b"nausea"))
    (texts / "notes.md").write_text("no text")
    (texts / ".hidden.txt").write_text("rash")
    view = Heard()
    done = adrbench.tag(kept, texts, tmp_path / "out.jsonl", view=view)
    found = rows(tmp_path / "out.jsonl")
    assert [row["id"] for row in found] == ["a", "7", "b/two.3", "c"]
    assert [words_of(row) for row in found] == [["rash", "rash", "Nausea"], ["rash"], ["dry mouth"], ["nausea"]]
    assert found[0]["text"] == "Ein Ausschlag: rash 😀 rash.\r\nNausea."
    assert all(0.9 < span["score"] <= 1 for row in found for span in row["spans"])
    assert found[2]["metadata"] == {"x": "y"}
    assert (done.texts, done.failed, done.spans) == (4, 0, {"ADR": 6})
    assert done.passed_over == {"files .md, not read": 1}
    [(_, read, total)] = view.seen
    assert read == total


@pytest.mark.parametrize("wanted", [(0, 10, 10), (700, 10, 10), (10**6, 7, 7)])
def test_the_collector_of_a_python_program_is_as_before(
    kept: Path, tmp_path: Path, wanted: tuple[int, int, int]
) -> None:
    """While texts are tagged, cycles are collected seldom; afterwards, and after a failure, as the program chose."""
    (tmp_path / "a.txt").write_text("rash")

    class Stopping(View):
        during = (0, 0, 0)

        def progress(self, texts: int, read: int, total: int | None) -> None:
            self.during = gc.get_threshold()
            raise KeyboardInterrupt

    earlier, view = gc.get_threshold(), Stopping()
    gc.set_threshold(*wanted)
    try:
        with pytest.raises(KeyboardInterrupt):
            adrbench.tag(kept, tmp_path / "a.txt", tmp_path / "out.jsonl", view=view)
        assert gc.get_threshold() == wanted
        adrbench.tag(kept, tmp_path / "a.txt", tmp_path / "out.jsonl")
        assert gc.get_threshold() == wanted
    finally:
        gc.set_threshold(*earlier)
    assert (view.during[0] == 0) == (wanted[0] == 0)
    assert view.during[0] >= wanted[0]


@pytest.mark.parametrize("form", ["brat", "bioc", "pubtator", "jsonl", "conll"])
def test_what_is_written_is_read_back_with_the_same_mentions(form: str, kept: Path, tmp_path: Path) -> None:
    """Each format holds text and mentions at offsets of the original text; scores do not disturb its reader."""
    (tmp_path / "texts").mkdir()
    (tmp_path / "texts" / "a.txt").write_text("No rash 😀.\nBut nausea, and a rash.")
    (tmp_path / "texts" / "b.txt").write_text("Nothing.")
    out = tmp_path / {"brat": "out", "bioc": "out.xml", "conll": "out.tsv"}.get(form, f"out.{form}")
    done = adrbench.tag(kept, tmp_path / "texts", out, to=form)
    assert done.failed == 0
    reading = read_dataset(Registry(), form, {}, out, offline=True)
    mentions = [[record.text[span.start : span.end] for span in record.spans] for record in reading.records]
    assert mentions == [["rash", "nausea", "rash"], []]
    if form in {"jsonl", "brat", "bioc"}:
        assert reading.records[0].text == "No rash 😀.\nBut nausea, and a rash."
    else:
        assert done.lost["scores, not written"] == 3


def test_gold_of_the_inputs_is_compared(kept: Path, tmp_path: Path) -> None:
    """In brat's folders, whatever the line ends that their offsets count; texts without gold are not compared."""
    texts = tmp_path / "texts"
    texts.mkdir()
    (texts / "a.txt").write_bytes(b"One\r\nrash, and pain.")
    (texts / "a.ann").write_text("T1\tADR 4 8\trash\nT2\tADR 14 18\tpain\nT3\tDRUG 0 3\tOne\n")
    (texts / "b.txt").write_text("no gold")
    done = adrbench.tag(kept, texts, tmp_path / "out.jsonl", evaluator="exact")
    assert done.figures is not None
    assert (done.figures["micro"]["tp"], done.figures["micro"]["support"]) == (1, 2)
    assert done.without_gold == 1
    assert done.lost == {"gold mentions of labels that the tagger does not know, not compared": 1}
    assert rows(tmp_path / "out.jsonl")[0]["text"] == "One\r\nrash, and pain."


def test_a_lowest_score_leaves_out_and_counts(kept: Path, tmp_path: Path) -> None:
    """A tagger without scores is told so before any text is read."""
    (tmp_path / "a.txt").write_text("rash")
    assert adrbench.tag(kept, tmp_path / "a.txt", tmp_path / "all", min_score=0.9).spans == {"ADR": 1}
    plain = tmp_path / "plain"
    adrbench.tagger("dictionary", words="punctuation").fit(["rash"], [[(0, 4, "ADR")]]).save(plain)
    with pytest.raises(InputError, match="no scores"):
        adrbench.tag(plain, tmp_path / "a.txt", tmp_path / "none", min_score=0.5)
    assert not (tmp_path / "none").exists()


def test_what_cannot_be_read_is_named_and_the_rest_is_tagged(kept: Path, tmp_path: Path) -> None:
    """Broken JSON, bytes that are no UTF-8, a line without a text, a file that may not be read, an endless line."""
    lines = tmp_path / "a.jsonl"
    lines.write_bytes(
        b'{"text": "rash"}\n{"text": \n\xff\n{"words": 1}\n"rash"\n{"text": "'
        + b"x" * MAX_LINE_BYTES
        + b'"}\n{"text": "rash"}'
    )
    (tmp_path / "b.txt").write_bytes(b"\xff\xfe")
    (tmp_path / "c.txt").write_bytes(b"a\0b")
    (tmp_path / "d.txt").symlink_to(tmp_path / "gone.txt")
    view = Heard()
    done = adrbench.tag(kept, tmp_path, tmp_path.parent / f"{tmp_path.name}.jsonl", view=view)
    assert (done.texts, done.failed) == (2, 8)
    places = [Path(failure.where).name for failure in view.failures]
    assert places == ["a.jsonl:2", "a.jsonl:3", "a.jsonl:4", "a.jsonl:5", "a.jsonl:6", "b.txt:1", "c.txt:1", "d.txt"]


def test_loops_of_links_end_and_nothing_is_read_twice(kept: Path, tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    (folder / "a" / "b").mkdir(parents=True)
    (folder / "a" / "x.txt").write_text("rash")
    (folder / "a" / "b" / "up").symlink_to(folder)
    (folder / "also").symlink_to(folder / "a")
    (folder / "self").symlink_to(folder / "self")
    os.mkfifo(folder / "pipe")
    done = adrbench.tag(kept, folder, tmp_path / "out.jsonl")
    assert [row["id"] for row in rows(tmp_path / "out.jsonl")] == ["a/x"]
    assert (done.failed, sum(done.passed_over.values())) == (0, 4)


@pytest.mark.parametrize("form", ["jsonl", "brat"])
def test_output_in_a_folder_that_a_link_leads_to_is_refused(kept: Path, tmp_path: Path, form: str) -> None:
    """It would be read while it is written."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "a.txt").write_text("rash")
    (folder / "up").symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="lies inside or around"):
        adrbench.tag(kept, folder, tmp_path / "out", to=form)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", ["out.jsonl.partial", "out.jsonl.partial.json"])
def test_no_input_is_overwritten_by_what_stands_beside_the_output(kept: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("rash")
    with pytest.raises(InputError, match="is what is read"):
        adrbench.tag(kept, tmp_path / name, tmp_path / "out.jsonl", force=True, reader="text")
    assert (tmp_path / name).read_text() == "rash"


@pytest.mark.parametrize("reader", ["lines", "text"])
def test_codecs_that_do_not_say_where_they_fail_fail_on_that_text(kept: Path, tmp_path: Path, reader: str) -> None:
    (tmp_path / "a.txt").write_text("xn--")
    view = Heard()
    adrbench.tag(kept, tmp_path / "a.txt", tmp_path / "out", encoding="idna", reader=reader, view=view)
    assert ["not IDNA" in failure.reason for failure in view.failures] == [True]


def test_brat_files_stay_inside_whatever_the_ids(kept: Path, tmp_path: Path) -> None:
    """Ids that lead elsewhere, come twice, differ in case, or would stand in the way of others."""
    ids = ["../x", "/etc/x", "a", "a", "A", "a.txt/b", ".hidden", "", "x" * 300, "bell\x07", "con\\x"]
    file = tmp_path / "in.jsonl"
    file.write_text("".join(json.dumps({"id": name, "text": "rash"}) + "\n" for name in ids))
    done = adrbench.tag(kept, file, tmp_path / "out", to="brat")
    written = list(tmp_path.rglob("*.ann"))
    assert len(written) == len(ids) == done.texts
    assert all(tmp_path / "out" in path.parents for path in written)
    assert len(read_dataset(Registry(), "brat", {}, tmp_path / "out", offline=True).records) == len(ids)
    assert done.lost["ids that came before, numbered in the file name"] == 2


def test_texts_that_a_format_cannot_hold_fail_by_name(kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    file.write_text(
        json.dumps({"id": "bad id", "text": "rash"}) + "\n" + json.dumps({"id": "1", "text": "rash"}) + "\n"
    )
    view = Heard()
    done = adrbench.tag(kept, file, tmp_path / "out.txt", to="pubtator", view=view)
    assert (done.texts, done.failed, done.spans) == (1, 1, {"ADR": 1})
    assert [(failure.where, "PubTator" in failure.reason) for failure in view.failures] == [("bad id", True)]


def test_long_texts_are_tagged_in_pieces_at_their_own_offsets(kept: Path, tmp_path: Path) -> None:
    """A megabyte in one line, too."""
    text = ("The rash went away after a week. " * (MAX_CHARACTERS // 30))[:-1] + " dry mouth"
    (tmp_path / "long.txt").write_text(text)
    (tmp_path / "line.txt").write_text("rash " * 200_000)
    adrbench.tag(kept, [tmp_path / "long.txt", tmp_path / "line.txt"], tmp_path / "out.jsonl")
    long, line = rows(tmp_path / "out.jsonl")
    assert set(words_of(long)) == {"rash", "dry mouth"}
    assert len(long["spans"]) == MAX_CHARACTERS // 30 + 1
    assert len(line["spans"]) == 200_000


@given(
    st.text(st.sampled_from("ab .\n\r\t\u00e9\u2028\U0001f600"), max_size=60),
    st.sampled_from(["sentence", "document"]),
    st.booleans(),
)
@settings(max_examples=200)
def test_passages_hold_every_visible_character_once(text: str, unit: Any, fixed: bool) -> None:
    """Their words are those of the text, and none is cut."""
    splitter = find_splitter("punctuation")
    tokens = splitter.document(text) if fixed else None
    passages = PassageCutter(splitter, unit).cut(text, tokens)
    seen = [start + at for start, own, _ in passages for at, character in enumerate(own) if not character.isspace()]
    assert seen == [at for at, character in enumerate(text) if not character.isspace()]
    assert all(text[start : start + len(own)] == own for start, own, _ in passages)
    words = [(start + first, start + last) for start, _, own in passages for first, last in own]
    if fixed:
        assert words == list(tokens or ())


class Killed(BaseException):
    """Stands for whatever ends a process."""


class Stops(View):
    """Ends the run after some batches."""

    def __init__(self, batches: int) -> None:
        self._left = batches

    def progress(self, texts: int, read: int, total: int | None) -> None:
        self._left -= 1
        if not self._left:
            raise Killed


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two thousand lines, some of them unreadable, with gold."""
    file = tmp_path_factory.mktemp("many") / "many.jsonl"
    lines = [
        "{broken"
        if number % 97 == 5
        else json.dumps({"id": f"n{number % 1500}", "text": f"{number}: rash or nausea", "spans": []})
        for number in range(2000)
    ]
    file.write_text("\n".join(lines))
    return file


def content(out: Path) -> dict[str, bytes]:
    if out.is_file():
        return {"": out.read_bytes()}
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


@pytest.mark.parametrize("form", ["jsonl", "brat", "html", "bioc"])
def test_an_interrupted_run_goes_on_to_the_same_output(form: str, kept: Path, many: Path, tmp_path: Path) -> None:
    """Nothing is lost, nothing twice, and the counts are those of the whole."""
    whole = adrbench.tag(kept, many, tmp_path / "whole", to=form, evaluator="exact")
    out = tmp_path / "out"
    for batches in (1, 2, 3):
        with pytest.raises(Killed):
            adrbench.tag(kept, many, out, to=form, evaluator="exact", view=Stops(batches))
        assert not out.exists()
        # What was written behind the last commit.
        partial = tmp_path / "out.partial"
        if partial.is_file():
            with partial.open("ab") as file:
                file.write(b'{"id": "half')
    done = adrbench.tag(kept, many, out, to=form, evaluator="exact")
    assert content(out) == content(tmp_path / "whole")
    assert {**vars(done), "out": ""} == {**vars(whole), "out": ""}
    assert not list(tmp_path.glob("out.*"))


def test_other_texts_or_options_do_not_go_on_an_earlier_run(kept: Path, many: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    with pytest.raises(Killed):
        adrbench.tag(kept, many, out, view=Stops(2))
    with pytest.raises(InputError, match="other options"):
        adrbench.tag(kept, many, out, to="conll")
    other = tmp_path / "other.jsonl"
    other.write_text(many.read_text().replace("3: rash", "3: Rash"))
    with pytest.raises(InputError, match="not those"):
        adrbench.tag(kept, other, out)
    other.write_text("")
    with pytest.raises(InputError, match="not those"):
        adrbench.tag(kept, other, out)
    journal = tmp_path / "out.jsonl.partial.json"
    journal.write_text("{")
    with pytest.raises(InputError, match="damaged"):
        adrbench.tag(kept, many, out)
    assert adrbench.tag(kept, many, out, force=True).texts == len(rows(out))


def test_a_run_that_was_killed_while_it_gave_the_name_is_whole(kept: Path, many: Path, tmp_path: Path) -> None:
    """The journal says that it is finished; the next run renames, and reads no text."""
    out = tmp_path / "out.jsonl"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", _refuse(Path.replace, out))
        with pytest.raises(Killed):
            adrbench.tag(kept, many, out)
    assert not out.exists()
    done = adrbench.tag(kept, many, out)
    assert done.texts == len(rows(out))
    assert not list(tmp_path.glob("out.jsonl.*"))


def _refuse(real: Callable[[Path, Path], Path], out: Path) -> Callable[[Path, Path], Path]:
    def replace(self: Path, target: Path) -> Path:
        if target == out:
            raise Killed
        return real(self, target)

    return replace


def test_nothing_is_replaced_by_accident(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("rash")
    out = tmp_path / "out.jsonl"
    out.write_text("mine")
    with pytest.raises(InputError, match="exists already"):
        adrbench.tag(kept, tmp_path / "a.txt", out)
    assert out.read_text() == "mine"
    adrbench.tag(kept, tmp_path / "a.txt", out, force=True)
    assert len(rows(out)) == 1
    folder = tmp_path / "folder"
    folder.mkdir()
    adrbench.tag(kept, tmp_path / "a.txt", folder, to="brat")
    for to, place in (
        ("brat", folder),
        ("jsonl", folder),
        ("jsonl", tmp_path / "a.txt"),
        ("jsonl", tmp_path / "a.txt" / "x"),
    ):
        with pytest.raises(InputError):
            adrbench.tag(kept, tmp_path / "a.txt", place, to=to)
    with pytest.raises(InputError, match="inside or around"):
        adrbench.tag(kept, tmp_path, tmp_path / "new.jsonl")
    link = tmp_path / "link.jsonl"
    link.symlink_to(tmp_path / "elsewhere")
    adrbench.tag(kept, tmp_path / "a.txt", link, force=True)
    assert link.is_symlink()
    names = ["a.txt", "elsewhere", "folder", "link.jsonl", "out.jsonl"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names


def test_a_fifo_is_written_to_directly(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("rash")
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    adrbench.tag(kept, tmp_path / "a.txt", fifo)
    reader.join(10)
    assert json.loads(read[0])["spans"][0]["start"] == 0
    assert fifo.is_fifo()


class Fussy:
    """A tagger that fails on some texts, and answers nonsense on others."""

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        if any("bomb" in document.text for document in documents):
            raise RuntimeError("bang")
        return [[Span(0, 99 if "long" in document.text else 1, "ADR")] for document in documents]


def test_a_tagger_that_fails_on_a_text_tags_the_others(kept: Path, tmp_path: Path) -> None:
    """If it fails on all of them, that is said at once."""
    from adrbench_dictionary.tagger import DictionaryTagger

    file = tmp_path / "in.txt"
    file.write_text("one\nbomb\nlong\nfour\n")
    view = Heard()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DictionaryTagger, "load", classmethod(lambda _cls, _folder: Fussy()))
        done = adrbench.tag(kept, file, tmp_path / "out.jsonl", reader="lines", view=view)
        assert (done.texts, done.spans) == (2, {"ADR": 2})
        assert [failure.where for failure in view.failures] == ["in.2", "in.3"]
        file.write_text("bomb\nbomb")
        with pytest.raises(InputError, match=r"fails on every text.*bang"):
            adrbench.tag(kept, file, tmp_path / "none.jsonl", reader="lines")


def test_pages_escape_their_texts_and_link_each_other(kept: Path, tmp_path: Path) -> None:
    file = tmp_path / "in.jsonl"
    hostile = '</script><img src=x onerror=alert(1)> rash \x1b[2J "quoted"'
    file.write_text("".join(json.dumps({"id": f"<b>{n}", "text": hostile}) + "\n" for n in range(120)))
    adrbench.tag(kept, file, tmp_path / "out", to="html")
    pages = content(tmp_path / "out")
    assert list(pages) == ["index.html", "page-2.html", "page-3.html"]
    first, second, third = (page.decode() for page in pages.values())
    assert "<img" not in first
    assert "<b>0" not in first
    assert "\x1b" not in first
    assert '<mark class="c0" data-labels="[&#34;ADR&#34;]">rash</mark>' in first
    assert [page.count('href="page-2.html"') for page in (first, second, third)] == [2, 0, 2]
    assert ('rel="next"' in second, 'rel="next"' in third, 'rel="prev"' in first) == (True, False, False)
    assert "http" not in first.replace("http-equiv", "")


COMMAND = [sys.executable, "-m", "adrbench", "tag"]


@pytest.fixture(scope="module")
def piped(kept: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """The command in a process of its own, with standard input."""

    def run(given: bytes, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run([*COMMAND, str(kept), *arguments], input=given, capture_output=True, check=False)

    return run


def test_standard_input_is_a_text_lines_or_json_lines(piped: Callable[..., Any]) -> None:
    """Tagged texts alone are on standard output; all else is on standard error."""
    done = piped(b"Rash.\nNausea.\n", "-")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["stdin"]
    done = piped(b"Rash.\nNausea.\n", "-", "--from", "lines")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["stdin.1", "stdin.2"]
    done = piped(b'{"id": "x", "text": "Rash."}\n{"id": "y"}\n', "-")
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["x"]
    assert done.returncode == 3
    assert b"standard input:2: no text" in done.stderr
    done = piped(b"", "-", "--from", "lines")
    assert (done.returncode, done.stdout) == (4, b"")


def test_wrong_usage_is_told_without_a_trace(piped: Callable[..., Any]) -> None:
    for arguments, told in (
        (["nowhere.txt"], "no such file or folder"),
        (["-", "--from", "jsonlines"], "unknown format"),
        (["-", "--to", "brat"], "--out FOLDER"),
        (["-", "--encoding", "klingon"], "unknown encoding"),
        (["-", "--encoding", "undefined"], "unknown encoding"),
        (["-", "--out", ""], "no name for a file"),
        (["-", "--out", "/"], "no name for a file"),
        (["-", "--evaluator", "overlap"], "is for --evaluate"),
        (["-", "--evaluate", "--evaluator", "exakt"], "exact"),
        (["-", "--out", "/proc/none/x"], "cannot be written"),
        (["adr-minni"], "adr-mini"),
    ):
        done = piped(b"rash", *arguments)
        assert (done.returncode, done.stdout) == (2, b""), arguments
        assert told in done.stderr.decode()
        assert b"Traceback" not in done.stderr


def test_a_corpus_is_tagged_by_its_name_and_scored(piped: Callable[..., Any], tmp_path: Path) -> None:
    done = piped(b"", "adr-mini", "--out", str(tmp_path / "out.jsonl"), "--evaluate", "--format", "json")
    assert done.returncode == 0, done.stderr
    [micro] = [row for row in json.loads(done.stdout) if row["label"] == "micro"]
    assert 0 < micro["precision"] <= 1
    assert len(rows(tmp_path / "out.jsonl")) == 828


def test_markup_of_other_tools_is_no_text(kept: Path, tmp_path: Path) -> None:
    """Its tags would be tagged as words; ``--from text`` takes it as it stands."""
    file = tmp_path / "a.xml"
    file.write_text("<GateDocument><TextWithNodes>Rash.</TextWithNodes></GateDocument>")
    view = Heard()
    assert adrbench.tag(kept, file, tmp_path / "out.jsonl", view=view).texts == 0
    assert ["a.xml looks like GATE XML" in failure.reason for failure in view.failures] == [True]
    assert adrbench.tag(kept, file, tmp_path / "text.jsonl", reader="text").texts == 1
