"""Model inputs: windows of documents, batched by length so that little is padding."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from adrbench_transformer.subwords import Pieces, Subwords
from adrbench_transformer.windows import windows


@dataclass(frozen=True, slots=True)
class Example:
    """One window ready for the model.

    ``pieces``: subword ids of the words inside, none of them empty. ``places``: for each word that this window tags,
    its place in ``pieces`` and its number in the document. ``length``: subwords with the special ones.
    """

    document: int
    pieces: Pieces
    places: list[tuple[int, int]]
    length: int


def examples(document: int, pieces: Pieces, frame: Subwords, max_length: int, overlap: int) -> list[Example]:
    """Windows of one document, neighbours sharing ``overlap`` subwords, half a window at most.

    Words without subwords are left out, and so is a window that would tag none.
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
    """Batches of ``size`` in random order, each of examples of about one length.

    Examples are shuffled, sorted by length within stretches of fifty batches, and the batches shuffled again, as
    fairseq and the HF ``Trainer``'s ``group_by_length`` do: an epoch's batches differ from the next one's.
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
    """Batches of at most ``subwords`` places, padding included, each of one example at least.

    Longest first; or in random order and with examples of one length shuffled, so that there are as many batches in
    every epoch.
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
    """Tensors of one batch: ``ids`` and ``attention`` are examples x length; ``reads`` index the flattened places.

    ``reads`` holds the place where each tagged word is read off, examples in turn, words in order: its first subword,
    or its last one for a model that at the first one has not seen the rest of the word.
    """

    ids: torch.Tensor
    attention: torch.Tensor
    reads: torch.Tensor


def collate(
    chosen: Sequence[Example], frame: Subwords, device: str, masked: float = 0.0, rng: random.Random | None = None
) -> Batch:
    """Pad examples to the longest. Each word is replaced by mask tokens with probability ``masked``."""
    width = max(example.length for example in chosen)
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
    """Bring ``tensor`` to the device; to a GPU from pinned memory, for which the program need not wait."""
    return tensor if device == "cpu" else tensor.pin_memory().to(device, non_blocking=True)
