"""Which texts would give labelled documents away. Time is linear in the words of both, as texts are written.

A text is left out if it has the same words as a labelled document, if it lies within one, if one lies within it, or if
it shares a run of twelve words with one. All labelled documents count, not just those of one test fold: so one
pre-training is good for every fold of every split, random or grouped. That is stricter than to leave out the documents
under test: those to learn from go too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

SAME = "the same words as a labelled document"
INSIDE = "part of a labelled document"
AROUND = "with a labelled document in it"
RUN = "with a run of words of a labelled document"
# So many words in a row are hardly ever shared by chance; Brown et al. 2020 (GPT-3) look for 13.
RUN_WORDS = 12
# Shorter documents, a "Yes." or "Severe headache.", stand in any text by chance: only the very same text is left out.
FEWEST_WORDS = 4
_WORD = re.compile(r"\w+")


def words(text: str) -> list[str]:
    r"""The words of a text, as texts are compared: case, white space, punctuation and Unicode's variants aside.

    >>> words("Rash\u00a0(SEVERE); 5-FU!")
    ['rash', 'severe', '5', 'fu']
    """
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


class Labelled:
    """The labelled documents, indexed so that a text is compared with the few that it could have anything of."""

    def __init__(self, texts: Iterable[str]) -> None:
        documents = list(dict.fromkeys(tuple(words(text)) for text in texts))
        self._documents = [f" {' '.join(document)} " for document in documents]
        self._same = frozenset(self._documents)
        # Runs are held by hash: two different ones have the same with a probability of 1 in 10^19.
        self._runs = {run for document in documents for run in _runs(document)}
        holders: dict[str, set[int]] = defaultdict(set)
        for number, document in enumerate(documents):
            for word in document:
                holders[word].add(number)
        self._holders = dict(holders)
        # A longer document that lies within a text shares a run with it.
        short = [number for number, document in enumerate(documents) if FEWEST_WORDS <= len(document) < RUN_WORDS]
        frequency = Counter({word: len(numbers) for word, numbers in holders.items()})
        # Each short document is looked for where its rarest word is.
        self._anchors: dict[str, list[str]] = defaultdict(list)
        for number in short:
            rarest = min(documents[number], key=lambda word: (frequency[word], word))
            self._anchors[rarest].append(self._documents[number])

    def reason(self, tokens: list[str]) -> str | None:
        """Say why a text has to be left out.

        Args:
            tokens: The words of the text, as ``words`` gives them.

        Returns:
            The reason, or None.
        """
        text = f" {' '.join(tokens)} "
        if text in self._same:
            return SAME
        if self._inside(tokens, text):
            return INSIDE
        distinct = set(tokens)
        if any(document in text for word in distinct & self._anchors.keys() for document in self._anchors[word]):
            return AROUND
        if self._runs and any(run in self._runs for run in _runs(tokens)):
            return RUN
        return None

    def _inside(self, tokens: list[str], text: str) -> bool:
        holders = []
        for word in set(tokens):
            held = self._holders.get(word)
            if held is None:
                return False
            holders.append(held)
        holders.sort(key=len)
        return bool(holders) and any(text in self._documents[number] for number in set.intersection(*holders))


def _runs(tokens: Iterable[str]) -> Iterator[int]:
    sequence = tuple(tokens)
    for start in range(len(sequence) - RUN_WORDS + 1):
        yield hash(sequence[start : start + RUN_WORDS])
