"""What training makes small: the loss of a batch, averaged over its words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from adrbench_transformer.batches import Example, sent
from adrbench_transformer.head import Network, chain_loss
from adrbench_transformer.presets import Recipe


class Objective:
    """Cross-entropy of single words, weighted and smoothed as the recipe says, or the likelihood of a CRF.

    Args:
        recipe: The recipe.
        gold: A tag number, below ``tags``, for every word of every document.
        tags: The number of tags.
        device: ``"cpu"`` or a CUDA device.
    """

    def __init__(self, recipe: Recipe, gold: Sequence[Sequence[int]], tags: int, device: str) -> None:
        self._gold = gold
        self._smoothing = recipe.label_smoothing
        self._device = device
        self._balance = _balance(gold, tags) if recipe.class_weights == "balanced" else None
        self._weights = None if self._balance is None else torch.tensor(self._balance, device=device)

    def mass(self, chosen: Sequence[Example]) -> float:
        """Compute the divisor of the loss of some windows.

        Args:
            chosen: The windows.

        Returns:
            The number of words that they tag, or the sum of these words' weights.
        """
        if self._balance is None:
            return sum(len(example.places) for example in chosen)
        return sum(self._balance[tag] for tag in self._tags(chosen))

    def loss(self, network: Network, logits: Tensor, chosen: Sequence[Example]) -> Tensor:
        """Compute the mean loss of the words that some windows tag.

        Args:
            network: The network.
            logits: Its tag scores, tagged words x tags.
            chosen: The windows, in the order of ``logits``.

        Returns:
            A scalar, in nats.
        """
        if network.chain is not None:
            return chain_loss(network.chain, logits, chosen, self._gold)
        target = sent(torch.tensor(self._tags(chosen)), self._device)
        return cross_entropy(logits, target, weight=self._weights, label_smoothing=self._smoothing)

    def _tags(self, chosen: Sequence[Example]) -> list[int]:
        return [self._gold[example.document][word] for example in chosen for _, word in example.places]


def _balance(gold: Sequence[Sequence[int]], tags: int) -> list[float]:
    """Weights by tag, such that each tag that occurs weighs the same in all, and a word 1 on average."""
    counts = Counter(chain.from_iterable(gold))
    mean = sum(counts.values()) / max(1, len(counts))
    return [mean / counts[tag] if counts[tag] else 1.0 for tag in range(tags)]
