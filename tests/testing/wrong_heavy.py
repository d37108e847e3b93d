# ruff: noqa: D101
"""A description that brings a large library along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adrbench.api import Annotated, Context, Document, Span, TaggerPlugin


@dataclass(frozen=True)
class Params:
    pass


class Tagger:
    def __init__(self, params: Params) -> None:
        self.nothing = np.zeros(1)

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        pass

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        return [[] for _ in documents]


plugin = TaggerPlugin("heavy", "test", "1", Params, "wrong_heavy:Tagger")
