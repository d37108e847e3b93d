"""How long an epoch of the bilstm-crf plugin takes beside flair's SequenceTagger.

    python benchmarks/speed/bilstm_crf.py --flair-python PATH [--epochs N] [--repeats N] [--limit N] [--threads N]

flair wants transformers < 5 and so an environment of its own, made by two commands:

    python -m venv flair
    flair/bin/pip install -c benchmarks/speed/peers-constraints.txt flair

after which ``--flair-python flair/bin/python``. Both sides learn from the same part of the training part of one random
fold of ADE (adverse reactions only; the embedded adr-mini where ``ADRBENCH_DATA`` has no ADE), choose their weights on
the same holdout, and tag the fold's test documents. Both have the same word vectors, trained on, one bidirectional LSTM
of the same size, character features of the same size (a CNN here, Lample's LSTM in flair, which has no other), the same
batch size and number of epochs, BIOES tags and a CRF; the rest is each one's default. They take turns, in processes of
their own. flair's epochs are timed from the first batch to the last; ours from one report of progress to the next, so
that judging the holdout is in our time and not in flair's. flair may use all threads; the plugin uses one. An epoch
should be three times as fast, at no lower F1 than noise explains; the exit code is 1 if it is not.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from sides import apart, compare, compare_f1, f1, folds, report, stop

from adrbench.api import Annotated, Context, Document, Span, decode, encode

SEED = 13
LABELS = ("ADR",)
BOUND = 3.0
HIDDEN, BATCH = 128, 32
VECTOR_SIZE = 100
CHARACTER_SIZE, CHARACTER_FEATURES = 30, 50
# Of this many epochs on, there are two reports of progress to time between.
LEAST_EPOCHS = 2
NEEDED = ("torch", "gensim", "adrbench_bilstm_crf")
INSTALL = "python -m venv flair && flair/bin/pip install -c benchmarks/speed/peers-constraints.txt flair"


@dataclass(frozen=True)
class Task:
    """What a side is to do. ``folder`` holds the word vectors, in each side's form."""

    folder: Path
    epochs: int
    threads: int
    limit: int | None
    flair: Path


@dataclass(frozen=True)
class Outcome:
    """Seconds of each epoch (of ours, from the second on) and of predict; F1; trained weights."""

    epochs: Sequence[float]
    predict: float
    f1: float
    parameters: int

    @property
    def epoch(self) -> float:
        """Seconds of the median epoch."""
        return statistics.median(self.epochs)


def with_adrbench(task: Task) -> Outcome:
    """Train and predict with the plugin."""
    from adrbench_bilstm_crf.plugin import Params  # noqa: PLC0415 (only this side needs it)
    from adrbench_bilstm_crf.tagger import BilstmCrfTagger  # noqa: PLC0415

    part = folds(task.limit)[0]
    stamps: list[float] = []

    def stamp(done: float, total: float, note: str) -> None:  # noqa: ARG001 (what adrbench calls)
        if done:
            stamps.append(time.perf_counter())

    # Neither the end that patience brings nor the epochs that a small corpus gets on top: as many as flair has.
    params = Params(
        vectors=str(task.folder / "vectors.txt"),
        hidden=HIDDEN,
        batch_size=BATCH,
        epochs=task.epochs,
        character_size=CHARACTER_SIZE,
        character_features=CHARACTER_FEATURES,
        patience=task.epochs,
        least_steps=0,
    )
    tagger = BilstmCrfTagger(params)
    with tempfile.TemporaryDirectory() as scratch:
        tagger.fit(part.train, _context(Path(scratch), progress=stamp))
    began = time.perf_counter()
    found = tagger.predict([a.document for a in part.test])
    predict = time.perf_counter() - began
    epochs = [after - before for before, after in pairwise(stamps)]
    return Outcome(epochs, predict, f1(part.test, found), dict(tagger.facts())["parameters"])


