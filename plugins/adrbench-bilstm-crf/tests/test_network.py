"""The network: what a sentence gets must not depend on what stands beside it."""

import pytest
import torch

from adrbench.api import tag_set
from adrbench_bilstm_crf import vectors
from adrbench_bilstm_crf.batches import by_length, collate, shuffled
from adrbench_bilstm_crf.lexicon import Lexicon, normalise
from adrbench_bilstm_crf.network import Network
from adrbench_bilstm_crf.plugin import Params

SENTENCES = [
    ["Rash"],
    ["He", "had", "hypothyroidism", "after", "600", "mg", "amiodarone", "."],
    ["pseudopseudohypoparathyroidism-like-syndrome-of-the-elderly", "😀", "\ud800"],
]


@pytest.mark.parametrize("characters", ["cnn", "lstm", "none"])
def test_emissions_do_not_depend_on_the_batch(characters: str) -> None:
    """A sentence has the same emissions alone and padded beside longer sentences and longer words."""
    params = Params(characters=characters, hidden=6, layers=2)  # type: ignore[arg-type]
    words = [w for s in SENTENCES[:2] for w in s]
    lexicon = Lexicon.of(words, vectors.drawn(map(normalise, words), 5, seed=1))
    torch.manual_seed(1)
    network = Network(params, lexicon, tag_set(["ADR"], params.scheme)).eval()
    table, rows = lexicon.encode(SENTENCES)
    together = network.emissions(table, collate(rows, torch.device("cpu")))
    for i, sentence in enumerate(SENTENCES):
        table, (alone,) = lexicon.encode([sentence])
        (expected,) = network.emissions(table, collate([alone], torch.device("cpu")))
        torch.testing.assert_close(together[i, : len(sentence)], expected)


def test_batches_hold_every_sentence_once_and_no_empty_one() -> None:
    """However long the documents, each sentence with words is in exactly one batch, and huge ones stand alone."""
    lengths = [0, 3, 100_000, 1, 2, 0, 7000, 5, 9]
    generator = torch.Generator().manual_seed(0)
    for batches in (by_length(lengths, 3), shuffled(lengths, 3, generator)):
        assert sorted(i for batch in batches for i in batch) == [1, 2, 3, 4, 6, 7, 8]
        assert [2] in batches
        assert max(map(len, batches)) <= 3
