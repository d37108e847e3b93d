"""What a tagger costs at work: one fit on all documents, and the documents that it is to tag."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import fmean, stdev

from scipy.special import stdtrit

from adrbench.errors import InputError
from adrbench.results.prices import PriceSheet
from adrbench.results.recommendation.refit import FitTime, extrapolated_seconds
from adrbench.results.tokens import Tokens

HOUR = 3600.0
KWH = 3.6e6
"""Joules."""
_LEVEL = 0.95


@dataclass(frozen=True)
class FoldCosts:
    """What one cell cost.

    Attributes:
        machine: The id of the machine, or of one of its class.
        jobs: How many cells ran at a time.
        words: How many words were learnt from.
        documents: How many documents were predicted.
        fit_seconds: Wall time of the fit.
        predict_seconds: Wall time of the prediction.
        once_seconds: Wall time of a study and of pre-training, if there were such.
        peak_memory_bytes: The most resident memory.
        peak_gpu_memory_bytes: The most GPU memory; 0 if no GPU was used.
        fit_joules: Energy of the fit; None where the machine cannot tell.
        predict_joules: Energy of the prediction.
        tokens: Tokens of all predicted documents; None without a server.
        model: The model behind an API; empty without one.
        precision: What it was computed with; empty if the tagger does not say.
        replayed: Whether responses of a server were replayed, so that the times lack the waiting for them.
    """

    machine: str
    jobs: int
    words: int
    documents: int
    fit_seconds: float
    predict_seconds: float
    once_seconds: float = 0.0
    peak_memory_bytes: int = 0
    peak_gpu_memory_bytes: int = 0
    fit_joules: float | None = None
    predict_joules: float | None = None
    tokens: Tokens | None = None
    model: str = ""
    precision: str = ""
    replayed: bool = False


@dataclass(frozen=True)
class Figure:
    """A cost with its spread over folds.

    Attributes:
        mean: The mean over folds.
        low: The least of all folds.
        high: The most of all folds.
        bound: What a further fold is not expected to exceed; at least `high`.
    """

    mean: float
    low: float
    high: float
    bound: float

    def times(self, factor: float) -> Figure:
        """Scale the figure.

        Args:
            factor: What each value is multiplied by.

        Returns:
            The scaled figure.
        """
        return Figure(self.mean * factor, self.low * factor, self.high * factor, self.bound * factor)


def figure(values: Sequence[float]) -> Figure:
    """Summarise a cost over folds.

    The bound is the upper limit of Student's one-sided 95% prediction interval for one more fold,
    m + t · s · √(1 + 1/k), or the most of all folds if that is more.
    Source: Hahn (1970), Statistical intervals for a normal population, Journal of Quality Technology 2.

    Args:
        values: The cost of each fold, k of them.

    Returns:
        The figure. With one fold all its values are that fold's.
    """
    k, mean = len(values), fmean(values)
    spread = stdev(values) * float(stdtrit(k - 1, _LEVEL)) * math.sqrt(1 + 1 / k) if k > 1 else 0.0
    return Figure(mean, min(values), max(values), max(*values, mean + spread) if k > 1 else mean)


@dataclass(frozen=True)
class Estimate:
    """What a tagger costs at work. Times are of one machine.

    Attributes:
        machine: The id of the machine.
        documents: How many documents it is to tag.
        fit_seconds: One fit on all documents, a search for parameters and pre-training included.
        predict_seconds: Tagging the documents.
        seconds_per_1000: Tagging 1,000 documents.
        peak_memory_bytes: The most resident memory of a cell.
        peak_gpu_memory_bytes: The most GPU memory; 0 if no GPU was used.
        joules: Energy of all of it; None where the machine cannot tell.
        money: The price of all of it; None without a price sheet.
        money_per_1000: The price of tagging 1,000 documents.
        replayed: Whether the times lack the waiting for responses that were replayed. Then only money can be compared.
    """

    machine: str
    documents: int
    fit_seconds: Figure
    predict_seconds: Figure
    seconds_per_1000: Figure
    peak_memory_bytes: Figure
    peak_gpu_memory_bytes: int
    joules: float | None = None
    money: float | None = None
    money_per_1000: Figure | None = None
    replayed: bool = False

    @property
    def total_seconds(self) -> float:
        """One fit and tagging the documents."""
        return self.fit_seconds.mean + self.predict_seconds.mean

    @property
    def rank(self) -> float:
        """By which estimates are compared: money if there are prices, else seconds."""
        return self.total_seconds if self.money is None else self.money


def estimate(
    folds: Sequence[FoldCosts | None],
    words: int,
    documents: int,
    prices: PriceSheet | None = None,
    curve: Sequence[FitTime] = (),
) -> Estimate | None:
    """Estimate what a tagger costs at work.

    Args:
        folds: The costs of its cells.
        words: How many words all documents have.
        documents: How many documents it is to tag.
        prices: The prices; None: times only.
        curve: Fits on smaller parts of the same training parts, on the same machine.

    Returns:
        The estimate; None if a cell has no costs, or if they are of several machines or precisions, or if responses
        were replayed and there is no price sheet.

    Raises:
        InputError: The price sheet lacks a price.
    """
    known = [cost for cost in folds if cost is not None]
    if not known or len(known) < len(folds) or len({(cost.machine, cost.precision) for cost in known}) > 1:
        return None
    replayed = any(cost.replayed for cost in known)
    if replayed and prices is None:
        return None
    fits = figure([_refit(cost, words, curve) for cost in known])
    # The rate of all folds together; that of a fold weighs as much as its documents.
    mean = 1000 * sum(cost.predict_seconds for cost in known) / sum(cost.documents for cost in known)
    per_1000 = replace(figure([1000 * cost.predict_seconds / cost.documents for cost in known]), mean=mean)
    made = Estimate(
        machine=known[0].machine,
        documents=documents,
        fit_seconds=fits,
        predict_seconds=per_1000.times(documents / 1000),
        seconds_per_1000=per_1000,
        peak_memory_bytes=figure([float(cost.peak_memory_bytes) for cost in known]),
        peak_gpu_memory_bytes=max(cost.peak_gpu_memory_bytes for cost in known),
        joules=_joules(known, fits.mean, documents),
        replayed=replayed,
    )
    return made if prices is None else _priced(made, known, prices)


def _refit(cost: FoldCosts, words: int, curve: Sequence[FitTime]) -> float:
    """The seconds of a fit on all words, by one fold."""
    seconds = extrapolated_seconds([FitTime(cost.words, cost.fit_seconds), *curve], words) or 0.0
    growth = seconds / cost.fit_seconds if cost.fit_seconds else 1.0
    return max(seconds, cost.fit_seconds) + cost.once_seconds * max(growth, 1.0)


def _fit_joules(folds: Sequence[FoldCosts], fit_seconds: float) -> float | None:
    """The energy of a fit of so many seconds, at the mean power of the folds' fits."""
    spent = sum(cost.fit_seconds for cost in folds)
    joules = [cost.fit_joules for cost in folds if cost.fit_joules is not None]
    return None if len(joules) < len(folds) else sum(joules) * fit_seconds / spent if spent else 0.0


