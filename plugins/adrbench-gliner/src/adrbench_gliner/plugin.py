"""The description of the tagger: light, so that listing plugins stays cheap."""

from __future__ import annotations

from adrbench.api import Categorical, FloatRange, TaggerPlugin
from adrbench_gliner.files import missing
from adrbench_gliner.params import GlinerParams

plugin = TaggerPlugin(
    name="gliner",
    family="gliner",
    version="0.1.0",
    params=GlinerParams,
    implementation="adrbench_gliner.tagger:GlinerTagger",
    summary="GLiNER2, zero-shot or fine-tuned",
    cost=40,
    requires=("gliner2", "torch", "transformers", "safetensors"),
    distribution="adrbench-gliner",
    missing=missing,
    space={
        "epochs": Categorical((0, 3, 5, 10)),
        "learning_rate": FloatRange(5e-6, 5e-4, log=True),
    },
    api="1.1",
)
