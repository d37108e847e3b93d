"""The options of a run, beside those of the benchmark file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from adrbench.errors import InputError
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL, IntervalKind


@dataclass(frozen=True)
class Options:
    """The options of a run, which the command line adds to the benchmark file.

    Attributes:
        only: The ids of the taggers to run; empty: all.
        splits: The splits to run; empty: all.
        datasets: The corpora to run; empty: all.
        folds: The number of folds of cross-validations, instead of the file's.
        limit: The largest number of documents of a corpus, and of texts to pretrain on.
        jobs: How many cells run at a time.
        device: ``auto``, ``cpu`` or ``cuda``.
        offline: Use no network.
        strict: Fail if a corpus is not available, instead of leaving it out or using its stand-in.
        fail_fast: Stop at the first cell that fails.
        keep_models: Keep the fitted tagger of each cell.
        time_again: How often each finished cell is run again, to see how its costs vary.
        interval: The kind of confidence interval on the leaderboard.
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
    time_again: int = 0
    interval: IntervalKind = DEFAULT_INTERVAL


def from_names(options: Mapping[str, Any]) -> Options:
    """Check options given by name.

    Args:
        options: The values by name. A single name may stand for a list of names.

    Returns:
        The options.

    Raises:
        InputError: With all problems, if an option is unknown or a value is not valid.
    """
    from adrbench.plugins import parameters  # noqa: PLC0415  (the command line has checked its own)

    several = {name for name in ("only", "splits", "datasets") if isinstance(options.get(name), str)}
    values = {name: [value] if name in several else value for name, value in options.items()}
    checked, problems = parameters.check(Options, values)
    for name in ("folds", "limit", "jobs"):
        if checked is not None and (value := getattr(checked, name)) is not None and value < 1:
            problems = [*problems, (name, f"should be at least 1, not {value}")]
    if checked is not None and checked.time_again < 0:
        problems = [*problems, ("time_again", f"should be at least 0, not {checked.time_again}")]
    if problems:
        raise InputError("\n".join(f"option {name}: {message}" for name, message in problems))
    return cast("Options", checked)
