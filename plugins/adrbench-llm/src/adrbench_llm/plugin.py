"""The description of the tagger: light, so that listing plugins stays cheap."""

from __future__ import annotations

from adrbench.api import Categorical, TaggerPlugin
from adrbench_llm.estimate import estimate
from adrbench_llm.params import LlmParams

plugin = TaggerPlugin(
    name="llm",
    family="llm",
    version="0.1.0",
    params=LlmParams,
    implementation="adrbench_llm.tagger:LlmTagger",
    summary="a large language model behind an OpenAI-compatible endpoint, zero-shot or with examples",
    cost=60,
    requires=("openai", "httpx2", "sklearn"),
    distribution="adrbench-llm",
    space={
        "shots": Categorical((0, 5, 20)),
        "examples": Categorical(("similar", "random")),
        "output": Categorical(("schema", "json", "markup")),
    },
    api="1.2",
    records=True,
    endpoint="base_url",
    estimate=estimate,
)
