"""How fast the transformer plugin fine-tunes and predicts beside Hugging Face's ``Trainer`` with its defaults.

    python benchmarks/speed/transformer.py [--model NAME | --shape bert-base] [--device cuda:0] [--epochs N]
        [--repeats N] [--limit N] [--batch-size N] [--learning-rate X] [--threads N]

Both sides fine-tune all weights of one checkpoint on the training part of one random fold of ADE (adverse reactions
only; the embedded adr-mini where ``ADRBENCH_DATA`` has no ADE), with one batch size, number of epochs and learning
rate, and tag the fold's test documents; neither decodes under constraints. They take turns, each time in a fresh
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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sides import Part, apart, compare, compare_f1, f1, folds, report, stop

from adrbench.api import Context, Span, Unavailable, decode, encode, tag_set
from adrbench.costs import peak_gpu_memory_bytes, peak_memory_bytes

SEED = 13
LABELS = ("ADR",)
MAX_LENGTH = 192
FIT_BOUND, PREDICT_BOUND = 2.5, 3.0
FOLDS_BOUND, FOLDS_EPOCHS = 90.0, 3
SHAPES = ("bert-base",)
NEEDED = ("torch", "transformers", "accelerate", "adrbench_transformer")
INSTALL = "pip install -c benchmarks/speed/peers-constraints.txt accelerate"


@dataclass(frozen=True)
class Task:
    """What a side is to do. ``own``: the preset's own settings stand, whatever else is said here."""

    model: str
    epochs: int
    batch_size: int
    learning_rate: float
    device: str
    threads: int
    limit: int | None
    own: bool = False


@dataclass(frozen=True)
class Outcome:
    """Seconds of an epoch, of the whole fit (loading and tokenising too) and of predict; F1; bytes at the peak."""

    epoch: float
    fit: float
    predict: float
    f1: float
    memory: int
    gpu_memory: int


class Stamps:
    """When how much of the training was done."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._points: list[tuple[float, float]] = []

    def __call__(self, done: float, total: float, note: str = "") -> None:  # noqa: ARG002 (what adrbench calls)
        """Note that a share of the training is done."""
        if done and (not self._points or done >= total):
            # What a GPU was told to do may not be done yet.
            _synchronise(self._device)
        if done:
            self._points.append((done / total, time.perf_counter()))

    def epoch(self, epochs: float) -> float:
        """Seconds an epoch, from the first step's end on."""
        (first, began), (last, ended) = self._points[0], self._points[-1]
        return (ended - began) / ((last - first) * epochs)


def _synchronise(device: str) -> None:
    if device.startswith("cuda"):
        import torch  # noqa: PLC0415 (not in the process that only waits)

        torch.cuda.synchronize()


