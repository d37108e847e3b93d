"""What evaluators are told of documents under test, beside gold and predictions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adrbench.errors import StoreError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard import leaderboard
from adrbench.results.leaderboard.score import Scoreboard

if TYPE_CHECKING:
    from tests.results.leaderboard.conftest import Results

# Precision: the share of gold spans seen in training. Recall: words by gold span.
SOURCE = """
from adrbench.api import EvaluatorPlugin

class Told:
    def __init__(self, labels):
        self.labels = labels

    def count(self, gold, predicted, setting):
        assert len(setting.seen) == len(gold)
        return {"gold": len(gold), "seen": sum(setting.seen), "words": len(setting.tokens)}

    def score(self, total):
        seen, words = total["seen"] / total["gold"], total["words"] / total["gold"]
        return {"micro": {"precision": seen, "recall": words, "f1": seen, "support": total["gold"]}}

plugin = EvaluatorPlugin("told", "what it is told", "told:Told", needs=("tokens", "seen"))
"""


@pytest.fixture
def told(install: Callable[..., Path], results: Results) -> Results:
    """Results, and an evaluator that asks for all facts."""
    install("told", "told", SOURCE, "[adrbench.evaluators]\ntold = told:plugin\n")
    results.measured("a")
    return results


def test_seen_is_by_what_the_fold_was_learnt_from(told: Results) -> None:
    """A form that stands in test documents alone is unseen; words are where they were stored."""
    # Fold 0 tests d0, d2, d4; fold 1 the others. All ADR are one form but that of d4; DRUG of d0 and d1 are one.
    told.words({f"d{i}": [0] for i in range(6)} | {"d0": [0, 1], "d1": [0, 1], "d4": [2]})
    store = told.plan()
    [row] = [row for row in leaderboard(store, Registry(), evaluator="told").rows if row.label == "micro"]
    assert row.precision == pytest.approx((3 / 4 + 4 / 4) / 2)
    assert row.recall == pytest.approx((6 / 4 + 6 / 4) / 2)
    assert row.evaluator == "told"


def test_results_without_words_say_what_is_missing(told: Results) -> None:
    """The exact evaluator needs none; one that does is told how to get them."""
    store = told.plan()
    assert leaderboard(store, Registry()).rows[0].f1 is not None
    message = r"'told' needs the words.*words/ffffffffffffffff\.jsonl: missing; `adrbench run`"
    with pytest.raises(StoreError, match=message):
        leaderboard(store, Registry(), evaluator="told")


def test_other_evaluators_of_the_benchmark_stand_beside(told: Results) -> None:
    """Their F1 is a field of each row; the first one ranks."""
    told.words({f"d{i}": [0] for i in range(6)} | {"d0": [0, 1], "d1": [0, 1]})
    told.evaluators = ["exact", "told"]
    rows = leaderboard(told.plan(), Registry()).rows
    assert rows[0].other_f1 == {"told": 1.0}
    assert rows[0].evaluator == "exact"


def test_imported_predictions_have_scores_and_no_costs(results: Results) -> None:
    """A row of another system stands beside ours, marked."""
    results.measured("a")
    results.row("b", imported=True)
    for fold in range(2):
        results.foreign(f"b{fold}", fold)
    rows = {row.tagger: row for row in leaderboard(results.plan(), Registry()).rows if row.label == "micro"}
    assert rows["b"].f1 == rows["a"].f1
    assert (rows["b"].imported, rows["a"].imported) == (True, False)
    assert rows["b"].cost.fit_seconds is None
    assert rows["a"].ties == rows["b"].ties == "a"


@pytest.mark.parametrize("evaluator", ["exact", "overlap"])
def test_what_taggers_are_compared_by_is_the_evaluators_micro_f1(results: Results, evaluator: str) -> None:
    """Pooled over both labels, any part of the documents has the very figure that the evaluator gives it."""
    results.measured("a")
    scores = Scoreboard(results.plan(), Registry(), evaluator)
    section = results.store.read_plan().sections[0]
    gold, cell = scores.gold(section), scores.measured(section)["a"][0]
    names, counts, score = gold.compared(cell.columns, cell.counts)
    for part in ([0], [1, 2], [0, 1, 2], []):
        expected = gold.evaluator.score(dict(zip(cell.columns, cell.counts[part].sum(axis=0), strict=True)))
        assert score(dict(zip(names, counts[part].sum(axis=0), strict=True)))["micro"]["f1"] == expected["micro"]["f1"]
