"""What a language model is asked: to guess masked subwords (BERT) or the next one (GPT-2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from adrbench_transformer.rows import Rows
from adrbench_transformer.subwords import Subwords

# Devlin et al. 2019, section 3.1: of what is to be guessed, so much is masked, and so much is another subword.
_MASKED, _OTHER = 0.8, 0.1


@dataclass(frozen=True)
class Question:
    """One batch for a language model.

    Attributes:
        ids: Subword ids, shape (rows, length).
        attention: 1 on subwords, 0 on padding, shape (rows, length).
        places: Indices into the flattened ``ids``, at which the model predicts a subword.
        targets: The subword that is right at each place.
    """

    ids: NDArray[np.int64]
    attention: NDArray[np.int64]
    places: NDArray[np.int64]
    targets: NDArray[np.int64]


@dataclass(frozen=True)
class _Batch:
    """``inside``: where subwords of the text are; ``opens``: where one begins a word."""

    ids: NDArray[np.int64]
    attention: NDArray[np.int64]
    inside: NDArray[np.bool_]
    opens: NDArray[np.bool_]


def _batch(rows: Rows, chosen: NDArray[np.int64], frame: Subwords) -> _Batch:
    before, behind = len(frame.prefix), len(frame.suffix)
    lengths = rows.lengths()[chosen]
    shape = (len(chosen), before + int(lengths.max()) + behind)
    ids = np.full(shape, frame.pad, dtype=np.int64)
    attention = np.zeros(shape, dtype=np.int64)
    inside, opens = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    for place, (row, length) in enumerate(zip(chosen, lengths, strict=True)):
        start, end = rows.edges[row], rows.edges[row + 1]
        ids[place, :before] = frame.prefix
        ids[place, before : before + length] = rows.ids[start:end]
        ids[place, before + length : before + length + behind] = frame.suffix
        attention[place, : before + length + behind] = 1
        inside[place, before : before + length] = True
        opens[place, before : before + length] = rows.opens[start:end]
    return _Batch(ids, attention, inside, opens)


def masked(
    rows: Rows,
    chosen: NDArray[np.int64],
    frame: Subwords,
    vocabulary: int,
    share: float,
    rng: np.random.Generator,
    *,
    whole_words: bool = False,
) -> Question:
    """Make a batch for a masked language model: mask a share of the subwords, or of the words, but one at least.

    The masked places are drawn anew for each batch (Liu et al. 2019, RoBERTa).

    Args:
        rows: All rows of text.
        chosen: The numbers of the batch's rows.
        frame: The tokenizer and its special tokens.
        vocabulary: The number of subwords in the vocabulary.
        share: The share to mask, a fraction.
        rng: Draws the places, and the subwords that replace some of them.
        whole_words: Whether whole words are masked rather than single subwords.

    Returns:
        The batch, with the masked subwords as targets.
    """
    batch = _batch(rows, chosen, frame)
    places = np.flatnonzero(batch.inside)
    units = np.cumsum(batch.opens.ravel()[places]) - 1 if whole_words else np.arange(len(places))
    guessed = (rng.random(units[-1] + 1) < share)[units]
    if not guessed.any():
        guessed = units == rng.integers(units[-1] + 1)
    places = places[guessed]
    targets = batch.ids.ravel()[places]
    draws = rng.random(len(places))
    ids = batch.ids.copy().ravel()
    ids[places[draws < _MASKED]] = frame.mask
    others = places[draws >= 1 - _OTHER]
    ids[others] = rng.integers(vocabulary, size=len(others))
    return Question(ids.reshape(batch.ids.shape), batch.attention, places, targets)


def causal(rows: Rows, chosen: NDArray[np.int64], frame: Subwords) -> Question:
    """Make a batch for a causal language model: each subword but the first is a target for those before it.

    Args:
        rows: All rows of text.
        chosen: The numbers of the batch's rows.
        frame: The tokenizer and its special tokens.

    Returns:
        The batch.
    """
    batch = _batch(rows, chosen, frame)
    follows = np.zeros_like(batch.inside)
    follows[:, :-1] = (batch.attention[:, :-1] * batch.attention[:, 1:]).astype(np.bool_)
    places = np.flatnonzero(follows)
    return Question(batch.ids, batch.attention, places, batch.ids.ravel()[places + 1])
