"""Decoding finds the best sequence that the scheme allows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adrbench.api import chunks, decode, tag_set
from adrbench_transformer.decoding import Grammar, follows

# A tagger fitted in the same process has told the processor to take subnormal numbers for zero.
SCORE = st.floats(-20, 0, width=32, allow_subnormal=False)


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
@given(data=st.data())
def test_best_is_the_best_of_all_allowed(scheme: str, data: st.DataObject) -> None:
    """On short sentences the decoded sequence scores as high as the best of every allowed one."""
    tags = tag_set(["A"] if scheme == "BIOES" else ["A", "B"], scheme)  # type: ignore[arg-type]
    words = data.draw(st.integers(1, 4))
    scores = data.draw(arrays(np.float32, (words, len(tags)), elements=SCORE))
    allowed = [
        path
        for path in itertools.product(range(len(tags)), repeat=words)
        if all(follows(a, b) for a, b in itertools.pairwise(["O", *(tags[i] for i in path)]))
    ]
    total = [sum(float(scores[i, tag]) for i, tag in enumerate(path)) for path in allowed]
    found = tuple(Grammar(tags).best(scores))
    assert found in allowed
    assert total[allowed.index(found)] == pytest.approx(max(total))


@pytest.mark.parametrize("scheme", ["BIO", "BIOES"])
@pytest.mark.parametrize("constrained", [True, False])
@given(data=st.data())
def test_a_spans_probability_is_that_of_all_sequences_that_have_it(
    scheme: str, constrained: bool, data: st.DataObject
) -> None:
    """Summed over every sequence, or every allowed one, from which the very span is read."""
    tags = tag_set(["A"] if scheme == "BIOES" else ["A", "B"], scheme)  # type: ignore[arg-type]
    words = data.draw(st.integers(1, 4))
    rows = data.draw(arrays(np.float32, (words, len(tags)), elements=st.floats(-4, 0, width=32)))
    learnt = data.draw(st.none() | arrays(np.float32, (len(tags) + 1, len(tags)), elements=st.floats(-2, 2, width=32)))
    grammar = Grammar(tags)
    weights = grammar.weights(learnt) if constrained else None
    path = grammar.best(rows, learnt) if constrained else [int(tag) for tag in rows.argmax(axis=1)]
    runs = chunks([tags[tag] for tag in path])
    moves = np.zeros((len(tags) + 1, len(tags))) if weights is None else weights
    total: dict[tuple[int, ...], float] = {}
    for one in itertools.product(range(len(tags)), repeat=words):
        steps = [moves[-1, one[0]], *(moves[a, b] for a, b in itertools.pairwise(one))]
        total[one] = float(np.exp(np.float64(sum(steps)) + sum(float(rows[i, tag]) for i, tag in enumerate(one))))
    for run, probability in zip(runs, grammar.probabilities(rows, runs, weights), strict=True):
        having = sum(weight for one, weight in total.items() if run in chunks([tags[tag] for tag in one]))
        assert probability == pytest.approx(having / sum(total.values()), rel=1e-4)


@given(arrays(np.float32, st.tuples(st.integers(0, 30), st.just(5)), elements=SCORE))
def test_decoded_tags_have_no_orphan(scores: np.ndarray) -> None:
    """Spans are the same whether orphans would begin one or be rejected: there are none."""
    tags = [tag_set(["A", "B"])[i] for i in Grammar(tag_set(["A", "B"])).best(scores)]
    tokens = [(i, i + 1) for i in range(len(tags))]
    assert decode(tokens, tags, "begin") == decode(tokens, tags, "reject")
