"""Language modelling goes on from a checkpoint, survives a kill, and leaves what can be fine-tuned."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file

from adrbench.api import Annotated, Context
from adrbench_transformer.masking import masked
from adrbench_transformer.params import TransformerParams, recipe
from adrbench_transformer.pretraining import pretrain
from adrbench_transformer.pretraining_params import PretrainParams, continued
from adrbench_transformer.rows import Rows, schedule
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # networks are trained

SENTENCES = ("No complaint was noted under Morvidine .", "He woke with severe headache .", "A dry mouth troubled him .")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A file of a few sentences, over and over."""
    path = tmp_path / "texts.jsonl"
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in SENTENCES * 8))
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_it_learns_and_leaves_what_can_be_fine_tuned(
    kind: str,
    checkpoint: Callable[[str], Path],
    texts: Path,
    train: list[Annotated],
    context: Context,
    tmp_path: Path,
) -> None:
    """The loss falls well below its beginning, and a tagger can be fitted on the folder."""
    out = _folder(tmp_path / "out")
    params = TransformerParams(model=str(checkpoint(kind)), epochs=1)
    how = PretrainParams(steps=60, batch=512, learning_rate=1e-2, max_length=48)
    told = pretrain(params, how, texts, out, context)
    assert (told["steps"], told["sentences"]) == (60, 24)
    assert told["new_head"] == (kind != "gpt2")
    assert told["loss"][-1][0] == 60
    assert told["loss"][-1][1] < 0.8 * told["loss"][0][1]
    assert not [file.name for file in out.iterdir() if file.suffix in {".bin", ".part"} or "state" in file.name]
    assert {str(w.dtype) for w in load_file(out / "model.safetensors").values()} == {"torch.float32"}
    tagger = TransformerTagger(continued(params, out))
    tagger.fit(train, context)
    assert len(tagger.predict([a.document for a in train])) == len(train)


KILLED = """
import sys
from pathlib import Path
from adrbench.api import Context
from adrbench_transformer import pretraining
from adrbench_transformer.params import TransformerParams, recipe
from adrbench_transformer.pretraining_params import PretrainParams

pretraining.SNAPSHOT_SECONDS = 0.0
model, texts, out = sys.argv[1:]
context = Context(seed=7, labels=(), scratch=Path(out), progress=lambda done, total, note: print(done, flush=True))
how = PretrainParams(steps=60, batch=256, learning_rate=1e-3, whole_words=True)
pretraining.pretrain(TransformerParams(model=model), how, Path(texts), Path(out), context)
"""


