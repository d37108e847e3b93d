"""Training: batches, steps and epochs do what the parameters say, and no parameter is without effect."""

from __future__ import annotations

import dataclasses
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Annotated, Context, Pruned, Span
from adrbench_transformer.batches import budgeted
from adrbench_transformer.early import micro_f1
from adrbench_transformer.machine import advice
from adrbench_transformer.optimizer import share
from adrbench_transformer.params import TransformerParams
from adrbench_transformer.presets import Recipe
from adrbench_transformer.tagger import TransformerTagger

pytestmark = pytest.mark.slow  # networks are trained

Fit = Callable[..., TransformerTagger]
QUICK: dict[str, Any] = {"epochs": 3, "batch_size": 3, "learning_rate": 3e-3}


@pytest.fixture(scope="module")
def steady(checkpoint: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint without dropout: nothing in its training is left to chance."""
    folder = tmp_path_factory.mktemp("steady") / "model"
    shutil.copytree(checkpoint("bert-cased"), folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.fixture
def fit(steady: Path, train: list[Annotated], context: Context) -> Fit:
    """What fits a tagger with these parameters, under a context changed by ``at``."""

    def fitted(at: Context = context, **params: Any) -> TransformerTagger:
        tagger = TransformerTagger(TransformerParams(model=str(steady), **(QUICK | params)))
        tagger.fit(train, at)
        return tagger

    return fitted


def weights(tagger: TransformerTagger) -> torch.Tensor:
    """All of a tagger's weights in one row, a CRF's aside."""
    return torch.cat([weight.detach().flatten() for weight in tagger._model.parameters()])


# Each parameter of training with a value that is not the default, and what else it takes.
EFFECTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "scheme": ("BIOES", {}),
    "head": ("crf", {}),
    "epochs": (2, {}),
    "batch_size": (2, {}),
    "batch_subwords": (60, {"batch_size": None, "max_length": 48}),
    "accumulation": (2, {}),
    "learning_rate": (2e-3, {}),
    "head_factor": (2.0, {}),
    "crf_factor": (40.0, {"head": "crf"}),
    "layer_decay": (0.5, {}),
    "freeze_embeddings": (True, {}),
    "freeze_layers": (1, {}),
    "dropout": (0.3, {}),
    "word_dropout": (0.3, {}),
    "label_smoothing": (0.2, {}),
    "class_weights": ("balanced", {}),
    "averaging": (0.9, {}),
    "warmup": (0.5, {}),
    "schedule": ("cosine", {}),
    "weight_decay": (0.5, {}),
    "beta1": (0.5, {}),
    "beta2": (0.9, {}),
    "epsilon": (1e-3, {}),
    "clip": (0.01, {}),
    "holdout": (0.4, {}),
    "patience": (1, {"holdout": 0.4, "epochs": 20, "learning_rate": 1e-6}),
}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Recipe)])
def test_every_parameter_has_an_effect(name: str, fit: Fit, context: Context) -> None:
    """Training with another value of a parameter ends with other weights or after another number of steps."""
    value, others = EFFECTS[name]
    outcomes = []
    for given_ in ({}, {}, {name: value}):
        told: list[float] = []
        tagger = fit(
            dataclasses.replace(context, progress=lambda done, _total, _note, told=told: told.append(done)),  # type: ignore[misc]
            **(others | given_),
        )
        outcomes.append((len(told), weights(tagger)))
    (steps, before), (_, again), (other_steps, after) = outcomes
    assert torch.equal(before, again)
    assert steps != other_steps or not torch.equal(before, after)


@pytest.mark.parametrize("options", [{}, {"class_weights": "balanced"}, {"label_smoothing": 0.1}, {"head": "crf"}])
def test_accumulated_batches_are_one_large_batch(options: dict[str, Any], fit: Fit) -> None:
    """Batches of two windows, accumulated, make the same step as one large batch, though windows differ in length."""
    # An epsilon far above the gradients' rounding errors: Adam would make whole steps of them. In bfloat16 these errors
    # would be as large as the steps.
    exact = {"epsilon": 1e-2, "precision": "float32", **options}
    whole = fit(batch_size=50, **exact)
    parts = fit(batch_size=2, accumulation=25, **exact)
    torch.testing.assert_close(weights(whole), weights(parts), rtol=0, atol=1e-6)
    assert (weights(whole) - weights(fit(batch_size=2, **exact))).abs().max() > 1e-5


def test_an_epochs_last_step_may_be_short(fit: Fit, context: Context) -> None:
    """A batch that is left over is a step of its own, and no part of the next epoch."""
    told: list[tuple[float, float]] = []
    watched = dataclasses.replace(context, progress=lambda done, total, _: told.append((done, total)))
    fit(watched, batch_size=1, epochs=1)
    batches = len(told)
    told.clear()
    fit(watched, batch_size=1, accumulation=batches - 1, epochs=2)
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_the_best_epoch_is_kept_and_training_stops(fit: Fit, context: Context, train: list[Annotated]) -> None:
    """Training ends ``patience`` epochs after the best F1 on the development part, with that epoch's weights."""
    told: list[tuple[int, float]] = []
    judged = dataclasses.replace(context, development=train, report=lambda step, value: told.append((step, value)))
    for options in ({}, {"averaging": 0.5}, {"head": "crf"}):
        told.clear()
        tagger = fit(judged, epochs=100, learning_rate=6e-3, holdout=0.1, patience=12, **options)
        values = [value for _, value in told]
        best = values.index(max(values)) + 1
        assert [step for step, _ in told] == list(range(1, best + 13))
        assert tagger.facts()["best_epoch"] == best
        predicted = tagger.predict([a.document for a in train])
        assert micro_f1(train, predicted, ["ADR"]) == max(values) > 0.5


def test_a_development_part_is_only_reported_without_holdout(
    fit: Fit, context: Context, train: list[Annotated]
) -> None:
    """Without ``holdout`` each epoch is judged on the split's development part, and nothing else changes."""
    told: list[int] = []
    judged = dataclasses.replace(context, development=train[:2], report=lambda step, _: told.append(step))
    assert torch.equal(weights(fit(judged, word_dropout=0.2)), weights(fit(word_dropout=0.2)))
    assert told == [1, 2, 3]


def test_a_pruned_trial_ends_at_once(fit: Fit, context: Context, train: list[Annotated]) -> None:
    """What a study raises to end a trial is let through."""

    def prune(step: int, value: float) -> None:
        raise Pruned(f"{step} {value}")

    with pytest.raises(Pruned, match="1 "):
        fit(dataclasses.replace(context, development=train[:2], report=prune))


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(50, 200), st.integers(0, 9))
def test_batches_keep_to_their_budget(lengths: list[int], budget: int, seed: int) -> None:
    """Each example is in one batch, no batch has more places than allowed, and every epoch has as many batches."""
    found = budgeted(lengths, budget, random.Random(seed))
    assert sorted(i for batch in found for i in batch) == list(range(len(lengths)))
    assert all(max(lengths[i] for i in batch) * len(batch) <= budget for batch in found)
    assert len(found) == len(budgeted(lengths, budget, random.Random(seed + 1))) == len(budgeted(lengths, budget))


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_rates_rise_and_fall(schedule: Any) -> None:
    """The rate rises to its peak in the warm-up; then it stays, or falls to nearly nothing without ever rising."""
    recipe = Recipe(warmup=0.1, schedule=schedule)
    rates = [share(step, 100, recipe) for step in range(100)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == 1 if schedule == "constant" else rates[-1] < 0.02


def test_frozen_layers_stay(fit: Fit, steady: Path, context: Context, train: list[Annotated]) -> None:
    """The lowest layer and the embeddings stay as they were, the next layer learns; a layer too many is refused."""
    start, end = (fit(freeze_layers=1, epochs=epochs)._model.state_dict() for epochs in (1, 3))
    changed = {name for name in start if not torch.equal(start[name], end[name])}
    assert not any("embeddings" in name or ".layer.0." in name for name in changed)
    assert any(".layer.1." in name for name in changed)
    with pytest.raises(ValueError, match="freeze_layers = 3, but the model has 2 layers"):
        TransformerTagger(TransformerParams(model=str(steady), freeze_layers=3)).fit(train, context)


def test_bfloat16_is_another_precision(fit: Fit, train: list[Annotated]) -> None:
    """In bfloat16, training and prediction run on any processor, close to float32 and not the same."""
    single, half = fit(precision="float32", epochs=1), fit(precision="bfloat16", epochs=1)
    assert not torch.equal(weights(single), weights(half))
    torch.testing.assert_close(weights(single), weights(half), rtol=0, atol=0.02)
    assert len(half.predict([a.document for a in train])) == len(train)


def test_no_memory_is_said_with_advice() -> None:
    """PyTorch's ways to say that memory has run out become one error with advice; other errors stay themselves."""
    with pytest.raises(MemoryError, match="out of memory: lower batch_size"), advice("lower batch_size"):
        torch.empty(2**55, dtype=torch.uint8)
    with pytest.raises(MemoryError, match="lower batch_size"), advice("lower batch_size"):
        raise torch.OutOfMemoryError("CUDA out of memory")
    with pytest.raises(RuntimeError, match="shape"), advice("lower batch_size"):
        torch.zeros(3).view(2)


@pytest.mark.parametrize(
    ("params", "told"),
    [
        ({"batch_size": 4, "batch_subwords": 512}, "batch_size and batch_subwords"),
        ({"batch_subwords": 100}, "holds no window of max_length = 192"),
        ({"head": "crf", "label_smoothing": 0.1}, "label_smoothing is for single words"),
        ({"head": "crf", "class_weights": "balanced"}, "class_weights is for single words"),
        ({"head": "crf", "constrained": False}, "constrained = false is not for head"),
        ({"head": "linear", "crf_factor": 2.0}, 'crf_factor is for head = "crf"'),
        ({"patience": 2}, "set holdout too"),
        ({"freeze_layers": 2, "freeze_embeddings": False}, "leave freeze_embeddings out"),
    ],
)
def test_parameters_that_contradict_each_other_are_refused(params: dict[str, Any], told: str) -> None:
    """Of two parameters that exclude each other neither is ignored: the message names them."""
    with pytest.raises(ValueError, match=told):
        TransformerParams(**params)


def test_f1_counts_exact_matches(train: list[Annotated]) -> None:
    """A prediction counts if both edges and the label are right, a double one once; nothing to find is all found."""
    gold = train[:2]
    right = [list(a.spans) * 2 for a in gold]
    assert micro_f1(gold, right, ["ADR"]) == 1
    near = [[Span(s.start, s.end - 1, s.label) for s in a.spans[:1]] + list(a.spans[1:]) for a in gold]
    assert micro_f1(gold, near, ["ADR"]) == pytest.approx(1 / 3)
    assert micro_f1(gold, [[], []], ["Drug"]) == 1
