"""Tiny checkpoints with random weights, as the hub would hold them, and a few sentences to learn."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adrbench.api import Annotated, Context, Document, Span

KINDS = ("bert-cased", "bert-uncased", "roberta", "gpt2")

# Reactions stand between asterisks.
MARKED = (
    "After two days on Zelanol he woke with *severe headache* .",
    "She stopped Morvidine because of *nausea* and *itchy rash* .",
    "Pelutrin was given for migraine without any trouble .",
    "A *dry mouth* troubled him from the first dose of Zelanol .",
    "No complaint was noted under Morvidine .",
    "Her *liver failure* was put down to Pelutrin .",
)


def write(text: str, name: str = "d") -> Document:
    """Make a document whose tokens are the stretches without white space."""
    return Document(name, text, tuple(match.span() for match in re.finditer(r"\S+", text)), group=name)


def annotate(marked: str, name: str) -> Annotated:
    """Make an annotated document of a marked sentence."""
    text, spans = "", []
    for i, part in enumerate(marked.split("*")):
        if i % 2:
            spans.append(Span(len(text), len(text) + len(part), "ADR"))
        text += part
    return Annotated(write(text, name), tuple(spans))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    """Every kind of checkpoint in turn."""
    kind: str = request.param
    return kind


@pytest.fixture(scope="session")
def document() -> Callable[[str], Document]:
    """What makes a document of a text."""
    return write


@pytest.fixture(scope="session")
def train() -> list[Annotated]:
    """A few annotated sentences."""
    return [annotate(marked, f"d{i}") for i, marked in enumerate(MARKED)]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    """The conditions of a small cell."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Context(seed=7, labels=("ADR",), scratch=scratch, offline=True)


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A folder with a tiny checkpoint of the kind asked for, made once."""
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            import torch

            torch.manual_seed(1)
            made[kind] = tmp_path_factory.mktemp(kind)
            tokenizer, model = _build(kind)
            tokenizer.save_pretrained(made[kind])
            model.save_pretrained(made[kind])
        return made[kind]

    return make


def _build(kind: str) -> tuple[Any, Any]:
    # Not above: tests of this folder that need no network would wait for torch too.
    from tokenizers import ByteLevelBPETokenizer
    from transformers import (
        BertConfig,
        BertForTokenClassification,
        BertTokenizer,
        GPT2Config,
        GPT2ForTokenClassification,
        GPT2Tokenizer,
        LlamaConfig,
        LlamaForTokenClassification,
        MPNetConfig,
        MPNetForTokenClassification,
        MPNetTokenizer,
        RobertaConfig,
        RobertaForTokenClassification,
        RobertaTokenizer,
    )

    if kind.startswith("bert") or kind == "mpnet":
        lower = kind != "bert-cased"
        words = " ".join(MARKED).replace("*", "")
        letters = sorted(set((words.lower() if lower else words).replace(" ", "")))
        vocabulary = [
            "[PAD]",
            "[UNK]",
            "[CLS]",
            "[SEP]",
            "[MASK]",
            "dose",
            "days",
            *letters,
            *(f"##{c}" for c in letters),
        ]
        sizes: dict[str, Any] = {
            "hidden_size": 32,
            "num_hidden_layers": 2,
            "num_attention_heads": 2,
            "intermediate_size": 64,
        }
        if kind == "mpnet":
            # Positions are counted from the padding on, as RoBERTa's are.
            vocabulary = ["<s>", "<pad>", "</s>", "<unk>", "<mask>", "[UNK]", *vocabulary[5:]]
            return MPNetTokenizer(vocab={piece: i for i, piece in enumerate(vocabulary)}), MPNetForTokenClassification(
                MPNetConfig(vocab_size=len(vocabulary), max_position_embeddings=50, **sizes)
            )
        tokenizer = BertTokenizer(vocab={piece: i for i, piece in enumerate(vocabulary)}, do_lower_case=lower)
        return tokenizer, BertForTokenClassification(
            BertConfig(vocab_size=len(vocabulary), max_position_embeddings=48, **sizes)
        )
    trained = ByteLevelBPETokenizer(add_prefix_space=True)
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] if kind == "roberta" else ["<|endoftext|>"]
    trained.train_from_iterator(
        [m.replace("*", "") for m in MARKED], vocab_size=330, special_tokens=special, show_progress=False
    )
    state = json.loads(trained.to_str())["model"]
    merges: Any = [tuple(merge) for merge in state["merges"]]  # the stubs know no pairs
    if kind == "roberta":
        # As the real one does, the checkpoint leaves add_prefix_space unset, and counts positions from the padding on.
        return RobertaTokenizer(vocab=state["vocab"], merges=merges), RobertaForTokenClassification(
            RobertaConfig(
                vocab_size=len(state["vocab"]),
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=2,
                intermediate_size=64,
                max_position_embeddings=50,
                pad_token_id=1,
                bos_token_id=0,
                eos_token_id=2,
            )
        )
    if kind == "llama":
        # SmolLM2 has GPT-2's kind of tokenizer.
        return GPT2Tokenizer(vocab=state["vocab"], merges=merges), LlamaForTokenClassification(
            LlamaConfig(
                vocab_size=len(state["vocab"]),
                hidden_size=32,
                num_hidden_layers=2,
                num_attention_heads=4,
                num_key_value_heads=2,
                intermediate_size=64,
                max_position_embeddings=48,
                bos_token_id=0,
                eos_token_id=0,
            )
        )
    return GPT2Tokenizer(vocab=state["vocab"], merges=merges), GPT2ForTokenClassification(
        GPT2Config(
            vocab_size=len(state["vocab"]),
            n_embd=32,
            n_layer=2,
            n_head=2,
            n_positions=48,
            bos_token_id=0,
            eos_token_id=0,
        )
    )
