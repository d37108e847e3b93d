"""The options of a run, beside those of the benchmark file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
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
        jobs: How many cells run at a time; None: one on this machine, elsewhere as many as there is room for.
        executor: Where cells run: ``local`` for this machine, or the engine of a plugin.
        executor_options: The parameters of that engine, by name.
        same_machine: Run the folds of a row on one machine.
        device: ``auto``, ``cpu`` or ``cuda``.
        offline: Use no network.
        strict: Fail if a corpus is not available, instead of leaving it out or using its stand-in.
        fail_fast: Stop at the first cell that fails.
        keep_models: Keep the fitted tagger of each cell.
        time_again: How often each finished cell is run again, to see how its costs vary.
        interval: The kind of confidence interval on the leaderboard.
        prices: A price sheet, for a budget of money and for what servers cost on the leaderboard.
        responses: The folder of responses of servers; None: the one beside the results folder.
    """

    only: tuple[str, ...] = ()
    splits: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    folds: int | None = None
    limit: int | None = None
    jobs: int | None = None
    executor: str = "local"
    executor_options: Mapping[str, Any] = field(default_factory=dict)
    same_machine: bool = False
    device: Literal["auto", "cpu", "cuda"] = "auto"
    offline: bool = False
    strict: bool = False
    fail_fast: bool = False
    keep_models: bool = False
    time_again: int = 0
    interval: IntervalKind = DEFAULT_INTERVAL
    prices: Path | None = None
    responses: Path | None = None

    @property
    def at_a_time(self) -> int:
        """How many cells run at a time on this machine."""
        return self.jobs or 1

    @property
    def remote(self) -> bool:
        """Whether cells run on other machines than this one."""
        return self.executor != "local"


def read_executor_options(given: Sequence[str], address: str | None = None) -> dict[str, Any]:
    """Read the parameters of an engine as the command line has them.

    Args:
        given: Each as ``NAME=VALUE``. A value that is JSON, such as ``4`` or ``true``, is read as such; any other is
            text.
        address: The value of the parameter ``address``.

    Returns:
        The values by name.

    Raises:
        InputError: If one has no ``=``, or a name is given twice.
    """
    values: dict[str, Any] = {} if address is None else {"address": address}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise InputError(f"--executor-option {text}: give it as NAME=VALUE")
        if name in values:
            raise InputError(f"--executor-option {name}: it is given twice")
        try:
            values[name] = json.loads(value)
        except ValueError:
            values[name] = value
    return values


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
    for name, least in (("folds", 2), ("limit", 1), ("jobs", 1)):
        if checked is not None and (value := getattr(checked, name)) is not None and value < least:
            problems = [*problems, (name, f"should be at least {least}, not {value}")]
    if checked is not None and checked.time_again < 0:
        problems = [*problems, ("time_again", f"should be at least 0, not {checked.time_again}")]
    if problems:
        raise InputError("\n".join(f"option {name}: {message}" for name, message in problems))
    return cast("Options", checked)
