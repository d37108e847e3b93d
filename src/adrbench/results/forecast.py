"""Forecasts of F1 with more annotated text, from learning curves that are stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from adrbench._system.seed import DEFAULT_SEED
from adrbench.errors import InputError
from adrbench.plugins.registry import Registry
from adrbench.results.leaderboard.gold import Gold, Scored
from adrbench.results.leaderboard.score import Scoreboard
from adrbench.results.schema import SectionRecord
from adrbench.results.selection import check_names
from adrbench.results.store import Store
from adrbench.scoring.statistics.bootstrap import columns, resample, sum_rows, unit_numbers
from adrbench.scoring.statistics.power_law import PowerLaws, fit_power_laws

Values = NDArray[np.float64]

TIMES = (1.5, 2.0, 4.0)
"""Multiples of the annotated text that are forecast by default."""
LEVEL = 0.8
"""The level of the intervals."""
MODEL_ERROR = 0.01
"""Standard deviation of the law's own error for each doubling of the text, as a fraction of F1.

Chosen by benchmarks/forecast.py, which judges it on other corpora than those that it was chosen on.
"""
LEAST_FRACTIONS = 4
"""So many fractions make a curve: three parameters, and a point to tell a bad fit by."""
LEAST_SPAN = 4.0
"""The largest training part must have this many times the documents of the smallest."""
WORST_MISFIT = 0.02
"""A law that misses the measured F1 by more than this, as a root mean square, is refused."""
WIDEST = 0.2
"""An interval wider than this at the smallest multiple says too little, and the forecast is refused."""
FARTHEST = 10.0
"""Documents for a target are looked for up to this multiple of the annotated text."""
_RESAMPLES = 1000
_STEPS = 2000


@dataclass(frozen=True)
class ForecastPoint:
    """F1 with more text.

    Attributes:
        times: The multiple of the training documents that were measured last.
        documents: The training documents.
        f1: The forecast, a fraction.
        low: The lower end of its 80% interval.
        high: The upper end.
    """

    times: float
    documents: float
    f1: float
    low: float
    high: float


@dataclass(frozen=True)
class TargetForecast:
    """The training documents that a target needs.

    Attributes:
        f1: The target, a fraction.
        documents: Where the law reaches the target; None: not within ``farthest``.
        low: Where the upper end of the interval reaches it.
        high: Where the lower end of the interval reaches it.
        farthest: The most documents that were looked at.
    """

    f1: float
    documents: float | None
    low: float | None
    high: float | None
    farthest: float


@dataclass(frozen=True)
class Forecast:
    """The learning curve of a tagger on a split of a corpus, carried on.

    Attributes:
        dataset: The corpus.
        split: The split with whole training parts.
        tagger: The id of the row.
        evaluator: The evaluator.
        folds: How many folds the figures are means over.
        fractions: The fractions of the training parts that were measured on every fold, rising.
        documents: Training documents at each of them, means over folds.
        f1: F1 at each of them, a fraction, mean over folds.
        refusal: Why there is no forecast; empty if there is one.
        limit: The F1 that the law rises to; None if there was no fit.
        exponent: The law's exponent.
        misfit: The root mean square by which the law misses the measured F1.
        points: The forecasts; none if it was refused.
        target: The documents that a target needs; None if no target was given or the forecast was refused.
    """

    dataset: str
    split: str
    tagger: str
    evaluator: str
    folds: int
    fractions: tuple[float, ...]
    documents: tuple[float, ...]
    f1: tuple[float, ...]
    refusal: str = ""
    limit: float | None = None
    exponent: float | None = None
    misfit: float | None = None
    points: tuple[ForecastPoint, ...] = ()
    target: TargetForecast | None = None


@dataclass(frozen=True)
class Measured:
    """What a forecast is fitted to.

    Attributes:
        documents: Training documents by fraction, rising, an array [fractions].
        f1: F1 by fold, an array [folds, fractions].
        drawn: F1 of resamples of the documents or groups of each fold, the same units at every fraction: an array
            [folds, resamples, fractions].
    """

    documents: Values
    f1: Values
    drawn: Values

    def up_to(self, count: int) -> Measured:
        """Keep the smallest fractions.

        Args:
            count: How many.

        Returns:
            The curve without the others.
        """
        return Measured(self.documents[:count], self.f1[:, :count], self.drawn[..., :count])

    def resampled(self) -> Values:
        """Draw folds with replacement, and in each of them a resample of its units.

        Returns:
            F1 as mean over folds, an array [resamples, fractions].
        """
        folds, resamples, _ = self.drawn.shape
        chosen = np.random.default_rng(DEFAULT_SEED).integers(folds, size=(resamples, folds))
        found: Values = self.drawn[chosen, np.arange(resamples)[:, None]].mean(axis=1)
        return found


@dataclass(frozen=True)
class Extrapolation:
    """A fitted law with its interval.

    Attributes:
        law: The law of the measured figures.
        resampled: The laws of resamples.
        model_error: The standard deviation of the law's own error for each doubling of the text.
    """

    law: PowerLaws
    resampled: PowerLaws
    model_error: float = MODEL_ERROR

    def at(self, times: Values) -> tuple[Values, Values, Values]:
        """Forecast.

        Args:
            times: Multiples of the largest number of documents that was fitted, an array [multiples].

        Returns:
            F1 and the ends of its 80% interval as fractions, an array [multiples] each.
        """
        documents = times * self.law.unit
        middle = np.clip(self.law.at(documents)[0], 0.0, 1.0)
        tails = np.quantile(self.resampled.at(documents), [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
        # Sampling and the choice of the law are independent sources of error: their variances add up.
        model = NormalDist().inv_cdf((1 + LEVEL) / 2) * self.model_error * np.log2(np.maximum(times, 1.0))
        below, above = (np.hypot(np.maximum(off, 0.0), model) for off in (middle - tails[0], tails[1] - middle))
        return middle, np.clip(middle - below, 0.0, 1.0), np.clip(middle + above, 0.0, 1.0)


def extrapolate(measured: Measured, model_error: float = MODEL_ERROR) -> Extrapolation:
    """Fit the power law of a learning curve.

    Args:
        measured: The curve, with three fractions or more.
        model_error: The standard deviation of the law's own error for each doubling of the text, a fraction.

    Returns:
        The law, and those of resamples.
    """
    counts = measured.documents.tolist()
    return Extrapolation(
        fit_power_laws(counts, measured.f1.mean(axis=0)[None, :]),
        fit_power_laws(counts, measured.resampled()),
        model_error,
    )


def forecast(
    store: Store,
    registry: Registry,
    *,
    target: float | None = None,
    times: Sequence[float] = TIMES,
    evaluator: str = "",
    datasets: Sequence[str] = (),
    splits: Sequence[str] = (),
    taggers: Sequence[str] = (),
) -> tuple[Forecast, ...]:
    """Forecast the F1 of each tagger with more annotated text.

    Args:
        store: The results folder.
        registry: The registry of plugins.
        target: An F1 as a fraction, to say how many documents it needs.
        times: Multiples of the annotated text, at least 1.
        evaluator: ``NAME`` or ``NAME:VARIANT``; empty: the evaluator that the benchmark ranks by.
        datasets: The corpora; empty: all.
        splits: The splits with whole training parts; empty: all.
        taggers: The ids of rows; empty: all.

    Returns:
        A forecast, or a refusal with its reason, for each corpus, split and tagger with a learning curve.

    Raises:
        InputError: A name or a number is not valid, the evaluator gives no F1, or no split has a learning curve.
    """
    if target is not None and not 0 < target < 1:
        raise InputError(f"target {target:g}: should be a fraction of F1 between 0 and 1, such as 0.8")
    if not times or not all(1 <= one <= FARTHEST for one in times):
        raise InputError(f"times {list(times)}: should be multiples of the annotated text from 1 to {FARTHEST:g}")
    curves: dict[tuple[str, str], list[SectionRecord]] = {}
    for section in store.read_plan().sections:
        curves.setdefault((section.dataset, section.full_split), []).append(section)
    check_names("--dataset", datasets, [dataset for dataset, _ in curves])
    check_names("--split", splits, [split for _, split in curves])
    check_names("--tagger", taggers, [row.tagger for own in curves.values() for one in own for row in one.rows])
    chosen = {
        key: sorted(own, key=lambda section: section.fraction)
        for key, own in curves.items()
        if len(own) > 1 and (not datasets or key[0] in datasets) and (not splits or key[1] in splits)
    }
    if not chosen:
        raise InputError(
            f"{store.folder}: no learning curve to go on from; "
            'give [[splits]] "train_fractions = [0.1, 0.2, 0.4, 0.7, 1.0]" and run the benchmark again'
        )
    scores = Scoreboard(store, registry, evaluator)
    return tuple(
        forecast_tagger(scores, sections, tagger, target, times)
        for sections in chosen.values()
        for tagger in dict.fromkeys(row.tagger for section in sections for row in section.rows)
        if not taggers or tagger in taggers
    )


def forecast_tagger(
    scores: Scoreboard,
    sections: Sequence[SectionRecord],
    tagger: str,
    target: float | None = None,
    times: Sequence[float] = TIMES,
) -> Forecast:
    """Forecast the F1 of a tagger on a split of a corpus.

    Args:
        scores: Scores of the results folder.
        sections: The split at each fraction, rising.
        tagger: The id of the row.
        target: An F1 as a fraction.
        times: Multiples of the annotated text.

    Returns:
        The forecast, or a refusal.

    Raises:
        InputError: The evaluator gives no F1.
    """
    complete, lacking = measured_cells(scores, sections, tagger)
    cells = [complete[fraction] for fraction in sorted(complete)]
    first = sections[0]
    made = Forecast(
        first.dataset,
        first.full_split,
        tagger,
        scores.evaluator,
        len(cells[0]) if cells else 0,
        tuple(sorted(complete)),
        tuple(float(np.mean([cell.learnt for cell in own])) for own in cells),
        tuple(float(np.mean([_f1(cell) for cell in own])) for own in cells),
    )
    if reason := _unfit(made, cells, lacking):
        return replace(made, refusal=reason)
    fitted = extrapolate(measure(cells, scores.gold(first), grouped=first.grouped))
    law = fitted.law
    points = tuple(
        ForecastPoint(one, one * law.unit, *map(float, figures))
        for one, *figures in zip(times, *fitted.at(np.asarray(times, dtype=np.float64)), strict=True)
    )
    limit, exponent, misfit = (float(values[0]) for values in (law.limit, law.exponent, law.misfit))
    made = replace(made, limit=limit, exponent=exponent, misfit=misfit)
    if reason := _doubtful(made, misfit, min(points, key=lambda point: point.times)):
        return replace(made, refusal=reason)
    return replace(made, points=points, target=None if target is None else reach(fitted, target))


def measured_cells(
    scores: Scoreboard, sections: Iterable[SectionRecord], tagger: str
) -> tuple[dict[float, list[Scored]], list[str]]:
    """Score the cells of a tagger at each fraction.

    Args:
        scores: Scores of the results folder.
        sections: A split at each fraction.
        tagger: The id of the row.

    Returns:
        By fraction, the cells of every fold; and the names of the splits where a fold is missing.
    """
    found: dict[float, list[Scored]] = {}
    lacking = []
    for section in sections:
        row = next((row for row in section.rows if row.tagger == tagger), None)
        scored = scores.scored(section, row) if row is not None else []
        if row is not None and scored and len(scored) == len(row.cells):
            found[section.fraction] = scored
        else:
            lacking.append(section.split)
    return found, lacking


def measure(cells: Sequence[Sequence[Scored]], gold: Gold, *, grouped: bool) -> Measured:
    """Collect what a forecast is fitted to.

    Args:
        cells: The cells by fraction, rising, and by fold. The folds test the same documents at every fraction.
        gold: The gold of the corpus.
        grouped: Whether groups are resampled whole.

    Returns:
        The curve, with 1,000 resamples of each fold.
    """
    folds = [[own[fold] for own in cells] for fold in range(len(cells[0]))]
    return Measured(
        np.array([np.mean([cell.learnt for cell in own]) for own in cells]),
        np.array([[_f1(cell) for cell in own] for own in cells]).T,
        np.array([_resampled(fold, gold, grouped=grouped, seed=DEFAULT_SEED + n) for n, fold in enumerate(folds)]),
    )


def reach(fitted: Extrapolation, target: float) -> TargetForecast:
    """Find how many training documents a target needs.

    Args:
        fitted: The law.
        target: An F1 as a fraction.

    Returns:
        The numbers of documents where the forecast and the ends of its interval reach the target.
    """
    times = np.geomspace(1 / 64, FARTHEST, _STEPS)
    documents = times * fitted.law.unit

    def first(figures: Values) -> float | None:
        reached = np.flatnonzero(figures >= target)
        return float(documents[reached[0]]) if len(reached) else None

    middle, low, high = fitted.at(times)
    return TargetForecast(target, first(middle), first(high), first(low), FARTHEST * fitted.law.unit)


def _unfit(made: Forecast, cells: Sequence[Sequence[Scored]], lacking: Sequence[str]) -> str:
    """Why no law can be fitted; empty if one can."""
    if not made.fractions:
        return "no fraction is measured on every fold"
    if len(made.fractions) < LEAST_FRACTIONS:
        without = f" (not every fold is measured: {', '.join(lacking)})" if lacking else ""
        count = f"{len(made.fractions)} fraction{'s' if len(made.fractions) > 1 else ''}"
        return f"{count} measured, at least {LEAST_FRACTIONS} are needed{without}"
    if any([cell.test for cell in own] != [cell.test for cell in cells[0]] for own in cells):
        return "the fractions were tested on different documents"
    if any(later <= earlier for earlier, later in zip(made.documents, made.documents[1:], strict=False)):
        return "several fractions have the same number of training documents"
    if made.documents[-1] < LEAST_SPAN * made.documents[0]:
        return (
            f"the fractions span {made.documents[0]:,.0f} to {made.documents[-1]:,.0f} training documents; "
            f"a factor of {LEAST_SPAN:g} is needed"
        )
    return "F1 is 0 at the largest fraction" if made.f1[-1] == 0 else ""


def _doubtful(made: Forecast, misfit: float, nearest: ForecastPoint) -> str:
    """Why a fitted law is not to be believed; empty if it is."""
    if misfit > WORST_MISFIT:
        falls = " F1 falls with more text." if made.f1[-1] < max(made.f1) - WORST_MISFIT else ""
        return (
            f"the power law misses the measured F1 by {100 * misfit:.1f} points (root mean square), "
            f"more than {100 * WORST_MISFIT:g}.{falls}"
        ).removesuffix(".")
    if nearest.high - nearest.low > WIDEST:
        return (
            f"the 80% interval at {nearest.times:g} times the text is {100 * (nearest.high - nearest.low):.0f} points "
            f"wide, more than {100 * WIDEST:g}; more folds or test documents would narrow it"
        )
    return ""


def _f1(cell: Scored) -> float:
    figures = cell.figures["micro"]
    if "f1" not in figures:
        raise InputError("a forecast needs an evaluator with an F1, such as exact")
    return float(figures["f1"])


def _resampled(cells: Sequence[Scored], gold: Gold, *, grouped: bool, seed: int) -> Values:
    """F1 of resamples of a fold, the same units at every fraction: an array [resamples, fractions]."""
    numbers = unit_numbers([gold.groups[name] for name in cells[0].test] if grouped else cells[0].test)
    reduced = [gold.compared(cell.columns, cell.counts) for cell in cells]
    names, _, score = reduced[0]
    stacked = np.hstack([sum_rows(counts, numbers) for _, counts, _ in reduced])
    # A single unit has no spread.
    drawn = resample(stacked, _RESAMPLES, seed) if len(stacked) > 1 else np.repeat(stacked, _RESAMPLES, axis=0)
    parts = np.split(drawn, len(cells), axis=1)
    return np.stack([np.asarray(score(columns(names, part))["micro"]["f1"]) for part in parts], axis=1)
