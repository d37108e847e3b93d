"""Decoding finds the best sequence that the scheme allows."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from adrbench.api import decode, tag_set
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


@given(arrays(np.float32, st.tuples(st.integers(0, 30), st.just(5)), elements=SCORE))
def test_decoded_tags_have_no_orphan(scores: np.ndarray) -> None:
    """Spans are the same whether orphans would begin one or be rejected: there are none."""
    tags = [tag_set(["A", "B"])[i] for i in Grammar(tag_set(["A", "B"])).best(scores)]
    tokens = [(i, i + 1) for i in range(len(tags))]
    assert decode(tokens, tags, "begin") == decode(tokens, tags, "reject")
