"""A word's subwords are its own: the same wherever it stands, for every kind of tokenizer, and kept once known."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from adrbench.api import Unavailable
from adrbench_transformer import subwords
from adrbench_transformer.checkpoints import load_tokenizer
from adrbench_transformer.subwords import Subwords

pytestmark = pytest.mark.slow  # torch and transformers are imported

ODD = (
    *("nausea", "dose", "Ünïcödé", "\x00", "\u200b", "\u200d", "\ufeff", "\u00ad", "\ud800", "\udfff\ud800", "\ufffd"),
    *(
        "[SEP]",
        "[MASK]",
        "<mask>",
        "</s>",
        "<|endoftext|>",
        "##a",
        "Ġa",
        "▁a",
        "🤢",
        "👩‍⚕️",
        "🇫🇷",
        "e\u0301",
        "\u0301",
        "ﬁ",
    ),
    *(" ", "\t\n", "\u3000", "", " a b ", "a" * 3000, "東京", "مرحبا", "İ", "ß", "ǆ", "\U0010ffff"),
)
WORDS = st.lists(st.text(max_size=12) | st.sampled_from(ODD), max_size=12)
QUIET = settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


def unigram() -> Any:
    """Make a tokenizer of SentencePiece's kind: the white space before a word is a piece of its own."""
    letters = [(letter, -4.0) for letter in "▁abcdefghijklmnopqrstuvwxyz"]
    made = Tokenizer(
        models.Unigram([("<unk>", 0.0), ("<pad>", 0.0), ("▁nau", -1.0), ("sea", -1.5), *letters], unk_id=0)
    )
    made.normalizer = normalizers.NFKC()
    made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    made.decoder = decoders.Metaspace()
    # A special token that eats the white space before it, as the mask of RoBERTa does.
    made.add_special_tokens([AddedToken("<mask>", lstrip=True)])
    return PreTrainedTokenizerFast(tokenizer_object=made, unk_token="<unk>", pad_token="<pad>", mask_token="<mask>")


@pytest.fixture(params=["bert-cased", "bert-uncased", "roberta", "gpt2", "unigram"])
def tokenizer(request: pytest.FixtureRequest, checkpoint: Callable[[str], Path]) -> Any:
    """A tokenizer of every family in turn."""
    return unigram() if request.param == "unigram" else load_tokenizer(checkpoint(request.param))


@QUIET
@given(words=WORDS)
def test_a_words_pieces_do_not_depend_on_its_neighbours(tokenizer: Any, words: list[str]) -> None:
    """The tokenizer itself splits a word in a row of words as it splits that word alone: so pieces can be kept."""
    backend = tokenizer.backend_tokenizer
    clean = [word.encode("utf-16", "replace").decode("utf-16") for word in words]
    row = backend.encode(clean, is_pretokenized=True, add_special_tokens=False)
    for number, word in enumerate(clean):
        alone = backend.encode([word], is_pretokenized=True, add_special_tokens=False).ids
        assert [i for i, of in zip(row.ids, row.word_ids, strict=True) if of == number] == alone


@QUIET
@given(documents=st.lists(WORDS, max_size=3))
def test_kept_pieces_are_the_tokenizers(tokenizer: Any, documents: list[list[str]]) -> None:
    """Whatever was split before, each word of each document has the pieces that it has in a document of its own."""
    together = Subwords(tokenizer).split(documents)
    assert Subwords(tokenizer).split(documents) == together
    assert [len(pieces) for pieces in together] == [len(words) for words in documents]
    for words, pieces in zip(documents, together, strict=True):
        assert [Subwords(tokenizer).split([[word]])[0][0] for word in words] == pieces


