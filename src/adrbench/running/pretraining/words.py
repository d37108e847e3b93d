"""The words of the texts to pretrain on, for taggers that learn from words and not from texts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from adrbench._system.paths import cache_folder, write_atomically
from adrbench.datasets.text.tokens import tokenise
from adrbench.running.pretraining.text import Collected

_TEXTS_AT_A_TIME = 20_000


def keep_words(collected: Collected, words: str) -> tuple[Path, str]:
    """Split texts into words, and keep these in the cache, in a file that is named by its digest.

    Args:
        collected: The texts.
        words: The name of the splitter (see ``adrbench.datasets.text.splitters``).

    Returns:
        The file, JSON lines ``{"words": [...]}`` in the texts' order, and the sha256 of its content.

    Raises:
        CorpusError: If a splitter of somebody else fails.
        PluginError: If there is no such splitter.
    """
    content = "".join(_lines(collected, words))
    digest = hashlib.sha256(content.encode()).hexdigest()
    path = cache_folder() / "pretraining" / "words" / f"{digest[:32]}.jsonl"
    if not path.is_file():
        write_atomically(path, content)
    return path, digest


def _lines(collected: Collected, words: str) -> Iterator[str]:
    for first in range(0, len(collected.texts), _TEXTS_AT_A_TIME):
        texts = collected.texts[first : first + _TEXTS_AT_A_TIME]
        for text, ranges in zip(texts, tokenise(texts, words=words), strict=True):
            yield json.dumps({"words": [text[start:end] for start, end in ranges]}) + "\n"
