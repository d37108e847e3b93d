"""Continued language modelling of a checkpoint on text without gold (Gururangan et al. 2020, Don't Stop Pretraining).

Whatever is drawn by chance in a step is drawn from the seed and the step's number. So a run that was killed goes on
from its last snapshot to the very weights that it would have had.
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch.nn.functional import cross_entropy

from adrbench.api import Context
from adrbench_transformer.checkpoints import fetch, load_tokenizer, positions
from adrbench_transformer.language_models import LanguageModel, load
from adrbench_transformer.machine import advice
from adrbench_transformer.masking import Question, causal, masked
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.pretraining_params import PretrainParams
from adrbench_transformer.rows import Rows, read_rows, schedule
from adrbench_transformer.subwords import Subwords

# A snapshot is taken so often, but never may more than a twentieth of the time go into them.
SNAPSHOT_SECONDS = 60.0
_SNAPSHOT_SHARE = 0.05
_STATE = "state.safetensors"
# So many points has the curve of the loss.
_POINTS = 100
_MASK, _HEAD_FIRST = 0.15, 0.1


@dataclass
class _State:
    """How far a run is. ``losses``: sum of the steps' losses since the last point of the curve, and their number."""

    step: int = 0
    curve: list[list[float]] = field(default_factory=list)
    losses: list[float] = field(default_factory=lambda: [0.0, 0])


def pretrain(
    params: TransformerParams, how: PretrainParams, texts: Path, folder: Path, context: Context
) -> dict[str, Any]:
    """Continue the language modelling of a checkpoint, and save it in ``folder``.

    If ``folder`` holds the snapshot of an interrupted call with the same arguments, this call continues from it.

    Args:
        params: The tagger's parameters, which name the checkpoint.
        how: The parameters of pretraining.
        texts: A file of JSON lines ``{"text": ...}``.
        folder: Where the checkpoint goes.
        context: The conditions, without gold.

    Returns:
        ``steps``, a number. ``sentences``, the number of texts that the tokenizer could read. ``loss``, pairs of a
        step and the mean loss since the last pair, in nats a subword. ``new_head``, whether the head was not
        pretrained.

    Raises:
        Unavailable: The checkpoint cannot be had.
        ValueError: Parameters or a text do not suit it.
        FloatingPointError: The loss is no longer a number.
        MemoryError: With advice on which parameter to lower.
    """
    source = fetch(params, offline=context.offline)
    torch.set_num_threads(context.threads)
    # Moments of embeddings that no batch touches decay into subnormal numbers, on which a CPU is very slow.
    torch.set_flush_denormal(True)
    frame = Subwords(load_tokenizer(source))
    language = load(source)
    _check(language, frame, how, source)
    special = len(frame.prefix) + len(frame.suffix)
    length = min(how.max_length, positions(language.model, frame.tokenizer))
    rows = read_rows(texts, frame.tokenizer, length - special, 2 if language.causal and not frame.prefix else 1)
    vocabulary = language.model.get_input_embeddings().num_embeddings
    if rows.ids.max() >= vocabulary:
        raise ValueError(
            f"{source}: the tokenizer has {rows.ids.max() + 1} subwords, and the model embeddings for {vocabulary} only"
        )
    batches = schedule(rows.lengths() + special, how.batch, context.seed, how.steps, how.epochs or 1)
    asked = _Questions(language, rows, frame, how, context.seed, min(vocabulary, len(frame.tokenizer)))
    with advice(f"lower batch (it is {how.batch}) or max_length (it is {length})"):
        state = _train(language, batches, asked, how, folder, context)
    language.model.to("cpu").save_pretrained(folder, safe_serialization=True)
    frame.tokenizer.save_pretrained(folder)
    (folder / _STATE).unlink(missing_ok=True)
    return {"steps": state.step, "sentences": rows.texts, "loss": state.curve, "new_head": language.new_head}


def _check(language: LanguageModel, frame: Subwords, how: PretrainParams, source: Path) -> None:
    if language.causal:
        given = [name for name in ("mask", "head_first") if getattr(how, name) is not None]
        if given or how.whole_words:
            raise ValueError(
                f"{(given or ['whole_words'])[0]}: {source} is a causal language model, for which nothing is masked"
            )
    elif frame.tokenizer.mask_token_id is None:
        raise ValueError(f"{source}: its tokenizer has no mask token")


@dataclass(frozen=True)
class _Questions:
    """What is asked in a step."""

    language: LanguageModel
    rows: Rows
    frame: Subwords
    how: PretrainParams
    seed: int
    vocabulary: int

    def __call__(self, step: int, chosen: Any) -> Question:
        if self.language.causal:
            return causal(self.rows, chosen, self.frame)
        rng = np.random.default_rng([self.seed, step, 1])
        share = _MASK if self.how.mask is None else self.how.mask
        return masked(self.rows, chosen, self.frame, self.vocabulary, share, rng, whole_words=self.how.whole_words)


