"""A checkpoint that does not fit is refused with the reason, and nothing under the head is ever made up."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sentencepiece
import torch
from safetensors.torch import load_file, save_file
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertForSequenceClassification,
    BertModel,
    BrosConfig,
    BrosForTokenClassification,
    CanineConfig,
    CanineForTokenClassification,
    CanineTokenizer,
    DebertaV2Config,
    DebertaV2Model,
    MixtralConfig,
    MixtralForTokenClassification,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
    ViTConfig,
    ViTForImageClassification,
    XLNetConfig,
    XLNetForTokenClassification,
)

from adrbench.api import Annotated, Context, Document, Unavailable
from adrbench_transformer.checkpoints import causal, load_model, load_tokenizer
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # networks of many kinds are made

TAGS = ["O", "B-ADR", "I-ADR"]
SIZES: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}


@pytest.fixture
def folder(checkpoint: Callable[[str], Path], tmp_path: Path) -> Path:
    """A copy of a tiny BERT that a test may spoil."""
    return Path(shutil.copytree(checkpoint("bert-cased"), tmp_path / "bert"))


def change(folder: Path, **values: Any) -> None:
    """Write other values into a checkpoint's configuration."""
    plain = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(plain | values))


def bert(kind: type[Any], folder: Path, **more: Any) -> Any:
    """Put a BERT made for another task into a folder that has the tokenizer already."""
    vocabulary = len(load_tokenizer(folder))
    model = kind(BertConfig(vocab_size=vocabulary, max_position_embeddings=48, **SIZES, **more))
    model.save_pretrained(folder)
    return model


def refused(folder: Path, train: list[Annotated], context: Context) -> str:
    """Why a fit on the folder's checkpoint is refused."""
    with pytest.raises(Unavailable) as caught:
        TransformerTagger(TransformerParams(model=str(folder), epochs=1)).fit(train, context)
    assert str(folder) in str(caught.value)
    return str(caught.value)


def test_attention_is_the_fast_one_where_there_is_one(kind: str, checkpoint: Callable[[str], Path]) -> None:
    """Every preset's architecture runs on PyTorch's scaled dot product attention."""
    assert load_model(checkpoint(kind), TAGS, load_tokenizer(checkpoint(kind))).config._attn_implementation == "sdpa"


@pytest.mark.parametrize("task", [BertForSequenceClassification, BertForMaskedLM, BertModel])
def test_the_encoder_of_another_task_gets_a_new_head(task: type[Any], folder: Path) -> None:
    """The encoder is the checkpoint's to the bit; a head for something else, even one of the same size, is not used."""
    made = bert(task, folder, num_labels=len(TAGS))
    model = load_model(folder, TAGS, load_tokenizer(folder))
    held = {name.removeprefix("bert."): weight for name, weight in made.state_dict().items()}
    assert all(torch.equal(weight, held[name]) for name, weight in model.bert.state_dict().items())
    assert model.classifier.weight.shape == (3, 32)
    if task is BertForSequenceClassification:
        assert not torch.equal(model.classifier.weight, made.classifier.weight)
        assert 0 < model.classifier.weight.std() < 0.04
        assert not model.classifier.bias.any()


def test_a_head_for_the_same_tags_is_kept(folder: Path) -> None:
    """A checkpoint that was fine-tuned for the very tags keeps its head; other tags, as many, get a new one."""
    load_model(folder, TAGS, load_tokenizer(folder)).save_pretrained(folder)
    first = load_model(folder, TAGS, load_tokenizer(folder)).classifier.weight
    assert torch.equal(load_model(folder, TAGS, load_tokenizer(folder)).classifier.weight, first)
    assert not torch.equal(
        load_model(folder, ["O", "B-DRUG", "I-DRUG"], load_tokenizer(folder)).classifier.weight, first
    )


def test_a_sequence_to_sequence_model_lends_its_encoder(folder: Path) -> None:
    """The encoder of a T5 is loaded to the bit under a new head, without its decoder."""
    config = T5Config(
        vocab_size=len(load_tokenizer(folder)), d_model=32, d_kv=16, d_ff=64, num_layers=2, num_heads=2, pad_token_id=0
    )
    made = T5ForConditionalGeneration(config)
    made.save_pretrained(folder)
    model = load_model(folder, TAGS, load_tokenizer(folder))
    name = "encoder.block.1.layer.1.DenseReluDense.wi.weight"
    assert torch.equal(model.state_dict()[f"transformer.{name}"], made.state_dict()[name])
    assert not any("decoder" in name for name in model.state_dict())


