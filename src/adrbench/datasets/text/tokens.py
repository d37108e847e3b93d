"""One tokenisation for all taggers: NLTK's word tokeniser, with the character offsets kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

from adrbench._system.paths import cache_folder, write_atomically
from adrbench.datasets.text._sentences import VERSION as SENTENCES_VERSION
from adrbench.datasets.text._sentences import sentence_ranges

Range = tuple[int, int]
Tokens = tuple[Range, ...]
Unit = Literal["sentence", "document"]

# What a word stands for in the text, where the tokeniser rewrites quotes.
_REWRITTEN = {"``": ("``", '"', "''"), "''": ("''", '"')}
_UNCOVERED = re.compile(r"\S+")
_VERSION = 2
# Most words of a corpus stand where words of its other texts do; this many places are kept as one object each.
_SHARED_PLACES = 2**18


@cache
def _tokeniser() -> Any:
    # NLTK imports scikit-learn and scipy on its way: about two seconds, so only when something is to be tokenised.
    from nltk.tokenize.destructive import NLTKWordTokenizer  # noqa: PLC0415

    return NLTKWordTokenizer()


# Some sentences come again and again, such as the headings of drug labels.
@lru_cache(maxsize=2**12)
def token_ranges(text: str) -> Tokens:
    """Character ranges of the words of a text, in order, without overlap.

    Words are those of ``nltk.NLTKWordTokenizer``. It rewrites quotes, so its words are found again in the text one
    after the other; what it swallowed becomes a word of its own. Every character that is no white space lies in exactly
    one word.
    """
    ranges: list[tuple[int, int]] = []
    position = 0
    for word in _tokeniser().tokenize(text):
        found = _find(text, word, position)
        if found is not None:
            # What lies between two words is mostly one space, which is quick to see.
            if found[0] > position and text[position : found[0]] != " ":
                ranges.extend(_words_between(text, position, found[0]))
            ranges.append(found)
            position = found[1]
    ranges.extend(_words_between(text, position, len(text)))
    return tuple(ranges)


def _find(text: str, word: str, position: int) -> Range | None:
    if word not in _REWRITTEN:
        start = text.find(word, position)
        return (start, start + len(word)) if start >= 0 else None
    forms = ((text.find(form, position), len(form)) for form in _REWRITTEN[word])
    return min(((start, start + length) for start, length in forms if start >= 0), default=None)


def _words_between(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [match.span() for match in _UNCOVERED.finditer(text, start, end)]


def tokenise(texts: Sequence[str], unit: Unit = "sentence") -> list[Tokens]:
    """The words of many texts. Kept in the cache folder by content, so that a corpus is tokenised once a machine.

    ``unit``: what a text is. A ``document`` is split into words sentence by sentence, since the tokeniser takes only
    the last period of what it gets for a word of its own. A cache that is damaged or cannot be written costs time only.
    """
    version_of_sentences = f" sentences {SENTENCES_VERSION}" if unit == "document" else ""
    digest = hashlib.sha256(f"{_VERSION} nltk {version('nltk')}{version_of_sentences}".encode())
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)} ".encode() + data)
    kept = cache_folder() / "tokens" / f"{digest.hexdigest()[:32]}.json"
    flat = _read(kept)
    if flat is None:
        flat = [[edge for word in words_of(text, unit) for edge in word] for text in texts]
        body = json.dumps(flat, separators=(",", ":"))
        with suppress(OSError):
            write_atomically(kept, f"{_checksum(body)}\n{body}")
    return _paired(flat)


def words_of(text: str, unit: Unit = "sentence") -> Tokens:
    """The words of one text, as ``tokenise`` has them. Nothing is kept."""
    if unit == "sentence":
        return token_ranges(text)
    return tuple(
        (first + start, first + end)
        for first, last in sentence_ranges(text)
        for start, end in token_ranges(text[first:last])
    )


def _paired(flat: list[list[int]]) -> list[Tokens]:
    """Pairs of edges, equal ones being one object while there is room: of a large corpus, an eighth of the memory."""
    known: dict[Range, Range] = {}
    paired = []
    for edges in flat:
        words = zip(edges[::2], edges[1::2], strict=True)
        share = known.setdefault if len(known) < _SHARED_PLACES else known.get
        paired.append(tuple([share(word, word) for word in words]))
    return paired


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()


def _read(kept: Path) -> list[list[int]] | None:
    try:
        written, _, body = kept.read_text(encoding="utf-8").partition("\n")
    except (OSError, ValueError):
        return None
    if written != _checksum(body):
        return None
    flat: list[list[int]] = json.loads(body)
    return flat
