"""A recommendation as figures for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adrbench.results.recommendation.choice import Candidate
from adrbench.results.recommendation.estimate import Estimate
from adrbench.results.recommendation.recommend import Recommendation
from adrbench.scoring.statistics.kinds import DEFAULT_INTERVAL

OPTIONS: Mapping[str, str] = {
    "seconds_per_1000": "--max-seconds-per-1000",
    "fit_seconds": "--max-fit",
    "memory_bytes": "--max-memory",
    "price_per_1000": "--max-price-per-1000",
    "recall": "--min-recall",
    "gpu": "--no-gpu",
}
"""The option of `adrbench recommend` that sets each limit."""


def promise_record(found: Recommendation) -> dict[str, Any] | None:
    """Write down the F1 to expect.

    Args:
        found: The recommendation.

    Returns:
        Fractions; None if no F1 is promised.
    """
    made = found.promise
    if made is None:
        return None
    return {
        "value": made.f1,
        "low": made.low,
        "high": made.high,
        "interval": DEFAULT_INTERVAL,
        "folds": len(made.by_fold),
        "fold_f1": list(made.by_fold),
        "picks": dict(made.picks),
    }


def cost_record(made: Estimate, found: Recommendation) -> dict[str, Any]:
    """Write down what a tagger costs.

    Args:
        made: The estimate of its costs.
        found: The recommendation.

    Returns:
        Seconds, bytes, joules and money, with the spread over folds.
    """

    def spread(name: str, figure: Any) -> dict[str, float]:
        return {name: figure.mean, f"{name}_low": figure.low, f"{name}_high": figure.high}

    record: dict[str, Any] = {"documents": made.documents, "total_seconds": made.total_seconds}
    record |= spread("fit_seconds", made.fit_seconds) | spread("predict_seconds", made.predict_seconds)
    record |= spread("seconds_per_1000", made.seconds_per_1000)
    record |= {
        "peak_memory_bytes": int(made.peak_memory_bytes.high),
        "peak_memory_bytes_low": int(made.peak_memory_bytes.low),
        "peak_gpu_memory_bytes": made.peak_gpu_memory_bytes or None,
        "energy_joules": made.joules,
        "machine": made.machine,
    }
    if made.money is not None and made.money_per_1000 is not None and found.question.prices is not None:
        record |= {"money": made.money, "currency": found.question.prices.currency}
        record |= spread("money_per_1000", made.money_per_1000)
    return record


def alternative_record(found: Recommendation, other: Candidate) -> dict[str, Any]:
    """Write down what speaks for and against another tagger.

    Args:
        found: The recommendation.
        other: The tagger.

    Returns:
        Its F1, by how much it differs from that of the choice, its costs, and the options whose limits it breaks.
    """
    made, bounds = found.choice.estimates[other.tagger], found.apart.get(other.tagger)
    own = None if found.chosen is None else found.chosen.row.f1
    return {
        "tagger": other.tagger,
        "f1": other.row.f1,
        "difference": None if own is None or other.row.f1 is None else other.row.f1 - own,
        "difference_low": bounds.low if bounds else None,
        "difference_high": bounds.high if bounds else None,
        "equivalent": other in found.choice.equivalent,
        "step": "up" if other is found.better else "down" if other is found.cheaper else None,
        "breaks": [OPTIONS[one.limit] for one in found.choice.breaches[other.tagger]],
        "costs": None if made is None else cost_record(made, found),
    }
