"""Loading a tokenizer and a token classifier: safetensors only, no remote code, no noise."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import huggingface_hub
import torch
import transformers
from huggingface_hub.utils.tqdm import disable_progress_bars
from transformers import AutoModelForTokenClassification, AutoTokenizer

from adrbench.api import Unavailable
from adrbench_transformer.weights import HubFiles, locate, missing, safe

if TYPE_CHECKING:
    from adrbench_transformer.plugin import TransformerParams

# What a checkpoint of any architecture needs, and no pickle among it.
_FILES = ["*.json", "*.txt", "*.model", "model*.safetensors"]
_UNBOUNDED = 10**9

transformers.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
transformers.logging.disable_progress_bar()  # type: ignore[no-untyped-call]


def fetch(params: TransformerParams, *, offline: bool) -> Path:
    """Return the folder that holds the checkpoint, downloading it into the hub's cache if need be.

    Raises ``adrbench.api.Unavailable`` with the reason if it cannot be had.
    """
    reason = missing(params, offline)
    if reason is not None:
        raise Unavailable(reason)
    found = locate(params)
    if isinstance(found, Path):
        return found
    folder = _download(found)
    safe(folder)
    return folder


def _download(wanted: HubFiles) -> Path:
    disable_progress_bars()
    try:
        folder = huggingface_hub.snapshot_download(
            wanted.name, revision=wanted.revision, allow_patterns=_FILES, max_workers=2
        )
    except Exception as error:  # a download fails in many libraries' ways, and each is a reason to skip
        first = str(error).strip().partition("\n")[0]
        raise Unavailable(f"{wanted.name} at {wanted.revision}: {type(error).__name__}: {first}") from error
    return Path(folder)


def load_tokenizer(folder: Path) -> Any:
    """Load the fast tokenizer of a checkpoint. Byte-level ones put a space before each given word, as in running text.

    Raises ``adrbench.api.Unavailable`` if the checkpoint has no fast tokenizer.
    """
    tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True, trust_remote_code=False)
    if not tokenizer.is_fast:
        raise Unavailable(f"{folder}: {type(tokenizer).__name__} is no fast tokenizer")
    return tokenizer


def load_model(folder: Path, tags: Sequence[str]) -> Any:
    """Load the encoder in float32 under a head for ``tags`` (a new one where the checkpoint has none of that size)."""
    return AutoModelForTokenClassification.from_pretrained(
        folder,
        num_labels=len(tags),
        id2label=dict(enumerate(tags)),
        label2id={tag: i for i, tag in enumerate(tags)},
        ignore_mismatched_sizes=True,
        dtype=torch.float32,
        use_safetensors=True,
        trust_remote_code=False,
    )


def positions(model: Any, tokenizer: Any) -> int:
    """How many subwords, special ones included, the model takes at once.

    RoBERTa and its kin number positions from behind the padding index on: 512 of their 514 can be used.
    """
    limits = [tokenizer.model_max_length, getattr(model.config, "max_position_embeddings", None) or _UNBOUNDED]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, torch.nn.Embedding):
            limits.append(module.num_embeddings - (0 if module.padding_idx is None else module.padding_idx + 1))
    return int(min(limits))
