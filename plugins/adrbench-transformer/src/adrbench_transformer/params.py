"""The tagger's parameters, and the recipe that they make with a preset's. Nothing heavy is imported here."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, fields, replace
from typing import Annotated, Literal

from pydantic import Field

from adrbench_transformer.presets import PRESETS, Recipe
from adrbench_transformer.weights import check

_Count = Annotated[int, Field(ge=1)]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Share = Annotated[float, Field(ge=0, lt=1)]


@dataclass(frozen=True)
class TransformerParams:
    """Parameters of the tagger. Those that are ``None`` take the preset's value, or a BERT's customary one."""

    model: str = "minilm"
    """A preset (bert, biobert, pubmedbert, roberta, bioformer-8l, bioformer-16l, gpt2, minilm, mpnet, smollm2), a
    folder, a name on the Hugging Face hub, or ``package:MODULE/FOLDER`` for weights inside an installed package."""
    revision: str | None = None
    """Commit, branch or tag on the hub. Presets have theirs; any other hub name must give one. Only for the hub."""
    recipe: str | None = None
    """The preset whose values hold where no parameter says otherwise; by default that of ``model``, if it is a preset.
    So weights in a folder can be fine-tuned as a preset is."""
    bidirectional: bool = False
    """Let a causal model see what follows a subword too, as LLM2Vec does (BehnamGhader et al. 2024). Only for
    architectures for which a test proves that it does: llama (SmolLM2 among them) and gpt2."""
    scheme: Literal["BIO", "BIOES"] | None = None
    """Tags that the model learns."""
    max_length: Annotated[int, Field(ge=8)] = 192
    """Subwords in a window, special ones included; never more than the model has positions for."""
    overlap: Annotated[int, Field(ge=0)] = 48
    """Subwords that neighbouring windows of a longer document share; at most half a window is used."""
    constrained: bool = True
    """Decode the best sequence that the scheme allows; otherwise the best tag of each word, orphans starting a span."""
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    """Numbers that the model computes with; ``auto`` is bfloat16 where the processor has instructions for it."""
    head: Literal["linear", "crf"] | None = None
    """What learns the tags: each word for itself, or a conditional random field over the sequence."""
    epochs: _Count | None = None
    """Times that the training part is seen."""
    batch_size: _Count | None = None
    """Windows in a batch."""
    batch_subwords: _Count | None = None
    """Most subwords in a batch, padding included, in place of ``batch_size``; at least ``max_length``."""
    accumulation: _Count | None = None
    """Batches whose gradients make up a step."""
    learning_rate: _Positive | None = None
    """Peak learning rate of the top layer, reached after the warm-up."""
    head_factor: _Positive | None = None
    """The head's learning rate over the top layer's."""
    crf_factor: _Positive | None = None
    """The learning rate of a CRF's transitions over the top layer's."""
    layer_decay: Annotated[float, Field(gt=0, le=1)] | None = None
    """A layer's learning rate over that of the layer above."""
    freeze_embeddings: bool | None = None
    """Leave the embeddings as they were pretrained: a tenth faster on a CPU."""
    freeze_layers: Annotated[int, Field(ge=0)] | None = None
    """So many layers, the lowest ones, stay as they were pretrained, and the embeddings under them."""
    dropout: _Share | None = None
    """Probability that a number inside the model is dropped in training, attention included; by default what the
    checkpoint's configuration says. 0 saves a tenth of the time on a CPU."""
    word_dropout: _Share | None = None
    """Probability that a word of the input is masked in training."""
    label_smoothing: _Share | None = None
    """Probability mass taken from the gold tag and spread over all tags."""
    class_weights: Literal["none", "balanced"] | None = None
    """Whether each tag weighs as much as any other in the loss, however rare it is."""
    averaging: _Share | None = None
    """Decay, by step, of a moving average of the weights that is used in the end; 0 for none."""
    warmup: _Share | None = None
    """Share of the steps in which the learning rate rises."""
    schedule: Literal["linear", "cosine", "constant"] | None = None
    """How the learning rate falls to zero after the warm-up, or that it does not."""
    weight_decay: Annotated[float, Field(ge=0)] | None = None
    """AdamW's weight decay; biases and norms have none."""
    beta1: _Share | None = None
    """AdamW's decay, by step, of the mean of gradients."""
    beta2: _Share | None = None
    """AdamW's decay, by step, of the mean of squared gradients."""
    epsilon: _Positive | None = None
    """What AdamW adds to the divisor."""
    clip: _Positive | None = None
    """Largest norm of a step's gradient."""
    holdout: _Share | None = None
    """Share of the training part (or the split's own development part) on which the best epoch is chosen; 0: none, and
    the last epoch is kept."""
    patience: _Count | None = None
    """Epochs without a better F1 on the holdout after which training ends."""

    def __post_init__(self) -> None:
        check(self.model, self.revision)
        recipe(self)


def recipe(params: TransformerParams) -> Recipe:
    """Combine the preset's values with the parameters that the user has set.

    Args:
        params: The parameters.

    Returns:
        The recipe, every value decided.

    Raises:
        ValueError: Parameters contradict each other, or a parameter would have no effect.
    """
    if params.recipe is not None and params.recipe not in PRESETS:
        close = difflib.get_close_matches(params.recipe, PRESETS, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"presets: {', '.join(PRESETS)}"
        raise ValueError(f"recipe: {params.recipe!r} is no preset; {hint}")
    preset = PRESETS.get(params.recipe or params.model)
    given = {field.name: getattr(params, field.name) for field in fields(Recipe)}
    set_ = {name: value for name, value in given.items() if value is not None}
    if params.batch_size is not None:
        set_.setdefault("batch_subwords", 0)
    found = replace(preset.recipe if preset else Recipe(), **set_)
    crf = found.head == "crf"
    for wrong, message in (
        (
            params.batch_size and params.batch_subwords,
            "batch_size and batch_subwords are two ways to say how large a batch is: give one of them",
        ),
        (
            found.batch_subwords and found.batch_subwords < params.max_length,
            f"batch_subwords = {found.batch_subwords} holds no window of max_length = {params.max_length} subwords",
        ),
        (params.crf_factor and not crf, 'crf_factor is for head = "crf"'),
        (crf and not params.constrained, 'constrained = false is not for head = "crf", which learns whole sequences'),
        (params.patience and not found.holdout, "patience counts epochs on a holdout: set holdout too, say to 0.1"),
        (
            found.freeze_layers and params.freeze_embeddings is False,
            "freeze_layers freezes the embeddings under the layers too: leave freeze_embeddings out",
        ),
    ):
        if wrong:
            raise ValueError(message)
    return found