def test_models_that_tag_no_words_are_refused(folder: Path, train: list[Annotated], context: Context) -> None:
    """A vision model is refused by name, and so is an architecture that transformers does not know."""
    ViTForImageClassification(ViTConfig(**SIZES, image_size=8, patch_size=4)).save_pretrained(folder)
    assert "no token classifier of model_type 'vit'" in refused(folder, train, context)
    change(folder, model_type="made-up")
    assert "model_type 'made-up' is unknown to transformers" in refused(folder, train, context)


def test_a_model_without_an_end_of_positions_reads_any_length(
    folder: Path, train: list[Annotated], context: Context, document: Callable[[str], Document]
) -> None:
    """XLNet says -1 of its positions."""
    sizes: dict[str, Any] = {"d_model": 32, "n_layer": 2, "n_head": 2, "d_inner": 64}
    XLNetForTokenClassification(XLNetConfig(vocab_size=len(load_tokenizer(folder)), **sizes)).save_pretrained(folder)
    tagger = TransformerTagger(TransformerParams(model=str(folder), epochs=80, learning_rate=3e-3, batch_size=3))
    tagger.fit(train, context)
    assert tagger.predict([a.document for a in train]) == [list(a.spans) for a in train]
    assert tagger.predict([document(" ".join(a.document.text for a in train))]) != [[]]


def test_experts_read_from_left_to_right_too(folder: Path) -> None:
    """What is computed together differs in its last bits, which is no look ahead."""
    torch.manual_seed(1)
    sizes = {**SIZES, "num_key_value_heads": 2, "num_local_experts": 4}
    MixtralForTokenClassification(MixtralConfig(vocab_size=len(load_tokenizer(folder)), **sizes)).save_pretrained(
        folder
    )
    assert causal(load_model(folder, TAGS, load_tokenizer(folder)))


def test_a_model_of_page_layouts_is_refused(folder: Path, train: list[Annotated], context: Context) -> None:
    """It wants boxes, which text has not."""
    BrosForTokenClassification(BrosConfig(vocab_size=len(load_tokenizer(folder)), **SIZES)).save_pretrained(folder)
    assert "bros does not read plain text: ValueError: You have to specify bbox" in refused(folder, train, context)


@pytest.fixture
def pieces(train: list[Annotated], tmp_path: Path) -> Path:
    """A tiny DeBERTa-v3 as the hub holds it: a SentencePiece vocabulary and no tokenizer.json."""
    folder = tmp_path / "deberta"
    folder.mkdir()
    text = tmp_path / "text"
    text.write_text("\n".join(a.document.text for a in train))
    special: dict[str, Any] = {
        "pad_id": 0,
        "bos_id": 1,
        "eos_id": 2,
        "unk_id": 3,
        "pad_piece": "[PAD]",
        "unk_piece": "[UNK]",
    }
    sentencepiece.SentencePieceTrainer.train(
        input=str(text),
        model_prefix=str(folder / "spm"),
        vocab_size=70,
        hard_vocab_limit=False,
        bos_piece="[CLS]",
        eos_piece="[SEP]",
        **special,
    )
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false, "vocab_type": "spm"}')
    torch.manual_seed(1)
    relative: dict[str, Any] = {"relative_attention": True, "pos_att_type": ["p2c", "c2p"], "position_buckets": 16}
    config = DebertaV2Config(vocab_size=90, max_position_embeddings=48, type_vocab_size=0, **SIZES, **relative)
    DebertaV2Model(config).save_pretrained(folder)
    return folder


def test_a_sentencepiece_vocabulary_is_read(pieces: Path, train: list[Annotated], context: Context) -> None:
    """And saved with the model, which then needs the library no more."""
    tagger = TransformerTagger(TransformerParams(model=str(pieces), epochs=40, learning_rate=3e-3, batch_size=3))
    tagger.fit(train, context)
    documents = [a.document for a in train]
    found = tagger.predict(documents)
    assert found == [list(a.spans) for a in train]
    saved = context.scratch / "saved"
    saved.mkdir()
    tagger.save(saved)
    assert (saved / "checkpoint" / "tokenizer.json").is_file()
    assert TransformerTagger.load(saved).predict(documents) == found


