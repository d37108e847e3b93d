"""What ``Context.holdout`` gives a tagger to judge itself on. This module is part of every cell's key."""

from __future__ import annotations

import random
from collections.abc import Sequence

from adrbench.api.text import Annotated


def hold_out(
    train: Sequence[Annotated], development: Sequence[Annotated], fraction: float, *, seed: int, grouped: bool
) -> tuple[list[Annotated], list[Annotated]]:
    """Hold out a development part, as ``Context.holdout`` says.

    Raises:
        ValueError: Unless ``0 < fraction < 1``.
    """
    if not 0 < fraction < 1:
        raise ValueError(f"holdout fraction must lie between 0 and 1, not {fraction}")
    if development:
        return list(train), list(development)
    unit = [a.document.group if grouped else a.document.id for a in train]
    units = sorted(set(unit))
    if len(units) < 2:  # noqa: PLR2004  (nothing to share out)
        return list(train), []
    random.Random(seed).shuffle(units)
    held = set(units[: min(len(units) - 1, max(1, round(fraction * len(units))))])
    kept = [a for a, u in zip(train, unit, strict=True) if u not in held]
    return kept, [a for a, u in zip(train, unit, strict=True) if u in held]
