"""What ``[taggers.pretrain]`` may say of the language modelling itself, and what comes after. Nothing heavy here."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import Field

from adrbench_transformer.params import TransformerParams
from adrbench_transformer.presets import PRESETS

_Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class PretrainParams:
    """How language modelling is continued. The rate is half of what BERT began with: it is not to forget."""

    steps: Annotated[int, Field(ge=1)] | None = None
    """Steps of the optimizer. Without it, ``epochs`` says how long."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Times that all text is seen; 1 if ``steps`` says nothing either."""
    batch: Annotated[int, Field(ge=1)] = 4096
    """Subwords in a step, padding included; one row of text at least."""
    learning_rate: _Rate = 5e-5
    """Peak learning rate, reached after the warm-up, from which it falls to nothing along a line."""
    warmup: _Share = 0.06
    """Share of the steps in which the learning rate rises."""
    head_first: _Share | None = None
    """Share of the steps in which the head learns and the encoder stands still. Masked models only; by default 0.1
    for a checkpoint that comes without a head, else 0."""
    mask: Annotated[float, Field(gt=0, lt=1)] | None = None
    """Share of the subwords to be guessed, 0.15 by default. Masked models only."""
    whole_words: bool = False
    """Choose whole words to be guessed rather than single subwords. Masked models only."""
    max_length: Annotated[int, Field(ge=8)] = 128
    """Subwords in a row, special ones included; longer text is cut into rows."""
    freeze_embeddings: bool = False
    """Leave the embeddings, and with them the output layer that is tied to them, as they were."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    """AdamW's weight decay; biases and norms have none."""
    clip: _Rate = 1.0
    """Largest norm of a step's gradient."""

    def __post_init__(self) -> None:
        if self.steps is not None and self.epochs is not None:
            raise ValueError("steps and epochs both say how long to pretrain; give one of them")


def continued(params: TransformerParams, folder: Path) -> TransformerParams:
    """Replace the checkpoint of the tagger's parameters by the one in ``folder``.

    A folder is no preset, so the named preset becomes its recipe.

    Args:
        params: The tagger's parameters.
        folder: The new checkpoint.

    Returns:
        The new parameters.
    """
    preset = params.model if params.model in PRESETS else None
    return replace(params, model=str(folder), revision=None, recipe=params.recipe or preset)
