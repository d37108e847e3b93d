"""What a study is: how to search, its trials, and what it found."""

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

    ``study``: the key of the study. ``scope``: whose training part it sees, each fold's own or the first fold's.
    ``trials``: how many, failed ones included. ``timeout``: seconds for all trials together, over all resumes; no trial
    starts after it, and the one that runs is not cut short.
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
    """One try. ``value``: F1 as a fraction, of a pruned trial the last one reported. ``reason``: why it failed."""

    number: int
    state: State
    value: float | None
    params: Mapping[str, Any]
    seconds: float
    reason: str


@dataclass(frozen=True)
class Tuned:
    """What a study found: the best completed trial's values, every trial, and each parameter's share of importance.

    ``seconds``: the sum over trials, failed, pruned and killed ones included.
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