def test_what_is_kept_stays_small(tokenizer: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many words come, no more than a set number is kept, none of them long, and the pieces stay right."""
    monkeypatch.setattr(subwords, "_KEPT", 5)
    frame = Subwords(tokenizer)
    for documents in ([["a", "b", "c"], ["a", "b"]], [["c", "d", "e"]], [[*"abcdefghij"]], [["a" * 65, "b"]]):
        before = [[Subwords(tokenizer)._encode([word])[0] for word in words] for words in documents]
        assert frame.split(documents) == before
        assert len(frame._known) <= 5
    assert all(len(word) <= 64 for word in frame._known)


@pytest.mark.parametrize("kind", ["roberta", "gpt2"])
def test_byte_level_words_begin_with_a_space(kind: str, checkpoint: Callable[[str], Path]) -> None:
    """The first word of a text too is read as in running text, with the space before it."""
    tokenizer = load_tokenizer(checkpoint(kind))
    [[first, second]] = Subwords(tokenizer).split([["nausea", "headache"]])
    assert [tokenizer.backend_tokenizer.decode(pieces) for pieces in (first, second)] == [" nausea", " headache"]


def test_a_tokenizer_without_a_class_puts_the_space_too(checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    """A byte-level tokenizer that has no class in transformers, whose own file asks for no space, gets it as well."""
    backend = Tokenizer.from_str(load_tokenizer(checkpoint("gpt2")).backend_tokenizer.to_str())
    bare = pre_tokenizers.ByteLevel(add_prefix_space=False)
    for number, steps in enumerate((bare, pre_tokenizers.Sequence([pre_tokenizers.Digits(), bare]))):
        backend.pre_tokenizer = steps
        folder = tmp_path / str(number)
        PreTrainedTokenizerFast(tokenizer_object=backend).save_pretrained(folder)
        (folder / "config.json").write_text('{"model_type": "modernbert"}')
        tokenizer = load_tokenizer(folder)
        [[pieces]] = Subwords(tokenizer).split([["nausea"]])
        assert tokenizer.backend_tokenizer.decode(pieces) == " nausea"


def test_a_folder_that_is_written_anew_is_read_anew(checkpoint: Callable[[str], Path], tmp_path: Path) -> None:
    """A tokenizer is that of the files as they are now."""
    for name in ("bert-cased", "bert-uncased"):
        load_tokenizer(checkpoint(name)).save_pretrained(tmp_path)
        (tmp_path / "config.json").write_bytes((checkpoint(name) / "config.json").read_bytes())
        assert load_tokenizer(tmp_path).get_vocab() == load_tokenizer(checkpoint(name)).get_vocab()


def test_an_end_token_stands_in_for_lacking_padding(checkpoint: Callable[[str], Path]) -> None:
    """Where there is no padding or mask, the end token does for both, and 0 where there is none of these."""
    tokenizer = load_tokenizer(checkpoint("gpt2"))
    assert tokenizer.pad_token is None
    assert Subwords(tokenizer).pad == Subwords(tokenizer).mask == tokenizer.eos_token_id
    bare = PreTrainedTokenizerFast(tokenizer_object=Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()))
    assert (bare.eos_token, Subwords(bare).pad, Subwords(bare).mask) == (None, 0, 0)


def test_unknown_characters_of_a_tokenizer_without_unknown_token() -> None:
    """A vocabulary without its unknown token, which makes a tokenizer fail in mid-text, is refused beforehand."""
    for model in (models.WordPiece({"a": 0, "b": 1}, unk_token="[UNK]"), models.Unigram([("a", 0.0)], unk_id=None)):
        with pytest.raises(Unavailable, match="fails on text outside its vocabulary"):
            Subwords(PreTrainedTokenizerFast(tokenizer_object=Tokenizer(model)))


def test_a_tokenizer_that_drops_the_unknown() -> None:
    """A tokenizer that skips what it does not know gives such words no pieces; one that knows nothing is refused."""
    some = PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE({"b": 0, "c": 1}, [])))
    assert Subwords(some).split([["bc", "a", "ab"]]) == [[[0, 1], [], [0]]]
    with pytest.raises(Unavailable, match="reads no word at all"):
        Subwords(PreTrainedTokenizerFast(tokenizer_object=Tokenizer(models.BPE({}, []))))
