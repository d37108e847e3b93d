"""Unlabelled text as rows of subwords, and batches of rows of about one length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TEXTS_AT_A_TIME = 2000
# Rows are sorted by length within stretches of so many batches.
_STRETCH = 50


@dataclass(frozen=True)
class Rows:
    """Rows of subwords, concatenated.

    Attributes:
        ids: Subword ids of all rows. Row ``i`` is ``ids[edges[i]:edges[i + 1]]``.
        opens: Whether each subword begins a word. The first subword of a row always does.
        edges: Where rows begin, and where the last one ends.
        texts: The number of texts that the rows come from.
    """

    ids: NDArray[np.int32]
    opens: NDArray[np.bool_]
    edges: NDArray[np.int64]
    texts: int

    def lengths(self) -> NDArray[np.int64]:
        """Count the subwords of each row.

        Returns:
            Integers of shape (rows).
        """
        return np.diff(self.edges)


def read_rows(path: Path, tokenizer: Any, capacity: int, fewest: int) -> Rows:
    """Cut texts into rows of subwords. Each row is of one text, as it will be in fine-tuning.

    Args:
        path: A file of JSON lines ``{"text": ...}``.
        tokenizer: The fast tokenizer.
        capacity: The most subwords of a row.
        fewest: Rows with fewer subwords are left out.

    Returns:
        The rows.

    Raises:
        ValueError: A line is no such object; the message has its number. Or no row is left.
    """
    ids: list[NDArray[np.int32]] = []
    opens: list[NDArray[np.bool_]] = []
    lengths: list[int] = []
    texts = 0
    lines = _texts(path)
    while block := list(islice(lines, _TEXTS_AT_A_TIME)):
        for encoding in tokenizer.backend_tokenizer.encode_batch(block, add_special_tokens=False):
            found = np.array(encoding.ids, dtype=np.int32)
            words = np.array([-1 if word is None else word for word in encoding.word_ids], dtype=np.int32)
            kept = 0
            for start in range(0, len(found), capacity):
                row = found[start : start + capacity]
                if len(row) >= fewest:
                    ids.append(row)
                    opens.append(np.diff(words[start : start + capacity], prepend=-2) != 0)
                    lengths.append(len(row))
                    kept += 1
            texts += kept > 0
    if not ids:
        raise ValueError(f"{path}: no text that the model's tokenizer can read")
    edges = np.concatenate([[0], np.cumsum(lengths)])
    return Rows(np.concatenate(ids), np.concatenate(opens), edges, texts)


def _texts(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                value = json.loads(line)
                text = value["text"]
            except (ValueError, TypeError, KeyError) as error:
                raise ValueError(f'{path}:{number}: no JSON object {{"text": ...}}') from error
            if not isinstance(text, str):
                raise ValueError(f"{path}:{number}: the text is {type(text).__name__}, not a string")  # noqa: TRY004
            # Half a surrogate pair is no text, and no tokenizer takes it.
            yield text.encode("utf-8", "replace").decode("utf-8")


def epoch(lengths: NDArray[np.int64], budget: int, rng: np.random.Generator) -> list[NDArray[np.int64]]:
    """Batch all rows once, in random order.

    Rows are shuffled, sorted by length within stretches of about fifty batches, and the batches shuffled again.

    Args:
        lengths: The subwords of each row.
        budget: The most subwords of a batch, padding included. A longer row is a batch of its own.
        rng: Draws the order.

    Returns:
        Batches of the rows' numbers.
    """
    order = rng.permutation(len(lengths))
    stretch = max(1, round(budget / lengths.mean())) * _STRETCH
    found: list[NDArray[np.int64]] = []
    for at in range(0, len(order), stretch):
        near = order[at : at + stretch]
        near = near[np.argsort(-lengths[near], kind="stable")]
        start = 0
        while start < len(near):
            end = start + max(1, budget // int(lengths[near[start]]))
            found.append(near[start:end])
            start = end
    return [found[i] for i in rng.permutation(len(found))]


def schedule(
    lengths: NDArray[np.int64], budget: int, seed: int, steps: int | None, epochs: int
) -> list[NDArray[np.int64]]:
    """Batch the rows for every step. Each epoch has other batches.

    Args:
        lengths: The subwords of each row.
        budget: The most subwords of a batch, padding included.
        seed: The seed; each epoch draws from it and from its own number.
        steps: The number of steps. None: as many as ``epochs`` have.
        epochs: The number of epochs; without effect if ``steps`` is given.

    Returns:
        For each step the numbers of its rows.
    """
    found: list[NDArray[np.int64]] = []
    number = 0
    while len(found) < steps if steps is not None else number < epochs:
        found += epoch(lengths, budget, np.random.default_rng([seed, number]))
        number += 1
    return found[:steps]
