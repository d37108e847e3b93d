"""Models that older versions kept without a record become kept taggers by `adrbench migrate`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import adrbench
from adrbench.errors import InputError
from adrbench.results.kept_models import splitter_of
from adrbench.results.schema import TaggerRecord

BENCHMARK = """
[benchmark]
name = "try"
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "terms"
use = "dictionary"
"""


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A results folder with two kept taggers."""
    file = tmp_path / "try.toml"
    file.write_text(BENCHMARK)
    adrbench.run(file, results=tmp_path / "results", keep_models=True, limit=40)
    return tmp_path / "results"


def strip(model: Path, facts: str = "") -> TaggerRecord:
    """Leave of a kept tagger the model alone, as older versions did; give its record."""
    record = adrbench.load(model).record
    (model / "tagger.json").unlink()
    for file in list((model / "model").iterdir()):
        file.replace(model / file.name)
    (model / "model").rmdir()
    if facts:
        (model / "tagger.json").write_text(facts)
    return record


def test_old_models_become_kept_taggers(results: Path) -> None:
    """All that the results folder knows is in their record; one of an unknown cell is named and stays."""
    first, second = sorted((results / "models").iterdir())
    # Some taggers have a file of the record's name themselves.
    wanted = [strip(first), strip(second, '{"params": {}}')]
    with pytest.raises(InputError, match="adrbench migrate RESULTS"):
        adrbench.load(second)
    (results / "models" / "f00d").mkdir()
    done = adrbench.migrate(results)
    assert done.models == 2
    assert [path.name for path, _ in done.damaged] == ["f00d"]
    for model, record in zip((first, second), wanted, strict=True):
        migrated = adrbench.load(model).record
        assert migrated.training == record.training
        # Which distribution the plugin came from is not stored.
        assert migrated.params == record.params
        assert migrated.labels == record.labels
        assert migrated.costs == record.costs
        assert migrated.environment == record.environment
    assert json.loads((second / "model/tagger.json").read_text()) == {"params": {}}
    assert adrbench.migrate(results).models == 0


def test_a_killed_migration_is_finished(results: Path) -> None:
    """Killed when the old model was aside and the new one not yet in its place."""
    first, _ = sorted((results / "models").iterdir())
    strip(first)
    first.replace(first.with_name(f".{first.name}.old"))
    assert adrbench.migrate(results).models == 1
    assert adrbench.load(first).labels
    assert sorted(path.name[0] for path in first.parent.iterdir()).count(".") == 0


@pytest.mark.parametrize(
    ("words", "splitter"), [("", "nltk"), ("punctuation", "punctuation"), ("format and punctuation", "punctuation")]
)
def test_new_texts_are_split_as_the_corpus_was(words: str, splitter: str) -> None:
    """Also where some of its files had their own words."""
    assert splitter_of(words) == splitter
