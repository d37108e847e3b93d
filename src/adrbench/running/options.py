"""What the command line adds to a benchmark file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from adrbench.errors import InputError
from adrbench.scoring.statistics.kinds import IntervalKind


@dataclass(frozen=True)
class Options:
    """What the command line adds to the file.

    ``only``, ``splits`` and ``datasets``: run just these; ``folds`` (of cross-validations) and ``limit`` (documents
    of a corpus, texts to pretrain on) make it smaller.
    """

    only: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    folds: int | None = None
    limit: int | None = None
    jobs: int = 1
    device: Literal["auto", "cpu", "cuda"] = "auto"
    offline: bool = False
    strict: bool = False
    fail_fast: bool = False
    keep_models: bool = False
    interval: IntervalKind = "t"


def from_names(options: Mapping[str, Any]) -> Options:
    """Options by name; one name may stand for a list of them. Raises ``InputError`` with all that is wrong."""
    from adrbench.plugins import parameters  # noqa: PLC0415  (the command line has checked its own)

    several = {name for name in ("only", "splits", "datasets") if isinstance(options.get(name), str)}
    values = {name: [value] if name in several else value for name, value in options.items()}
    checked, problems = parameters.check(Options, values)
    for name in ("folds", "limit", "jobs"):
        if checked is not None and (value := getattr(checked, name)) is not None and value < 1:
            problems = [*problems, (name, f"should be at least 1, not {value}")]
    if problems:
        raise InputError("\n".join(f"option {name}: {message}" for name, message in problems))
    found: Options = checked
    return found
