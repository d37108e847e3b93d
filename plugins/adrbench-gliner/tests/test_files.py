"""Checkpoints that are not read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from adrbench.api import Unavailable
from adrbench_gliner.files import missing, safe
from adrbench_gliner.params import GlinerParams

CONFIGURATIONS = ["config.json", "encoder_config/config.json", "tokenizer_config.json"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The files of a checkpoint as far as they are looked at before it is loaded."""
    folder = tmp_path / "checkpoint"
    (folder / "encoder_config").mkdir(parents=True)
    for name in CONFIGURATIONS:
        (folder / name).write_text("{}")
    header = json.dumps({"weight": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    return folder


def change(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_whole_checkpoint_is_read(copy: Path) -> None:
    safe(copy)
    assert missing(GlinerParams(model=str(copy)), True) is None


@pytest.mark.slow  # torch and transformers are imported
def test_what_the_library_writes_is_read(untrained: Path) -> None:
    safe(untrained)
    assert missing(GlinerParams(model=str(untrained)), True) is None
    assert all((untrained / name).is_file() for name in CONFIGURATIONS)


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_a_checkpoint_that_brings_code_is_refused(copy: Path, name: str) -> None:
    """Nested or not; the file is named, before anything is loaded."""
    change(copy / name, nested=[{"auto_map": {"AutoModel": "evil.Model"}}])
    with pytest.raises(Unavailable, match="auto_map names code"):
        safe(copy)
    assert str(copy / name) in (missing(GlinerParams(model=str(copy)), True) or "")


def test_another_architecture_is_refused(copy: Path) -> None:
    change(copy / "config.json", architecture="boundary")
    with pytest.raises(Unavailable, match="'boundary' is not supported"):
        safe(copy)


def test_without_the_configuration_of_its_encoder_the_library_would_ask_the_hub(copy: Path) -> None:
    shutil.rmtree(copy / "encoder_config")
    with pytest.raises(Unavailable, match="no GLiNER2 checkpoint"):
        safe(copy)


def test_pickled_weights_are_refused(copy: Path) -> None:
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")
    with pytest.raises(Unavailable, match="pickle"):
        safe(copy)
