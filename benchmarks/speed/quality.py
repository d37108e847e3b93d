"""How F1 on documents held out grows with the seconds of a training."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from fine_tunings import LABELS, MAX_LENGTH, SEED, Task, synchronise
from sides import Part, folds

from adrbench.api import Context

HELD = 0.2


@dataclass(frozen=True)
class Curve:
    """Seconds of training up to the end of each epoch, and F1 on the holdout then.

    Loading and tokenising count, imports and the evaluations do not.
    """

    seconds: tuple[float, ...]
    f1: tuple[float, ...]

    def seconds_to(self, f1: float) -> float:
        """The seconds up to the first epoch that ends with so high an F1; infinite if none does."""
        return next((at for at, value in zip(self.seconds, self.f1, strict=True) if value >= f1), float("inf"))

    def __str__(self) -> str:
        """One line."""
        points = zip(self.seconds, self.f1, strict=True)
        return ", ".join(f"F1 {100 * value:.1f} after {at:.1f} s" for at, value in points)


class Clock:
    """Makes a curve. It stands still while F1 is computed."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._began = time.perf_counter()
        self._last = self._began
        self._points: list[tuple[float, float]] = []

    def step(self) -> None:
        """Note that a step of training is done."""
        self._last = time.perf_counter()

    def judged(self, f1: float) -> None:
        """Note the F1 after the last step; the time since then does not count."""
        self._points.append((self._last - self._began, f1))
        synchronise(self._device)
        self._began += time.perf_counter() - self._last

    def curve(self) -> Curve:
        """All that was noted."""
        return Curve(tuple(at for at, _ in self._points), tuple(value for _, value in self._points))


def held_out(task: Task) -> Part:
    """A fifth of the training part of the first fold, held out, the same for both sides."""
    part = folds(task.limit)[0]
    kept, held = Context(SEED, LABELS, Path()).holdout(part.train, HELD)
    return Part(tuple(kept), tuple(held), part.corpus)


def with_adrbench(task: Task) -> Curve:
    """Fine-tune with the plugin: as the preset does, with as many epochs as it has."""
    # transformers imports most of itself only when it is used; with ``Trainer``, that is before the clock starts.
    from transformers import PreTrainedModel  # noqa: F401, PLC0415

    from adrbench_transformer.params import TransformerParams  # noqa: PLC0415 (a side imports what is its own)
    from adrbench_transformer.tagger import TransformerTagger  # noqa: PLC0415

    part = held_out(task)
    clock = Clock(task.device)

    def progress(done: float, total: float, note: str) -> None:  # noqa: ARG001 (what adrbench calls)
        if done and note.startswith("epoch"):
            clock.step()

    with tempfile.TemporaryDirectory() as scratch:
        TransformerTagger(TransformerParams(model=task.model, recipe=task.recipe, max_length=MAX_LENGTH)).fit(
            part.train,
            Context(
                SEED,
                LABELS,
                Path(scratch),
                task.device,
                task.threads,
                offline=True,
                development=part.test,
                progress=progress,
                report=lambda _epoch, value: clock.judged(value),
            ),
        )
    return clock.curve()


def with_trainer(task: Task) -> Curve:
    """Fine-tune with ``Trainer``."""
    from trainer import Peer  # noqa: PLC0415

    part = held_out(task)
    clock = Clock(task.device)
    peer = Peer(task, part.train)
    peer.train(step=lambda _done, _total: clock.step(), epoch=lambda: clock.judged(peer.f1(part.test)))
    return clock.curve()


def curves(task: Task, repeats: int, apart: Callable[..., Curve]) -> tuple[Sequence[Curve], Sequence[Curve]]:
    """Let the sides take turns.

    Args:
        task: What ``Trainer`` is to do, and where.
        repeats: The number of turns.
        apart: What calls a side in a fresh process.

    Returns:
        Our curves and the other side's.
    """
    ours: list[Curve] = []
    theirs: list[Curve] = []
    for turn in range(repeats):
        # What runs second may find a warmer or a hotter machine, so the order changes.
        for side in (with_trainer, with_adrbench)[:: -1 if turn % 2 else 1]:
            curve = apart(side, task)
            (ours if side is with_adrbench else theirs).append(curve)
            print(f"{'adrbench' if side is with_adrbench else 'Trainer':<24} {curve}", flush=True)
    return ours, theirs
