"""Fine-tuning: our own loop, so that batches are of one length and nothing is hidden behind a trainer's defaults."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from adrbench_transformer.batches import Example, budgeted, collate, shuffled
from adrbench_transformer.early import Best
from adrbench_transformer.head import Network
from adrbench_transformer.objective import Objective
from adrbench_transformer.optimizer import Optimizer
from adrbench_transformer.presets import Recipe
from adrbench_transformer.subwords import Subwords

# Steps after which losses on a GPU are looked at: until then, the program need not wait for it.
_LOOK = 50


@dataclass(frozen=True)
class Conditions:
    """Where and how training runs.

    Attributes:
        device: ``"cpu"`` or a CUDA device.
        seed: The seed of the order of windows and of masked words.
        progress: Called after each step with its number, the number of steps, and a note.
        half: Whether to compute in bfloat16.
        rounded: See ``batches.collate``.
        judge: Called after each epoch with the network and the epoch's number, from 1. It returns the F1 on a
            development part, a fraction, or None without such a part.
    """

    device: str
    seed: int
    progress: Callable[[float, float, str], None]
    half: bool = False
    rounded: int = 0
    judge: Callable[[Network, int], float | None] = lambda _network, _epoch: None


def fine_tune(
    network: Network,
    found: Sequence[Example],
    gold: Sequence[Sequence[int]],
    frame: Subwords,
    recipe: Recipe,
    conditions: Conditions,
) -> tuple[Network, int]:
    """Fine-tune a network.

    AdamW with a warm-up and decay; the gradient's norm is clipped. Every word counts once an epoch, in the window that
    tags it. If the recipe asks for averaging, the weights are an exponential moving average over the steps (Polyak &
    Juditsky 1992). If it asks for a holdout, they are those of the epoch that was best on it.

    Args:
        network: The network, changed in place.
        found: The training windows.
        gold: A tag number for every word of every document.
        frame: The tokenizer and its special tokens.
        recipe: The recipe.
        conditions: Where and how training runs.

    Returns:
        The fine-tuned network, and the number of the epoch whose weights it has, from 1.

    Raises:
        FloatingPointError: A loss or a gradient is no longer a number.
    """
    device = conditions.device
    rng = random.Random(conditions.seed)
    network.to(device).train()
    if recipe.dropout is not None:
        _drop(network, recipe.dropout)
    lengths = [example.length for example in found]
    # A generator of its own: what is counted here must not change what is drawn later.
    steps = recipe.epochs * len(_steps(lengths, recipe, random.Random(0)))
    optimizer = Optimizer(network, recipe, steps)
    objective = Objective(recipe, gold, network.tags, device)
    watch = _Watch(recipe, steps, 1 if device == "cpu" else _LOOK)
    mean = get_ema_multi_avg_fn(recipe.averaging)
    averaged = AveragedModel(network, multi_avg_fn=mean) if recipe.averaging else None
    final = network if averaged is None else cast("Network", averaged.module)
    best = Best(recipe.patience)
    step = 0
    for epoch in range(1, recipe.epochs + 1):
        for chosen in _steps(lengths, recipe, rng):
            parts = [[found[i] for i in batch] for batch in chosen]
            masses = [objective.mass(part) for part in parts]
            losses = []
            for part, mass in zip(parts, masses, strict=True):
                batch = collate(part, frame, device, recipe.word_dropout, rng, rounded=conditions.rounded)
                with autocast(device, half=conditions.half):
                    logits = network(batch)
                loss = objective.loss(network, logits, part) * (mass / sum(masses))
                loss.backward()
                losses.append(loss.detach())
            watch.see(sum(losses[1:], start=losses[0]), optimizer.step())
            if averaged is not None:
                averaged.update_parameters(network)
            step += 1
            conditions.progress(step, steps, f"epoch {epoch} of {recipe.epochs}")
        watch.look()
        value = conditions.judge(final, epoch)
        network.train()
        if recipe.holdout and value is not None and best.over(epoch, value, final):
            conditions.progress(steps, steps, f"stopped after epoch {epoch} of {recipe.epochs}")
            break
    return final, best.restore(final) or recipe.epochs


def _drop(network: Network, share: float) -> None:
    """Set the share of every dropout. Attention asks its own module for it too, or has it as a plain number."""
    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = share
        elif isinstance(getattr(module, "attention_dropout", None), float):
            setattr(module, "attention_dropout", share)  # noqa: B010  (a name that not every module declares)


def _steps(lengths: Sequence[int], recipe: Recipe, rng: random.Random) -> list[list[list[int]]]:
    """Examples of an epoch in random order: steps of batches."""
    if recipe.batch_subwords:
        batches = budgeted(lengths, recipe.batch_subwords, rng)
    else:
        batches = shuffled(lengths, recipe.batch_size, rng)
    return [batches[at : at + recipe.accumulation] for at in range(0, len(batches), recipe.accumulation)]


def autocast(device: str, *, half: bool) -> torch.autocast:
    """Compute in bfloat16 where that is exact enough.

    Args:
        device: ``"cpu"`` or a CUDA device.
        half: Whether to do so; False changes nothing.

    Returns:
        A context manager.
    """
    return torch.autocast(device.partition(":")[0], torch.bfloat16, enabled=half)


class _Watch:
    """Looks every so many steps whether losses and gradients are numbers."""

    def __init__(self, recipe: Recipe, steps: int, every: int) -> None:
        self._rate = recipe.learning_rate
        self._steps = steps
        self._every = every
        self._seen = 0
        self._pairs: list[Tensor] = []

    def see(self, loss: Tensor, norm: Tensor) -> None:
        self._pairs.append(torch.stack([loss.float(), norm.float()]))
        if len(self._pairs) == self._every:
            self.look()

    def look(self) -> None:
        """Raise ``FloatingPointError`` if a loss or a gradient's norm since the last look is no number."""
        for pair in torch.stack(self._pairs).tolist() if self._pairs else []:
            self._seen += 1
            for name, value in zip(("loss", "gradient's norm"), pair, strict=True):
                if not math.isfinite(value):
                    raise FloatingPointError(
                        f"the {name} became {value} at step {self._seen} of {self._steps}: "
                        f"learning_rate = {self._rate} is too high for this model"
                    )
        self._pairs.clear()
