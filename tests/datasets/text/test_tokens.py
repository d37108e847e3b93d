"""One tokenisation for all, with the offsets kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nltk.tokenize import NLTKWordTokenizer

from adrbench.datasets.text._nltk import NltkWords
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.datasets.text.tokens import tokenise

QUOTES = {'"', "``", "''"}
TEXTS = [
    'Rash after ibuprofen (400 mg); she couldn\'t sleep, "not a wink".',
    "",
    " \t\n",
    "Übelkeit 😖 — naïve patient’s Bläschen…",
]
# Any Unicode at all, and text rich in what the tokeniser rewrites.
texts = st.text() | st.text("ab.,;:'\"`()[]<>-!?$%&*1 \n\u00a0«»“”‘’\u2014\u0130") | st.text(st.characters())


@given(texts)
def test_every_visible_character_lies_in_exactly_one_word(text: str) -> None:
    """Ranges are in order, inside the text and apart, and what they leave out is white space."""
    ranges = NltkWords().ranges(text)
    covered = [i for start, end in ranges for i in range(start, end)]
    assert covered == [i for i, character in enumerate(text) if not character.isspace()]
    assert all(start < end for start, end in ranges)


@given(texts)
def test_the_words_are_those_of_nltk(text: str) -> None:
    """Word for word what NLTK gives, but for the quotes, which stand as they are in the text."""
    ours = [text[start:end] for start, end in NltkWords().ranges(text)]
    theirs = NLTKWordTokenizer().tokenize(text)
    assert ['"' if w in QUOTES else w for w in ours] == ['"' if w in QUOTES else w for w in theirs]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('He said "oh".', ["He", "said", '"', "oh", '"', "."]),
        ('"Oh" and "ah"', ['"', "Oh", '"', "and", '"', "ah", '"']),
        ("``Oh'' and \"ah\"", ["``", "Oh", "''", "and", '"', "ah", '"']),
        ("so ''b c'' \"d e\"", ["so", "''", "b", "c", "''", '"', "d", "e", '"']),
        ("can't, cannot", ["ca", "n't", ",", "can", "not"]),
        ("(10 mg/day)", ["(", "10", "mg/day", ")"]),
    ],
)
def test_quotes_and_contractions_keep_their_place(text: str, words: list[str]) -> None:
    """Whatever kind of quote NLTK rewrites, the words around it are found where they are."""
    assert [text[start:end] for start, end in NltkWords().ranges(text)] == words


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder."""
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path))
    return tmp_path


def test_the_cache_answers_as_the_tokeniser_does(cache: Path) -> None:
    """The second answer, which comes from the one file kept, is the first one."""
    first = tokenise(TEXTS, words="nltk")
    assert first == [NltkWords().ranges(text) for text in TEXTS]
    [kept] = cache.rglob("*.json")
    before = kept.stat().st_mtime_ns
    assert tokenise(TEXTS, words="nltk") == first
    assert kept.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda data: data[: len(data) // 2],
        lambda data: data.replace(b"5", b"6", 1),
        lambda _: b"[[],[],[],[]]",
        lambda _: b"[1,2,3,4]",
        lambda _: b"[[0],[],[],[]]",
        lambda data: b"\xff" + data,
    ],
    ids=["empty", "truncated", "another digit", "no words", "no lists", "half a range", "not UTF-8"],
)
def test_a_damaged_cache_file_is_made_anew(cache: Path, damage: object) -> None:
    """What is not exactly what was kept is recomputed, and kept again."""
    expected = tokenise(TEXTS, words="nltk")
    [kept] = cache.rglob("*.json")
    whole = kept.read_bytes()
    kept.write_bytes(damage(whole))  # type: ignore[operator]
    assert tokenise(TEXTS, words="nltk") == expected
    assert kept.read_bytes() == whole


def test_texts_are_not_confused_at_their_seams(cache: Path) -> None:
    """A NUL in a text is no boundary between texts."""
    one, other = ["a\0b", "c"], ["a", "b\0c"]
    assert tokenise(one, words="nltk") == [NltkWords().ranges(text) for text in one]
    assert tokenise(other, words="nltk") == [NltkWords().ranges(text) for text in other]
    assert len(list(cache.rglob("*.json"))) == 2


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only home costs time, not the run."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "file" / "cache"))
    assert tokenise(["a b"], words="nltk") == [((0, 1), (2, 3))]


@pytest.mark.usefixtures("cache")
def test_half_a_surrogate_is_a_character_like_any() -> None:
    """Text that is no valid UTF-16 can be tokenised and kept."""
    assert tokenise(["\ud800 a"], words="nltk") == tokenise(["\ud800 a"], words="nltk") == [((0, 1), (2, 3))]


DOCUMENT = 'Rash was seen. It went away (Fig. 2).\n\nHe "slept." Well'


@pytest.mark.usefixtures("cache")
def test_each_sentence_of_a_document_is_split_into_words_apart() -> None:
    """A period that ends a sentence is a word of its own wherever in the document it stands."""
    [words] = tokenise([DOCUMENT], "document", "nltk")
    found = " ".join(DOCUMENT[start:end] for start, end in words)
    assert found == 'Rash was seen . It went away ( Fig. 2 ) . He " slept . " Well'
    [as_one] = tokenise([DOCUMENT], words="nltk")
    assert "seen." in [DOCUMENT[start:end] for start, end in as_one]


@given(texts)
def test_every_visible_character_of_a_document_lies_in_one_word_of_one_sentence(text: str) -> None:
    """Words are in order, cover what is no white space, and cross no boundary of a sentence."""
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("ADRBENCH_CACHE", folder)
        [words] = tokenise([text], "document", "nltk")
    covered = [i for start, end in words for i in range(start, end)]
    assert covered == [i for i, character in enumerate(text) if not character.isspace()]
    starts = {start for start, _ in SentenceSplitter().ranges(text)}
    assert not any(start < edge < end for start, end in words for edge in starts)


def test_a_document_and_a_sentence_are_kept_apart(cache: Path) -> None:
    """The same text has a file for each unit, and each answers for its own."""
    first = tokenise([DOCUMENT], "document", "nltk"), tokenise([DOCUMENT], words="nltk")
    assert len(list(cache.rglob("*.json"))) == 2
    assert (tokenise([DOCUMENT], "document", "nltk"), tokenise([DOCUMENT], words="nltk")) == first


@pytest.mark.usefixtures("cache")
def test_words_at_the_same_place_are_one_object() -> None:
    """So that the words of a large corpus take little memory."""
    text = "x" * 1000 + " rash"
    for _ in ("tokenised", "read back"):
        one, other = tokenise([text, text + " again"], words="nltk")
        assert one[1] is other[1]
