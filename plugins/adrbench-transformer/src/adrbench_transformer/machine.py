"""What the machine at hand can do: its number formats and its memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import torch


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
        # Older versions of PyTorch cannot tell.
        found = getattr(torch.cpu, "get_capabilities", dict[str, bool])()
        able = bool(found.get("avx512_bf16") or found.get("amx_bf16"))
    return precision == "bfloat16" or (precision == "auto" and able)


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
