"""A tagger that says what it is told to, and tells of the conditions that it was fitted in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from adrbench.api import Annotated, Context, Document, Facts, Span, TaggerPlugin, Unavailable


@dataclass(frozen=True)
class VoiceParams:
    """``words`` are tagged as ``label``; ``lacks`` is what the machine lacks; ``way`` is what goes wrong."""

    words: tuple[str, ...] = ()
    label: str = "ADR"
    lacks: str = ""
    way: str = ""


class Voice:
    """Tags its words."""

    def __init__(self, params: VoiceParams) -> None:
        self.params = params
        self.told: dict[str, int] = {}

    def fit(self, train: Sequence[Annotated], context: Context) -> None:
        """Learn nothing."""
        if self.params.way == "unavailable":
            raise Unavailable("no such machine")
        if self.params.way == "fail":
            raise ZeroDivisionError("as asked")
        if list(context.scratch.iterdir()):
            raise AssertionError("the scratch folder is not empty")
        (context.scratch / "trace").touch()
        context.report(1, 0.5)
        note = f"{len(train)} documents, {len(context.development)} to stop on"
        for done in (0, 1, 2):
            context.progress(done, 2, note)
        self.told = {"seed": context.seed, "threads": context.threads, "parameters": 100}
        if isinstance(train, list):
            train.clear()

    def predict(self, documents: Sequence[Document]) -> list[list[Span]]:
        """Every occurrence of a word."""
        pattern = "|".join(map(re.escape, self.params.words)) or r"(?!)"
        found = [[Span(*m.span(), self.params.label) for m in re.finditer(pattern, d.text)] for d in documents]
        return found[1:] if self.params.way == "short" else found

    def facts(self) -> Facts:
        """The conditions."""
        return self.told


def missing(params: VoiceParams, offline: bool) -> str | None:  # noqa: ARG001  (the contract's signature)
    """Say what it was told to lack."""
    return params.lacks or None


plugin = TaggerPlugin(
    name="voice",
    family="voice",
    version="1",
    params=VoiceParams,
    implementation="voices:Voice",
    cost=0,
    missing=missing,
)
