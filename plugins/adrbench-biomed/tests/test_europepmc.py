"""The Europe PMC corpus: which files are read, and what the test part holds. The sentences are invented."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from adrbench.api import CorpusError, CorpusMissing
from adrbench_biomed.europepmc import EuropePmc, EuropePmcParams, plugin


def put(folder: Path, *parts: str) -> Path:
    """Write files of one sentence each."""
    for part in parts:
        (folder / f"{part}.tsv").write_text(f"{part}\tO\nmice\tB-OG\n")
    return folder


def test_the_test_part_is_enough(tmp_path: Path) -> None:
    """The part that is openly at hand is read alone; training and development are read where they lie beside it."""
    reading = EuropePmc().load(EuropePmcParams(), put(tmp_path, "test"), offline=True)
    assert [(r.id, r.text, r.parts) for r in reading.records] == [("test.1", "test mice", ("test",))]
    reading = EuropePmc().load(EuropePmcParams(), put(tmp_path, "train", "dev"), offline=True)
    assert [r.parts for r in reading.records] == [("train",), ("dev",), ("test",)]
    assert list(reading.files) == ["train.tsv", "dev.tsv", "test.tsv"]


def test_without_the_test_part_it_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without test.tsv is an error, and no folder at all says that --offline forbids the download."""
    with pytest.raises(CorpusError, match=r"lacks test\.tsv"):
        EuropePmc().load(EuropePmcParams(), put(tmp_path, "train"), offline=True)
    monkeypatch.delenv("ADRBENCH_DATA", raising=False)
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path / "cache"))
    with pytest.raises(CorpusMissing, match="--offline forbids"):
        EuropePmc().at_hand()


@pytest.mark.skipif("ADRBENCH_DATA" not in os.environ, reason="needs the corpora")
def test_the_released_test_part() -> None:
    """Sentences, tokens and mentions are those that were counted when it was published."""
    reading = EuropePmc().load(EuropePmcParams(), None, offline=True)
    assert len(reading.records) == 17680
    assert sum(len(r.tokens or ()) for r in reading.records) == 358242
    found = Counter(span.label for r in reading.records for span in r.spans)
    assert found == {"GP": 6566, "OG": 3157, "DS": 2347, "CD": 1236}
    assert {r.parts for r in reading.records} == {("test",)}
    assert set(plugin.labels) == {"GP", "OG", "DS"}
