"""What enters the model stands for the words it is said to stand for."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adrbench_transformer.batches import budgeted, collate, examples, shuffled
from adrbench_transformer.checkpoints import causal, load_model, load_tokenizer
from adrbench_transformer.subwords import Subwords

pytestmark = pytest.mark.slow  # networks are made

WORD = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["nausea", "\x00", "\u200b", "\ud800", "[SEP]", "</s>", "<|endoftext|>", "a" * 90, "🤢", "e\u0301", " "]
    ),
)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    documents=st.lists(st.lists(WORD, max_size=25), max_size=4),
    length=st.integers(8, 40),
    overlap=st.integers(0, 40),
    rounds=st.booleans(),
)
def test_each_word_is_read_off_its_own_subword(
    kind: str, checkpoint: Callable[[str], Path], documents: list[list[str]], length: int, overlap: int, rounds: bool
) -> None:
    """Every word with subwords is tagged once: at its first subword, or left to right at its last within the window."""
    left_to_right = kind == "gpt2"
    frame = Subwords(load_tokenizer(checkpoint(kind)), causal=left_to_right)
    capacity = length - len(frame.prefix) - len(frame.suffix)
    split = frame.split(documents)
    assert [len(pieces) for pieces in split] == [len(words) for words in documents]
    found = [e for i, pieces in enumerate(split) for e in examples(i, pieces, frame, length, overlap)]
    tagged = [(e.document, word) for e in found for _, word in e.places]
    assert sorted(tagged) == [(i, w) for i, pieces in enumerate(split) for w, ids in enumerate(pieces) if ids]
    for chosen in budgeted([e.length for e in found], 200):
        batch = collate([found[i] for i in chosen], frame, "cpu", rounded=length if rounds else 0)
        width = batch.ids.shape[1]
        assert width <= length
        assert not rounds or width == length or width % 8 == 0
        read = batch.ids.flatten()[batch.reads].tolist()
        words = [split[found[i].document][word][:capacity] for i in chosen for _, word in found[i].places]
        assert read == [ids[-1] if left_to_right else ids[0] for ids in words]
        assert batch.attention.sum(dim=1).tolist() == [found[i].length for i in chosen]


def test_a_network_that_reads_from_left_to_right_is_known(kind: str, checkpoint: Callable[[str], Path]) -> None:
    """Of these kinds, only GPT-2 answers the same for a subword whatever follows it."""
    assert causal(load_model(checkpoint(kind), ["O", "B-ADR"], load_tokenizer(checkpoint(kind)))) == (kind == "gpt2")


def test_a_word_splits_the_same_wherever_it_stands(kind: str, checkpoint: Callable[[str], Path]) -> None:
    """The first word of a text has the subwords that it would have in the middle, as in running text."""
    frame = Subwords(load_tokenizer(checkpoint(kind)))
    [[alone], [_, after]] = frame.split([["nausea"], ["severe", "nausea"]])
    assert alone == after


@given(st.lists(st.integers(1, 50)), st.integers(1, 8), st.randoms(use_true_random=False))
def test_batches_hold_every_example_once(lengths: list[int], size: int, rng: random.Random) -> None:
    """Shuffled and budgeted batches are partitions of the examples, within their limits."""
    epoch = shuffled(lengths, size, rng)
    assert sorted(i for batch in epoch for i in batch) == list(range(len(lengths)))
    assert all(len(batch) <= size for batch in epoch)
    filled = list(budgeted(lengths, 60))
    assert sorted(i for batch in filled for i in batch) == list(range(len(lengths)))
    assert all(len(batch) * max(lengths[i] for i in batch) <= 60 for batch in filled)
