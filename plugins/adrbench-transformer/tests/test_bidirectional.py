"""The attention mask of causal models is lifted, where these tests prove it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from adrbench.api import Annotated, Context
from adrbench_transformer.checkpoints import causal, lift, load_model, load_tokenizer
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # torch and transformers are imported

CAUSAL = ("gpt2", "llama")


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize("padding", [0, 2])
@pytest.mark.parametrize("kind", CAUSAL)
def test_the_first_answer_depends_on_the_last_subword(
    kind: str, padding: int, attention: str, checkpoint: Callable[[str], Path]
) -> None:
    """With the mask lifted, and only then, another last subword changes the first answer; padding never does."""
    folder = checkpoint(kind)
    model = load_model(folder, ["O", "B-ADR"], load_tokenizer(folder)).eval()
    model.set_attn_implementation(attention)

    def first(last: int, pad: int = 7) -> torch.Tensor:
        ids = torch.tensor([[1, 2, 3, 4, last] + [pad] * padding])
        seen = torch.tensor([[1] * 5 + [0] * padding])
        with torch.inference_mode():
            answer: torch.Tensor = model(input_ids=ids, attention_mask=seen).logits[0, 0]
        return answer

    before = first(5)
    assert torch.allclose(before, first(6), atol=1e-6)
    lift(model)
    after = first(5)
    assert not torch.allclose(before, after, atol=1e-5)
    assert not torch.allclose(after, first(6), atol=1e-5)
    assert torch.allclose(after, first(5, pad=8), atol=1e-6)
    assert not causal(model)


@pytest.mark.parametrize("kind", CAUSAL)
def test_a_lifted_model_is_saved_as_such(
    kind: str, checkpoint: Callable[[str], Path], train: list[Annotated], context: Context, tmp_path: Path
) -> None:
    """Fine-tuned without its mask, a model learns, and answers the same after loading, whatever is in a batch."""
    params = TransformerParams(
        model=str(checkpoint(kind)), bidirectional=True, epochs=60, batch_size=3, learning_rate=4e-3
    )
    tagger = TransformerTagger(params)
    tagger.fit(train, context)
    documents = [a.document for a in train]
    predicted = tagger.predict(documents)
    assert sum(list(a.spans) == spans for a, spans in zip(train, predicted, strict=True)) >= 5
    tagger.save(tmp_path)
    loaded = TransformerTagger.load(tmp_path)
    assert loaded.predict(documents) == predicted
    assert [loaded.predict([document])[0] for document in documents] == predicted


@pytest.mark.parametrize("kind", ["bert-cased", "roberta"])
def test_a_model_without_a_mask_is_refused(
    kind: str, checkpoint: Callable[[str], Path], train: list[Annotated], context: Context
) -> None:
    """An encoder sees both ways anyhow, so the parameter would have no effect."""
    tagger = TransformerTagger(TransformerParams(model=str(checkpoint(kind)), bidirectional=True))
    with pytest.raises(ValueError, match="is no causal model; leave bidirectional out"):
        tagger.fit(train, context)


def test_an_architecture_without_proof_is_refused(
    checkpoint: Callable[[str], Path], train: list[Annotated], context: Context, tmp_path: Path
) -> None:
    """A causal model of another architecture than those above is refused, with the names of those."""
    from transformers import MistralConfig, MistralForTokenClassification

    load_tokenizer(checkpoint("llama")).save_pretrained(tmp_path)
    config = MistralConfig(
        vocab_size=330,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        intermediate_size=64,
        max_position_embeddings=48,
    )
    MistralForTokenClassification(config).save_pretrained(tmp_path)
    tagger = TransformerTagger(TransformerParams(model=str(tmp_path), bidirectional=True))
    with pytest.raises(ValueError, match=r"is for gpt2 and llama; .* is mistral"):
        tagger.fit(train, context)
