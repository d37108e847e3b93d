"""Plugins that were written for API 1.0: they run as they are, and are told which names go."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import adrbench

# Names, constructors and methods of 1.0 only.
OLD = """
from dataclasses import dataclass
from adrbench.api import Annotated, Choice, Context, Document, EvaluatorPlugin, Real, Setting, Span, TaggerPlugin, Whole

@dataclass(frozen=True)
class Params:
    words: int = 1

class Old:
    def __init__(self, params):
        self.params = params

    def fit(self, train, context: Context) -> None:
        assert context.heard is False
        self.label = context.labels[0]

    def predict(self, documents):
        return [[Span(*d.tokens[0], self.label, ())] if d.tokens else [] for d in documents]

class First:
    def __init__(self, labels):
        self.labels = labels

    def count(self, gold, predicted, setting: Setting):
        assert isinstance(setting, Setting)
        hits = len(set(gold) & set(predicted))
        return {"tp": float(hits), "gold": float(len(gold)), "words": float(len(setting.tokens))}

    def score(self, total):
        figures = {"recall": total["tp"] / (total["gold"] + (total["gold"] == 0)), "support": total["gold"]}
        return {"micro": figures, **dict.fromkeys(self.labels, figures)}

space = {"words": Whole(1, 3)}
unused = Real(0.1, 0.2), Choice((1, 2))
tagger = TaggerPlugin("old", "test", "1", Params, "old_plugins:Old", space=space, api="1.0")
evaluator = EvaluatorPlugin("first", "", "old_plugins:First", needs=("tokens",), api="1.0")
"""
FILE = """
[benchmark]
name = "old"
evaluators = ["exact", "first"]
scores = true
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.4
[[taggers]]
id = "old"
use = "old"
"""
POINTS = "[adrbench.taggers]\nold = old_plugins:tagger\n[adrbench.evaluators]\nfirst = old_plugins:evaluator\n"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_they_run_as_they_are(tmp_path: Path, install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """A tagger without scores and an evaluator without count_many, even in a benchmark that asks for scores."""
    site = install("old-plugins", "old_plugins", OLD, POINTS).parent
    monkeypatch.setenv("PYTHONPATH", str(site))
    (tmp_path / "old.toml").write_text(FILE)
    with pytest.warns(DeprecationWarning, match=r"adrbench\.api\.Whole is deprecated since 1\.1 .*: use IntRange"):
        results = adrbench.run(tmp_path / "old.toml", results=tmp_path / "runs", limit=60)
    assert results.statuses == {"ok": 1}
    spans = [span for own in results.predictions("old").values() for span in own]
    assert spans
    assert {span.score for span in spans} == {None}
    assert results.leaderboard(evaluator="first").rows[0].recall is not None
