"""Which rule splits a text into words: by name, by entry point, or by ``module:function``."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from itertools import pairwise
from typing import Any

from adrbench.datasets.text._nltk import NltkWords
from adrbench.datasets.text._punctuation import PunctuationWords
from adrbench.datasets.text._ranges import Tokens
from adrbench.datasets.text._sentences import SentenceSplitter
from adrbench.errors import CorpusError, PluginError, closest

DEFAULT = "punctuation"
"""The words of a corpus whose benchmark file names none, and whose format has none."""

GROUP = "adrbench.words"
"""The entry-point group of splitters: each names a function from a text to ranges of characters."""

_OWN = ("nltk", "punctuation")


@dataclass(frozen=True)
class Splitter:
    """A rule that splits a text into words without seeing gold.

    Attributes:
        name: What a benchmark file calls it.
        sentence: From a sentence to character ranges in order, without overlap, that leave out nothing but white space.
        document: The same from the whole text of a document.
    """

    name: str
    sentence: Callable[[str], Tokens]
    document: Callable[[str], Tokens]


def names() -> list[str]:
    """List the splitters that are installed, without importing any.

    Returns:
        The names, adrbench's own first.
    """
    return [*_OWN, *sorted({entry.name for entry in entry_points(group=GROUP)} - set(_OWN))]


def problem(name: str) -> str | None:
    """Check the name of a splitter without importing it.

    Args:
        name: A name, or ``module:function``.

    Returns:
        What is wrong with it; None if it may be a splitter.
    """
    module, colon, function = name.partition(":")
    if colon:
        if function.isidentifier() and all(part.isidentifier() for part in module.split(".")):
            return None
        return f"{name!r} should be a splitter's name or 'module:function'"
    if name in names():
        return None
    return f"unknown splitter {name!r}, neither a name nor 'module:function'; {closest(name, names())}"


def find_splitter(name: str) -> Splitter:
    """Find the splitter of a name.

    Args:
        name: ``"nltk"``, ``"punctuation"``, the name of an entry point of the group ``adrbench.words``, or
            ``"module:function"``.

    Returns:
        The splitter. What a function of somebody else returns is checked at each call.

    Raises:
        PluginError: If there is no such splitter, or it cannot be imported.
    """
    if name == "nltk":
        return _nltk()
    if name == "punctuation":
        punctuation = PunctuationWords().ranges
        return Splitter(name, punctuation, punctuation)
    if wrong := problem(name):
        raise PluginError(f"words: {wrong}")
    split = _checked(name, _imported(name))
    return Splitter(name, split, split)


def _nltk() -> Splitter:
    words, sentences = NltkWords(), SentenceSplitter()

    def document(text: str) -> Tokens:
        return tuple(
            (first + start, first + end)
            for first, last in sentences.ranges(text)
            for start, end in words.ranges(text[first:last])
        )

    return Splitter("nltk", words.ranges, document)


def _imported(name: str) -> Callable[[str], Any]:
    entries = {entry.value: entry for entry in entry_points(group=GROUP) if entry.name == name}
    if len(entries) > 1:
        raise PluginError(
            f"words: two splitters have the name {name!r}: {' and '.join(entries)}; uninstall one of them"
        )
    entry = next(iter(entries.values()), None) or EntryPoint(name, name, GROUP)
    try:
        # Standard output may be a table or JSON that somebody reads.
        with redirect_stdout(sys.stderr):
            function = entry.load()
    except Exception as error:
        hint = "is its folder on PYTHONPATH?" if isinstance(error, ModuleNotFoundError) else "see its code"
        reason = f"{type(error).__name__}: {error}"
        raise PluginError(f"words: {entry.value!r} cannot be imported: {reason}; {hint}") from error
    if not callable(function):
        raise PluginError(f"words: {entry.value!r} is of the type {type(function).__name__}, not a function")
    found: Callable[[str], Any] = function
    return found


def _checked(name: str, function: Callable[[str], Iterable[tuple[int, int]]]) -> Callable[[str], Tokens]:
    """A function of somebody else, each of whose answers is checked."""

    def split(text: str) -> Tokens:
        try:
            ranges = tuple((start, end) for start, end in function(text))
        except Exception as error:
            reason = f"{type(error).__name__}: {error}"
            raise CorpusError(f"words: {name!r} fails on the text {_shown(text)}: {reason}") from error
        if wrong := _wrong(text, ranges):
            raise CorpusError(f"words: {name!r} splits the text {_shown(text)} wrongly: {wrong}")
        return ranges

    return split


def check_same(splitter: Splitter, texts: Iterable[str], words: Iterable[Tokens]) -> None:
    """Split texts once more and compare.

    Args:
        splitter: The splitter.
        texts: The texts of whole documents.
        words: The words that it gave before.

    Raises:
        CorpusError: The splitter gives other words for the same text.
    """
    for text, before in zip(texts, words, strict=False):
        if splitter.document(text) != before:
            raise CorpusError(f"words: {splitter.name!r} gives other words for the same text {_shown(text)}")


def _wrong(text: str, ranges: Tokens) -> str | None:
    for word in ranges:
        start, end = word
        if type(start) is not int or type(end) is not int:
            return f"{word} should be two whole numbers, start and end"
        if not 0 <= start < end <= len(text):
            return f"{word} is empty or outside its {len(text)} characters"
        if text[start:end].isspace():
            return f"{word} is nothing but white space"
    for before, word in pairwise(ranges):
        if word[0] < before[1]:
            return f"{word} begins before {before} ends"
    edges = [0, *(edge for word in ranges for edge in word), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        if text[start:end].strip():
            return f"{_shown(text[start:end].strip())} is in no word"
    return None


def _shown(text: str) -> str:
    return reprlib.repr(text)
