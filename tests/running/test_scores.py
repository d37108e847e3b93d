"""Scores of predicted spans, from the benchmark file to the results folder, and outside the harness."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import adrbench
from adrbench.api import Span

FILE = """
[benchmark]
name = "scored"
scores = {scores}
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.4
[[taggers]]
id = "dictionary"
use = "dictionary"
[[taggers]]
id = "sure"
use = "sure"
[[taggers]]
id = "percent"
use = "sure"
params = {{ most = 99.0 }}
"""
SURE = """
from dataclasses import dataclass
from adrbench.api import Span, TaggerPlugin

@dataclass(frozen=True)
class Params:
    most: float = 1.0

class Sure:
    # Its scores come unasked, but for those that are no fraction.

    def __init__(self, params):
        self.most = params.most

    def fit(self, train, context):
        self.label, self.asked = context.labels[0], context.scores

    def predict(self, documents):
        score = self.most if self.asked or self.most <= 1 else None
        return [[Span(*d.tokens[0], self.label, score=score)] if d.tokens else [] for d in documents]

plugin = TaggerPlugin("sure", "test", "1", Params, "sure_tagger:Sure", api="1.1")
"""


def run(folder: Path, *, scores: bool) -> adrbench.Results:
    """The results of the benchmark, with or without scores."""
    file = folder / "scored.toml"
    file.write_text(FILE.format(scores=str(scores).lower()))
    return adrbench.run(file, results=folder / "results", limit=300)


def spans(results: adrbench.Results, tagger: str) -> list[tuple[str, Span]]:
    """All that a tagger predicted, by document."""
    return [(name, span) for name, found in results.predictions(tagger).items() for span in found]


def test_scores_are_stored_where_the_benchmark_asks(
    tmp_path: Path, install: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spans and figures are the same with and without; cells with scores are others, so both are kept."""
    site = install("sure", "sure_tagger", SURE, "[adrbench.taggers]\nsure = sure_tagger:plugin\n").parent
    monkeypatch.setenv("PYTHONPATH", str(site))
    without = run(tmp_path, scores=False)
    assert without.statuses == {"ok": 3}
    plain = {tagger: spans(without, tagger) for tagger in ("dictionary", "sure")}
    figures = {row.tagger: row.f1 for row in without if row.label == "micro"}
    assert {span.score for found in plain.values() for _, span in found} == {None}

    scored = run(tmp_path, scores=True)
    assert scored.statuses == {"ok": 2, "failed": 1}
    [percent] = [row for row in scored if (row.tagger, row.label) == ("percent", "micro")]
    assert "the score of a span should be a fraction from 0 to 1, or None, not 99.0" in percent.reason
    for tagger, expected in plain.items():
        given = spans(scored, tagger)
        assert given == expected != []
        assert all(span.score is not None and 0 <= span.score <= 1 for _, span in given)
        [row] = [row for row in scored if (row.tagger, row.label) == (tagger, "micro")]
        assert row.f1 == figures[tagger]

    again = run(tmp_path, scores=False)
    assert again.statuses == {"ok": 3}
    assert spans(again, "dictionary") == plain["dictionary"]


def test_outside_the_harness(tmp_path: Path) -> None:
    """A tagger gives scores if it was made so, kept and loaded as well; a clone is made alike."""
    texts, gold = ["Aspirin gave me gout.", "Iron gave me gout."], [[(16, 20, "ADR")], [(13, 17, "ADR")]]
    tagger = adrbench.tagger("dictionary", scores=True).fit(texts, gold)
    assert tagger.get_params()["scores"] is True
    tagger.save(tmp_path / "kept")
    for one in (tagger, type(tagger).load(tmp_path / "kept")):
        [span] = one.predict(["Is it gout?"])[0]
        assert span.score is not None
        assert 0.5 < span.score < 1
    silent = adrbench.tagger("dictionary").fit(texts, gold)
    assert [span.score for span in silent.predict(["Is it gout?"])[0]] == [None]
