"""What the machine at hand can do: its number formats and its memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch

# Instructions of processors for bfloat16, the faster ones last.
_BFLOAT16 = ("avx512_bf16", "amx_bf16")


def half(precision: Literal["auto", "float32", "bfloat16"], device: str) -> bool:
    """Decide whether to compute in bfloat16.

    Args:
        precision: The parameter. ``auto``: if the device has instructions for it (a GPU, AVX512-BF16, AMX).
        device: ``"cpu"`` or a CUDA device.

    Returns:
        True for bfloat16.

    Raises:
        ValueError: ``precision`` is ``bfloat16``, and the GPU has no instructions for it.
    """
    if device.startswith("cuda"):
        able = torch.cuda.is_bf16_supported(including_emulation=False)
        if precision == "bfloat16" and not able:
            raise ValueError(
                f'precision = "bfloat16": {torch.cuda.get_device_name(device)} cannot compute with it; use "float32"'
            )
    else:
        able = any(_capabilities().get(name) for name in _BFLOAT16)
    return precision == "bfloat16" or (precision == "auto" and able)


def computing(precision: Literal["auto", "float32", "bfloat16"], device: str) -> dict[str, int]:
    """Tell what is computed with.

    Args:
        precision: The parameter.
        device: ``"cpu"`` or a CUDA device.

    Returns:
        ``bfloat16``, 1 or 0 (float32). On a CPU also ``kernel_NAME``, 1: the instructions for bfloat16 that matrix
        products use, such as ``kernel_avx512_bf16``, else those of PyTorch's own kernels, such as ``kernel_avx2``.
    """
    bfloat16 = half(precision, device)
    facts = {"bfloat16": int(bfloat16)}
    if device.startswith("cuda"):
        return facts
    # It heeds ATEN_CPU_CAPABILITY, as the kernels do.
    kernel = torch.backends.cpu.get_cpu_capability().lower()
    native = [name for name in _BFLOAT16 if bfloat16 and _capabilities().get(name)]
    return facts | {f"kernel_{[kernel, *native][-1]}": 1}


def _capabilities() -> dict[str, bool]:
    """What the processor has instructions for; older versions of PyTorch cannot tell."""
    found: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict[str, bool])()
    return found


@contextmanager
def advice(advised: str) -> Iterator[None]:
    """Turn any error about exhausted memory into a ``MemoryError`` with advice.

    Args:
        advised: The advice, such as which parameter to lower.

    Raises:
        MemoryError: The memory did not suffice.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        short = isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error)
        if not short:
            raise
        raise MemoryError(f"out of memory: {advised}") from error
