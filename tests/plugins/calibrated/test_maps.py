"""Maps from scores to the share right."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.plugins.calibrated.maps import Isotonic, Temperature, fit_map, from_json

mentions = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40)
methods = pytest.mark.parametrize("method", ["temperature", "isotonic"])


@methods
@given(mentions, st.lists(st.floats(0, 1), min_size=1, max_size=20))
@settings(max_examples=40)
def test_mapped_scores_are_fractions_in_the_same_order(
    method: str, seen: list[tuple[float, bool]], scores: list[float]
) -> None:
    """A higher score never becomes a lower one, and a map survives JSON."""
    made = fit_map(method, [score for score, _ in seen], [right for _, right in seen])
    assert made is not None
    mapped = made(sorted(scores))
    assert all(0 <= one <= 1 for one in mapped)
    assert mapped == sorted(mapped)
    again = from_json(json.loads(json.dumps(made.to_json())))
    assert again == made


@given(mentions)
@settings(max_examples=40)
def test_isotonic_scores_add_up_to_the_right_mentions(seen: list[tuple[float, bool]]) -> None:
    """On the mentions that it was fitted on, the mean of the mapped scores is the share right."""
    scores, right = zip(*seen, strict=True)
    assert np.mean(Isotonic.fit(scores, right)(scores)) == pytest.approx(np.mean(right), abs=1e-6)


@pytest.mark.parametrize("true", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_scores_is_found(true: float) -> None:
    """From 20,000 mentions whose logits were divided by it."""
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 3, 20_000)
    right = rng.random(20_000) < 1 / (1 + np.exp(-logits / true))
    scores = 1 / (1 + np.exp(-logits))
    assert Temperature.fit(scores.tolist(), right.tolist()).value == pytest.approx(true, rel=0.1)


def test_without_mentions_there_is_no_map() -> None:
    """Neither is made of nothing."""
    assert fit_map("isotonic", [], []) is None
    assert from_json(None) is None
