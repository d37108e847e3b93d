"""The 2010 i2b2/VA corpus cannot be had here: a tree of the documented form stands for it. The notes are invented."""

from __future__ import annotations

from pathlib import Path

import pytest

from adrbench.api import CorpusMissing
from adrbench_biomed.i2b2_2010 import I2b22010, I2b22010Params

TREE = {
    "concept_assertion_relation_training_data/beth/txt/record-1.txt": "Chest pain on exertion .\n",
    "concept_assertion_relation_training_data/beth/concept/record-1.con": 'c="chest pain" 1:0 1:1||t="problem"\n',
    "concept_assertion_relation_training_data/beth/rel/record-1.rel": "not read\n",
    "test_data/0001.txt": "An MRI showed nothing .\n",
    "reference_standard_for_test_data/concepts/0001.con": 'c="an mri" 1:0 1:1||t="test"\n',
}


def test_the_release_as_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found below ADRBENCH_DATA, with its training and test part."""
    for name, text in TREE.items():
        file = tmp_path / "i2b2-2010" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setenv("ADRBENCH_DATA", str(tmp_path))
    reading = I2b22010().load(I2b22010Params(), None, offline=True)
    assert [(r.id, r.parts, [s.label for s in r.spans]) for r in reading.records] == [
        ("beth.record-1.1", ("train",), ["problem"]),
        ("0001.1", ("test",), ["test"]),
    ]
    assert reading.origin == "ADRBENCH_DATA/i2b2-2010"


def test_without_it_the_message_says_where_to_ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where to ask and what to put where."""
    monkeypatch.delenv("ADRBENCH_DATA", raising=False)
    monkeypatch.setenv("ADRBENCH_CACHE", str(tmp_path))
    with pytest.raises(CorpusMissing, match=r"data use agreement.*ADRBENCH_DATA/i2b2-2010"):
        I2b22010().load(I2b22010Params(), None, offline=False)
