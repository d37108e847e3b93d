"""A pretrained checkpoint is made once, by whoever comes first, and is there only when it is whole."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from adrbench._system.paths import cache_folder
from adrbench.api import Context, Pretraining, TaggerPlugin
from adrbench.errors import InputError, PluginError
from adrbench.plugins.registry import Registry
from adrbench.running.pretraining.cache import make, pretrained
from adrbench.running.pretraining.keys import key_of

SOURCE = """
from dataclasses import dataclass
from adrbench.api import Pretraining, TaggerPlugin

@dataclass(frozen=True)
class Params:
    model: str = "tiny"
    rate: float = 0.1

@dataclass(frozen=True)
class How:
    steps: int = 4
    fail_at: int = -1

def pretrain(params, how, texts, folder, context):
    state = folder / "state"
    done = int(state.read_text()) if state.exists() else 0
    while done < how.steps:
        if done == how.fail_at and not (folder / "again").exists():
            (folder / "again").write_text("")
            raise RuntimeError("cut off")
        done += 1
        state.write_text(str(done))
        context.progress(done, how.steps, "working")
        with (texts.parent / "log").open("a") as log:
            log.write(f"{done} ")
    state.unlink()
    (folder / "config.json").write_text("{}")
    return {"steps": done, "sentences": 1, "loss": [[done, 1.0]]}

plugin = TaggerPlugin("primed", "p", "1", Params, "primed_tagger:Tagger", pretraining=Pretraining(How, "primed_tagger:pretrain"))
"""  # noqa: E501


@pytest.fixture
def primed(install: Any) -> TaggerPlugin:
    """A tagger whose pre-training writes down each step that it does."""
    install("adrbench-primed", "primed_tagger", SOURCE, "[adrbench.taggers]\nprimed = primed_tagger:plugin\n")
    plugin: TaggerPlugin = Registry().describe("taggers", "primed")
    return plugin


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(seed=1, labels=(), scratch=tmp_path)


def _how(plugin: TaggerPlugin, **values: int) -> Any:
    assert isinstance(plugin.pretraining, Pretraining)
    return plugin.pretraining.params(**values)


def test_it_is_made_once_and_then_found(primed: TaggerPlugin, context: Context, tmp_path: Path) -> None:
    """The second to ask gets the first one's checkpoint and its costs, and nothing is done twice."""
    params, how = primed.params(rate=0.5), _how(primed)
    key = key_of(primed, params, how, "digest", 1, tmp_path, Registry())
    first, meta = pretrained(primed, params, how, tmp_path / "t", key, context)
    again = pretrained(primed, params, how, tmp_path / "t", key, context)
    assert again == (first, meta)
    assert first == primed.params(model=str(cache_folder() / "pretraining" / key), rate=0.5)
    assert (tmp_path / "log").read_text() == "1 2 3 4 "
    assert {"key": key, "steps": 4, "sentences": 1, "loss": [[4, 1.0]]}.items() <= meta.items()
    assert sorted(file.name for file in Path(first.model).iterdir()) == ["config.json", "pretrained.json"]


def test_what_was_cut_off_is_gone_on_with(primed: TaggerPlugin, context: Context, tmp_path: Path) -> None:
    """After an interruption no folder is there; the next call does what is left."""
    out, how = tmp_path / "out", _how(primed, fail_at=2)
    with pytest.raises(RuntimeError, match="cut off"):
        make(primed, primed.params(), how, tmp_path / "t", "k", context, out)
    assert not out.exists()
    with pytest.raises(InputError, match="unfinished work with other settings"):
        make(primed, primed.params(), how, tmp_path / "t", "other", context, out)
    make(primed, primed.params(), how, tmp_path / "t", "k", context, out)
    assert (tmp_path / "log").read_text() == "1 2 3 4 "
    assert (out / "config.json").exists()
    with pytest.raises(InputError, match="a checkpoint of other settings"):
        make(primed, primed.params(), how, tmp_path / "t", "other", context, out)


def test_killed_on_the_last_step_it_is_finished_without_work(
    primed: TaggerPlugin, context: Context, tmp_path: Path
) -> None:
    """Work that only had to be moved to its place is moved there."""
    draft = tmp_path / ".out.part"
    draft.mkdir()
    (draft / "pretrained.json").write_text(json.dumps({"key": "k", "steps": 9}))
    meta = make(primed, primed.params(), _how(primed), tmp_path / "t", "k", context, tmp_path / "out")
    assert meta["steps"] == 9
    assert not (tmp_path / "log").exists()


def test_a_folder_of_something_else_is_left_alone(primed: TaggerPlugin, context: Context, tmp_path: Path) -> None:
    """A folder that holds other files is refused as it is."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something else"):
        make(primed, primed.params(), _how(primed), tmp_path / "t", "k", context, tmp_path / "out")
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["thesis.txt"]


def test_the_key_is_of_what_goes_in(primed: TaggerPlugin, tmp_path: Path) -> None:
    """Model bytes, settings, texts and seed change the key; settings of the fine-tuning do not."""
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "weights").write_text("a")
    params, how = primed.params(model="./model"), _how(primed)
    key = key_of(primed, params, how, "d", 1, tmp_path, Registry())
    assert key_of(primed, dataclasses.replace(params, rate=9.0), how, "d", 1, tmp_path, Registry()) == key
    others = {
        key_of(primed, primed.params(), how, "d", 1, tmp_path, Registry()),
        key_of(primed, params, _how(primed, steps=5), "d", 1, tmp_path, Registry()),
        key_of(primed, params, how, "e", 1, tmp_path, Registry()),
        key_of(primed, params, how, "d", 2, tmp_path, Registry()),
    }
    assert len(others | {key}) == 5


def test_a_tagger_that_cannot_is_named(primed: TaggerPlugin, tmp_path: Path) -> None:
    """A tagger without pre-training is an error."""
    with pytest.raises(PluginError, match="'primed' cannot be pretrained"):
        key_of(dataclasses.replace(primed, pretraining=None), primed.params(), None, "d", 1, tmp_path, Registry())
