"""How fast the transformer plugin fine-tunes and predicts beside Hugging Face's ``Trainer`` with its defaults.

    python benchmarks/speed/transformer.py [--model NAME | --shape bert-base] [--device cuda:0] [--epochs N]
        [--repeats N] [--limit N] [--batch-size N] [--learning-rate X] [--threads N]

Both sides fine-tune one checkpoint on the training part of one random fold of ADE (adverse reactions only; the
embedded adr-mini where ``ADRBENCH_DATA`` has no ADE), with one batch size, number of epochs and learning rate, and tag
the fold's test documents; neither decodes under constraints. Our side does it in three ways: all weights and dropout as
``Trainer`` has them; embeddings left as they are; and that without dropout. All take turns, each time in a fresh
process, whose peak memory is measured too. An epoch is timed from the first step's end to the last one's, so loading
and tokenising are no part of it; prediction is timed from documents to spans. ``Trainer`` pads batches of random
documents, writes no checkpoints here, and predicts eight documents at a time, as it does unless told otherwise. The
preset's own settings are measured apart. ``--shape`` makes a checkpoint with random weights: its speed counts, its F1
does not. On a GPU, five folds by three epochs of our side are timed too.

Needs what ``peers-constraints.txt`` says: pip install -c benchmarks/speed/peers-constraints.txt accelerate
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fine_tunings import LABELS, MAX_LENGTH, SEED, Outcome, Stamps, Task, outcome_of, synchronise
from sides import apart, compare, compare_f1, folds, stop

from adrbench.api import Context, Unavailable

# What our side does otherwise than ``Trainer``, besides its batches.
WAYS: dict[str, dict[str, Any]] = {
    "all weights": {"freeze_embeddings": False},
    "embeddings as they are": {"freeze_embeddings": True},
    "and no dropout": {"freeze_embeddings": True, "dropout": 0.0},
}
PRESET = "the preset as it is"
FIT_BOUND, PREDICT_BOUND = 2.5, 3.0
FOLDS_BOUND, FOLDS_EPOCHS = 90.0, 3
SHAPES = ("bert-base",)
NEEDED = ("torch", "transformers", "accelerate", "adrbench_transformer")
INSTALL = "pip install -c benchmarks/speed/peers-constraints.txt accelerate"


def with_adrbench(task: Task) -> Outcome:
    """Fine-tune and predict with the plugin."""
    from adrbench_transformer.params import TransformerParams  # noqa: PLC0415 (a side imports what is its own)
    from adrbench_transformer.presets import recipe  # noqa: PLC0415
    from adrbench_transformer.tagger import TransformerTagger  # noqa: PLC0415

    part = folds(task.limit)[0]
    params = TransformerParams(model=task.model, max_length=MAX_LENGTH)
    if task.way != PRESET:
        params = replace(
            params,
            epochs=task.epochs,
            batch_size=task.batch_size,
            learning_rate=task.learning_rate,
            scheme="BIO",
            head="linear",
            word_dropout=0.0,
            constrained=False,
            **WAYS[task.way],
        )
    tagger, stamps = TransformerTagger(params), Stamps(task.device)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        tagger.fit(
            part.train,
            Context(
                SEED, LABELS, Path(scratch), task.device, task.threads, offline=True, grouped=False, progress=stamps
            ),
        )
    fit = time.perf_counter() - began
    return outcome_of(part, stamps.epoch(recipe(params).epochs), fit, tagger.predict)


def with_trainer(task: Task) -> Outcome:
    """Fine-tune and predict as the library's own examples do."""
    from trainer import fine_tune_and_predict  # noqa: PLC0415

    return fine_tune_and_predict(task)


def five_folds(task: Task) -> float:
    """Seconds of fit and predict of all folds with the plugin, loading and tokenising included, imports not."""
    from adrbench_transformer.params import TransformerParams  # noqa: PLC0415
    from adrbench_transformer.tagger import TransformerTagger  # noqa: PLC0415

    parts = folds(task.limit)
    params = TransformerParams(
        model=task.model, epochs=FOLDS_EPOCHS, batch_size=task.batch_size, learning_rate=task.learning_rate
    )
    synchronise(task.device)
    began = time.perf_counter()
    for part in parts:
        tagger = TransformerTagger(params)
        with tempfile.TemporaryDirectory() as scratch:
            tagger.fit(
                part.train, Context(SEED, LABELS, Path(scratch), task.device, threads=task.threads, offline=True)
            )
        tagger.predict([a.document for a in part.test])
    return time.perf_counter() - began


