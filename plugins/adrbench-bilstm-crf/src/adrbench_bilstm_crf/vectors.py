"""Word vectors: trained on the text at hand, read from a file, or drawn at random."""

from __future__ import annotations

import codecs
import math
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from gensim import utils
from gensim.models import FastText, KeyedVectors, Word2Vec
from gensim.models.callbacks import CallbackAny2Vec
from gensim.models.fasttext import FastTextKeyedVectors, ft_ngram_hashes, load_facebook_vectors, save_facebook_model
from numpy.typing import NDArray

from adrbench.api import CorpusError

Matrix = NDArray[np.float32]
DEFAULT_SIZE = 100
# In a folder that pre-training left.
_FILE = "vectors.bin"
_BUCKETS = 50_000
_FASTTEXT_MAGIC = (793712314).to_bytes(4, "little")
# The first line of word2vec's text format has two fields: how many words, how many dimensions.
_HEADER = 2
# All vectors are brought to this standard deviation, so that one learning rate serves every source.
_SCALE = 0.3


@dataclass(frozen=True)
class Subwords:
    """FastText's vectors of hashed character n-grams, which make a vector for any word (Bojanowski et al. 2017).

    Attributes:
        matrix: One vector a hash, shape (hashes, size).
        shortest: The characters of the shortest n-grams.
        longest: The characters of the longest n-grams.
    """

    matrix: Matrix
    shortest: int
    longest: int

    def vector(self, word: str) -> Matrix | None:
        """Average the vectors of a word's n-grams.

        Args:
            word: The word.

        Returns:
            The mean, shape (size). None for a word that is too short to have an n-gram.
        """
        rows = ft_ngram_hashes(word, self.shortest, self.longest, len(self.matrix))
        if not len(rows):
            return None
        mean: Matrix = self.matrix[rows].mean(0)
        return mean


@dataclass(frozen=True)
class WordVectors:
    """Vectors of words. With subwords, unseen words have vectors too.

    Attributes:
        rows: The row of each word in the matrix.
        matrix: One vector a word, shape (words, size).
        subwords: Vectors of n-grams, if there are any.
    """

    rows: dict[str, int]
    matrix: Matrix
    subwords: Subwords | None = None

    @property
    def size(self) -> int:
        """Dimensions of a vector."""
        return int(self.matrix.shape[1])

    def find(self, *forms: str) -> Matrix | None:
        """Look up a word.

        Args:
            *forms: Forms of the word, the preferred one first.

        Returns:
            The vector of the first form that has one, else the subword vector of the last form, else None.
        """
        for form in forms:
            if form in self.rows:
                vector: Matrix = self.matrix[self.rows[form]]
                return vector
        return self.subwords.vector(forms[-1]) if self.subwords else None


def _stable_hash(text: str) -> int:
    """A hash that is the same in every process, unlike Python's own."""
    return zlib.crc32(text.encode("utf-8", "surrogatepass"))


def _rescaled(found: WordVectors) -> WordVectors:
    """The same vectors with a standard deviation of ``_SCALE``.

    Raises ``ValueError`` if they have none.
    """
    deviation = float(found.matrix.std())
    if not (math.isfinite(deviation) and deviation > 0):
        raise ValueError("the vectors are all equal or not finite")
    scale = np.float32(_SCALE / deviation)
    subwords = found.subwords and replace(found.subwords, matrix=found.subwords.matrix * scale)
    return WordVectors(found.rows, found.matrix * scale, subwords)


def _taken(keyed: Any, limit: int | None = None) -> WordVectors:
    """Gensim's vectors, the first ``limit`` of them, as ours."""
    if not len(keyed.vectors):
        raise ValueError("it has no vectors")
    subwords = None
    if isinstance(keyed, FastTextKeyedVectors):
        subwords = Subwords(np.asarray(keyed.vectors_ngrams, dtype=np.float32), keyed.min_n, keyed.max_n)
    words = {w: i for i, w in enumerate(keyed.index_to_key[:limit])}
    return _rescaled(WordVectors(words, np.asarray(keyed.vectors[:limit], dtype=np.float32), subwords))


def drawn(words: Iterable[str], size: int, seed: int) -> WordVectors:
    """Draw a random vector for every distinct word.

    Args:
        words: The words, with or without repetitions.
        size: Dimensions of a vector.
        seed: The seed.

    Returns:
        The vectors.
    """
    rows = {w: i for i, w in enumerate(dict.fromkeys(words))}
    matrix = np.random.default_rng(seed).normal(0, _SCALE, (len(rows), size))
    return WordVectors(rows, matrix.astype(np.float32))


