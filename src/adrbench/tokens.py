"""One tokenisation for all taggers: NLTK's word tokeniser, with the character offsets kept."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from adrbench.cache import cache_folder, write_atomically

Tokens = tuple[tuple[int, int], ...]

_QUOTES = frozenset({"``", "''"})
_UNCOVERED = re.compile(r"\S+")
_VERSION = 1


@cache
def _tokeniser() -> Any:
    # NLTK imports scikit-learn and scipy on its way: about two seconds, so only when something is to be tokenised.
    from nltk.tokenize.destructive import NLTKWordTokenizer  # noqa: PLC0415

    return NLTKWordTokenizer()


def token_ranges(text: str) -> Tokens:
    """Character ranges of the words of a text, in order, without overlap.

    Words are those of ``nltk.NLTKWordTokenizer``. It rewrites straight double quotes, so its words are found again in the text
    one after the other; what it swallowed becomes a word of its own. Every character that is no white space lies in exactly one word.
    """
    ranges: list[tuple[int, int]] = []
    position = 0
    for word in _tokeniser().tokenize(text):
        start = text.find(word, position)
        length = len(word)
        if word in _QUOTES:
            straight = text.find('"', position)
            if straight >= 0 and (start < 0 or straight < start):
                start, length = straight, 1
        if start < 0:
            continue
        ranges.extend(_words_between(text, position, start))
        position = start + length
        ranges.extend(_words_between(text, start, position))
    ranges.extend(_words_between(text, position, len(text)))
    return tuple(ranges)


def _words_between(text: str, start: int, end: int) -> list[tuple[int, int]]:
    return [match.span() for match in _UNCOVERED.finditer(text, start, end)]


def tokenise(texts: Sequence[str]) -> list[Tokens]:
    """The words of many texts. Kept in the cache folder by content, so that a corpus is tokenised once a machine."""
    digest = hashlib.sha256(f"{_VERSION} nltk {version('nltk')}".encode())
    for text in texts:
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
    kept = cache_folder() / "tokens" / f"{digest.hexdigest()[:32]}.json"
    flat = _read(kept, texts)
    if flat is None:
        flat = [[edge for word in token_ranges(text) for edge in word] for text in texts]
        write_atomically(kept, json.dumps(flat, separators=(",", ":")))
    return [tuple(zip(edges[::2], edges[1::2], strict=True)) for edges in flat]


def _read(kept: Path, texts: Sequence[str]) -> list[list[int]] | None:
    try:
        flat: list[list[int]] = json.loads(kept.read_text())
    except (OSError, ValueError):
        return None
    return flat if isinstance(flat, list) and len(flat) == len(texts) else None
