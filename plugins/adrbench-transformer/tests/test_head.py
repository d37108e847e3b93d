"""The CRF's likelihood is exact, and it learns and decodes whole sequences."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Context, Document, Scheme, tag_set
from adrbench_transformer.decoding import Grammar, follows
from adrbench_transformer.head import Chain
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # networks are trained


def brute(tags: list[str], moves: np.ndarray, emissions: np.ndarray, before: int) -> dict[tuple[int, ...], float]:
    """Score of every allowed sequence of tags."""
    ahead = "O" if before == len(tags) else tags[before]
    return {
        path: sum(moves[a, b] + emissions[i, b] for i, (a, b) in enumerate(itertools.pairwise([before, *path])))
        for path in itertools.product(range(len(tags)), repeat=len(emissions))
        if all(follows(a, b) for a, b in itertools.pairwise([ahead, *(tags[i] for i in path)]))
    }


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
@given(data=st.data())
def test_the_likelihood_is_that_of_all_sequences(scheme: Scheme, data: st.DataObject) -> None:
    """Each loss of a padded batch weighs its sequence against all that are allowed; Viterbi finds the best of them."""
    tags = tag_set(["A"] if scheme == "BIOES" else ["A", "B"], scheme)
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=3))
    before = [data.draw(st.integers(0, len(tags))) for _ in lengths]
    chain = Chain(tags)
    moves = rng.normal(0, 3, (len(tags) + 1, len(tags))).astype(np.float32)
    chain.load_state_dict({"moves": torch.from_numpy(moves)})
    emissions = rng.normal(0, 5, (len(lengths), max(lengths), len(tags))).astype(np.float32)
    gold = np.zeros((len(lengths), max(lengths)), dtype=np.int64)
    wanted = []
    for row, (length, ahead) in enumerate(zip(lengths, before, strict=True)):
        scores = brute(tags, moves, emissions[row, :length], ahead)
        path = data.draw(st.sampled_from(sorted(scores)))
        gold[row, :length] = path
        wanted.append(math.log(sum(math.exp(score - scores[path]) for score in scores.values())))
        if ahead == len(tags):
            best = tuple(Grammar(tags).best(emissions[row, :length], chain.weights()))
            assert scores[best] == pytest.approx(max(scores.values()), abs=1e-4)
    inputs = torch.from_numpy(emissions).requires_grad_()
    losses = chain.loss(inputs, torch.from_numpy(gold), torch.tensor(lengths), torch.tensor(before))
    assert losses.tolist() == pytest.approx(wanted, rel=1e-4, abs=1e-3)
    losses.sum().backward()
    assert inputs.grad is not None
    assert inputs.grad.isfinite().all()
    assert chain.moves.grad is not None
    assert chain.moves.grad.isfinite().all()


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "E-A", "S-A"]), max_size=12), st.sets(st.integers(0, 11)))
def test_what_a_model_cannot_see_is_outside(words: list[str], seen: set[int]) -> None:
    """Gold as a model sees it is allowed, outside at unseen words, and as it was if all is seen and allowed."""
    tags = tag_set(["A"], "BIOES")
    numbers = [tags.index(tag) for tag in words]
    found = [tags[i] for i in Grammar(tags).legal(numbers, seen)]
    assert all(follows(a, b) for a, b in itertools.pairwise(["O", *found]))
    assert all(tag == "O" for i, tag in enumerate(found) if i not in seen)
    assert all((tag == "O") == (words[i] == "O") for i, tag in enumerate(found) if i in seen)
    if all(follows(a, b) for a, b in itertools.pairwise(["O", *words])):
        assert [tags[i] for i in Grammar(tags).legal(numbers, range(12))] == words


@pytest.mark.parametrize(("scheme", "max_length"), [("BIO", 48), ("BIOES", 14)])
def test_a_crf_learns_and_is_loaded_again(
    scheme: Scheme,
    max_length: int,
    checkpoint: Callable[[str], Path],
    train: list[Annotated],
    context: Context,
    tmp_path: Path,
) -> None:
    """In whole documents or in windows, a CRF learns its sentences, words without subwords among them, and is kept."""
    params = TransformerParams(
        model=str(checkpoint("bert-cased")), head="crf", scheme=scheme, max_length=max_length, overlap=4,
        epochs=20, batch_size=4, learning_rate=6e-3, crf_factor=2.0,
    )  # fmt: skip
    control = train[0].document.text.replace("severe headache", "severe \x01 headache")
    edges = [(at.start(), at.end()) for at in re.finditer(r"\S+", control)]
    [span] = train[0].spans
    odd = Annotated(Document("odd", control, tuple(edges), "odd"), (type(span)(span.start, span.end + 2, span.label),))
    tagger = TransformerTagger(params)
    tagger.fit([*train, odd], context)
    documents = [a.document for a in train]
    predicted = tagger.predict(documents)
    assert sum(list(a.spans) == spans for a, spans in zip(train, predicted, strict=True)) >= 5
    tagger.save(tmp_path)
    loaded = TransformerTagger.load(tmp_path)
    assert loaded.predict(documents) == predicted
    assert loaded.facts() == tagger.facts()
