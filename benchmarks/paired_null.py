"""How often does the paired test call two taggers different that are alike? At 5% it should in 5% of all cases.

    python benchmarks/paired_null.py [RESULTS] [--simulations N] [--documents N]

The counts are real: those of two taggers on the documents of RESULTS (``results/ade``). Each simulation draws documents
with replacement and swaps the two outputs of each with probability 1/2. So the taggers are alike, however different
their outputs of one document are. The test is the one of the leaderboard, approximate randomisation of micro F1, with
999 swaps, for which p of at most 0.05 has a chance of exactly 5% under its null hypothesis.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np

from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.store import Store
from adrbench.scoring.statistics.paired import MICRO_F1, randomisations

SWAPS = 999


def main() -> None:
    """Simulate, and print the share of rejections."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("results", nargs="?", type=Path, default=Path("results/ade"))
    parser.add_argument("--split", default="grouped")
    parser.add_argument("--taggers", nargs=2, default=["crf", "bilstm-crf"])
    parser.add_argument("--simulations", type=int, default=10_000)
    parser.add_argument("--documents", type=int, default=200)
    given = parser.parse_args()
    store = Store(given.results)
    board = Scoreboard(store, Registry())
    [section] = [section for section in store.read_plan().sections if section.split == given.split]
    score = board.gold(section).evaluator.score
    measured = board.measured(section)
    first, second = (np.concatenate([cell.counts for cell in measured[name]]) for name in given.taggers)
    names = measured[given.taggers[0]][0].columns
    rejected = 0
    for number in range(given.simulations):
        rng = np.random.default_rng(number)
        drawn = rng.integers(len(first), size=given.documents)
        swapped = rng.integers(2, size=(given.documents, 1), dtype=bool)
        one, other = np.where(swapped, second[drawn], first[drawn]), np.where(swapped, first[drawn], second[drawn])
        [p] = randomisations(one, other, names, score, [MICRO_F1], resamples=SWAPS, seed=number)
        rejected += p <= 0.05  # noqa: PLR2004
    share = rejected / given.simulations
    error = math.sqrt(share * (1 - share) / given.simulations)
    print(f"{rejected:,} of {given.simulations:,} rejected at 5%: {100 * share:.2f}% ± {100 * error:.2f}")


if __name__ == "__main__":
    main()
