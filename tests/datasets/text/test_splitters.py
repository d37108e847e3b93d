"""Splitters: our own, those of installed distributions, and functions named by module."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.datasets.text import splitters
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.datasets.text.tokens import tokenise, words_of
from adrbench.errors import CorpusError, PluginError

texts = st.text() | st.text("aé1.,-_(\"'\u0301\u200d\u200b\u00ad 漢か👩⚕\ufe0f\n") | st.text(st.characters())


def punctuation(text: str) -> list[str]:
    """The words of a text, split at punctuation."""
    return [text[start:end] for start, end in words_of(text, "document", splitters.find_splitter("punctuation"))]


@given(texts)
def test_punctuation_leaves_out_nothing_but_white_space(text: str) -> None:
    """Ranges are in order and apart; every visible character is in one of them."""
    ranges = words_of(text, "document", splitters.find_splitter("punctuation"))
    covered = [place for start, end in ranges for place in range(start, end)]
    assert covered == [place for place, character in enumerate(text) if not character.isspace()]
    assert all(start < end for start, end in ranges)


@given(texts)
def test_no_punctuation_word_crosses_a_sentence(text: str) -> None:
    """So a document split into sentences has the words that it has as a whole."""
    starts = {start for start, _ in SentenceSplitter().ranges(text)}
    words = words_of(text, "document", splitters.find_splitter("punctuation"))
    assert not any(start < edge < end for start, end in words for edge in starts)


@given(st.text(st.characters(codec="ascii")))
def test_ascii_words_are_runs_of_letters_and_digits_or_single_characters(text: str) -> None:
    """As in BERT's basic tokeniser, to which every other visible ASCII character is punctuation."""
    for word in punctuation(text):
        assert word.isalnum() or len(word) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("insulin-induced", ["insulin", "-", "induced"]),
        ("(5mg/day), a_b", ["(", "5mg", "/", "day", ")", ",", "a", "_", "b"]),
        ("patient’s ≥5 μg", ["patient", "’", "s", "≥", "5", "μg"]),
        ("nai\u0308ve e\u0301tat", ["nai\u0308ve", "e\u0301tat"]),
        ("नमस्ते", ["नमस्ते"]),
        ("漢字かな", ["漢", "字", "かな"]),
        ("in\u00adsulin a\u200bb", ["in\u00adsulin", "a", "\u200b", "b"]),
        ("👩\u200d⚕\ufe0fok 👍🏽!", ["👩\u200d⚕\ufe0f", "ok", "👍🏽", "!"]),
        ("\ufeffRash \u0301x", ["\ufeff", "Rash", "\u0301", "x"]),
    ],
)
def test_marks_and_joiners_stay_with_their_letter(text: str, words: list[str]) -> None:
    """Whatever the script."""
    assert punctuation(text) == words


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[str], Any]], str]:
    """Put a function into a module of somebody else; gives the name of the splitter."""

    def put(function: Callable[[str], Any]) -> str:
        made = types.ModuleType("somebodys")
        made.split = function  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, "somebodys", made)
        return "somebodys:split"

    return put


Put = Callable[[Callable[[str], Any]], str]


def test_a_function_of_somebody_else_makes_the_words(module: Put) -> None:
    """It gets the whole text of a document."""
    halves = module(lambda text: [(0, len(text) // 2), (len(text) // 2, len(text))])
    assert tokenise(["ab cd."], "document", halves) == [((0, 3), (3, 6))]
    assert words_of("abcd", "document", splitters.find_splitter(halves)) == ((0, 2), (2, 4))


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ([(0, 4)], r"'rash' is in no word"),
        ([(0, 4), (3, 9)], r"\(3, 9\) begins before \(0, 4\) ends"),
        ([(5, 9), (0, 4)], r"\(0, 4\) begins before \(5, 9\) ends"),
        ([(0, 4), (5, 10)], r"\(5, 10\) is empty or outside its 9 characters"),
        ([(0, 4), (4, 4), (5, 9)], r"\(4, 4\) is empty or outside"),
        ([(0, 4), (4, 5), (5, 9)], r"\(4, 5\) is nothing but white space"),
        ([(0, 4), (5.0, 9)], r"should be two whole numbers"),
        ([(-4, 4), (5, 9)], r"outside"),
        (["skin", "rash"], r"fails on the text 'skin rash': ValueError"),
        (None, r"fails on the text 'skin rash': TypeError"),
    ],
)
def test_wrong_ranges_are_refused(module: Put, answer: Any, message: str) -> None:
    """The message names the splitter, the text and what is wrong."""
    name = module(lambda _: answer)
    with pytest.raises(CorpusError, match=rf"^words: 'somebodys:split' .*{message}"):
        tokenise(["skin rash"], "sentence", name)


def test_a_splitter_that_gives_other_words_the_second_time_is_refused(module: Put) -> None:
    """Words are part of what every tagger of a benchmark shares."""
    answers = iter([[(0, 2)], [(0, 1), (1, 2)]])
    with pytest.raises(CorpusError, match="'somebodys:split' gives other words for the same text 'ab'"):
        tokenise(["ab"], "sentence", module(lambda _: next(answers)))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "punctuaton",
            "unknown splitter 'punctuaton', neither a name nor 'module:function'; did you mean 'punctuation'",
        ),
        ("no_such_module:split", "'no_such_module:split' cannot be imported: ModuleNotFoundError.*PYTHONPATH"),
        ("re:no_such_function", "'re:no_such_function' cannot be imported: AttributeError"),
        ("re:I", "is of the type RegexFlag, not a function"),
        ("a b:c", "should be a splitter's name or 'module:function'"),
    ],
)
def test_a_splitter_that_is_not_there_is_an_error(name: str, message: str) -> None:
    """With the closest name, or why it cannot be imported."""
    with pytest.raises(PluginError, match=message):
        splitters.find_splitter(name)


def test_an_installed_splitter_is_found_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution names a function in the entry-point group; nothing is imported to list it."""
    (tmp_path / "thirds_words.py").write_text("def split(text):\n    return [(i, i + 1) for i in range(len(text))]\n")
    info = tmp_path / "thirds-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: thirds\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[adrbench.words]\ncharacters = thirds_words:split\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert splitters.names() == ["nltk", "punctuation", "characters"]
    assert "thirds_words" not in sys.modules
    assert splitters.problem("characters") is None
    assert words_of("ab", "sentence", splitters.find_splitter("characters")) == ((0, 1), (1, 2))


def test_nltk_is_imported_for_its_own_words_only() -> None:
    """It costs a second, so a benchmark with other words goes without."""
    import subprocess

    code = (
        "import sys; from adrbench.datasets.text.tokens import tokenise;"
        "tokenise(['Rash. After.'], 'document', 'punctuation'); print('nltk' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("text", ['"a" ', '"', '" ', "abc,d.", "rash ", "''``", "a\u0301", ") . "])
@pytest.mark.parametrize("words", ["nltk", "punctuation"])
def test_the_time_is_linear(text: str, words: str) -> None:
    """Four times the text takes about four times the processor time, whatever is in it."""
    import time

    def seconds(times: int) -> float:
        long = text * times
        began = time.process_time()
        words_of(long, "sentence", splitters.find_splitter(words))
        return time.process_time() - began

    seconds(10)
    small = max(seconds(10_000), 0.005)
    assert seconds(40_000) < 10 * small
