"""The tagger as `adrbench` lists it: its name, its parameters, what it needs. Nothing heavy is imported here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from adrbench.api import TaggerPlugin
from adrbench_transformer.weights import check, missing

_Rate = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class TransformerParams:
    """Parameters of the tagger. Those that are ``None`` take the preset's value, or a BERT's customary one."""

    model: str = "minilm"
    """A preset (bert, biobert, pubmedbert, roberta, bioformer-8l, bioformer-16l, gpt2, minilm), a folder, a name on the
    Hugging Face hub, or ``package:MODULE/FOLDER`` for weights inside an installed package."""
    revision: str | None = None
    """Commit, branch or tag on the hub. Presets have theirs; any other hub name must give one. Only for the hub."""
    scheme: Literal["BIO", "BIOES"] = "BIO"
    """Tags that the model learns."""
    max_length: Annotated[int, Field(ge=8)] = 192
    """Subwords in a window, special ones included; never more than the model has positions for."""
    overlap: Annotated[int, Field(ge=0)] = 48
    """Subwords that neighbouring windows of a longer document share; at most half a window is used."""
    constrained: bool = True
    """Decode the best sequence that the scheme allows; otherwise the best tag of each word, orphans starting a span."""
    epochs: Annotated[int, Field(ge=1)] | None = None
    """Times that the training part is seen."""
    batch_size: Annotated[int, Field(ge=1)] | None = None
    """Windows in a step."""
    learning_rate: _Rate | None = None
    """Peak learning rate of the top layer, reached after the warm-up."""
    head_factor: _Rate | None = None
    """The head's learning rate over the top layer's."""
    layer_decay: Annotated[float, Field(gt=0, le=1)] | None = None
    """A layer's learning rate over that of the layer above."""
    freeze_embeddings: bool | None = None
    """Leave the embeddings as they were pretrained: a tenth faster on a CPU."""
    word_dropout: _Share | None = None
    """Probability that a word of the input is masked in training."""
    label_smoothing: _Share | None = None
    """Probability mass taken from the gold tag and spread over all tags."""
    averaging: _Share | None = None
    """Decay, by step, of a moving average of the weights that is used in the end; 0 for none."""
    warmup: _Share | None = None
    """Share of the steps in which the learning rate rises."""
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    """AdamW's weight decay; biases and norms have none."""
    clip: _Rate | None = None
    """Largest norm of a step's gradient."""

    def __post_init__(self) -> None:
        check(self.model, self.revision)


plugin = TaggerPlugin(
    name="transformer",
    family="transformer",
    version="0.1.0",
    params=TransformerParams,
    implementation="adrbench_transformer.tagger:TransformerTagger",
    summary="any Hugging Face token classifier, fine-tuned",
    cost=30,
    requires=("torch", "transformers", "tokenizers", "safetensors"),
    distribution="adrbench-transformer",
    missing=missing,
)
