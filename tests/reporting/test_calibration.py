"""Calibration, in the leaderboard and in the report."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import adrbench

FILE = """
[benchmark]
name = "scored"
scores = {scores}
evaluators = ["exact", "calibration"]
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.5
[[taggers]]
id = "dictionary"
use = "dictionary"
params = {{ min_precision = 0.0 }}
"""


def run(folder: Path, *, scores: bool) -> adrbench.Results:
    """Run the dictionary on some documents."""
    file = folder / "scored.toml"
    file.write_text(FILE.format(scores=str(scores).lower()))
    return adrbench.run(file, results=folder / "results")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> adrbench.Results:
    """Results with scores."""
    return run(tmp_path_factory.mktemp("scored"), scores=True)


def test_the_leaderboard_has_the_calibration_error_of_the_scores(results: adrbench.Results) -> None:
    """It is the mean difference of score and share right in ten bins, and the F1 of exact match is shown once."""
    row = next(row for row in results.leaderboard().rows if row.label == "micro")
    found = results.predictions("dictionary")
    gold = results.gold()
    bins: dict[int, list[float]] = {}
    for name, spans in found.items():
        for span in spans:
            assert span.score is not None
            bins.setdefault(min(9, int(10 * span.score)), []).append(span.score - (span in set(gold[name])))
    total = sum(map(len, bins.values()))
    assert total > 10
    assert row.ece == pytest.approx(sum(abs(sum(own)) for own in bins.values()) / total)
    text = results.render("markdown")
    assert "ECE" in text
    assert "F1 calibration" not in text


def test_the_report_shows_reliability_and_checks(results: adrbench.Results, tmp_path: Path) -> None:
    """A section has both figures with their numbers, and F1 after checks."""
    results.report(html=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text()
    section = re.search(r'<section id="calibration".*?</section>', page, re.DOTALL)
    assert section is not None
    for said in ("Share right against score", "Wrong mentions against coverage", "10% checked", "ECE"):
        assert said in section[0]


def test_without_scores_there_is_neither(tmp_path: Path) -> None:
    """No column and no section: a calibration error of 0 would flatter."""
    results = run(tmp_path, scores=False)
    assert {row.ece for row in results.leaderboard().rows} == {None}
    assert "ECE" not in results.render("markdown")
    results.report(html=tmp_path / "page.html")
    assert 'id="calibration"' not in (tmp_path / "page.html").read_text()
