"""What a cell asks of the endpoint, estimated before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from adrbench.api import Annotated, Document, RequestEstimate
from adrbench_llm.answers import write
from adrbench_llm.params import LlmParams
from adrbench_llm.pieces import cut, examples
from adrbench_llm.prompt import fill

# Characters a token of English text, roughly, whatever the tokenizer.
_CHARACTERS_A_TOKEN = 4


def estimate(
    params: LlmParams, train: Sequence[Annotated], documents: Sequence[Document], labels: Sequence[str]
) -> RequestEstimate:
    """Estimate the requests of a cell, at 4 characters a token.

    Examples count with their mean length, and answers with that of the training part's answers. A model that thinks
    before it answers needs more.

    Args:
        params: The tagger's parameters.
        train: The training part.
        documents: The documents under test.
        labels: The labels to predict.

    Returns:
        Requests and tokens of one cell.
    """
    shown = [example for annotated in train for example in examples(annotated, params.unit, params.window)]
    texts = [piece.text for document in documents for piece in cut(document, params.unit, params.window)]

    def length(text: str, shots: int) -> int:
        definitions = {label: params.labels[label] for label in labels if label in params.labels}
        return len(
            fill(
                params.prompt,
                labels=labels,
                definitions=definitions,
                output=params.output,
                examples=shown[:shots],
                text=text,
            )
        )

    shots = min(params.shots, len(shown))
    # The mean of all examples, not of those that happen to be first.
    mean = (length("", len(shown)) - length("", 0)) / len(shown) if shown else 0.0
    frame = length("", 0) + shots * mean
    answers = fmean([len(write(params.output, e.text, e.spans)) for e in shown] or [len(write(params.output, "", ()))])
    characters = sum(map(len, texts))
    if params.output == "markup":
        # The answer repeats the text: what the training part's answers add to their texts is added to each.
        added = answers - fmean([len(e.text) for e in shown] or [0])
        written = characters + added * len(texts)
    else:
        written = answers * len(texts)
    return RequestEstimate(
        requests=len(texts) * params.repeats,
        prompt_tokens=round((frame * len(texts) + characters) * params.repeats / _CHARACTERS_A_TOKEN),
        completion_tokens=round(written * params.repeats / _CHARACTERS_A_TOKEN),
        model=params.model,
    )
