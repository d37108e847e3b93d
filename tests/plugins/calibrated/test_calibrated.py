"""Taggers with ``calibrate``: from the benchmark file to the scores."""

from __future__ import annotations

from pathlib import Path

import pytest

import adrbench
from adrbench.api import Document
from adrbench.config import read_benchmark
from adrbench.config.variants import variants
from adrbench.errors import ConfigError
from adrbench.plugins.calibrated.tagger import Calibrated
from adrbench.plugins.registry import Registry

FILE = """
[benchmark]
name = "calibrated"
scores = true
evaluators = ["exact", "calibration"]
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.5
[[taggers]]
id = "plain"
use = "dictionary"
params = { min_precision = 0.0 }
[[taggers]]
id = "isotonic"
use = "dictionary"
params = { min_precision = 0.0 }
calibrate = true
[[taggers]]
id = "temperature"
use = "dictionary"
grid = { min_precision = [0.0, 0.5] }
calibrate = { method = "temperature", holdout = 0.3 }
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> adrbench.Results:
    """Results of taggers with and without calibration."""
    folder = tmp_path_factory.mktemp("calibrated")
    (folder / "file.toml").write_text(FILE)
    return adrbench.run(folder / "file.toml", results=folder / "results", keep_models=True)


@pytest.mark.slow
def test_spans_stay_and_scores_change(results: adrbench.Results) -> None:
    """All rows are measured; the spans are those of the plain row, the scores are others, and ECE falls."""
    assert results.statuses == {"ok": 4}
    plain, isotonic, scaled = (
        {(name, span): span.score for name, spans in results.predictions(tagger).items() for span in spans}
        for tagger in ("plain", "isotonic", "temperature[min_precision=0.0]")
    )
    assert plain.keys() == isotonic.keys() == scaled.keys()
    assert plain != isotonic != scaled != plain
    rows = {row.tagger: row for row in results.leaderboard().rows if row.label == "micro"}
    assert {row.family for row in rows.values()} == {"dictionary"}
    before, after = rows["plain"].ece, rows["isotonic"].ece
    assert before is not None
    assert after is not None
    assert after < before
    assert len({row.f1 for row in rows.values() if row.grid_point.get("min_precision") != 0.5}) == 1


@pytest.mark.slow
def test_kept_models_tag_with_calibrated_scores(results: adrbench.Results) -> None:
    """A model that was kept gives the same scores when it is loaded."""
    folders = [path.parent for path in (results.folder / "models").glob("*/model/calibrated.json")]
    assert len(folders) == 3
    for folder in folders:
        tagger = Calibrated.load(folder)
        (spans,) = tagger.predict([Document("d", "nausea", ((0, 6),), "d")])
        assert all(span.score is not None for span in spans)
        assert tagger.facts()["calibration_mentions"] > 0


def check(text: str, folder: Path) -> str:
    """What is wrong with a benchmark file."""
    (folder / "file.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_benchmark(folder / "file.toml", Registry())
    return str(caught.value)


def test_what_would_have_no_effect_is_refused(tmp_path: Path) -> None:
    """Without scores, with a search, or with an unknown method: an error with its line."""
    assert "calibrate: has no effect without scores = true" in check(FILE.replace("scores = true", ""), tmp_path)
    searched = FILE.replace("calibrate = true", "calibrate = true\ntune = { trials = 2 }")
    assert "cannot be combined with [taggers.tune]" in check(searched, tmp_path)
    assert "method" in check(FILE.replace('"temperature"', '"warmth"'), tmp_path)


def test_rows_without_it_keep_their_keys(tmp_path: Path) -> None:
    """``calibrate = false`` is the plain row."""
    (tmp_path / "file.toml").write_text(FILE.replace("calibrate = true", "calibrate = false"))
    plain, off, _ = read_benchmark(tmp_path / "file.toml", Registry()).taggers
    first, second = next(variants(plain)), next(variants(off))
    assert (first.use, first.params) == (second.use, second.params)