def _joules(folds: Sequence[FoldCosts], fit_seconds: float, documents: int) -> float | None:
    fit = _fit_joules(folds, fit_seconds)
    predict = [cost.predict_joules for cost in folds if cost.predict_joules is not None]
    if fit is None or len(predict) < len(folds):
        return None
    return fit + sum(predict) * documents / sum(cost.documents for cost in folds)


def _priced(made: Estimate, folds: Sequence[FoldCosts], prices: PriceSheet) -> Estimate:
    second, joule = prices.hour(made.machine) / HOUR, prices.kwh / KWH

    def per_1000(cost: FoldCosts) -> float:
        spent = cost.predict_seconds, cost.predict_joules, cost.tokens
        return prices.per_1000(made.machine, *spent, cost.model, cost.documents)

    predict = figure([per_1000(cost) for cost in folds])
    fit = made.fit_seconds.mean * second + (_fit_joules(folds, made.fit_seconds.mean) or 0.0) * joule
    return replace(made, money=fit + predict.mean * made.documents / 1000, money_per_1000=predict)


@dataclass(frozen=True)
class Limits:
    """What a tagger may cost at most, and must find at least. None: no limit.

    Attributes:
        seconds_per_1000: Seconds to tag 1,000 documents.
        fit_seconds: Seconds of one fit on all documents.
        memory_bytes: Resident memory.
        price_per_1000: Money to tag 1,000 documents, by the price sheet.
        recall: Recall, a fraction.
        gpu: Whether a GPU may be used.
    """

    seconds_per_1000: float | None = None
    fit_seconds: float | None = None
    memory_bytes: float | None = None
    price_per_1000: float | None = None
    recall: float | None = None
    gpu: bool = True

    @property
    def any(self) -> bool:
        """Whether there is a limit."""
        return self != Limits()


@dataclass(frozen=True)
class Breach:
    """A limit that a tagger does not keep.

    Attributes:
        limit: The field of `Limits`.
        allowed: The limit; None for ``gpu``.
        worst: The value of the worst fold; None if it is not known.
        needed: The limit that the tagger would keep: ``worst`` with what a further fold may take more.
    """

    limit: str
    allowed: float | None
    worst: float | None
    needed: float | None


_TIMES = frozenset({"seconds_per_1000", "fit_seconds"})
_COSTS: Mapping[str, Callable[[Estimate], Figure | None]] = {
    "seconds_per_1000": lambda made: made.seconds_per_1000,
    "fit_seconds": lambda made: made.fit_seconds,
    "memory_bytes": lambda made: made.peak_memory_bytes,
    "price_per_1000": lambda made: made.money_per_1000,
}


def breaches(made: Estimate | None, recalls: Sequence[float], limits: Limits, *, used_gpu: bool) -> tuple[Breach, ...]:
    """Hold a tagger against limits: the worst fold, with what a further fold may take more.

    Args:
        made: What it costs; None if that is not known.
        recalls: Its recall in each fold, fractions.
        limits: The limits.
        used_gpu: Whether one of its cells used a GPU.

    Returns:
        The limits that it does not keep.

    Raises:
        InputError: The price is limited, and there is no price sheet.
    """
    found: list[Breach] = []
    for name, cost in _COSTS.items():
        allowed: float | None = getattr(limits, name)
        if allowed is None:
            continue
        value = None if made is None or (made.replayed and name in _TIMES) else cost(made)
        if made is not None and value is None and name not in _TIMES:
            raise InputError("a limit on the price needs a price sheet: --prices FILE")
        if value is None:
            found.append(Breach(name, allowed, None, None))
        elif value.bound > allowed:
            found.append(Breach(name, allowed, value.high, value.bound))
    if limits.recall is not None and min(recalls) < limits.recall:
        found.append(Breach("recall", limits.recall, min(recalls), min(recalls)))
    if not limits.gpu and used_gpu:
        found.append(Breach("gpu", None, None, None))
    return tuple(found)
