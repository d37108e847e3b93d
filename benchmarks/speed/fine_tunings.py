"""What a side of ``transformer.py`` is told, and what it tells."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sides import Part, f1

from adrbench.api import Span
from adrbench.running._costs import peak_gpu_memory_bytes, peak_memory_bytes

SEED = 13
LABELS = ("ADR",)
MAX_LENGTH = 192


@dataclass(frozen=True)
class Task:
    """What a side is to do.

    Attributes:
        way: How our side does it.
        recipe: The preset whose settings our side has. None: those of the model.
    """

    model: str
    epochs: int
    batch_size: int
    learning_rate: float
    device: str
    threads: int
    limit: int | None
    way: str = ""
    recipe: str | None = None


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
            synchronise(self._device)
        if done:
            self._points.append((done / total, time.perf_counter()))

    def epoch(self, epochs: float) -> float:
        """Seconds an epoch, from the first step's end on."""
        (first, began), (last, ended) = self._points[0], self._points[-1]
        return (ended - began) / ((last - first) * epochs)


def synchronise(device: str) -> None:
    """Wait until a GPU has done what it was told to do."""
    if device.startswith("cuda"):
        import torch  # noqa: PLC0415 (not in the process that only waits)

        torch.cuda.synchronize()


def outcome_of(part: Part, epoch: float, fit: float, predict: Callable[..., list[list[Span]]]) -> Outcome:
    """Tag the test documents, and tell all that was measured."""
    began = time.perf_counter()
    found = predict([a.document for a in part.test])
    seconds = time.perf_counter() - began
    return Outcome(epoch, fit, seconds, f1(part.test, found), peak_memory_bytes(), peak_gpu_memory_bytes() or 0)
