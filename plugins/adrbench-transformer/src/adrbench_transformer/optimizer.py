"""AdamW with a rate of its own for each layer, and how the rates change from step to step."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.optim.lr_scheduler import LambdaLR

from adrbench_transformer.head import Network
from adrbench_transformer.presets import Recipe

_NUMBER = re.compile(r"\.(\d+)\.")


class Optimizer:
    """Fused AdamW (Loshchilov & Hutter 2019) on a network's weights, with clipping, warm-up and decay.

    Weights that the recipe freezes are set to need no gradient.

    Args:
        network: The network.
        recipe: The recipe.
        steps: The number of steps of the whole training.

    Raises:
        ValueError: The recipe freezes more layers than there are.
    """

    def __init__(self, network: Network, recipe: Recipe, steps: int) -> None:
        groups: defaultdict[tuple[float, float], list[Tensor]] = defaultdict(list)
        self._weights: list[Tensor] = []
        for weight, factor, decays in _weights(network, recipe):
            groups[recipe.learning_rate * factor, recipe.weight_decay if decays else 0.0].append(weight)
            self._weights.append(weight)
        self._clip = recipe.clip
        self._adam = torch.optim.AdamW(
            [{"params": weights, "lr": rate, "weight_decay": decay} for (rate, decay), weights in groups.items()],
            betas=(recipe.beta1, recipe.beta2),
            eps=recipe.epsilon,
            fused=True,
        )
        self._schedule = LambdaLR(self._adam, lambda step: share(step, steps, recipe))

    def step(self) -> Tensor:
        """Apply the accumulated gradients, and free them.

        Returns:
            Their norm before clipping, a scalar.
        """
        norm = torch.nn.utils.clip_grad_norm_(self._weights, self._clip, foreach=True)
        self._adam.step()
        self._schedule.step()
        self.forget()
        return norm

    def forget(self) -> None:
        """Free the gradients."""
        self._adam.zero_grad(set_to_none=True)


def share(step: int, steps: int, recipe: Recipe) -> float:
    """Compute the share of the peak learning rate at a step.

    Args:
        step: The step, from 0.
        steps: All steps.
        recipe: The recipe, with warm-up and schedule.

    Returns:
        A fraction.
    """
    warm = max(1, round(recipe.warmup * steps))
    if step < warm:
        return (step + 1) / warm
    left = (steps - step) / max(1, steps - warm)
    match recipe.schedule:
        case "linear":
            return left
        case "cosine":
            return (1 - math.cos(math.pi * left)) / 2
        case "constant":
            return 1.0


def _weights(network: Network, recipe: Recipe) -> Iterator[tuple[Tensor, float, bool]]:
    """Weights that learn, each with the factor on its learning rate and whether it decays.

    The head learns ``head_factor`` times as fast as the top layer, and each layer ``layer_decay`` times as fast as the
    one above it, the embeddings standing under the first (ULMFiT's discriminative rates, Howard & Ruder 2018). Biases
    and norms, the parameters of one dimension, do not decay, nor does a CRF.
    """
    model: Any = network.classifier
    depth, top = _depths(model)
    if recipe.freeze_layers > top:
        raise ValueError(f"freeze_layers = {recipe.freeze_layers}, but the model has {top} layers")
    frozen = recipe.freeze_layers or (0 if recipe.freeze_embeddings else -1)
    for name, weight in model.named_parameters():
        if depth.get(name, top + 1) <= frozen:
            weight.requires_grad_(requires_grad=False)
            continue
        yield (
            weight,
            recipe.layer_decay ** (top - depth[name]) if name in depth else recipe.head_factor,
            weight.ndim > 1,
        )
    if network.chain is not None:
        for weight in network.chain.parameters():
            yield weight, recipe.crf_factor, False


def _depths(model: Any) -> tuple[dict[str, int], int]:
    """Layer of each of the encoder's weights, counted from 1, the embeddings' being 0, and the number of layers."""
    body = model.base_model_prefix + "."
    names = [name for name, _ in model.named_parameters() if name.startswith(body)]
    numbered = [int(match.group(1)) if (match := _NUMBER.search(name)) else None for name in names]
    layers = [number for number in numbered if number is not None]
    top = max(layers, default=0) + 1
    first = next((i for i, number in enumerate(numbered) if number is not None), len(names))
    depth = {
        name: number + 1 if number is not None else (0 if i < first else top)
        for i, (name, number) in enumerate(zip(names, numbered, strict=True))
    }
    return depth, top