def _train(
    language: LanguageModel, batches: list[Any], asked: _Questions, how: PretrainParams, folder: Path, context: Context
) -> _State:
    model, device, steps = language.model, context.device, len(batches)
    if how.freeze_embeddings:
        language.freeze_embeddings()
    model.to(device).train()
    share = how.head_first if how.head_first is not None else _HEAD_FIRST * language.new_head
    waits = round(share * steps)
    optimizer = torch.optim.AdamW(_groups(language, how, waits), fused=True)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state = _restore(folder / _STATE, model, optimizer)
    every = math.ceil(steps / _POINTS)
    kept, pause = time.monotonic(), SNAPSHOT_SECONDS
    with _own_chance(device):
        while state.step < steps:
            step = state.step
            for group in optimizer.param_groups:
                group["lr"] = how.learning_rate * _rate(step - group["waits"], steps - group["waits"], how.warmup)
            torch.manual_seed(_mixed(context.seed, step))
            loss = _loss(language, asked(step, batches[step]), device)
            value = loss.item()
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"the loss became {value} at step {step + 1} of {steps}: "
                    f"learning_rate = {how.learning_rate} is too high for this model"
                )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, how.clip, foreach=True)
            optimizer.step()
            state.step += 1
            state.losses = [state.losses[0] + value, state.losses[1] + 1]
            if state.step % every == 0 or state.step == steps:
                state.curve.append([state.step, round(state.losses[0] / state.losses[1], 4)])
                state.losses = [0.0, 0]
            context.progress(state.step, steps, f"loss {value:.2f}")
            if time.monotonic() - kept >= pause or state.step == steps:
                began = time.monotonic()
                _keep(folder / _STATE, model, optimizer, state)
                kept = time.monotonic()
                pause = max(SNAPSHOT_SECONDS, (kept - began) / _SNAPSHOT_SHARE)
    optimizer.zero_grad(set_to_none=True)
    return state


def _loss(language: LanguageModel, question: Question, device: str) -> torch.Tensor:
    ids, attention, places, targets = (
        torch.from_numpy(values).to(device)
        for values in (question.ids, question.attention, question.places, question.targets)
    )
    with torch.autocast("cuda", torch.bfloat16, enabled=device.startswith("cuda")):
        logits = language.logits(ids, attention, places)
    return cross_entropy(logits, targets)


def _groups(language: LanguageModel, how: PretrainParams, waits: int) -> list[dict[str, Any]]:
    """Parameters with their weight decay, and the steps that they wait: the encoder for its head, if for anything."""
    head = language.head()
    return [
        {
            "params": [weight],
            "weight_decay": how.weight_decay if weight.ndim > 1 else 0.0,
            "waits": 0 if name in head else waits,
        }
        for name, weight in language.model.named_parameters()
        if weight.requires_grad
    ]


def _rate(step: int, steps: int, warmup: float) -> float:
    """The share of the peak learning rate in a step: a line up, then a line down; nothing before step 0."""
    warm = max(1, round(warmup * steps))
    if step < warm:
        return max(0, step + 1) / warm
    return (steps - step) / max(1, steps - warm)


def _mixed(seed: int, step: int) -> int:
    return int(np.random.SeedSequence([seed, step]).generate_state(1)[0])


@contextmanager
def _own_chance(device: str) -> Iterator[None]:
    """Leave torch's generators as they were found."""
    with torch.random.fork_rng(devices=[torch.device(device)] if device.startswith("cuda") else []):
        yield


def _keep(path: Path, model: Any, optimizer: torch.optim.Optimizer, state: _State) -> None:
    """Write all that a step depends on, so that the file is whole even if the process is killed."""
    tensors = {}
    for name, weight in model.named_parameters():
        tensors[f"weight {name}"] = weight.detach()
        for moment, value in optimizer.state.get(weight, {}).items():
            tensors[f"{moment} {name}"] = value
    draft = path.with_suffix(".part")
    told = json.dumps([state.step, state.curve, state.losses])
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, draft, metadata={"state": told})
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def _restore(path: Path, model: Any, optimizer: torch.optim.Optimizer) -> _State:
    """Read what ``_keep`` wrote, if it did, into model and optimizer."""
    if not path.is_file():
        return _State()
    weights = dict(model.named_parameters())
    with safe_open(path, framework="pt") as file:
        for key in file.keys():  # noqa: SIM118  (it is no mapping)
            kind, _, name = key.partition(" ")
            tensor = file.get_tensor(key).to(weights[name].device)
            if kind == "weight":
                with torch.no_grad():
                    weights[name].copy_(tensor)
            else:
                optimizer.state[weights[name]][kind] = tensor
        return _State(*json.loads(file.metadata()["state"]))
