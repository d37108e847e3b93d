"""Taggers with ``[taggers.distil]``: from the benchmark file to the leaderboard."""

from __future__ import annotations

from pathlib import Path

import pytest

import adrbench
from adrbench.config import read_benchmark
from adrbench.errors import ConfigError
from adrbench.plugins.registry import Registry

FILE = """
[benchmark]
name = "distilled"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.5
[[taggers]]
id = "teacher"
use = "dictionary"
params = { min_precision = 0.0 }
[[taggers]]
id = "with-gold"
use = "dictionary"
params = { min_precision = 0.0 }
[taggers.distil]
teacher = "teacher"
text = "texts.txt"
[[taggers]]
id = "without-gold"
use = "dictionary"
params = { min_precision = 0.0 }
[taggers.distil]
teacher = "teacher"
text = ["texts.txt"]
sentences = 2
gold = false
"""
TEXTS = "I had nausea and a headache.\nNothing to say of it, really.\nThe rash came back after a week.\n"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> adrbench.Results:
    """Results of a teacher and two students."""
    folder = tmp_path_factory.mktemp("distilled")
    (folder / "texts.txt").write_text(TEXTS)
    (folder / "file.toml").write_text(FILE)
    return adrbench.run(folder / "file.toml", results=folder / "results")


def test_the_student_learns_from_what_the_teacher_said(results: adrbench.Results) -> None:
    """With gold it knows what the teacher knows; without, only what the texts have."""
    assert results.statuses == {"ok": 3}
    rows = {row.tagger: row for row in results.leaderboard().rows if row.label == "micro"}
    assert rows["with-gold"].family == "dictionary"
    assert rows["with-gold"].distillation["texts"] == 3
    assert rows["without-gold"].distillation["texts"] == 2
    assert rows["teacher"].distillation == {}
    spans = {tagger: sum(map(len, results.predictions(tagger).values())) for tagger in rows}
    assert 0 < spans["without-gold"] < spans["teacher"]
    assert "texts labelled in" in results.render("markdown")


def test_a_home_folder_that_nobody_has_is_the_reason_of_a_row(tmp_path: Path) -> None:
    """The teacher and the other student are measured."""
    (tmp_path / "texts.txt").write_text(TEXTS)
    (tmp_path / "file.toml").write_text(FILE.replace('"texts.txt"', '"~nobody-here/texts.txt"', 1))
    results = adrbench.run(tmp_path / "file.toml", results=tmp_path / "results")
    assert results.statuses == {"ok": 2, "failed": 1}


def check(text: str, folder: Path) -> str:
    """What is wrong with a benchmark file."""
    (folder / "file.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_benchmark(folder / "file.toml", Registry())
    return str(caught.value)


def test_teachers_that_cannot_teach_are_refused(tmp_path: Path) -> None:
    """An unknown id has the closest one, and a student is no teacher."""
    assert "'techer' is no row that can teach; did you mean 'teacher'" in check(
        FILE.replace('teacher = "teacher"', 'teacher = "techer"'), tmp_path
    )
    assert "'with-gold' is no row that can teach" in check(
        FILE.replace('teacher = "teacher"\ntext = ["', 'teacher = "with-gold"\ntext = ["'), tmp_path
    )
    calibrated = FILE.replace("[benchmark]", "[benchmark]\nscores = true") + "\n"
    calibrated = calibrated.replace('id = "with-gold"', 'id = "with-gold"\ncalibrate = true')
    assert "cannot be combined with [taggers.distil]" in check(calibrated, tmp_path)
