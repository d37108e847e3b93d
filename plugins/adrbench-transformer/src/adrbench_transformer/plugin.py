"""The tagger as `adrbench` lists it: its name, its parameters, what it needs. Nothing heavy is imported here."""

from __future__ import annotations

from adrbench.api import Categorical, FloatRange, IntRange, Pretraining, Scale, TaggerPlugin
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.pretraining_params import PretrainParams, continued
from adrbench_transformer.weights import missing

# Learning rate, betas, weight decay and epsilon: the ranges that the study of BERT and BioBERT on CADEC searched.
_SPACE: dict[str, Scale] = {
    "learning_rate": FloatRange(1e-6, 1e-3, log=True),
    "beta1": FloatRange(0.9, 0.999),
    "beta2": FloatRange(0.9, 0.999),
    "weight_decay": FloatRange(0.0, 0.1),
    "epsilon": FloatRange(1e-9, 1e-7, log=True),
    "batch_size": Categorical((4, 8, 16, 32)),
    "epochs": IntRange(2, 6),
}

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
    space=_SPACE,
    pretraining=Pretraining(PretrainParams, "adrbench_transformer.pretraining:pretrain", continued=continued),
    api="1.1",
)
