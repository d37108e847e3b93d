"""Words with a tag each, as rows of datasets and lines of JSON have them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from adrbench.api import CorpusError, Span, decode

Content = tuple[str, tuple[Span, ...], tuple[tuple[int, int], ...]]

# BILOU's letters for what BIOES calls E and S.
_OTHER_LETTERS = {"L": "E", "U": "S"}


@dataclass(frozen=True)
class Numbering:
    """The tags that the numbers from 0 on stand for; None if they are not known.

    ``given``: the user named them, so that there should be numbers. ``sought``: where names were looked for in vain, as
    the subject of a sentence.
    """

    tags: tuple[str, ...] | None
    given: bool = False
    sought: str = "nothing"

    def tag(self, value: Any, where: str) -> str:
        """The tag that a value says. Raises ``CorpusError`` beginning with ``where`` if it says none."""
        if type(value) is not int:
            if self.given:
                raise CorpusError(f"{where}: params.names is for tags that are numbers, and this one is {value!r}")
            if not isinstance(value, str):
                raise CorpusError(f"{where}: the tag {value!r} is neither a string nor a number")
            return value
        if self.tags is None:
            raise CorpusError(
                f"{where}: the tags are numbers, and {self.sought} names them; "
                'params.names = ["O", "B-…", …] does (in a command, --param \'names=["O", "B-…", …]\')'
            )
        if not 0 <= value < len(self.tags):
            raise CorpusError(f"{where}: the tag {value}, but there are names for 0 to {len(self.tags) - 1}")
        return self.tags[value]


def content(words: Any, tags: Any, numbering: Numbering, where: str, ledger: Counter[str]) -> Content:
    """Text, spans and tokens of a list of words and one of tags: BIO, BIOES or BILOU.

    The text is the words with a space between. Empty words are left out and counted, as are spans without the tag that
    begins one.

    Raises ``CorpusError`` beginning with ``where`` for what is no list of words, or no tag.

    >>> content(["No", "rash"], [0, 1], Numbering(("O", "B-ADR")), "", Counter())
    ('No rash', (Span(start=3, end=7, label='ADR'),), ((0, 2), (3, 7)))
    """
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise CorpusError(f"{where}: the tokens are no list of strings")
    if not isinstance(tags, list) or len(tags) != len(words):
        count = f"{len(tags)} tags" if isinstance(tags, list) else "no list of tags"
        raise CorpusError(f"{where}: {count} for {len(words)} tokens")
    pairs = [(word, _plain(numbering.tag(tag, where))) for word, tag in zip(words, tags, strict=True)]
    kept = [(word, tag) for word, tag in pairs if word]
    ledger["empty tokens, left out"] += len(pairs) - len(kept)
    tokens = []
    place = 0
    for word, _ in kept:
        tokens.append((place, place + len(word)))
        place += len(word) + 1
    read = [tag for _, tag in kept]
    ledger["spans that began without a tag that begins one"] += _orphans(read)
    try:
        spans = decode(tokens, read)
    except ValueError as error:
        raise CorpusError(f"{where}: {error}") from error
    return " ".join(word for word, _ in kept), tuple(spans), tuple(tokens)


def _plain(tag: str) -> str:
    """The tag in letters of BIOES."""
    letter, mark, label = tag.partition("-")
    return f"{_OTHER_LETTERS.get(letter, letter)}{mark}{label}"


def _orphans(tags: Sequence[str]) -> int:
    """Continuations with nothing of their label before them to continue."""
    return sum(
        tag[:1] in {"I", "E"} and (before[:1] not in {"B", "I"} or before[2:] != tag[2:])
        for before, tag in zip(["O", *tags], tags, strict=False)
    )
