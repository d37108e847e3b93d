"""What is asked of a recommendation: margin, documents, limits and prices, checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import Field

from adrbench.config.model import Bytes, Percent, Seconds
from adrbench.errors import InputError
from adrbench.plugins import parameters
from adrbench.results.prices import PriceSheet, price_sheet
from adrbench.results.recommendation.estimate import Limits

Positive = Annotated[float, Field(gt=0)]


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        margin: A tagger is as good as the best if its F1 is lower by this fraction at most, by the lower end of the
            95% interval of the paired difference.
        documents: How many documents are to be tagged.
        limits: What the tagger may cost.
        prices: The prices; None: times are compared.
    """

    margin: float = 0.01
    documents: int = 100_000
    limits: Limits = field(default_factory=Limits)
    prices: PriceSheet | None = None


@dataclass(frozen=True)
class _Asked:
    """What a user gives: percent, points, and quantities with units."""

    margin: Percent = 1.0
    documents: Annotated[int, Field(ge=1, le=10**12)] = 100_000
    max_seconds_per_1000: Positive | None = None
    max_fit: Seconds | None = None
    max_memory: Bytes | None = None
    max_price_per_1000: Positive | None = None
    min_recall: Percent | None = None
    no_gpu: bool = False


def ask(prices: str | Path | PriceSheet | None = None, **values: object) -> Question:
    """Check what is asked, given by name.

    Args:
        prices: A price sheet, or its file.
        values: The other options of ``adrbench recommend``, with underscores: ``margin`` in F1 points, ``documents``,
            ``max_seconds_per_1000``, ``max_fit`` (seconds, or as in '2h'), ``max_memory`` (bytes, or as in '8GiB'),
            ``max_price_per_1000``, ``min_recall`` in percent, ``no_gpu``. None stands for the default.

    Returns:
        The question.

    Raises:
        InputError: With every value that is wrong, and the closest name of an unknown one.
    """
    given = {name: value for name, value in values.items() if value is not None}
    asked, problems = parameters.check(_Asked, given)
    if problems:
        raise InputError("\n".join(f"--{name.replace('_', '-')}: {message}" for name, message in problems))
    if asked.min_recall is not None and 0 < asked.min_recall <= 1:
        hint = f"{100 * asked.min_recall:g}"
        raise InputError(f"--min-recall: is in percent, so {asked.min_recall:g} is hardly meant; write {hint}")
    sheet = price_sheet(prices)
    if asked.max_price_per_1000 is not None and sheet is None:
        raise InputError("--max-price-per-1000: needs prices; add --prices FILE")
    limits = Limits(
        seconds_per_1000=asked.max_seconds_per_1000,
        fit_seconds=asked.max_fit,
        memory_bytes=asked.max_memory,
        price_per_1000=asked.max_price_per_1000,
        recall=None if asked.min_recall is None else asked.min_recall / 100,
        gpu=not asked.no_gpu,
    )
    return Question(asked.margin / 100, asked.documents, limits, sheet)
