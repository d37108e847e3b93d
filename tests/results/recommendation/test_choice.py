"""The choice among taggers, whatever they find and cost."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.api import Counts, Figures
from adrbench.results.leaderboard.rows import Row
from adrbench.results.recommendation.choice import Candidate, Contest, choose, promise
from adrbench.results.recommendation.estimate import FoldCosts, Limits, figure
from adrbench.results.recommendation.question import Question

FOLDS, DOCUMENTS = 3, 8
COLUMNS = ("right", "gold")


def score(total: Counts) -> Figures:
    """The share of gold that is found, as if it were F1."""
    return {"micro": {"f1": np.asarray(total["right"]) / np.maximum(total["gold"], 1)}}


@st.composite
def candidates(draw: Any, name: str) -> Candidate:
    """A tagger that finds some of the mentions, one a document, at random costs."""
    found = [draw(st.lists(st.booleans(), min_size=DOCUMENTS, max_size=DOCUMENTS)) for _ in range(FOLDS)]
    f1 = tuple(float(np.mean(fold)) for fold in found)
    costs = tuple(
        FoldCosts("one", 1, 100, DOCUMENTS, draw(st.floats(0.1, 100)), draw(st.floats(0.1, 100))) for _ in range(FOLDS)
    )
    counts = tuple(np.array([[float(one), 1.0] for one in fold]) for fold in found)
    return Candidate(Row("toy", "random", name, "", "micro", "ok", f1=float(np.mean(f1))), f1, f1, counts, costs)


@st.composite
def contests(draw: Any) -> Contest:
    """Up to four taggers on the same folds."""
    taggers = tuple(draw(candidates(name)) for name in "abcd"[: draw(st.integers(1, 4))])
    units = tuple(tuple(f"{fold}-{i}" for i in range(DOCUMENTS)) for fold in range(FOLDS))
    return Contest(taggers, units, COLUMNS, score, "micro", 150, 1 / FOLDS)


@settings(max_examples=30, deadline=None)
@given(contests(), st.floats(0, 0.5), st.floats(1, 200))
def test_the_choice_is_the_cheapest_of_those_that_keep_the_limits_and_the_margin(
    contest: Contest, margin: float, seconds: float
) -> None:
    """No equivalent tagger is cheaper, none that breaks a limit is chosen, and the best is among the equivalent."""
    question = Question(margin=margin, limits=Limits(fit_seconds=seconds))
    choice = choose(contest, question, contest.folds, 200)
    allowed = [c for c in contest.candidates if not choice.breaches[c.tagger]]
    assert (choice.chosen is None) == (not allowed)
    if choice.chosen is None or choice.best is None:
        return
    ranks = {c.tagger: made.rank for c in contest.candidates if (made := choice.estimates[c.tagger]) is not None}
    assert choice.chosen in choice.equivalent
    assert choice.best in choice.equivalent
    assert set(choice.equivalent) <= set(allowed)
    assert ranks[choice.chosen.tagger] == min(ranks[c.tagger] for c in choice.equivalent)
    assert max(sum(c.f1) for c in allowed) == sum(choice.best.f1)
    expected = promise(contest, question)
    if expected is not None:
        assert sum(expected.picks.values()) + expected.undecided == FOLDS


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=10))
def test_the_bound_is_never_below_the_worst_fold(values: list[float]) -> None:
    """A limit that the bound keeps, every fold keeps."""
    found = figure(values)
    assert found.low <= found.high <= found.bound
    assert found.low * (1 - 1e-9) <= found.mean <= found.high * (1 + 1e-9)