def with_adrbench(task: Task) -> Outcome:
    """Fine-tune and predict with the plugin."""
    from adrbench_transformer.plugin import TransformerParams  # noqa: PLC0415 (a side imports what is its own)
    from adrbench_transformer.presets import recipe  # noqa: PLC0415
    from adrbench_transformer.tagger import TransformerTagger  # noqa: PLC0415

    part = folds(task.limit)[0]
    params = TransformerParams(model=task.model, max_length=MAX_LENGTH)
    if not task.own:
        params = replace(
            params,
            epochs=task.epochs,
            batch_size=task.batch_size,
            learning_rate=task.learning_rate,
            freeze_embeddings=False,
            scheme="BIO",
            head="linear",
            word_dropout=0.0,
            constrained=False,
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
    return _outcome(part, stamps.epoch(recipe(params).epochs), fit, tagger.predict)


def with_trainer(task: Task) -> Outcome:
    """Fine-tune and predict as the library's own examples do."""
    import torch  # noqa: PLC0415
    import transformers  # noqa: PLC0415

    from adrbench_transformer.checkpoints import fetch  # noqa: PLC0415
    from adrbench_transformer.plugin import TransformerParams  # noqa: PLC0415

    class Timed(transformers.TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **rest: Any) -> None:  # noqa: ARG002
            stamps(state.global_step, state.max_steps)

    torch.set_num_threads(task.threads)
    part, stamps = folds(task.limit)[0], Stamps(task.device)
    folder = fetch(TransformerParams(model=task.model), offline=True)
    tags = tag_set(LABELS)
    began = time.perf_counter()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
    model = transformers.AutoModelForTokenClassification.from_pretrained(
        folder, num_labels=len(tags), dtype=torch.float32
    )

    def tokenised(words: list[list[str]]) -> Any:
        return tokenizer(words, is_split_into_words=True, truncation=True, max_length=MAX_LENGTH)

    def firsts(word_ids: Sequence[int | None]) -> list[int | None]:
        """The word that a subword is the first of."""
        before = [None, *word_ids[:-1]]
        return [word if word != last else None for word, last in zip(word_ids, before, strict=True)]

    inputs = tokenised([a.document.words() for a in part.train])
    examples = []
    for i, annotated in enumerate(part.train):
        gold = [tags.index(tag) for tag in encode(annotated.document.tokens, annotated.spans)]
        labels = [-100 if word is None else gold[word] for word in firsts(inputs.word_ids(i))]
        examples.append({"input_ids": inputs["input_ids"][i], "labels": labels})
    with tempfile.TemporaryDirectory() as scratch:
        trainer = transformers.Trainer(
            model,
            transformers.TrainingArguments(
                output_dir=scratch,
                num_train_epochs=task.epochs,
                per_device_train_batch_size=task.batch_size,
                learning_rate=task.learning_rate,
                seed=SEED,
                use_cpu=task.device == "cpu",
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
            ),
            transformers.DataCollatorForTokenClassification(tokenizer),
            examples,
            callbacks=[Timed()],
        )
        trainer.train()
        fit = time.perf_counter() - began

        def predict(documents: Sequence[Any]) -> list[list[Span]]:
            inputs = tokenised([document.words() for document in documents])
            plain: Any = [{"input_ids": ids} for ids in inputs["input_ids"]]
            logits = trainer.predict(plain).predictions
            found = []
            for i, document in enumerate(documents):
                named = ["O"] * len(document.tokens)
                for word, row in zip(firsts(inputs.word_ids(i)), logits[i], strict=False):
                    if word is not None:
                        named[word] = tags[int(row.argmax())]
                found.append(decode(document.tokens, named))
            return found

        return _outcome(part, stamps.epoch(task.epochs), fit, predict)


def _outcome(part: Part, epoch: float, fit: float, predict: Callable[..., list[list[Span]]]) -> Outcome:
    began = time.perf_counter()
    found = predict([a.document for a in part.test])
    seconds = time.perf_counter() - began
    return Outcome(epoch, fit, seconds, f1(part.test, found), peak_memory_bytes(), peak_gpu_memory_bytes() or 0)


def five_folds(task: Task) -> float:
    """Seconds of fit and predict of all folds with the plugin, loading and tokenising included, imports not."""
    from adrbench_transformer.plugin import TransformerParams  # noqa: PLC0415
    from adrbench_transformer.tagger import TransformerTagger  # noqa: PLC0415

    parts = folds(task.limit)
    params = TransformerParams(
        model=task.model, epochs=FOLDS_EPOCHS, batch_size=task.batch_size, learning_rate=task.learning_rate
    )
    _synchronise(task.device)
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
    from adrbench_transformer.plugin import TransformerParams  # noqa: PLC0415

    torch.manual_seed(SEED)
    assert shape == "bert-base", shape
    transformers.BertForTokenClassification(transformers.BertConfig()).save_pretrained(folder)
    load_tokenizer(fetch(TransformerParams(model="minilm"), offline=True)).save_pretrained(folder)


def measure(task: Task, repeats: int, *, judged: bool) -> None:
    """Let the sides take turns, and print."""
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    for turn in range(repeats):
        # What runs second may find a warmer or a hotter machine, so the order changes.
        for side in (with_adrbench, with_trainer)[:: -1 if turn % 2 else 1]:
            outcome = apart(side, task)
            (ours if side is with_adrbench else theirs).append(outcome)
            print(
                f"  {side.__name__:<16} epoch {outcome.epoch:.2f} s, fit {outcome.fit:.2f} s, predict "
                f"{outcome.predict:.2f} s, F1 {100 * outcome.f1:.1f}, peak {outcome.memory / 2**20:,.0f} MiB"
                + (f", GPU {outcome.gpu_memory / 2**20:,.0f} MiB" if outcome.gpu_memory else ""),
                flush=True,
            )
    report("an epoch, adrbench", [o.epoch for o in ours])
    report("an epoch, Trainer", [o.epoch for o in theirs])
    compare("an epoch", [o.epoch for o in ours], [o.epoch for o in theirs], FIT_BOUND)
    report("predict, adrbench", [o.predict for o in ours])
    report("predict, Trainer", [o.predict for o in theirs])
    compare("predict", [o.predict for o in ours], [o.predict for o in theirs], PREDICT_BOUND)
    _compare_memory("peak memory", [o.memory for o in ours], [o.memory for o in theirs])
    if task.device != "cpu":
        _compare_memory("peak GPU memory", [o.gpu_memory for o in ours], [o.gpu_memory for o in theirs])
    if judged:
        compare_f1([o.f1 for o in ours], [o.f1 for o in theirs])


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
            own = apart(with_adrbench, replace(task, own=True))
            print(
                f"{'the preset as it is':<52} epoch {own.epoch:.2f} s, fit {own.fit:.2f} s, predict "
                f"{own.predict:.2f} s, F1 {100 * own.f1:.1f}, peak {own.memory / 2**20:,.0f} MiB"
            )
        if given.device != "cpu":
            seconds = apart(five_folds, task)
            verdict = "ok" if seconds < FOLDS_BOUND else "TOO SLOW"
            print(f"{'five folds, three epochs':<52} {seconds:.1f} s, bound {FOLDS_BOUND:.0f} s: {verdict}")


def _check(model: str, device: str) -> None:
    """Raise ``Unavailable`` or ``ValueError`` if the checkpoint or the device is not there."""
    from adrbench_transformer.plugin import TransformerParams  # noqa: PLC0415
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
