"""The budget of a run, handed to its cells in shares. All that the folder of responses was paid counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adrbench.config.model import Budget
from adrbench.results.prices import PriceSheet
from adrbench.results.responses import Responses
from adrbench.results.schema import ResponseRecord
from adrbench.results.tokens import tokens_price


class Purse:
    """What is left of a budget, and who holds which share of it.

    A cell gets an equal part of what nobody holds, divided by the cells that may still start beside those that run.
    What it has not spent when it ends goes back.

    Args:
        budget: The budget.
        prices: The prices, if it is in money.
        responses: The folder of responses, whose responses are paid for.
        slots: How many cells run at a time.
    """

    def __init__(self, budget: Budget, prices: PriceSheet | None, responses: Responses, slots: int) -> None:
        self._budget = budget
        self._responses = responses
        self._slots = slots
        self._prices = prices.million_by_model() if prices is not None and budget.money is not None else None
        self._currency = prices.currency if prices is not None else ""
        self._total = budget.money if budget.money is not None else float(budget.tokens or 0)
        self._spent = {path: self._paid(path) for path in responses.files()}
        self._shares: dict[str, float] = {}

    @property
    def left(self) -> float:
        """What is not spent, in tokens or in money; below 0 if requests in flight overspent it."""
        return self._total - sum(self._spent.values())

    def share(self, key: str) -> dict[str, Any]:
        """Hand a cell its share.

        Args:
            key: The key of the cell, which is about to start.

        Returns:
            The fields of a ``Share``.
        """
        free = max(1, self._slots - len(self._shares))
        amount = max(0.0, self.left - sum(self._shares.values())) / free
        self._shares[key] = amount
        return {"amount": amount, "prices": self._prices, "budget": self.words()}

    def settle(self, key: str) -> None:
        """Count what a cell has spent, and take the rest of its share back.

        Args:
            key: The key of the cell, which has ended.
        """
        self._shares.pop(key, None)
        path = self._responses.file_of(key)
        if path.is_file():
            self._spent[path] = self._paid(path)

    def words(self) -> str:
        """The budget in words."""
        if self._budget.money is not None:
            return f"budget of {self._budget.money:g} {self._currency}"
        return f"budget of {self._budget.tokens:,} tokens"

    def _paid(self, path: Path) -> float:
        count: Callable[[ResponseRecord], float] = self._money if self._prices is not None else _tokens
        return sum(count(one) for one in self._responses.read(path) if isinstance(one, ResponseRecord) and one.paid)

    def _money(self, one: ResponseRecord) -> float:
        prices: Mapping[str, float] | None = (self._prices or {}).get(one.model)
        # A model that is no row's any more; what it cost is not known.
        return tokens_price(one, prices) if prices is not None else 0.0


def _tokens(one: ResponseRecord) -> float:
    return one.prompt_tokens + one.completion_tokens
