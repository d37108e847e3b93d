"""Values of the next trial, by Optuna: distributions, samplers, pruners, and the points of a grid."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.pruners import BasePruner, MedianPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.study import Study
from optuna.trial import FrozenTrial

from adrbench.api.space import Categorical, FloatRange, Scale
from adrbench.config.search_space import Space, steps
from adrbench.running.tuning._trials import Spec


def sampler(spec: Spec, place: int) -> BaseSampler:
    """What suggests the trial at a place of a study that is no grid, seeded by study and place."""
    seed = random.Random(f"{spec.seed}/{place}").randrange(2**32)
    if spec.sampler == "random":
        return RandomSampler(seed=seed)
    # Multivariate, because rates, batch sizes and momenta act together. At most half of the trials are the random
    # start: with Optuna's ten, a study of ten trials would be a random search by another name.
    start = max(1, min(10, spec.trials // 2))
    return TPESampler(seed=seed, n_startup_trials=start, multivariate=True, constant_liar=False)


def pruner(spec: Spec) -> BasePruner:
    """What decides from reported values whether a trial goes on."""
    match spec.pruner:
        case "median":
            return MedianPruner(n_startup_trials=max(1, min(5, spec.trials // 4)))
        case "halving":
            # The better half goes on at each rung: trials have a handful of epochs, not hundreds.
            return SuccessiveHalvingPruner(reduction_factor=2)
        case "none":
            return NopPruner()


class Point(RandomSampler):
    """A sampler that suggests one point of a grid."""

    def __init__(self, point: Mapping[str, Any]) -> None:
        super().__init__(seed=0)
        self._point = point

    def sample_independent(
        self,
        study: Study,  # noqa: ARG002  (Optuna's signature)
        trial: FrozenTrial,  # noqa: ARG002
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002
    ) -> Any:
        """Give the point's value."""
        return self._point[param_name]


def grid(space: Space, seed: int) -> Iterator[Mapping[str, Any]]:
    """The points of a grid in seeded order, so that a study that is cut short has seen all sides of it."""
    names = sorted(space)
    columns = [_codes(scale) for scale in (space[name] for name in names)]
    points = [dict(zip(names, row, strict=True)) for row in itertools.product(*columns)]
    random.Random(seed).shuffle(points)
    yield from points


def _codes(scale: Scale) -> Sequence[Any]:
    if isinstance(scale, FloatRange):
        raise TypeError("a range of real numbers has no points")
    return [json.dumps(value) for value in scale.values] if isinstance(scale, Categorical) else steps(scale)


def distribution(scale: Scale) -> BaseDistribution:
    """A scale in Optuna's words."""
    if isinstance(scale, FloatRange):
        return FloatDistribution(scale.low, scale.high, log=scale.log)
    if isinstance(scale, Categorical):
        # As JSON: a list is no value for Optuna, and 1, 1.0 and true would be one.
        return CategoricalDistribution([json.dumps(value) for value in scale.values])
    return IntDistribution(scale.low, scale.high, log=scale.log, step=scale.step)


def values(params: Mapping[str, Any], distributions: Mapping[str, BaseDistribution]) -> dict[str, Any]:
    """What Optuna suggests as the values that it stands for."""
    return {
        name: json.loads(value) if isinstance(distributions[name], CategoricalDistribution) else value
        for name, value in sorted(params.items())
    }
