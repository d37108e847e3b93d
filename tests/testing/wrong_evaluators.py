# ruff: noqa: D101
"""Exact match with one figure, and one wrong evaluator for each thing that may be wrong. The variant is the way."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any

from adrbench.api import EvaluatorPlugin, Span

WAYS = (
    "right", "one name", "per document", "infinite", "remembers", "first span", "above one", "imperfect", "generous",
    "divides", "lopsided", "branches", "sorts", "pops", "clears", "prints", "no support", "no labels", "crash",
    "counts at once", "micro",
)  # fmt: skip


class Evaluator:
    def __init__(self, labels: Sequence[str], variant: str = "right") -> None:
        self.labels, self.way, self.calls = labels, variant, 0

    def count(self, gold: Sequence[Span], predicted: Sequence[Span]) -> dict[str, float]:
        self.calls += 1
        counts: dict[str, float] = {}
        for label in self.labels:
            expected = {s for s in gold if s.label == label}
            found = {s for s in predicted if s.label == label}
            hits: float = len(expected & found)
            if self.way == "per document":
                hits = float(hits > 0)
            if self.way == "remembers":
                hits += self.calls
            counts |= {f"{label}/tp": hits, f"{label}/gold": len(expected), f"{label}/found": len(found)}
        match self.way:
            case "one name" if not gold:
                counts.pop("ADR/tp")
            case "infinite" if not gold and predicted:
                counts["ADR/tp"] = math.inf
            case "first span" if predicted:
                counts["ADR/tp"] = float(predicted[0].label == "ADR")
            case "sorts":
                gold.sort(key=lambda s: -s.start) if isinstance(gold, list) else None
            case "prints":
                os.write(1, b"counting")
            case "crash":
                os._exit(4)
        return counts

    def __getattr__(self, name: str) -> Any:
        if name == "count_many" and self.way == "counts at once":
            return lambda *given: {n: [0.0] * given[2] for n in self.count((), ())}
        if name == "micro_f1" and self.way == "micro":
            return lambda counts: (counts["ADR/tp"], counts["ADR/gold"])
        raise AttributeError(name)

    def score(self, total: dict[str, Any]) -> dict[str, dict[str, Any]]:
        rows = {
            label: self._figures(*(total[f"{label}/{k}"] for k in ("tp", "gold", "found"))) for label in self.labels
        }
        sums = [sum(total[f"{label}/{k}"] for label in self.labels) for k in ("tp", "gold", "found")]
        if self.way == "clears":
            total.clear()
        return {"micro": self._figures(*sums), **({} if self.way == "no labels" else rows)}

    def _figures(self, tp: Any, gold: Any, found: Any) -> dict[str, Any]:
        if self.way == "branches" and not hasattr(tp, "shape"):
            tp = tp / 2
        divisor = gold if self.way == "divides" else gold + (gold == 0)
        recall = tp / divisor
        precision = tp / (found + (found == 0))
        match self.way:
            case "above one":
                recall = recall * 100
            case "imperfect":
                precision = precision * 0.9
                recall = recall * 0.9
            case "generous":
                recall = (tp + 1) / (gold + 1)
            case "lopsided":
                precision = precision**2
        figures = {"precision": precision, "recall": recall, "support": gold}
        if self.way == "micro":
            figures["f1"] = recall
        if self.way == "no support":
            figures.pop("support")
        return figures


plugin = EvaluatorPlugin("wrong", "", "wrong_evaluators:Evaluator", variants=WAYS)