def with_flair(task: Task) -> Outcome:
    """Train and predict with flair, in its own interpreter."""
    part = folds(task.limit)[0]
    kept, held = _context(task.folder).holdout(part.train)
    job = {
        "seed": SEED,
        "threads": task.threads,
        "epochs": task.epochs,
        "hidden": HIDDEN,
        "batch_size": BATCH,
        "character_size": CHARACTER_SIZE,
        "character_features": CHARACTER_FEATURES,
        "vocabulary": json.loads((task.folder / "vocabulary.json").read_text(encoding="utf-8")),
        "train": [_plain(a) for a in kept],
        "development": [_plain(a) for a in held],
        "test": [a.document.words() for a in part.test],
    }
    (task.folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
    script = Path(__file__).with_name("flair_epochs.py")
    done = subprocess.run([task.flair, script, task.folder], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"flair ended with {done.returncode}:\n{done.stderr[-2000:]}")
    outcome: dict[str, Any] = json.loads((task.folder / "outcome.json").read_text(encoding="utf-8"))
    found = [_spans(a.document, ranges) for a, ranges in zip(part.test, outcome["spans"], strict=True)]
    return Outcome(outcome["epochs"], outcome["predict"], f1(part.test, found), outcome["parameters"])


def _context(scratch: Path, **rest: Any) -> Context:
    return Context(SEED, LABELS, scratch, **rest)


def _plain(annotated: Annotated) -> dict[str, Any]:
    """Words and ranges of words, from the tags that the plugin learns from too."""
    tokens = annotated.document.tokens
    starts, ends = ({token[side]: i for i, token in enumerate(tokens)} for side in (0, 1))
    spans = decode(tokens, encode(tokens, annotated.spans))
    return {
        "words": annotated.document.words(),
        "spans": [(starts[span.start], ends[span.end] + 1, span.label) for span in spans],
    }


def _spans(document: Document, ranges: Sequence[tuple[int, int, str]]) -> list[Span]:
    return [Span(document.tokens[first][0], document.tokens[end - 1][1], label) for first, end, label in ranges]


def write_vectors(task: Task) -> None:
    """Train word vectors on the training part once, and write them as the plugin reads them and as flair is told."""
    from adrbench_bilstm_crf.lexicon import normalise  # noqa: PLC0415 (after the check that it is there)
    from adrbench_bilstm_crf.vectors import trained  # noqa: PLC0415

    part, folder = folds(task.limit)[0], task.folder
    text = [[normalise(word) for word in a.document.words()] for a in part.train]
    found = trained("word2vec", text, size=VECTOR_SIZE, window=5, epochs=10, seed=SEED)
    lines = [
        " ".join([word, *(repr(float(x)) for x in row)]) for word, row in zip(found.rows, found.matrix, strict=True)
    ]
    (folder / "vectors.txt").write_text("\n".join([f"{len(lines)} {VECTOR_SIZE}", *lines]), encoding="utf-8")
    (folder / "vocabulary.json").write_text(json.dumps(list(found.rows)), encoding="utf-8")
    np.save(folder / "vectors.npy", found.matrix)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flair-python", type=Path, help="the interpreter of an environment that has flair")
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--limit", type=int, help="documents of the corpus, training and test")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)), help="flair's; the plugin has one")
    given = parser.parse_args()
    _check(given)
    with tempfile.TemporaryDirectory() as scratch:
        task = Task(Path(scratch), given.epochs, given.threads, given.limit, given.flair_python.absolute())
        part = folds(given.limit)[0]
        apart(write_vectors, task)
        print(
            f"{part.corpus}, {len(part.train):,} documents (a tenth held out), {len(part.test):,} to tag, batches of "
            f"{BATCH}, {given.epochs} epochs, flair with {given.threads} threads",
            flush=True,
        )
        met = measure(task, given.repeats)
    if not met:
        sys.exit(1)


def measure(task: Task, repeats: int) -> bool:
    """Let the sides take turns, and print.

    Args:
        task: What each side is to do.
        repeats: The number of turns.

    Returns:
        True if every bound is met.
    """
    ours: list[Outcome] = []
    theirs: list[Outcome] = []
    for turn in range(repeats):
        # What runs second may find a warmer or a hotter machine, so the order changes.
        for side in (with_adrbench, with_flair)[:: -1 if turn % 2 else 1]:
            outcome: Outcome = apart(side, task)
            (ours if side is with_adrbench else theirs).append(outcome)
            print(
                f"  {side.__name__:<16} epoch {outcome.epoch:.2f} s, predict {outcome.predict:.2f} s, "
                f"F1 {100 * outcome.f1:.1f}, {outcome.parameters:,} weights",
                flush=True,
            )
    versions = json.loads((task.folder / "outcome.json").read_text(encoding="utf-8"))["versions"]
    report("an epoch, adrbench (holdout judged)", [o.epoch for o in ours])
    report(f"an epoch, {versions}", [o.epoch for o in theirs])
    fast = compare("an epoch", [o.epoch for o in ours], [o.epoch for o in theirs], BOUND)
    report("predict, adrbench", [o.predict for o in ours])
    report("predict, flair", [o.predict for o in theirs])
    good = compare_f1([o.f1 for o in ours], [o.f1 for o in theirs])
    return fast and good


def _check(given: argparse.Namespace) -> None:
    """End if anything that is needed is not there."""
    absent = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if absent:
        stop(f"needs {', '.join(absent)}: pip install adrbench-bilstm-crf")
    if given.epochs < LEAST_EPOCHS:
        stop(f"--epochs {given.epochs}: at least {LEAST_EPOCHS}, since the first one's start is not reported")
    if given.flair_python is None:
        stop(f"--flair-python: the interpreter of an environment that has flair; to make one: {INSTALL}")
    try:
        subprocess.run(
            [given.flair_python, "-c", "import importlib.util as u; assert u.find_spec('flair')"],
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        stop(f"--flair-python {given.flair_python}: no interpreter that has flair; to make one: {INSTALL}")


if __name__ == "__main__":
    main()
