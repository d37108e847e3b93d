"""One splitting into words for all taggers: of many texts, kept by content; or of one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from adrbench._system.paths import cache_folder, write_atomically
from adrbench.datasets.text._ranges import Range, Tokens
from adrbench.datasets.text._sentences import VERSION as SENTENCES_VERSION
from adrbench.datasets.text.splitters import DEFAULT, Splitter, check_same, find_splitter

Unit = Literal["sentence", "document"]

_VERSION = 2
# Most words of a corpus stand where words of its other texts do; this many places are kept as one object each.
_SHARED_PLACES = 2**18
# So many texts are split twice, to see whether a splitter gives the same words again.
_SPLIT_AGAIN = 1000


def tokenise(texts: Sequence[str], unit: Unit = "sentence", words: str = DEFAULT) -> list[Tokens]:
    """Split many texts into words.

    NLTK's are kept in the cache folder by content, so that a corpus is split once a machine. A cache that is damaged or
    cannot be written costs time only.

    Args:
        texts: The texts.
        unit: What a text is. NLTK's words are made sentence by sentence of a ``document``, since of each text only the
            last period becomes a word of its own.
        words: The name of the splitter.

    Returns:
        For each text the character ranges of its words, in order, without overlap.

    Raises:
        PluginError: If there is no such splitter.
        CorpusError: If a splitter of somebody else fails, gives what are no ranges of words, or other ones the second
            time.
    """
    splitter = find_splitter(words)
    if words == "nltk":
        flat = _kept_flat(texts, unit, splitter)
        return _shared(zip(edges[::2], edges[1::2], strict=True) for edges in flat)
    ranges = _shared(words_of(text, unit, splitter) for text in texts)
    if words != "punctuation":
        check_same(splitter, texts[:_SPLIT_AGAIN], ranges)
    return ranges


def words_of(text: str, unit: Unit, splitter: Splitter) -> Tokens:
    """Split one text into words, without the cache.

    Args:
        text: The text.
        unit: Whether the text is a sentence or a document.
        splitter: The splitter.

    Returns:
        Character ranges of the words, in order.
    """
    return splitter.sentence(text) if unit == "sentence" else splitter.document(text)


def _kept_flat(texts: Sequence[str], unit: Unit, splitter: Splitter) -> list[list[int]]:
    """The edges of NLTK's words of each text, from the cache if they are there."""
    version_of_sentences = f" sentences {SENTENCES_VERSION}" if unit == "document" else ""
    digest = hashlib.sha256(f"{_VERSION} nltk {version('nltk')}{version_of_sentences}".encode())
    for text in texts:
        data = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(data)} ".encode() + data)
    kept = cache_folder() / "tokens" / f"{digest.hexdigest()[:32]}.json"
    flat = _read(kept)
    if flat is None:
        flat = [[edge for word in words_of(text, unit, splitter) for edge in word] for text in texts]
        body = json.dumps(flat, separators=(",", ":"))
        with suppress(OSError):
            write_atomically(kept, f"{_checksum(body)}\n{body}")
    return flat


def _shared(texts: Iterable[Iterable[Range]]) -> list[Tokens]:
    """Equal ranges as one object while there is room: of a large corpus, an eighth of the memory."""
    known: dict[Range, Range] = {}
    shared = []
    for words in texts:
        share = known.setdefault if len(known) < _SHARED_PLACES else known.get
        shared.append(tuple([share(word, word) for word in words]))
    return shared


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
