"""Model inputs: windows of documents, batched by length so that little is padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from adrbench_transformer.subwords import Pieces, Subwords
from adrbench_transformer.windows import windows

_MULTIPLE = 8


@dataclass(frozen=True, slots=True)
class Example:
    """One window ready for the model.

    Attributes:
        document: The number of its document.
        pieces: Subword ids of each word in it; no word is without.
        places: For each word that this window tags, its index in ``pieces`` and its number in the document.
        length: Subwords, special ones included.
    """

    document: int
    pieces: Pieces
    places: list[tuple[int, int]]
    length: int


def examples(document: int, pieces: Pieces, frame: Subwords, max_length: int, overlap: int) -> list[Example]:
    """Cut a document into windows. Words without subwords are left out, and so is a window that would tag no word.

    Args:
        document: The document's number.
        pieces: Subword ids of each of its words.
        frame: The tokenizer and its special tokens.
        max_length: The most subwords of a window, special ones included.
        overlap: Subwords that neighbouring windows share, at most half a window.

    Returns:
        The windows, in order.
    """
    capacity = max_length - len(frame.prefix) - len(frame.suffix)
    seen = [word for word, ids in enumerate(pieces) if ids]
    found: list[Example] = []
    for window in windows([len(pieces[word]) for word in seen], capacity, min(overlap, capacity // 2)):
        inside = [pieces[word][:capacity] for word in seen[window.start : window.end]]
        places = [(i - window.start, seen[i]) for i in range(window.first, window.last)]
        if places:
            found.append(Example(document, inside, places, max_length - capacity + sum(map(len, inside))))
    return found


def shuffled(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Batch examples in random order, each batch with examples of similar length.

    Examples are shuffled, sorted by length within stretches of fifty batches, and the batches shuffled again, as
    fairseq and the HF ``Trainer``'s ``group_by_length`` do. So each epoch has other batches.

    Args:
        lengths: The length of each example, in subwords.
        size: Examples of a batch.
        rng: Draws the order.

    Returns:
        Batches of the examples' numbers.
    """
    order = list(range(len(lengths)))
    rng.shuffle(order)
    stretch = size * 50
    found: list[list[int]] = []
    for at in range(0, len(order), stretch):
        near = sorted(order[at : at + stretch], key=lengths.__getitem__)
        found += [near[i : i + size] for i in range(0, len(near), size)]
    rng.shuffle(found)
    return found


def budgeted(lengths: Sequence[int], subwords: int, rng: random.Random | None = None) -> list[list[int]]:
    """Batch examples by the number of subwords.

    Args:
        lengths: The length of each example, in subwords.
        subwords: The most subwords of a batch, padding included. A longer example is a batch of its own.
        rng: Draws the order of batches, and of examples of one length. Every epoch then has as many batches. None:
            longest examples first.

    Returns:
        Batches of the examples' numbers, of one example at least.
    """
    order = list(range(len(lengths)))
    if rng is not None:
        rng.shuffle(order)
    found: list[list[int]] = []
    for i in sorted(order, key=lambda i: -lengths[i]):
        if found and lengths[found[-1][0]] * (len(found[-1]) + 1) <= subwords:
            found[-1].append(i)
        else:
            found.append([i])
    if rng is not None:
        rng.shuffle(found)
    return found


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one batch.

    Attributes:
        ids: Subword ids, shape (examples, length).
        attention: 1 on subwords, 0 on padding, shape (examples, length).
        reads: For each tagged word the index of its subword in the flattened ``ids``, examples in turn, words in order.
            It is the word's first subword. For a causal model, which at the first has not seen the rest of the word,
            it is the last, with its mask lifted or not.
    """

    ids: torch.Tensor
    attention: torch.Tensor
    reads: torch.Tensor


def collate(
    chosen: Sequence[Example],
    frame: Subwords,
    device: str,
    masked: float = 0.0,
    rng: random.Random | None = None,
    *,
    rounded: int = 0,
) -> Batch:
    """Pad examples to the longest and make tensors of them.

    In bfloat16 the library of a CPU's matrix products makes, and keeps, code for each size that it meets. Rounded
    lengths are fewer, and so is memory.

    Args:
        chosen: The examples of the batch.
        frame: The tokenizer and its special tokens.
        device: ``"cpu"`` or a CUDA device.
        masked: The probability that a word is replaced by mask tokens; without effect if ``rng`` is None.
        rng: Draws the masked words.
        rounded: Pad to a multiple of 8, but not beyond this, the most subwords that the model takes; 0: do not round.

    Returns:
        The batch, on the device.
    """
    width = max(example.length for example in chosen)
    width = max(width, min(rounded, -(-width // _MULTIPLE) * _MULTIPLE))
    rows: list[list[int]] = []
    reads: list[int] = []
    for row, example in enumerate(chosen):
        ids = list(frame.prefix)
        places: list[int] = []
        for pieces in example.pieces:
            places.append(len(ids) + (len(pieces) - 1 if frame.causal else 0))
            ids += [frame.mask] * len(pieces) if rng is not None and rng.random() < masked else pieces
        reads += [row * width + places[place] for place, _ in example.places]
        rows.append([*ids, *frame.suffix])
    attention = [[1] * len(row) + [0] * (width - len(row)) for row in rows]
    padded = [row + [frame.pad] * (width - len(row)) for row in rows]
    return Batch(*(sent(torch.tensor(values), device) for values in (padded, attention, reads)))


def sent(tensor: torch.Tensor, device: str) -> torch.Tensor:
    """Copy a tensor to the device; to a GPU from pinned memory, without waiting for the copy.

    Args:
        tensor: The tensor, on the CPU.
        device: ``"cpu"`` or a CUDA device.

    Returns:
        The tensor on the device.
    """
    return tensor if device == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