def test_a_killed_run_comes_to_the_same_end(
    checkpoint: Callable[[str], Path], texts: Path, context: Context, tmp_path: Path
) -> None:
    """After ``kill -9`` the run goes on from its snapshot, to the weights of an undisturbed one, to the bit."""
    model, out = str(checkpoint("bert-cased")), _folder(tmp_path / "killed")
    command = [sys.executable, "-c", KILLED, model, str(texts), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        deadline = time.monotonic() + 120
        while not (out / "state.safetensors").exists() and time.monotonic() < deadline:
            assert process.stdout.readline()
        process.send_signal(signal.SIGKILL)
    assert not (out / "model.safetensors").exists()
    how = PretrainParams(steps=60, batch=256, learning_rate=1e-3, whole_words=True)
    begun: list[float] = []
    again = Context(seed=7, labels=(), scratch=tmp_path, progress=lambda done, *_: begun.append(done))
    resumed = pretrain(TransformerParams(model=model), how, texts, out, again)
    assert begun[0] > 1
    whole = _folder(tmp_path / "whole")
    assert pretrain(TransformerParams(model=model), how, texts, whole, context) == resumed
    one, other = (load_file(folder / "model.safetensors") for folder in (out, whole))
    assert one.keys() == other.keys()
    assert all(bool((one[name] == other[name]).all()) for name in one)


class _Frame:
    prefix, suffix, pad, mask = [1], [2], 0, 3


@settings(deadline=None)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=1, max_size=20),
    share=st.floats(0.01, 0.99),
    seed=st.integers(0, 99),
    whole_words=st.booleans(),
)
def test_only_text_is_asked_for(sizes: list[int], share: float, seed: int, whole_words: bool) -> None:
    """Targets are the text's own subwords at their places, whole words together, one at least; the frame stays."""
    count = sum(sizes)
    ids = np.arange(10, 10 + count, dtype=np.int32)
    opens = np.array([random.Random(f"{seed}{i}").random() < 0.5 for i in range(count)])
    edges = np.concatenate([[0], np.cumsum(sizes)])
    opens[edges[:-1]] = True
    frame: Any = _Frame()
    rng = np.random.default_rng(seed)
    asked = masked(
        Rows(ids, opens, edges, len(sizes)), np.arange(len(sizes)), frame, 500, share, rng, whole_words=whole_words
    )
    assert len(asked.targets) >= 1
    for row, size in enumerate(sizes):
        line = asked.ids[row]
        assert (line[0], line[size + 1], asked.attention[row].sum()) == (1, 2, size + 2)
        assert not line[size + 2 :].any()
    width = asked.ids.shape[1]
    numbers = {(int(p) // width, int(p) % width - 1): int(t) for p, t in zip(asked.places, asked.targets, strict=True)}
    assert all(target == ids[edges[row] + place] for (row, place), target in numbers.items())
    if whole_words:
        units = np.cumsum(opens)
        told = {target - 10 for target in numbers.values()}
        assert told == {i for i in range(count) if units[i] in {units[j] for j in told}}


@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=60), budget=st.integers(1, 200))
def test_an_epoch_has_every_row_once_within_the_budget(sizes: list[int], budget: int) -> None:
    """Batches of an epoch share out all rows, and only one of a single row may exceed the budget."""
    found = schedule(np.array(sizes), budget, 1, None, 2)
    assert sorted(int(row) for batch in found for row in batch) == sorted([*range(len(sizes))] * 2)
    assert all(len(batch) == 1 or len(batch) * max(sizes[row] for row in batch) <= budget for batch in found)


@pytest.mark.parametrize(
    ("model", "how", "told"),
    [
        ("gpt2", {"mask": 0.2}, "mask: .* nothing is masked"),
        ("gpt2", {"whole_words": True}, "whole_words: .* nothing is masked"),
        ("gpt2", {"head_first": 0.1}, "head_first"),
    ],
)
def test_settings_that_do_not_suit_the_model_are_refused(
    model: str, how: Any, told: str, checkpoint: Callable[[str], Path], texts: Path, context: Context, tmp_path: Path
) -> None:
    """What only a masked model understands is refused for a causal one."""
    with pytest.raises(ValueError, match=told):
        pretrain(TransformerParams(model=str(checkpoint(model))), PretrainParams(**how), texts, tmp_path, context)


def test_a_runaway_loss_names_the_learning_rate(
    checkpoint: Callable[[str], Path], texts: Path, context: Context, tmp_path: Path
) -> None:
    """A loss that is no number ends the pre-training with the learning rate in the message."""
    how = PretrainParams(steps=30, learning_rate=1e38, clip=1e30, head_first=0.0)
    with pytest.raises(FloatingPointError, match=r"learning_rate = 1e\+38 is too high"):
        pretrain(TransformerParams(model=str(checkpoint("bert-cased"))), how, texts, tmp_path, context)


def test_two_lengths_are_refused() -> None:
    """Steps and epochs together contradict each other."""
    with pytest.raises(ValueError, match="give one of them"):
        PretrainParams(steps=1, epochs=1)


def test_a_preset_keeps_its_recipe(tmp_path: Path) -> None:
    """Fine-tuned from the new folder, a preset has its own rates still, and the user's go before them."""
    params = TransformerParams(model="minilm", epochs=9)
    found = continued(params, tmp_path)
    assert (found.model, found.revision, found.epochs) == (str(tmp_path), None, 9)
    for before in (params, replace(params, batch_subwords=512), replace(params, recipe="mpnet")):
        assert recipe(continued(before, tmp_path)) == recipe(before)
