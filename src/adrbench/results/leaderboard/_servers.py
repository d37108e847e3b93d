"""What a tagger that asks a server costs: tokens, requests and waiting for 1,000 documents, and their price."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, stdev
from typing import TypedDict

from adrbench.results.asked_models import model_before, priced_model
from adrbench.results.prices import PriceSheet
from adrbench.results.schema import CellRecord
from adrbench.results.tokens import BEFORE, COUNTS, LATENCIES, TOKENS, Tokens, tokens_price

_Cells = Sequence[tuple[CellRecord, int]]


class ServerCosts(TypedDict, total=False):
    """The fields of a ``Cost`` that a server is the reason of, and the price of it all."""

    prompt_tokens_per_1000: float | None
    cached_tokens_per_1000: float | None
    completion_tokens_per_1000: float | None
    requests_per_1000: float | None
    latency_p50_seconds: float | None
    latency_p95_seconds: float | None
    money_per_1000: float | None
    prompt_tokens_per_1000_sd: float | None
    completion_tokens_per_1000_sd: float | None
    money_per_1000_sd: float | None
    fit_responses: int | None
    fit_prompt_tokens: int | None
    fit_cached_tokens: int | None
    fit_completion_tokens: int | None
    fit_money: float | None


def server_costs(cells: _Cells, prices: PriceSheet | None) -> ServerCosts:
    """Sum up what the cells of a tagger asked of a server.

    Args:
        cells: The cells of all folds, with the number of documents under test.
        prices: The price sheet; None: nothing is priced.

    Returns:
        Rates for 1,000 documents, of all folds together, with their standard deviations over folds.

    Raises:
        InputError: The price sheet lacks a price.
    """
    found = ServerCosts()
    prompt, cached, completion = (_rates(cells, name) for name in TOKENS)
    if prompt or completion:
        found |= {
            "prompt_tokens_per_1000": _whole(cells, TOKENS[0]),
            "cached_tokens_per_1000": _whole(cells, TOKENS[1]) if cached else None,
            "completion_tokens_per_1000": _whole(cells, TOKENS[2]),
            "prompt_tokens_per_1000_sd": _sd(prompt),
            "completion_tokens_per_1000_sd": _sd(completion),
        }
    if _rates(cells, "requests"):
        found["requests_per_1000"] = _whole(cells, "requests")
    p50, p95 = (_known(cells, name) for name in LATENCIES)
    if p50:
        found["latency_p50_seconds"] = fmean(p50) / 1000
    if p95:
        found["latency_p95_seconds"] = fmean(p95) / 1000
    money = _money(cells, prices) if prices is not None else []
    if money:
        documents = sum(count for _, count in cells)
        found["money_per_1000"] = sum(each * count for each, (_, count) in zip(money, cells, strict=True)) / documents
        found["money_per_1000_sd"] = _sd(money)
    return found | _before(cells, prices)


def answer_counts(cells: Iterable[CellRecord]) -> dict[str, int]:
    """Sum up the counts of a server's answers.

    Args:
        cells: The cells of all folds.

    Returns:
        The counts by name, without those that no cell has.
    """
    total: Counter[str] = Counter()
    for cell in cells:
        facts: Mapping[str, int] = cell.costs.facts if cell.costs is not None else {}
        total.update({name: facts[name] for name in COUNTS if name in facts})
    return {name: total[name] for name in COUNTS if name in total}


def _before(cells: _Cells, prices: PriceSheet | None) -> ServerCosts:
    """What was asked before predictions, all folds together; empty if nothing was."""
    asked = [(cell, cell.costs.facts) for cell, _ in cells if cell.costs is not None]
    asked = [(cell, facts) for cell, facts in asked if facts.get("fit_responses")]
    if not asked:
        return ServerCosts()
    responses, sent, cached, received = (sum(facts.get(fact, 0) for _, facts in asked) for fact in BEFORE)
    found = ServerCosts(
        fit_responses=responses, fit_prompt_tokens=sent, fit_cached_tokens=cached, fit_completion_tokens=received
    )
    if prices is not None:
        found["fit_money"] = sum(
            tokens_price(
                Tokens(*(facts.get(f"fit_{name}", 0) for name in TOKENS)),
                prices.tokens(model_before(cell.params, prices)).by_kind(),
            )
            for cell, facts in asked
        )
    return found


def _rates(cells: _Cells, name: str) -> list[float]:
    """A fact for 1,000 documents, by fold; empty unless each fold has it."""
    known = [(cell.costs.facts[name], count) for cell, count in cells if cell.costs and name in cell.costs.facts]
    return [1000 * value / count for value, count in known if count] if len(known) == len(cells) else []


def _known(cells: _Cells, name: str) -> list[int]:
    """A fact of those cells that have it."""
    return [cell.costs.facts[name] for cell, _ in cells if cell.costs is not None and name in cell.costs.facts]


def _whole(cells: _Cells, name: str) -> float:
    """The same of all folds together."""
    total = sum(cell.costs.facts.get(name, 0) for cell, _ in cells if cell.costs is not None)
    return 1000 * total / sum(count for _, count in cells)


def _money(cells: _Cells, prices: PriceSheet) -> list[float]:
    """The price of 1,000 documents by fold; empty where nothing is priced."""
    tokens = [Tokens.of(cell.costs.facts) if cell.costs is not None else None for cell, _ in cells]
    if prices.tokens_only and not any(tokens):
        return []
    found = []
    for (cell, count), used in zip(cells, tokens, strict=True):
        if cell.costs is None or cell.machine is None:
            return []
        seconds = cell.costs.seconds["predict"]
        joules = cell.costs.energy_joules["predict"] if cell.costs.energy_joules is not None else None
        model = priced_model(cell.params, prices)
        found.append(prices.per_1000(cell.machine.id, seconds, joules, used, model, count))
    return found


def _sd(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None
