"""Text to pretrain on: what is read, what is left out, what is sampled."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adrbench.api import Document
from adrbench.errors import CorpusError
from adrbench.running.pretraining._leaks import words
from adrbench.running.pretraining.text import collect

TESTED = "Severe headache followed the second dose of Zelanol."
LONG = " ".join(f"word{i}" for i in range(30))


def document(text: str, name: str = "d", group: str = "g") -> Document:
    return Document(name, text, (), group)


def kept(tmp_path: Path, texts: list[str], labelled: list[str]) -> set[str]:
    (tmp_path / "t.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in [*texts, "quite another"]))
    return set(collect(["t.jsonl"], tmp_path, (), [document(text) for text in labelled]).texts) - {"quite another"}


@pytest.mark.parametrize(
    "leak",
    [
        "severe  HEADACHE followed, the second dose of zelanol",
        "Background: severe headache followed the second dose of Zelanol, as is known.",
        "the second dose",
        " ".join(["Before", *LONG.split()[10:22], "behind"]),
    ],
)
def test_text_of_labelled_documents_is_left_out(leak: str, tmp_path: Path) -> None:
    """A text that equals a document, has it in it, is part of it, or shares twelve words in a row with it goes."""
    assert kept(tmp_path, [leak, "A headache came."], [TESTED, LONG]) == {"A headache came."}


def test_short_documents_and_short_runs_leave_text_alone(tmp_path: Path) -> None:
    """A document of three words leaves out itself only, and eleven words in a row may be shared."""
    near = " ".join(["Before", *LONG.split()[10:21], "behind"])
    assert kept(tmp_path, ["Severe headache!", "He had severe headache.", near], ["Severe headache.", LONG]) == {
        "He had severe headache.",
        near,
    }


WORD = st.sampled_from(["Rash", "rash", "pain", "of", "the", "dose", "Zelanol"])
TEXTS = st.lists(st.lists(WORD, min_size=1, max_size=25).map(" ".join), min_size=1, max_size=8)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=TEXTS, labelled=TEXTS)
def test_exactly_the_leaks_go(texts: list[str], labelled: list[str], tmp_path: Path) -> None:
    """Of any texts just those are left out that a comparison of every text with every document finds to leak."""

    def leaks(text: str, other: str) -> bool:
        one, two = words(text), words(other)
        runs = [" ".join(one[i : i + 12]) for i in range(len(one) - 11)]
        a, b = f" {' '.join(one)} ", f" {' '.join(two)} "
        return a in b or (len(two) >= 4 and b in a) or any(f" {run} " in b for run in runs)

    found = {" ".join(words(text)) for text in kept(tmp_path, texts, labelled)}
    assert found == {" ".join(words(t)) for t in texts if not any(leaks(t, other) for other in labelled)}


def test_the_corpus_own_text_of_a_labelled_group_is_left_out(tmp_path: Path) -> None:
    """Unlabelled documents of an abstract with a labelled sentence go, unless test text is allowed; it is counted."""
    unlabelled = [document("No complaint.", "a", "g"), document("No trouble at all.", "b", "h")]
    found = collect(["corpus"], tmp_path, unlabelled, [document(TESTED)])
    assert found.texts == ("No trouble at all.",)
    assert (found.read, dict(found.excluded)) == (2, {"of a group with a labelled document": 1})
    allowed = collect(["corpus"], tmp_path, unlabelled, [document(TESTED)], allow_test=True)
    assert set(allowed.texts) == {"No complaint.", "No trouble at all."}
    assert "texts to pretrain on: 1" in found.lines()


def test_every_form_of_file_is_read_and_repeats_go(tmp_path: Path) -> None:
    """A folder's text and JSON lines, packed or not, are all read; the same words twice are one text."""
    folder = tmp_path / "texts"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("\ufeffone\n\n two  words \r\n...\n")
    (folder / "b.jsonl").write_text('{"text": "three\\nlines", "id": 3}\n{"text": "half a \\ud800 pair"}\n')
    (folder / "deep" / "c.txt.gz").write_bytes(gzip.compress(b"One\n"))
    (folder / "deep" / "d.jsonl.gz").write_bytes(gzip.compress(b'{"text": "four"}\n'))
    found = collect(["texts", "texts/a.txt"], tmp_path, (), ())
    assert set(found.texts) == {"One", "two words", "three lines", "half a ? pair", "four"}
    assert dict(found.excluded) == {"there already, in the same words": 3, "without a word": 2}


def test_samples_are_nested_and_do_not_depend_on_the_order_of_sources(tmp_path: Path) -> None:
    """More text contains all of less, another seed gives another sample, and the sources' order changes nothing."""
    (tmp_path / "a.txt").write_text("\n".join(f"text {i}" for i in range(50)))
    (tmp_path / "b.txt").write_text("\n".join(f"Text {i}" for i in range(25, 90)))
    few, more = (collect(["a.txt", "b.txt"], tmp_path, (), (), limit=n, seed=3) for n in (10, 40))
    assert more.texts[:10] == few.texts
    assert collect(["b.txt", "a.txt"], tmp_path, (), (), limit=40, seed=3) == more
    assert collect(["a.txt", "b.txt"], tmp_path, (), (), limit=10, seed=4).digest != few.digest


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("t.jsonl", b'{"text": "fine"}\n{"text": \n', r"t\.jsonl:2: not JSON"),
        ("t.jsonl", b'{"text": 3}\n', r't\.jsonl:1: not of the form \{"text"'),
        ("t.jsonl", b'["fine"]\n', r"t\.jsonl:1: not of the form"),
        ("t.txt", b"fine\nb\xe4d\n", r"t\.txt:2: not UTF-8"),
        ("t.txt.gz", gzip.compress(b"fine\n" * 999, mtime=0)[:-20], r"t\.txt\.gz: cannot be read"),
        ("t.txt.gz", b"not packed", r"t\.txt\.gz: cannot be read"),
        ("t.txt", b"\n ... \n", "no text is left to pretrain on of 1: 1 without a word"),
        ("t.pdf", b"x", r"unknown suffix; valid: \.txt"),
    ],
)
def test_what_is_no_text_is_named(name: str, content: bytes, told: str, tmp_path: Path) -> None:
    """A file that is not what its name says is an error with file and line."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=told):
        collect([name], tmp_path, (), ())


def test_sources_that_are_not_there_are_named(tmp_path: Path) -> None:
    """A missing file, an empty folder and a corpus without unlabelled text are errors."""
    (tmp_path / "empty").mkdir()
    for source, told in (("nowhere", "no such file"), ("empty", "holds no text"), ("corpus", "no unlabelled text")):
        with pytest.raises(CorpusError, match=told):
            collect([source], tmp_path, (), ())
