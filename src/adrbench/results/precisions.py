"""What a tagger computed with, where it says so among its facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from adrbench.results.schema import CellRecord

_PRECISION, _KERNEL = "bfloat16", "kernel_"


def precisions(cells: Iterable[CellRecord]) -> dict[str, int]:
    """Count the folds by the precision and the instructions that they were computed with.

    Args:
        cells: The cells of all folds.

    Returns:
        The number of folds by name, such as ``bfloat16 (AVX512-BF16)``; empty if the tagger does not say.
    """
    facts: list[Mapping[str, int]] = [cell.costs.facts for cell in cells if cell.costs is not None]
    return dict(Counter(_name(one) for one in facts if _PRECISION in one).most_common())


def _name(facts: Mapping[str, int]) -> str:
    kernels = [name.removeprefix(_KERNEL).upper().replace("_", "-") for name in facts if name.startswith(_KERNEL)]
    return ("bfloat16" if facts[_PRECISION] else "float32") + (f" ({', '.join(kernels)})" if kernels else "")
