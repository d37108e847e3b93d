"""What a processor computes with, and what its kind should reach beside ``Trainer``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bounds:
    """What one kind of processor should reach.

    Attributes:
        epoch: How many times as fast as ``Trainer`` an epoch should be, at least.
        predict: The same of prediction.
        quality: The same of the way to equal quality. None: there is no bound.
        memory: The most MiB of main memory. None: no more than ``Trainer`` takes.
    """

    epoch: float
    predict: float
    quality: float | None
    memory: float | None


BFLOAT16, FLOAT32, GPU = "with bfloat16", "without bfloat16", "GPU"
BOUNDS = {
    BFLOAT16: Bounds(epoch=4.5, predict=5.5, quality=6.0, memory=1620.0),
    FLOAT32: Bounds(epoch=2.0, predict=1.8, quality=4.0, memory=None),
    GPU: Bounds(epoch=2.5, predict=3.0, quality=None, memory=None),
}


@dataclass(frozen=True)
class Processor:
    """What is computed on. ``kind`` is a key of ``BOUNDS``."""

    name: str
    cores: int
    numbers: str
    kernels: str
    kind: str

    def __str__(self) -> str:
        """One line for the head of a report."""
        kernels = f" ({self.kernels})" if self.kernels else ""
        return f"{self.name}, {self.cores} cores; adrbench computes with {self.numbers}{kernels}: {self.kind}"


def processor_of(device: str) -> Processor:
    """Look at the processor that a device computes with.

    Args:
        device: ``"cpu"`` or a CUDA device.

    Returns:
        The processor. Its kernels are the instructions that matrix products use, such as ``AVX512-BF16`` or ``AVX2``.
    """
    import torch  # noqa: PLC0415 (not in the process that only waits)

    from adrbench._system.machine import fingerprint  # noqa: PLC0415
    from adrbench_transformer.machine import computing  # noqa: PLC0415

    facts, machine = computing("auto", device), fingerprint()
    half = bool(facts["bfloat16"])
    kernels = [name.removeprefix("kernel_") for name in facts if name.startswith("kernel_")]
    name, kind = machine["processor"], BFLOAT16 if half else FLOAT32
    if device != "cpu":
        name, kind = f"{torch.cuda.get_device_name(device)} beside {name}", GPU
    return Processor(
        name=name,
        cores=machine["cores"],
        numbers="bfloat16" if half else "float32",
        kernels=", ".join(kernels).upper().replace("_", "-"),
        kind=kind,
    )
