"""How fast the transformer plugin fine-tunes and predicts beside Hugging Face's ``Trainer`` with its defaults.

    python benchmarks/speed/transformer.py [--model NAME | --shape bert-base] [--recipe PRESET] [--parts speed quality]
        [--device cuda:0] [--epochs N] [--repeats N] [--limit N] [--batch-size N] [--learning-rate X] [--threads N]

Both sides fine-tune one checkpoint on the training part of one random fold of ADE (adverse reactions only; the
embedded adr-mini where ``ADRBENCH_DATA`` has no ADE). All take turns, each time in a fresh process. The bounds depend
on the kind of processor: with instructions for bfloat16 (AVX512-BF16, AMX), without, or a GPU. A table says what was
reached; the exit code is 1 if a bound is missed.

``speed``: both have one batch size, number of epochs and learning rate, and tag the fold's test documents; neither
decodes under constraints. Our side does it in three ways: all weights and dropout as ``Trainer`` has them; embeddings
left as they are; and that without dropout. An epoch is timed from the first step's end to the last one's, so loading
and tokenising are no part of it; prediction is timed from documents to spans. Peak memory is that of the process.
``Trainer`` pads batches of random documents, writes no checkpoints here, and predicts eight documents at a time, as it
does unless told otherwise.

``quality``: a fifth of the training part is held out, the same for both. ``Trainer`` makes four epochs with its own
batch size and learning rate, ours as many as its preset has. F1 on the holdout is computed after each epoch. The time
of a side goes up to the first epoch that reaches the F1 with which ``Trainer`` ends. It includes loading and
tokenising, but neither imports nor the computing of F1.

The preset's own settings are measured apart; with a folder as the model, ``--recipe`` names the preset. ``--shape``
makes a checkpoint with random weights: its speed counts, its F1 does not, and ``quality`` is left out unless
``--parts`` has it. On a GPU, five folds by three epochs of our side are timed too. To try all of it in a minute or two,
which says nothing about speed:

    python benchmarks/speed/transformer.py --limit 100 --epochs 1 --repeats 1

Needs what ``peers-constraints.txt`` says: pip install -c benchmarks/speed/peers-constraints.txt accelerate
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fine_tunings import LABELS, MAX_LENGTH, SEED, Outcome, Stamps, Task, outcome_of, synchronise
from processors import BOUNDS, Bounds, Processor, processor_of
from quality import curves
from sides import apart, folds, stop
from verdicts import Verdict, faster, no_worse, smaller, table, within

from adrbench.api import Context, Unavailable

# What our side does otherwise than ``Trainer``, besides its batches.
WAYS: dict[str, dict[str, Any]] = {
    "all weights": {"freeze_embeddings": False},
    "embeddings as they are": {"freeze_embeddings": True},
    "and no dropout": {"freeze_embeddings": True, "dropout": 0.0},
}
PRESET = "the preset as it is"
FOLDS_BOUND, FOLDS_EPOCHS = 90.0, 3
# After so many epochs ``Trainer`` sets the F1 to reach.
QUALITY_EPOCHS = 4
# How a BERT of a shape differs from one of base size.
SHAPES: dict[str, dict[str, Any]] = {
    "bert-base": {},
    "tiny": {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64},
}
PARTS = ("speed", "quality")
NEEDED = ("torch", "transformers", "accelerate", "adrbench_transformer")
INSTALL = "pip install -c benchmarks/speed/peers-constraints.txt accelerate"


def with_adrbench(task: Task) -> Outcome:
    """Fine-tune and predict with the plugin."""
    from adrbench_transformer.params import TransformerParams, recipe  # noqa: PLC0415 (a side imports what is its own)
    from adrbench_transformer.tagger import TransformerTagger  # noqa: PLC0415

    part = folds(task.limit)[0]
    params = TransformerParams(model=task.model, recipe=task.recipe, max_length=MAX_LENGTH)
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
        model=task.model,
        recipe=task.recipe,
        epochs=FOLDS_EPOCHS,
        batch_size=task.batch_size,
        learning_rate=task.learning_rate,
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
    # Without a head, as pretrained encoders come: each side has one for its own tags.
    transformers.BertModel(transformers.BertConfig(**SHAPES[shape]), add_pooling_layer=False).save_pretrained(folder)
    load_tokenizer(fetch(TransformerParams(model="minilm"), offline=True)).save_pretrained(folder)


def speed(task: Task, repeats: int, bounds: Bounds, *, judged: bool) -> list[Verdict]:
    """Time an epoch and prediction of all sides in turns."""
    sides: dict[str, Callable[[Task], Outcome]] = {"Trainer": with_trainer, **dict.fromkeys(WAYS, with_adrbench)}
    found: dict[str, list[Outcome]] = {name: [] for name in sides}
    for turn in range(repeats):
        # What runs second may find a warmer or a hotter machine, so the order changes.
        for name in list(sides)[:: -1 if turn % 2 else 1]:
            found[name].append(apart(sides[name], replace(task, way=name)))
            show(name, found[name][-1])
    theirs = found.pop("Trainer")
    return [row for name, ours in found.items() for row in _rows(name, ours, theirs, bounds, judged=judged)]


def _rows(
    name: str, ours: Sequence[Outcome], theirs: Sequence[Outcome], bounds: Bounds, *, judged: bool
) -> list[Verdict]:
    rows = [
        faster(f"{name}: an epoch", [o.epoch for o in ours], [o.epoch for o in theirs], bounds.epoch),
        faster(f"{name}: predict", [o.predict for o in ours], [o.predict for o in theirs], bounds.predict),
        smaller(f"{name}: peak memory", [o.memory for o in ours], [o.memory for o in theirs], bounds.memory),
    ]
    if any(o.gpu_memory for o in ours):
        gpu = [o.gpu_memory for o in ours], [o.gpu_memory for o in theirs]
        rows.append(smaller(f"{name}: peak GPU memory", *gpu, None))
    if judged:
        rows.append(no_worse(f"{name}: F1", [o.f1 for o in ours], [o.f1 for o in theirs]))
    return rows


def quality(task: Task, repeats: int, bounds: Bounds) -> list[Verdict]:
    """Time the way to the F1 with which ``Trainer`` ends."""
    ours, theirs = curves(replace(task, epochs=QUALITY_EPOCHS), repeats, apart)
    ends = [curve.f1[-1] for curve in theirs]
    return [
        faster(
            f"{PRESET}: time to F1 {100 * min(ends):.1f}",
            [curve.seconds_to(end) for curve, end in zip(ours, ends, strict=True)],
            [curve.seconds_to(end) for curve, end in zip(theirs, ends, strict=True)],
            bounds.quality,
        )
    ]


def show(name: str, outcome: Outcome) -> None:
    """Print what one side did in one turn."""
    print(
        f"{name:<24} epoch {outcome.epoch:.2f} s, fit {outcome.fit:.2f} s, predict {outcome.predict:.2f} s, "
        f"F1 {100 * outcome.f1:.1f}, peak {outcome.memory / 2**20:,.0f} MiB"
        + (f", GPU {outcome.gpu_memory / 2**20:,.0f} MiB" if outcome.gpu_memory else ""),
        flush=True,
    )


def main() -> None:
    """Measure and print."""
    given = _arguments()
    parts = given.parts or (("speed",) if given.shape else PARTS)
    with tempfile.TemporaryDirectory() as scratch:
        model = scratch if given.shape else given.model
        try:
            _check("minilm" if given.shape else model, given.recipe, given.device)
            if given.shape:
                make_checkpoint(given.shape, Path(scratch))
        except (Unavailable, ValueError) as error:
            stop(str(error))
        part, processor = folds(given.limit)[0], apart(processor_of, given.device)
        print(
            f"{processor}\n{given.shape or given.model} on {part.corpus}, {len(part.train):,} documents to learn from, "
            f"{len(part.test):,} to tag, {given.device}, {given.threads} threads, {given.repeats} turns; "
            f"speed: batches of {given.batch_size}, {given.epochs} epochs at {given.learning_rate:g}; "
            f"parts: {', '.join(parts)}",
            flush=True,
        )
        task = Task(
            model,
            given.epochs,
            given.batch_size,
            given.learning_rate,
            given.device,
            given.threads,
            given.limit,
            recipe=given.recipe,
        )
        rows = measure(task, given.repeats, processor, parts, judged=not given.shape)
    print(table(given.shape or given.model, rows))
    if any(row.met is False for row in rows):
        sys.exit(1)


def measure(task: Task, repeats: int, processor: Processor, parts: Sequence[str], *, judged: bool) -> list[Verdict]:
    """Measure the parts that are asked for.

    Args:
        task: The checkpoint, and how both sides fine-tune it.
        repeats: The number of turns.
        processor: What is computed on; its kind has the bounds.
        parts: Some of ``PARTS``.
        judged: Whether F1 means anything.

    Returns:
        The rows of the table.
    """
    bounds, rows = BOUNDS[processor.kind], list[Verdict]()
    if "speed" in parts:
        rows += speed(task, repeats, bounds, judged=judged)
        if judged:
            show(PRESET, apart(with_adrbench, replace(task, way=PRESET)))
        if task.device != "cpu":
            rows.append(within("five folds, three epochs", apart(five_folds, task), FOLDS_BOUND))
    if "quality" in parts:
        rows += quality(task, repeats, bounds)
    return rows


def _arguments() -> argparse.Namespace:
    """The arguments; end if they ask for what is not there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--model", default="minilm", help="a preset or a folder (default: minilm)")
    which.add_argument("--shape", choices=SHAPES, help="random weights of this shape instead")
    parser.add_argument("--recipe", help="the preset as which our side fine-tunes a folder (default: the model's own)")
    parser.add_argument("--parts", nargs="+", choices=PARTS, help="default: both, with --shape speed alone")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--epochs", type=_count, default=3, help="of speed (default: 3)")
    parser.add_argument("--repeats", type=_count, default=3)
    parser.add_argument("--batch-size", type=_count, default=16, help="of speed (default: 16)")
    parser.add_argument("--learning-rate", type=float, default=1e-4, help="of speed (default: 1e-4)")
    parser.add_argument("--limit", type=_count, help="documents of the corpus, training and test")
    parser.add_argument("--threads", type=_count, default=len(os.sched_getaffinity(0)))
    given = parser.parse_args()
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        stop(f"needs {', '.join(absent)}: {INSTALL}")
    return given


def _count(text: str) -> int:
    """A number from 1 on."""
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{text}: at least 1")
    return number


def _check(model: str, recipe: str | None, device: str) -> None:
    """Raise ``Unavailable`` or ``ValueError`` if the checkpoint, the preset or the device is not there."""
    from adrbench_transformer.params import TransformerParams  # noqa: PLC0415
    from adrbench_transformer.weights import missing  # noqa: PLC0415

    reason = missing(TransformerParams(model=model, recipe=recipe), True)
    if device != "cpu":
        import torch  # noqa: PLC0415

        if not (device.startswith("cuda") and torch.cuda.is_available()):
            reason = f"--device {device}: torch sees no such device here; cpu is there"
        elif (several := torch.cuda.device_count()) > 1:
            reason = f"Trainer would use all {several} GPUs: let CUDA_VISIBLE_DEVICES name one of them"
    if reason:
        raise Unavailable(reason)


if __name__ == "__main__":
    main()
