"""Checkpoints that are not read."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from adrbench.api import Unavailable
from adrbench_gliner.files import missing, safe
from adrbench_gliner.params import GlinerParams


@pytest.fixture
def copy(untrained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untrained, tmp_path / "checkpoint"))


def change(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_whole_checkpoint_is_read(untrained: Path) -> None:
    safe(untrained)
    assert missing(GlinerParams(model=str(untrained)), True) is None


@pytest.mark.parametrize("name", ["config.json", "encoder_config/config.json", "tokenizer_config.json"])
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
