"""The time of a fit on all documents, told from folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import stored
from hypothesis import given
from hypothesis import strategies as st

from adrbench.results.recommendation import predicted_refit_seconds
from adrbench.results.recommendation.refit import FitTime, extrapolated_seconds
from adrbench.results.store import Store

IDS = tuple(f"d{i}" for i in range(10))


def folder(path: Path, seconds: dict[float, float], **changes: Any) -> Store:
    """A results folder of two folds; ``seconds``: the fit time by fraction of the training part."""
    store = Store.create(path)
    gold = {name: [(0, 4, "ADR")] for name in IDS}
    store.write_card("card", stored.card(gold, ("ADR",), tokens_of=dict.fromkeys(IDS, 100)))
    sections = []
    for fraction, fit in seconds.items():
        test = (IDS[:5], IDS[5:])
        train = tuple(part[: round(5 * fraction)] for part in (IDS[5:], IDS[:5]))
        name = f"folds-{fraction}"
        store.write_split(name, stored.split(test, train=train))
        keys = [f"a{fraction}-{fold}" for fold in range(2)]
        for fold, key in enumerate(keys):
            costs = stored.costs(seconds={"import": 1.0, "warm_up": 0.0, "fit": fit, "predict": 1.0})
            stored.keep_cell(store, key, test[fold], {}, fold=fold, costs=costs, **changes)
        split = "random" if fraction == 1 else f"random-{fraction}"
        row = stored.row("a", keys)
        sections.append(stored.section([row], split=split, full_split="random", folds=name, fraction=fraction))
    store.write_plan(stored.plan(sections))
    return store


def test_a_learning_curve_tells_how_the_time_grows(tmp_path: Path) -> None:
    """Ten seconds at the start and 0.01 s a word: 20 s on all 1,000 words, whatever the folds learnt from."""
    store = folder(tmp_path / "r", {0.4: 12.0, 0.8: 14.0, 1.0: 15.0})
    assert predicted_refit_seconds(store, "a", "toy", "random") == pytest.approx(20.0)


def test_one_size_grows_more_slowly_than_in_proportion(tmp_path: Path) -> None:
    """Folds that learn from half: the whole takes longer, and less than twice as long."""
    found = predicted_refit_seconds(folder(tmp_path / "r", {1.0: 10.0}), "a", "toy", "random")
    assert found is not None
    assert 10 < found < 20


def test_nothing_is_told_of_several_machines_or_without_costs(tmp_path: Path) -> None:
    """Times of different machines do not mix; a tagger that is not there has none."""
    store = folder(tmp_path / "r", {1.0: 10.0})
    assert predicted_refit_seconds(store, "b", "toy", "random") is None
    stored.keep_cell(store, "a1.0-1", IDS[5:], {}, fold=1, machine=stored.machine("other"))
    assert predicted_refit_seconds(store, "a", "toy", "random") is None


@given(st.lists(st.builds(FitTime, st.integers(1, 10**6), st.floats(1e-4, 1e5)), min_size=1, max_size=8))
def test_more_text_never_takes_less_time(fits: list[FitTime]) -> None:
    """Whatever was timed, the prediction grows with the text."""
    words = max(fit.words for fit in fits)
    once, twice = extrapolated_seconds(fits, words), extrapolated_seconds(fits, 2 * words)
    assert once is not None
    assert twice is not None
    assert 0 <= once <= twice * (1 + 1e-9)
