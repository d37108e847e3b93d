"""Sentences in batches of about one length, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from adrbench_bilstm_crf.network import Batch

# A batch holds no more words than this, padding included, so that long documents do not take memory by the batch.
_MOST_WORDS = 8192
# Training sorts by length within this many batches: about one length a batch, yet other batches in every epoch.
_POOL = 20


def _cut(order: Sequence[int], lengths: Sequence[int], size: int) -> list[list[int]]:
    """Cut an order into batches of at most ``size`` sentences and ``_MOST_WORDS`` words, one sentence at least."""
    batches: list[list[int]] = []
    longest = 0
    for i in order:
        longest = max(longest, lengths[i])
        if batches and len(batches[-1]) < size and longest * (len(batches[-1]) + 1) <= _MOST_WORDS:
            batches[-1].append(i)
        else:
            batches.append([i])
            longest = lengths[i]
    return batches


def by_length(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Batch sentences from the shortest to the longest. Empty sentences are in no batch.

    Args:
        lengths: The number of words of each sentence.
        size: The most sentences of a batch.

    Returns:
        Batches of the sentences' numbers.
    """
    order = sorted((i for i, n in enumerate(lengths) if n), key=lambda i: (lengths[i], i))
    return _cut(order, lengths, size)


def shuffled(lengths: Sequence[int], size: int, generator: torch.Generator) -> list[list[int]]:
    """Batch sentences in random order, each batch with sentences of similar length.

    Args:
        lengths: The number of words of each sentence.
        size: The most sentences of a batch.
        generator: Draws the order.

    Returns:
        Batches of the sentences' numbers. Empty sentences are in no batch.
    """
    order = [i for i in torch.randperm(len(lengths), generator=generator).tolist() if lengths[i]]
    batches: list[list[int]] = []
    for start in range(0, len(order), size * _POOL):
        pool = sorted(order[start : start + size * _POOL], key=lambda i: lengths[i])
        batches += _cut(pool, lengths, size)
    return [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]


def collate(sentences: Sequence[Tensor], device: torch.device) -> Batch:
    """Make one padded batch of sentences.

    Args:
        sentences: Each sentence as rows of a word table, integers of shape (words).
        device: Where the batch goes.

    Returns:
        The batch, on the device.
    """
    lengths = torch.tensor([len(s) for s in sentences], device=device)
    return Batch(pad_sequence(list(sentences), batch_first=True).to(device), lengths)
