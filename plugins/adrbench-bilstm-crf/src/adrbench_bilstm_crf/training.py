"""Fitting the network's weights, and knowing when to stop."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import cast

import torch
from torch import Tensor
from torch.nn.utils import clip_grad_norm_
from torch.nn.utils.rnn import pad_sequence
from torch.optim.swa_utils import AveragedModel

from adrbench_bilstm_crf.batches import collate, shuffled
from adrbench_bilstm_crf.lexicon import WordTable
from adrbench_bilstm_crf.network import Network
from adrbench_bilstm_crf.plugin import Params


def learning_rate(step: int, warm_up: int, total: int) -> float:
    """Compute the share of the peak learning rate at a step: linear warm-up, then half a cosine down to zero.

    Args:
        step: The step, from 0.
        warm_up: The steps of the warm-up.
        total: All steps.

    Returns:
        A fraction.
    """
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (step - warm_up) / max(1, total - warm_up))))


def moving_average(decay: float) -> Callable[[Tensor, Tensor, Tensor | int], Tensor]:
    """Make the ``avg_fn`` of ``AveragedModel`` for an exponential moving average.

    The average is faster at first, so that the start is soon forgotten.

    Args:
        decay: The decay by step, once it is at its slowest.

    Returns:
        A function of the average, the current weights and the number of averaged steps. It gives the new average.
    """

    def update(average: Tensor, current: Tensor, done: Tensor | int) -> Tensor:
        return average.lerp(current, 1 - min(decay, (1 + int(done)) / (10 + int(done))))

    return update


def train(
    network: Network,
    table: WordTable,
    sentences: Sequence[Tensor],
    tags: Sequence[Tensor],
    *,
    params: Params,
    seed: int,
    quality: Callable[[Network], float] | None,
    progress: Callable[[float, float, str], None],
) -> None:
    """Fit the weights in place.

    Args:
        network: The network.
        table: The words' features.
        sentences: Each sentence as rows of the table, integers of shape (words).
        tags: The gold tags of each sentence, integers of shape (words).
        params: The parameters, checked.
        seed: The seed of the order of sentences.
        quality: Called after each epoch, with the averaged weights if weights are averaged. It gives the F1 on the
            holdout, a fraction. Training ends once F1 has not risen for ``params.patience`` epochs, and the weights of
            the best epoch are kept. None: training runs to the end, and the last weights are kept.
        progress: Called after each epoch with its number, the number of epochs, and a note.
    """
    generator = torch.Generator().manual_seed(seed)
    device = next(network.parameters()).device
    lengths = [len(s) for s in sentences]
    steps = len(shuffled(lengths, params.batch_size, torch.Generator().manual_seed(seed)))
    epochs = max(params.epochs, math.ceil(params.least_steps / max(1, steps)))
    patience = math.ceil(params.patience * epochs / params.epochs)
    optimizer = torch.optim.Adam(network.parameters(), lr=params.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: learning_rate(step, steps, steps * epochs))
    averaged = AveragedModel(network, avg_fn=moving_average(params.averaging)) if params.averaging else None
    judged = cast("Network", averaged.module) if averaged else network
    best, best_epoch, kept = -math.inf, 0, judged.state_dict()
    for epoch in range(1, epochs + 1):
        network.train()
        for batch in shuffled(lengths, params.batch_size, generator):
            optimizer.zero_grad()
            gold = pad_sequence([tags[i] for i in batch], batch_first=True).to(device)
            torch.autograd.backward(network.loss(table, collate([sentences[i] for i in batch], device), gold))
            clip_grad_norm_(network.parameters(), params.clip)
            optimizer.step()
            schedule.step()
            if averaged:
                averaged.update_parameters(network)
        judged.eval()
        now = quality(judged) if quality else float(epoch)
        progress(epoch, epochs, f"holdout F1 {100 * now:.1f}" if quality else "")
        # On a small corpus the first epochs may find nothing at all: that is no reason to keep the first, or to end.
        if now > best or best <= 0:
            best, best_epoch = now, epoch
            kept = {name: weight.clone() for name, weight in judged.state_dict().items()}
        if epoch - best_epoch >= patience:
            break
    network.load_state_dict(kept)
    network.eval()
