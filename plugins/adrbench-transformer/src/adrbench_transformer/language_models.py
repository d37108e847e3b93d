"""Checkpoints under the head of a language model: its own one, or a new one that disturbs them little."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoModelForMaskedLM
from transformers.models.auto.modeling_auto import (
    MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
    MODEL_FOR_MASKED_LM_MAPPING_NAMES,
)

from adrbench.api import Unavailable

# Where all of the head is one module that takes hidden states, it needs to be asked at the guessed places only.
_HEADS = {"bert": "cls", "camembert": "lm_head", "gpt2": "lm_head", "roberta": "lm_head", "xlm-roberta": "lm_head"}


@dataclass(frozen=True)
class LanguageModel:
    """A model that predicts subwords.

    Attributes:
        model: The model of ``transformers``.
        causal: Whether it predicts each subword from those before it, rather than masked subwords from all.
        new_head: Whether its head is not pretrained.
    """

    model: Any
    causal: bool
    new_head: bool

    def logits(self, ids: torch.Tensor, attention: torch.Tensor, places: torch.Tensor) -> torch.Tensor:
        """Score all subwords of the vocabulary at some places.

        Args:
            ids: Subword ids, shape (rows, length).
            attention: 1 on subwords, 0 on padding, shape (rows, length).
            places: Indices into the flattened ``ids``.

        Returns:
            Floats in float32, places x vocabulary.
        """
        name = _HEADS.get(self.model.config.model_type)
        if name is None:
            scores: torch.Tensor = self.model(input_ids=ids, attention_mask=attention).logits
            return scores.flatten(0, 1)[places].float()
        states = self.model.base_model(input_ids=ids, attention_mask=attention).last_hidden_state
        told: torch.Tensor = getattr(self.model, name)(states.flatten(0, 1)[places])
        return told.float()

    def head(self) -> set[str]:
        """Name the head's own parameters. Parameters tied to the embeddings belong to the encoder.

        Returns:
            Their names, as in ``named_parameters``.
        """
        body = self.model.base_model_prefix + "."
        return {name for name, _ in self.model.named_parameters() if not name.startswith(body)}

    def freeze_embeddings(self) -> None:
        """Leave every table of embeddings as it is."""
        for module in self.model.base_model.modules():
            if isinstance(module, torch.nn.Embedding):
                module.weight.requires_grad = False


def load(folder: Path) -> LanguageModel:
    """Load a checkpoint in float32 as a masked language model, else as a causal one.

    Args:
        folder: The checkpoint.

    Returns:
        The model: a masked one if its architecture has one.

    Raises:
        ValueError: Its architecture is neither, or the checkpoint lacks a part of the encoder.
        Unavailable: Its configuration or weights cannot be read.
    """
    try:
        kind = AutoConfig.from_pretrained(folder, trust_remote_code=False).model_type
    except Exception as error:  # wrong values show in many libraries' ways
        raise Unavailable(f"{folder}: config.json cannot be read: {str(error).partition(chr(10))[0]}") from error
    if kind in MODEL_FOR_MASKED_LM_MAPPING_NAMES:
        causal = False
    elif kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        causal = True
    else:
        raise ValueError(
            f"{folder}: transformers has neither a masked nor a causal language model of model_type {kind!r}"
        )
    auto: Any = AutoModelForCausalLM if causal else AutoModelForMaskedLM
    try:
        model, told = auto.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, trust_remote_code=False, output_loading_info=True
        )
    except Exception as error:  # wrong weights show in many libraries' ways
        first = str(error).strip().partition("\n")[0]
        raise Unavailable(f"{folder}: cannot be loaded: {type(error).__name__}: {first}") from error
    if hasattr(model.config, "use_cache"):
        model.config.use_cache = False
    absent = set(told["missing_keys"])
    lacking = sorted(name for name in absent if name.startswith(model.base_model_prefix + "."))
    if lacking:
        raise ValueError(f"{folder}: {len(lacking)} weights of the encoder are missing, such as {lacking[0]}")
    found = LanguageModel(model, causal, new_head=False)
    if absent.isdisjoint(found.head()):
        return found
    _begin(model, absent)
    return replace(found, new_head=True)


def _begin(model: Any, absent: set[str]) -> None:
    """Let the layers of a new head that keep the size pass on what they get.

    A sentence encoder comes without a head. A random one in between would first of all bend the encoder to itself.
    The output layer is tied to the embeddings, and its biases start at zero.
    """
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and f"{name}.weight" in absent:
            rows, columns = module.weight.shape
            with torch.no_grad():
                if rows == columns and module is not model.get_output_embeddings():
                    torch.nn.init.eye_(module.weight)
                if module.bias is not None:
                    torch.nn.init.zeros_(module.bias)
