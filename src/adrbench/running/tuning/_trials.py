"""The specification of a study, its trials and its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

State = Literal["complete", "pruned", "failed"]


Report = Callable[[int, float], None]


Judge = Callable[[Mapping[str, Any], Report], float]


Progress = Callable[[float, float, str], None]


@dataclass(frozen=True)
class Spec:
    """How to search.

    Attributes:
        study: The key of the study.
        scope: Whether each fold's own training part is used, or that of the first fold.
        trials: The number of trials, failed ones included.
        sampler: How values are drawn.
        pruner: What ends hopeless trials early.
        timeout: Seconds for all trials together, over all continuations. No trial starts after it; a running trial is
            not cut short.
        seed: The seed of the sampler.
    """

    study: str = ""
    scope: Literal["fold", "first"] = "fold"
    trials: int = 20
    sampler: Literal["tpe", "random", "grid"] = "tpe"
    pruner: Literal["none", "median", "halving"] = "none"
    timeout: float | None = None
    seed: int = 0


@dataclass(frozen=True)
class Trial:
    """A trial of a study.

    Attributes:
        number: Its number, from 0.
        state: How it ended.
        value: F1 as a fraction; of a pruned trial the last value it reported; None if it has none.
        params: The values that were tried.
        seconds: Wall time.
        reason: Why it failed; empty if it did not.
    """

    number: int
    state: State
    value: float | None
    params: Mapping[str, Any]
    seconds: float
    reason: str


@dataclass(frozen=True)
class Tuned:
    """The result of a study.

    Attributes:
        study: The key of the study.
        scope: Whose training part was used.
        value: The F1 of the best completed trial, as a fraction.
        params: The values of the best completed trial.
        trials: All trials.
        seconds: The sum over trials, failed, pruned and killed ones included.
        importance: Each parameter's share of the importance.
    """

    study: str
    scope: str
    value: float
    params: Mapping[str, Any]
    trials: tuple[Trial, ...]
    seconds: float
    importance: Mapping[str, float]

    def as_json(self) -> dict[str, Any]:
        """The content of a cell's ``tuned``."""
        return {**asdict(self), "trials": [asdict(trial) for trial in self.trials]}
