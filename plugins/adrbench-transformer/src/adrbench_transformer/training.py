"""Fine-tuning: our own loop, so that batches are of one length and nothing is hidden behind a trainer's defaults."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import torch
from torch.nn.functional import cross_entropy
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from adrbench_transformer.batches import Example, collate, shuffled
from adrbench_transformer.presets import Recipe
from adrbench_transformer.subwords import Subwords

_NUMBER = re.compile(r"\.(\d+)\.")


def fine_tune(
    model: torch.nn.Module,
    found: Sequence[Example],
    gold: Sequence[Sequence[int]],
    frame: Subwords,
    recipe: Recipe,
    *,
    device: str,
    seed: int,
    progress: Callable[[float, float, str], None],
) -> torch.nn.Module:
    """Fine-tune ``model`` on ``found`` windows; ``gold`` holds a tag number for every word of every document.

    AdamW with a linear warm-up and decay; the gradient's norm is clipped. Every word counts once an epoch: on its first
    subword, in the window that tags it. The weights returned are an exponential moving average over the steps where
    the recipe asks for one (Polyak & Juditsky 1992).

    Raises ``FloatingPointError`` if the loss is no longer a number.
    """
    rng = random.Random(seed)
    model.to(device).train()
    lengths = [example.length for example in found]
    steps = recipe.epochs * math.ceil(len(found) / recipe.batch_size)
    warm = max(1, round(recipe.warmup * steps))
    groups = list(_groups(model, recipe))
    optimizer = torch.optim.AdamW(groups, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: (step + 1) / warm if step < warm else (steps - step) / max(1, steps - warm)
    )
    mean = get_ema_multi_avg_fn(recipe.averaging)  # type: ignore[no-untyped-call]
    averaged = AveragedModel(model, multi_avg_fn=mean) if recipe.averaging else None
    weights = [weight for group in groups for weight in group["params"]]
    step = 0
    for epoch in range(recipe.epochs):
        for chosen in shuffled(lengths, recipe.batch_size, rng):
            batch = collate([found[i] for i in chosen], frame, device, recipe.word_dropout, rng)
            target = torch.tensor([gold[found[i].document][word] for i in chosen for _, word in found[i].places])
            with torch.autocast("cuda", torch.bfloat16, enabled=device.startswith("cuda")):
                logits = first_logits(model, batch.ids, batch.attention, batch.firsts)
            loss = cross_entropy(logits, target.to(device), label_smoothing=recipe.label_smoothing)
            if not math.isfinite(loss.item()):
                raise FloatingPointError(
                    f"the loss became {loss.item()} at step {step + 1} of {steps}: "
                    f"learning_rate = {recipe.learning_rate} is too high for this model"
                )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(weights, recipe.clip, foreach=True)
            optimizer.step()
            schedule.step()
            if averaged is not None:
                averaged.update_parameters(model)
            step += 1
            progress(step, steps, f"epoch {epoch + 1} of {recipe.epochs}")
    optimizer.zero_grad(set_to_none=True)
    return model if averaged is None else averaged.module


def first_logits(model: Any, ids: torch.Tensor, attention: torch.Tensor, firsts: torch.Tensor) -> torch.Tensor:
    """Tag logits (tagged words x tags, float32) read off the first subword of each tagged word."""
    logits: torch.Tensor = model(input_ids=ids, attention_mask=attention).logits
    return logits.flatten(0, 1)[firsts].float()


def _groups(model: Any, recipe: Recipe) -> Iterable[dict[str, Any]]:
    """Parameters with their own learning rate and weight decay.

    The head learns ``head_factor`` times as fast as the top layer, and each layer ``layer_decay`` times as fast as the
    one above it, the embeddings standing under the first (ULMFiT's discriminative rates, Howard & Ruder 2018). Biases
    and norms, the parameters of one dimension, do not decay.
    """
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
    for name, weight in model.named_parameters():
        if recipe.freeze_embeddings and depth.get(name) == 0:
            weight.requires_grad_(requires_grad=False)
            continue
        factor = recipe.layer_decay ** (top - depth[name]) if name in depth else recipe.head_factor
        yield {
            "params": [weight],
            "lr": recipe.learning_rate * factor,
            "weight_decay": recipe.weight_decay if weight.ndim > 1 else 0.0,
        }
