"""What the process of a cell keeps of a server's responses, finds again, and may still ask for."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adrbench._system.hashing import content_hash
from adrbench.api import BudgetSpent, Usage
from adrbench.results.responses import Responses, cut_torn_line, read_response, response_line, sealed_lines
from adrbench.results.tokens import TOKENS, tokens_price


class Share:
    """A cell's share of the budget.

    Args:
        amount: How much the cell may spend, in tokens or in money.
        prices: Prices of a million tokens by model (``tokens_price``); None: the amount is in tokens.
        budget: The whole budget in words, for the reason of the cell.
    """

    def __init__(self, amount: float, prices: Mapping[str, Mapping[str, float]] | None, budget: str) -> None:
        self._left = amount
        self._prices = prices
        self._budget = budget
        self._lock = threading.Lock()
        self.refused = ""

    def check(self) -> None:
        """Let another request start, or raise ``BudgetSpent``."""
        with self._lock:
            if self._left <= 0:
                self.refused = (
                    f"its share of the {self._budget} is spent; responses are kept, and a run with a larger "
                    "[limits] budget goes on from them"
                )
                raise BudgetSpent(self.refused)

    def spend(self, model: str, usage: Usage) -> None:
        """Take a request off."""
        if self._prices is None:
            amount: float = usage.prompt_tokens + usage.completion_tokens
        else:
            prices = self._prices.get(model)
            # An unknown price is no reason to go on spending.
            amount = tokens_price(usage, prices) if prices is not None else self._left
        with self._lock:
            self._left -= amount


class Replay:
    """Responses that are at hand, and those that a cell adds to its file.

    Args:
        responses: The folder of responses.
        key: The key of the cell.
        share: What new responses are taken off; None without a budget.
    """

    def __init__(self, responses: Responses, key: str, share: Share | None = None) -> None:
        self._responses = responses
        self._own = responses.file_of(key)
        self._share = share
        self._lock = threading.Lock()
        self._places: dict[str, tuple[Path, int, int]] | None = None
        self._file: int | None = None
        self._used: dict[str, Usage] = {}
        self.replayed = 0

    def used(self) -> dict[str, int]:
        """Count what the cell has used so far, each response once, however it was come by.

        Returns:
            ``responses`` and their tokens, by the names of ``Usage``; empty if there is none.
        """
        with self._lock:
            if not self._used:
                return {}
            sums = {name: sum(getattr(usage, name) for usage in self._used.values()) for name in TOKENS}
            return {"responses": len(self._used), **sums}

    def find(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Look a response up; one of another cell is copied into this cell's file."""
        request = content_hash(key)
        with self._lock:
            place = self._index().get(request)
            if place is None:
                return None
            response, model, counts = read_response(*place)
            self.replayed += 1
            self._used[request] = Usage(**counts)
            if place[0] != self._own:
                line = response_line(request, response, self._used[request], model, paid=False)
                self._append(request, line, sync=False)
        return response

    def keep(self, key: Mapping[str, Any], response: Mapping[str, Any], usage: Usage) -> None:
        """Append a response, and take its tokens off the share. It is on the disk when this returns."""
        request, model = content_hash(key), str(key.get("model", ""))
        line = response_line(request, response, usage, model, paid=True)
        if self._share is not None:
            self._share.spend(model, usage)
        with self._lock:
            self._used[request] = usage
            self._index()
            self._append(request, line, sync=True)

    def _index(self) -> dict[str, tuple[Path, int, int]]:
        """Where each response is. The cell's own file counts first: it holds what the cell was given before."""
        if self._places is None:
            self._places = {}
            others = [path for path in self._responses.files() if path != self._own]
            for path in [*([self._own] if self._own.is_file() else []), *others]:
                for line in sealed_lines(path):
                    if line.record is not None:
                        self._places.setdefault(line.request, (path, line.start, len(line.whole)))
        return self._places

    def _append(self, request: str, line: bytes, *, sync: bool) -> None:
        if self._file is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
            self._file = os.open(self._own, flags, 0o644)
            cut_torn_line(self._own)
            folder = os.open(self._own.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        start = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(line):
                written += os.write(self._file, line[written:])
            if sync:
                os.fsync(self._file)
        except OSError:
            # A part of a line would spoil the next one.
            os.ftruncate(self._file, start)
            raise
        places = self._index()
        if request not in places or places[request][0] != self._own:
            places[request] = (self._own, start, len(line))
