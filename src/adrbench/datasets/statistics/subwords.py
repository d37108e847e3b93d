"""How long the documents of a corpus are in subwords of a language model."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from adrbench._system.paths import with_home
from adrbench.datasets.corpus import Corpus
from adrbench.datasets.statistics.counts import Distribution
from adrbench.datasets.text._subwords import count_subwords


@dataclass(frozen=True)
class SubwordLengths:
    """The lengths of documents in subwords, special tokens aside.

    Attributes:
        vocabulary: The vocabulary and its file.
        length: Subwords of a document, as how often each number occurs.
    """

    vocabulary: str
    length: Distribution

    def longer_than(self, limit: int) -> int:
        """Count long documents.

        Args:
            limit: The number of subwords that a document may have.

        Returns:
            How many documents have more.
        """
        return sum(count for length, count in self.length.counts.items() if length > limit)


def subword_lengths(corpus: Corpus, vocabulary: str, *, offline: bool = False) -> SubwordLengths:
    """Count the subwords of each document.

    Args:
        corpus: The corpus.
        vocabulary: A hub name, a ``tokenizer.json``, a ``vocab.txt``, or a folder with such a file.
        offline: Use no network.

    Returns:
        The lengths.

    Raises:
        CorpusError: The vocabulary cannot be had, or the tokenizers library is not installed.
    """
    with_home(vocabulary, "the vocabulary")
    texts = [[d.text[start:end] for start, end in d.tokens] for d in (a.document for a in corpus.documents)]
    counts, name = count_subwords(texts, vocabulary, Path(), offline=offline)
    return SubwordLengths(name, Distribution(dict(Counter(counts))))