def trained(
    method: str,
    sentences: Sequence[Sequence[str]],
    *,
    size: int,
    window: int,
    epochs: int,
    seed: int,
) -> WordVectors:
    """Train skip-gram vectors (Mikolov et al. 2013). One worker, since several would make them differ from run to run.

    Args:
        method: ``"word2vec"`` for plain vectors, ``"fasttext"`` for vectors with subwords.
        sentences: The words of each sentence.
        size: Dimensions of a vector.
        window: Words to either side that count as context.
        epochs: Passes over the text.
        seed: The seed.

    Returns:
        The vectors. For a text without words they have no rows.
    """
    if not any(sentences):
        return drawn((), size, seed)
    return _taken(_model(method, sentences, vector_size=size, window=window, epochs=epochs, min_count=1, seed=seed).wv)


def write(
    folder: Path,
    method: str,
    sentences: Sequence[Sequence[str]],
    *,
    size: int,
    window: int,
    epochs: int,
    least_count: int,
    seed: int,
    progress: Callable[[int], None],
) -> int:
    """Train vectors as ``trained`` does, and write them to a folder that ``read`` reads.

    Args:
        folder: An existing folder.
        method: ``"word2vec"`` or ``"fasttext"``.
        sentences: The words of each sentence, none with white space.
        size: Dimensions of a vector.
        window: Words to either side that count as context.
        epochs: Passes over the text.
        least_count: Words that occur less often have no vector.
        seed: The seed.
        progress: Called with the number of passes done, after each.

    Returns:
        The number of words with a vector.

    Raises:
        ValueError: There is no such word.
    """
    counts = Counter(word for sentence in sentences for word in sentence)
    if max(counts.values(), default=0) < least_count:
        raise ValueError(f"no word occurs {least_count} times in the text to pretrain on")
    options = {"vector_size": size, "window": window, "epochs": epochs, "min_count": least_count, "seed": seed}
    model = _model(method, sentences, **options, callbacks=[_Passes(progress)])
    if method == "fasttext":
        save_facebook_model(model, str(folder / _FILE))
    else:
        model.wv.save_word2vec_format(str(folder / _FILE), binary=True)
    return len(model.wv)


class _Passes(CallbackAny2Vec):  # type: ignore[misc]  # gensim has no types
    """Counts passes over the text."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._done = 0

    def on_epoch_end(self, model: object) -> None:  # noqa: ARG002 (the signature of gensim)
        """Tell how many passes are done."""
        self._done += 1
        self._progress(self._done)


def _model(method: str, sentences: Sequence[Sequence[str]], **options: Any) -> Any:
    """Gensim's model, trained."""
    options |= {"sg": 1, "workers": 1, "hashfxn": _stable_hash}
    if method == "fasttext":
        return FastText(sentences=sentences, bucket=_BUCKETS, **options)
    return Word2Vec(sentences=sentences, **options)


def _is_text(sample: bytes) -> bool:
    """Whether bytes, perhaps cut inside a character, read as UTF-8 text."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return False
    return b"\0" not in sample


def _read_text(lines: Iterable[bytes], limit: int) -> WordVectors:
    """Vectors of a text file: a word and its numbers a line, perhaps after a line of counts, as word2vec writes it."""
    rows: dict[str, int] = {}
    matrix: list[Matrix] = []
    size = 0
    for number, line in enumerate(lines, 1):
        parts = line.decode("utf-8").rstrip().split(" ")
        if number == 1 and len(parts) == _HEADER:
            continue
        size = size or len(parts) - 1
        # A word may hold spaces itself (GloVe's do), so the numbers are counted from the end.
        word, numbers = " ".join(parts[:-size]), parts[-size:]
        if not word or size < 1:
            raise ValueError(f"line {number} is not a word and {size or 'some'} numbers")
        if word not in rows:
            rows[word] = len(rows)
            matrix.append(np.array([float(x) for x in numbers], dtype=np.float32))
        if len(rows) == limit:
            break
    return _rescaled(WordVectors(rows, np.stack(matrix)))


def read(path: Path, limit: int) -> WordVectors:
    """Read word vectors from a file: word2vec (text, binary), GloVe, or fastText (``.vec``, ``.bin``).

    All but fastText's ``.bin`` may be gzipped.

    Args:
        path: The file, or a folder that ``write`` left.
        limit: The most vectors to read, from the start of the file.

    Returns:
        The vectors, scaled to one standard deviation for all sources.

    Raises:
        CorpusError: There is no such file, or it has another format. The message has the path.
    """
    path = path / _FILE if path.is_dir() else path
    if not path.is_file():
        raise CorpusError(f"{path}: no such file of word vectors")
    try:
        with utils.open(str(path), "rb") as file:
            sample = file.read(1 << 16)
        if sample.startswith(_FASTTEXT_MAGIC):
            return _taken(load_facebook_vectors(str(path)), limit)
        if not _is_text(sample):
            return _taken(KeyedVectors.load_word2vec_format(str(path), binary=True, limit=limit))
        with utils.open(str(path), "rb") as file:
            return _read_text(file, limit)
    except (ValueError, TypeError, EOFError, OSError, NotImplementedError, AssertionError) as error:
        raise CorpusError(f"{path}: no word2vec, GloVe or fastText vectors can be read ({error})") from error