@pytest.mark.parametrize(("module", "library"), [("sentencepiece", "sentencepiece"), ("google.protobuf", "protobuf")])
def test_the_library_that_a_vocabulary_needs_is_named(
    module: str, library: str, pieces: Path, train: list[Annotated], context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not another one."""
    monkeypatch.setitem(sys.modules, module, None)
    assert refused(pieces, train, context).endswith(
        f"spm.model cannot be read without {library}: pip install 'adrbench-transformer[sentencepiece]'"
    )


def test_code_of_a_repository_is_never_run(folder: Path, train: list[Annotated], context: Context) -> None:
    """An architecture that only the repository's own code knows is refused; a known one is loaded without that code."""
    (folder / "modeling.py").write_text("raise SystemExit('must not be imported')")
    auto_map = {"AutoConfig": "modeling.C", "AutoModelForTokenClassification": "modeling.M", "AutoModel": "modeling.M"}
    change(folder, auto_map=auto_map)
    assert type(load_model(folder, TAGS, load_tokenizer(folder))).__module__.startswith("transformers.models.bert")
    change(folder, model_type="homemade")
    assert "own code (auto_map) is not run" in refused(folder, train, context)


@pytest.mark.parametrize("values", [{"intermediate_size": 80}, {"vocab_size": 500}])
def test_weights_of_another_size_are_refused(
    values: dict[str, int], folder: Path, train: list[Annotated], context: Context
) -> None:
    """A tensor of another size than the configuration says is named with both sizes, never begun anew."""
    change(folder, **values)
    reason = refused(folder, train, context)
    assert "weights of another size than config.json says: bert." in reason
    rows = len(load_tokenizer(folder))
    assert ("is 64, not 80" if "intermediate_size" in values else f"is {rows} x 32, not 500 x 32") in reason


def test_lacking_weights_are_refused(folder: Path, train: list[Annotated], context: Context) -> None:
    """A layer, or a single tensor, that the file does not hold is named; what the file holds in excess is no matter."""
    change(folder, num_hidden_layers=3)
    reason = refused(folder, train, context)
    assert "weights are missing: bert.encoder.layer.2." in reason
    assert reason.endswith("and 13 more")
    change(folder, num_hidden_layers=1)
    load_model(folder, TAGS, load_tokenizer(folder))
    weights = load_file(folder / "model.safetensors")
    del weights["bert.embeddings.LayerNorm.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert refused(folder, train, context).endswith("weights are missing: bert.embeddings.LayerNorm.weight")


def test_a_tokenizer_larger_than_the_embeddings_is_refused(
    folder: Path, train: list[Annotated], context: Context
) -> None:
    """Subwords without an embedding are an error before any training, with both numbers."""
    tokenizer = PreTrainedTokenizerFast.from_pretrained(folder)
    rows = len(tokenizer)
    tokenizer.add_tokens(["Zelanol", "Pelutrin"])
    tokenizer.save_pretrained(folder)
    assert f"has {rows + 2} subwords, and the model embeddings for {rows} only" in refused(folder, train, context)


def test_a_tokenizer_that_is_slow_only_is_named(train: list[Annotated], context: Context, tmp_path: Path) -> None:
    """A model whose tokenizer cannot say which word a subword is of is refused with the tokenizer's name."""
    CanineForTokenClassification(CanineConfig(**SIZES, num_hash_buckets=16)).save_pretrained(tmp_path)
    CanineTokenizer().save_pretrained(tmp_path)
    assert "CanineTokenizer is no fast tokenizer" in refused(tmp_path, train, context)


def test_a_checkpoint_without_tokenizer_is_refused(folder: Path, train: list[Annotated], context: Context) -> None:
    """A folder without a vocabulary is refused rather than read with an empty one."""
    for name in ("tokenizer.json", "vocab.txt", "tokenizer_config.json"):
        (folder / name).unlink(missing_ok=True)
    assert "no tokenizer" in refused(folder, train, context)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe"])
@pytest.mark.parametrize("name", ["tokenizer.json", "config.json", "tokenizer_config.json"])
def test_broken_files_are_named(
    name: str, content: bytes, folder: Path, train: list[Annotated], context: Context
) -> None:
    """A configuration or a tokenizer that is cut short, or no such thing, is refused and told which it is."""
    (folder / name).write_bytes(content)
    reason = refused(folder, train, context)
    assert ("config.json" if name == "config.json" else "tokenizer") in reason
    assert "\n" not in reason


@pytest.mark.parametrize("name", ["tokenizer.json", "config.json"])
def test_objects_of_another_kind_are_refused(name: str, folder: Path, train: list[Annotated], context: Context) -> None:
    """A valid JSON object that says nothing of a tokenizer or of a model is refused as well."""
    (folder / name).write_text('{"version": "1.0"}')
    assert f"{name.partition('.')[0]}" in refused(folder, train, context)


def test_values_that_no_model_has_are_refused(folder: Path, train: list[Annotated], context: Context) -> None:
    """A configuration with impossible values is refused with the library's word on it."""
    change(folder, num_attention_heads=5)
    assert "5" in refused(folder, train, context)
    change(folder, num_attention_heads=2, hidden_size="wide")
    assert "hidden_size" in refused(folder, train, context)
