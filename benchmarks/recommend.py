"""Does a recommendation keep its limits on a fold that it did not see, and how much F1 does it give away there?

Draws limits at random on the reference results, chooses a tagger on all folds but one, and holds its costs on that fold
against the limits. Prints how often a fold costs more than all others, and a Markdown table.

    python benchmarks/recommend.py [--draws 100] [--seed 13]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from adrbench.plugins.registry import Registry
from adrbench.results.recommendation import Candidate, Contest, Limits, Question, choose, recommend
from adrbench.results.store import Store

RESULTS = Path(__file__).parents[1] / "results"
FOLDERS = ("ade", "peers", "diseases")
KINDS = ("seconds_per_1000", "fit_seconds", "memory_bytes")
SLACK = 1.05
RESAMPLES = 1_000


@dataclass(frozen=True)
class Judged:
    """A choice under random limits, judged on the fold that was left out.

    Attributes:
        excess: By how much its costs there exceed a limit at most, as a factor; 0 without a choice.
        regret: F1 that it loses to the best tagger that keeps the limits there, beyond the margin, in points.
        near: The same among the taggers that kept the limits, allowances included, on the folds that were seen.
    """

    excess: float
    regret: float
    near: float


def spent(candidate: Candidate, fold: int) -> dict[str, float]:
    """What a cell cost, by the name of the limit."""
    cost = candidate.costs[fold]
    if cost is None:
        raise ValueError(f"{candidate.tagger} has no costs")
    return {
        "seconds_per_1000": 1000 * cost.predict_seconds / cost.documents,
        "fit_seconds": cost.fit_seconds,
        "memory_bytes": float(cost.peak_memory_bytes),
    }


def drawn(contest: Contest, rng: np.random.Generator) -> Limits:
    """One limit or several, between the least and the most that a cell cost (on a logarithmic scale)."""
    kinds = rng.choice(KINDS, size=rng.integers(1, len(KINDS) + 1), replace=False)
    limits: dict[str, Any] = {}
    for kind in kinds:
        values = [spent(c, fold)[kind] for c in contest.candidates for fold in contest.folds]
        limits[str(kind)] = float(np.exp(rng.uniform(np.log(min(values)), np.log(1.2 * max(values)))))
    return Limits(**limits)


def judge(contest: Contest, limits: Limits) -> Iterator[Judged]:
    """Choose on all folds but one and judge on that one, for each."""
    question = Question(limits=limits)
    for left_out in contest.folds:
        choice = choose(contest, question, [fold for fold in contest.folds if fold != left_out], RESAMPLES)
        if choice.chosen is None:
            continue
        cost, f1 = spent(choice.chosen, left_out), choice.chosen.f1[left_out]
        asked = {kind: value for kind in KINDS if (value := getattr(limits, kind)) is not None}
        keep = [c for c in contest.candidates if all(spent(c, left_out)[k] <= v for k, v in asked.items())]
        near = [c for c in contest.candidates if not choice.breaches[c.tagger]]
        yield Judged(
            max(cost[kind] / value for kind, value in asked.items()),
            *(
                100 * max(0.0, max((c.f1[left_out] for c in those), default=0.0) - f1 - question.margin)
                for those in (keep, near)
            ),
        )


def contests() -> Iterator[Contest]:
    """Every split of the reference results that has several folds."""
    for name in FOLDERS:
        for found in recommend(Store(RESULTS / name), Registry(), Question()):
            for one in (found, found.other):
                if one is not None and one.contest is not None and len(one.contest.folds) > 1:
                    yield one.contest


def dearest(contests: Iterable[Contest]) -> Iterator[bool]:
    """For each figure of a fold's costs: is it over 5% above the worst of the other folds?"""
    for contest in contests:
        for candidate in contest.candidates:
            costs = {fold: spent(candidate, fold) for fold in contest.folds}
            for fold, kind in product(contest.folds, KINDS):
                others = max(cost[kind] for other, cost in costs.items() if other != fold)
                yield costs[fold][kind] > SLACK * others


def main() -> None:
    """Print the count and the table."""
    options = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    options.add_argument("--draws", type=int, default=100)
    options.add_argument("--seed", type=int, default=13)
    asked = options.parse_args()
    rng, known = np.random.default_rng(asked.seed), list(contests())
    judged = [
        one for _ in range(asked.draws) for c in [known[rng.integers(len(known))]] for one in judge(c, drawn(c, rng))
    ]
    broken = [one.excess for one in judged if one.excess > SLACK]
    dear = list(dearest(known))
    print(f"{sum(dear)} of {len(dear)} figures of single folds are over 5% above the worst of the other folds.\n")
    print("| Limits | Choices judged | Break a limit by more than 5% | Most | Mean regret | Among those allowed |")
    print("|---:|---:|---:|---:|---:|---:|")
    print(
        f"| {asked.draws} | {len(judged)} | {len(broken)} | {max(one.excess for one in judged):.2f} × | "
        f"{np.mean([one.regret for one in judged]):.3f} | {np.mean([one.near for one in judged]):.3f} |"
    )


if __name__ == "__main__":
    main()
