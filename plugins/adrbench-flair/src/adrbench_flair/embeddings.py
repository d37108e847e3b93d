"""What flair's tagger is told of a word: vectors of the text at hand, its characters, and whatever else is named."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import flair
import numpy as np
import torch
from flair.data import Dictionary
from flair.embeddings import (
    CharacterEmbeddings,
    FlairEmbeddings,
    StackedEmbeddings,
    TokenEmbeddings,
    TransformerWordEmbeddings,
    WordEmbeddings,
)
from gensim.models import Word2Vec

from adrbench.api import Unavailable
from adrbench_flair.plugin import TRAINED, Params

_SIZE = 100
_CHARACTER_SIZE = 25
# Vectors are brought to this standard deviation: those of a small corpus are tiny otherwise.
_SCALE = 0.3


def build(
    params: Params, train: Sequence[Sequence[str]], unlabelled: Sequence[Sequence[str]], seed: int
) -> StackedEmbeddings:
    """Build all embeddings that the parameters name.

    Args:
        params: The parameters, checked.
        train: The words of each training document.
        unlabelled: The words of each unlabelled document.
        seed: The seed of the vectors that are trained here.

    Returns:
        The embeddings, stacked.

    Raises:
        Unavailable: flair cannot get one of them.
    """
    return StackedEmbeddings(list(_parts(params, train, unlabelled, seed)))


def _parts(
    params: Params, train: Sequence[Sequence[str]], unlabelled: Sequence[Sequence[str]], seed: int
) -> Iterator[TokenEmbeddings]:
    for value in params.embeddings:
        yield trained([*train, *unlabelled], seed) if value == TRAINED else _named(value)
    if params.characters:
        yield CharacterEmbeddings(_alphabet(train), _CHARACTER_SIZE, params.characters)


def _named(value: str) -> TokenEmbeddings:
    kind, _, name = value.partition(":")
    source = str(Path(name).expanduser())
    try:
        match kind:
            case "words":
                return WordEmbeddings(source)
            case "flair":
                return FlairEmbeddings(source)
            case _:
                return TransformerWordEmbeddings(source, fine_tune=False)
    except Exception as error:
        # A download or a file of somebody else's, and flair raises whatever its libraries do.
        reason = str(error).strip().partition("\n")[0]
        raise Unavailable(f"flair has no embeddings {value!r} ({type(error).__name__}: {reason})") from error


def _alphabet(sentences: Sequence[Sequence[str]]) -> Dictionary:
    """The characters of training words: flair's own list would be a download."""
    alphabet = Dictionary()
    for character in sorted({c for sentence in sentences for word in sentence for c in word}):
        alphabet.add_item(character)
    return alphabet


def _form(word: str) -> str:
    """The form under which words share a vector, the last one that flair's look-up tries."""
    return re.sub(r"\d", "0", word.lower())


def _stable_hash(text: str) -> int:
    """A hash that is the same in every process, unlike Python's own."""
    return zlib.crc32(text.encode())


def trained(sentences: Sequence[Sequence[str]], seed: int) -> WordEmbeddings:
    """Train skip-gram vectors (Mikolov et al. 2013), which the tagger's training changes further.

    One worker, so that they are the same every time.

    Args:
        sentences: Words, by sentence.
        seed: The seed.

    Returns:
        Embeddings of 100 dimensions.
    """
    model = Word2Vec(
        [[_form(word) for word in sentence] for sentence in sentences],
        vector_size=_SIZE,
        window=5,
        epochs=10,
        sg=1,
        min_count=1,
        workers=1,
        seed=seed,
        hashfxn=_stable_hash,
    )
    vectors = np.asarray(model.wv.vectors, dtype=np.float32)
    vectors *= np.float32(_SCALE) / vectors.std()
    embeddings = WordEmbeddings(
        None,
        vocab=dict(model.wv.key_to_index),
        embedding_length=_SIZE,
        name=TRAINED,
        fine_tune=True,
        force_cpu=False,
    )
    with torch.no_grad():
        # The last row is that of unknown words.
        embeddings.embedding.weight[:-1] = torch.from_numpy(vectors).to(flair.device)
    return embeddings
