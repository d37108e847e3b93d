"""Do forecasts hold? F1 of whole training parts, forecast from fractions up to a half.

    python benchmarks/forecast.py OUT [--table]

Runs benchmarks/forecast.toml into the results folder OUT; the same command goes on where it was stopped. Then prints a
Markdown table: for each corpus, split and tagger the forecast of the whole training part's F1 with its 80% interval,
fitted on the fractions up to a half, beside the F1 that was measured. ``--table`` runs nothing.

The law's own error (``MODEL_ERROR``) is the only number that is chosen. For each corpus the table uses the value chosen
on the other corpora by maximum likelihood, from the forecasts of every larger fraction with the smallest four and five.
The value for all corpora is the one that adrbench should have.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import NormalDist

import numpy as np

import adrbench
from adrbench.plugins.registry import Registry
from adrbench.results.forecast import (
    LEAST_FRACTIONS,
    LEVEL,
    MODEL_ERROR,
    Measured,
    extrapolate,
    measure,
    measured_cells,
)
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.schema import SectionRecord
from adrbench.results.store import Store

ERRORS = np.arange(0, 0.0301, 0.001)
FITTED = 0.5


@dataclass(frozen=True)
class Case:
    """A learning curve to the whole of a training part."""

    dataset: str
    split: str
    tagger: str
    fractions: tuple[float, ...]
    curve: Measured

    def forecast(self, last: float, asked: float, error: float) -> tuple[float, float, float, float]:
        """F1, the ends of its interval, and the F1 measured: fitted up to one fraction, asked at a larger one."""
        count = self.fractions.index(last) + 1
        place = self.fractions.index(asked)
        times = self.curve.documents[place] / self.curve.documents[count - 1]
        middle, low, high = extrapolate(self.curve.up_to(count), error).at(np.array([times]))
        return float(middle[0]), float(low[0]), float(high[0]), float(self.curve.f1[:, place].mean())


def cases(folder: Path) -> Iterator[Case]:
    """The curves of a results folder that reach the whole."""
    store = Store(folder)
    scores = Scoreboard(store, Registry())
    curves: dict[tuple[str, str], list[SectionRecord]] = {}
    for section in store.read_plan().sections:
        curves.setdefault((section.dataset, section.full_split), []).append(section)
    for (dataset, split), sections in curves.items():
        for tagger in dict.fromkeys(row.tagger for section in sections for row in section.rows):
            found, lacking = measured_cells(scores, sections, tagger)
            if not lacking:
                fractions = tuple(sorted(found))
                cells = [found[fraction] for fraction in fractions]
                curve = measure(cells, scores.gold(sections[0]), grouped=sections[0].grouped)
                yield Case(dataset, split, tagger, fractions, curve)


def residuals(case: Case) -> Iterator[tuple[float, float, float]]:
    """For each forecast of a curve: its error, the standard deviation by sampling alone, and the doublings."""
    for count in range(LEAST_FRACTIONS, len(case.fractions)):
        last = case.fractions[count - 1]
        for asked in case.fractions[count:] if last <= FITTED else ():
            middle, low, high, truth = case.forecast(last, asked, 0.0)
            yield truth - middle, (high - low) / 2 / NormalDist().inv_cdf((1 + LEVEL) / 2), np.log2(asked / last)


def chosen(curves: Sequence[Case]) -> float:
    """The law's error for each doubling under which the errors of forecasts are most likely, as normal variables."""
    if not curves:
        return MODEL_ERROR
    off, sampling, doublings = np.array([one for case in curves for one in residuals(case)]).T
    variances = sampling**2 + (ERRORS[:, None] * doublings) ** 2
    return float(ERRORS[(-np.log(variances) - off**2 / variances).sum(axis=1).argmax()])


def main() -> None:
    """Run what is missing, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--table", action="store_true", help="run nothing")
    options = parser.parse_args()
    if not options.table:
        adrbench.run(Path(__file__).with_suffix(".toml"), results=options.out)
    curves = list(cases(options.out))
    errors = {
        name: chosen([c for c in curves if c.dataset != name]) for name in dict.fromkeys(c.dataset for c in curves)
    }
    print(f"`python benchmarks/forecast.py OUT`, {datetime.now(UTC):%d %B %Y}, adrbench {adrbench.__version__}\n")
    print("| corpus | split | tagger | forecast | 80% interval | measured | held | law's error |")
    print("|---|---|---|---|---|---|---|---|")
    held, widths, off = [], [], []
    for case in curves:
        error = errors[case.dataset]
        middle, low, high, truth = case.forecast(FITTED, case.fractions[-1], error)
        held.append(low <= truth <= high)
        widths.append(high - low)
        off.append(abs(middle - truth))
        print(
            f"| {case.dataset} | {case.split} | {case.tagger} | {100 * middle:.1f} | {100 * low:.1f}–{100 * high:.1f} "
            f"| {100 * truth:.1f} | {'yes' if held[-1] else 'no'} | {100 * error:.1f} |"
        )
    print(
        f"\nHeld: {sum(held)} of {len(held)} ({100 * np.mean(held):.0f}%). Width: median {100 * np.median(widths):.1f} "
        f"points. Error of the forecast: median {100 * np.median(off):.1f}, largest {100 * max(off):.1f} points. "
        f"Chosen on all corpora: {100 * chosen(curves):.1f} points for each doubling; "
        f"adrbench has {100 * MODEL_ERROR:.1f}."
    )


if __name__ == "__main__":
    main()