def make_checkpoint(shape: str, folder: Path) -> None:
    """Write random weights of a shape, with the tokenizer of minilm, which has the vocabulary of BERT (uncased)."""
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    from adrbench_transformer.checkpoints import fetch, load_tokenizer  # noqa: PLC0415
    from adrbench_transformer.params import TransformerParams  # noqa: PLC0415

    torch.manual_seed(SEED)
    assert shape == "bert-base", shape
    transformers.BertForTokenClassification(transformers.BertConfig()).save_pretrained(folder)
    load_tokenizer(fetch(TransformerParams(model="minilm"), offline=True)).save_pretrained(folder)


def measure(task: Task, repeats: int, *, judged: bool) -> None:
    """Let the sides take turns, and print."""
    sides: dict[str, Callable[[Task], Outcome]] = {"Trainer": with_trainer, **dict.fromkeys(WAYS, with_adrbench)}
    found: dict[str, list[Outcome]] = {name: [] for name in sides}
    for turn in range(repeats):
        # What runs second may find a warmer or a hotter machine, so the order changes.
        for name in list(sides)[:: -1 if turn % 2 else 1]:
            found[name].append(apart(sides[name], replace(task, way=name)))
            show(name, found[name][-1])
    theirs = found.pop("Trainer")
    for name, ours in found.items():
        print(f"adrbench, {name}, against Trainer")
        compare("  an epoch", [o.epoch for o in ours], [o.epoch for o in theirs], FIT_BOUND)
        compare("  predict", [o.predict for o in ours], [o.predict for o in theirs], PREDICT_BOUND)
        _compare_memory("  peak memory", [o.memory for o in ours], [o.memory for o in theirs])
        if task.device != "cpu":
            _compare_memory("  peak GPU memory", [o.gpu_memory for o in ours], [o.gpu_memory for o in theirs])
        if judged:
            compare_f1([o.f1 for o in ours], [o.f1 for o in theirs])


def show(name: str, outcome: Outcome) -> None:
    """Print what one side did in one turn."""
    print(
        f"{name:<24} epoch {outcome.epoch:.2f} s, fit {outcome.fit:.2f} s, predict {outcome.predict:.2f} s, "
        f"F1 {100 * outcome.f1:.1f}, peak {outcome.memory / 2**20:,.0f} MiB"
        + (f", GPU {outcome.gpu_memory / 2**20:,.0f} MiB" if outcome.gpu_memory else ""),
        flush=True,
    )


def _compare_memory(name: str, ours: Sequence[int], theirs: Sequence[int]) -> None:
    mine, other = statistics.median(ours) / 2**20, statistics.median(theirs) / 2**20
    print(f"{name:<52} {mine:,.0f} MiB against {other:,.0f} MiB: {'ok' if mine <= other else 'TOO MUCH'}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model", default="minilm", help="a preset or a folder (default: minilm)")
    which.add_argument("--shape", choices=SHAPES, help="random weights of this shape instead")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=1e-4)
    parser.add_argument("--limit", type=int, help="documents of the corpus, training and test")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        stop(f"needs {', '.join(absent)}: {INSTALL}")
    with tempfile.TemporaryDirectory() as scratch:
        model = scratch if given.shape else given.model
        try:
            _check("minilm" if given.shape else model, given.device)
            if given.shape:
                make_checkpoint(given.shape, Path(scratch))
        except (Unavailable, ValueError) as error:
            stop(str(error))
        part = folds(given.limit)[0]
        print(
            f"{given.shape or given.model} on {part.corpus}, {len(part.train):,} documents to learn from, "
            f"{len(part.test):,} to tag, batches of {given.batch_size}, {given.epochs} epochs at "
            f"{given.learning_rate:g}, {given.device}, {given.threads} threads",
            flush=True,
        )
        task = Task(
            model, given.epochs, given.batch_size, given.learning_rate, given.device, given.threads, given.limit
        )
        measure(task, given.repeats, judged=not given.shape)
        if not given.shape:
            show(PRESET, apart(with_adrbench, replace(task, way=PRESET)))
        if given.device != "cpu":
            seconds = apart(five_folds, task)
            verdict = "ok" if seconds < FOLDS_BOUND else "TOO SLOW"
            print(f"{'five folds, three epochs':<52} {seconds:.1f} s, bound {FOLDS_BOUND:.0f} s: {verdict}")


def _check(model: str, device: str) -> None:
    """Raise ``Unavailable`` or ``ValueError`` if the checkpoint or the device is not there."""
    from adrbench_transformer.params import TransformerParams  # noqa: PLC0415
    from adrbench_transformer.weights import missing  # noqa: PLC0415

    reason = missing(TransformerParams(model=model), True)
    if device != "cpu":
        import torch  # noqa: PLC0415

        if not (device.startswith("cuda") and torch.cuda.is_available()):
            reason = f"--device {device}: torch sees no such device here; cpu is there"
    if reason:
        raise Unavailable(reason)


if __name__ == "__main__":
    main()
