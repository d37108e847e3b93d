"""Tokens and requests of a tagger that asks a server, as its facts say, and their price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

TOKENS = ("prompt_tokens", "cached_tokens", "completion_tokens")
"""Facts: tokens that were sent, those of them that the server had cached, and tokens that came back."""
REQUESTS = ("requests", "retries", "rate_limited")
"""Facts: requests that were answered, further attempts, and answers of status 429."""
LATENCIES = ("latency_p50_ms", "latency_p95_ms")
"""Facts: percentiles of the time from a request to its answer, in milliseconds."""
QUOTES = ("quotes", "unaligned", "ambiguous", "foreign_label")
"""Facts: mentions that were quoted, and those of them that could not be placed, in several places, of other labels."""
ANSWERS = ("truncated", "unparsable")
"""Facts: answers that were cut short, and that could not be read."""
DOUBTFUL = "doubtful_usage"
"""Fact: responses whose counts of tokens contradict each other."""
REPLAYED = "replayed"
"""Fact, counted by adrbench: responses that were there before the cell asked."""
BEFORE = {
    "fit_responses": "responses",
    "fit_prompt_tokens": "prompt_tokens",
    "fit_cached_tokens": "cached_tokens",
    "fit_completion_tokens": "completion_tokens",
}
"""Facts, counted by adrbench: responses that a cell used before its prediction, such as a teacher's, and their tokens.

The facts above are what the tagger says of its prediction."""
COUNTS = (*REQUESTS, *QUOTES, *ANSWERS, DOUBTFUL, REPLAYED)
"""All facts about requests and answers that are summed over folds."""


class TokenUsage(Protocol):
    """Counts of tokens."""

    @property
    def prompt_tokens(self) -> int:
        """Tokens that were sent, cached ones included."""

    @property
    def cached_tokens(self) -> int:
        """Those of them that the server had cached."""

    @property
    def completion_tokens(self) -> int:
        """Tokens that came back."""


@dataclass(frozen=True)
class Tokens:
    """The tokens of a cell.

    Attributes:
        prompt_tokens: Tokens that were sent, cached ones included.
        cached_tokens: Those of them that the server had cached.
        completion_tokens: Tokens that came back.
    """

    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int

    @classmethod
    def of(cls, facts: Mapping[str, int]) -> Tokens | None:
        """Read the tokens among a cell's facts.

        Args:
            facts: The facts.

        Returns:
            The tokens; None if the tagger counts none.
        """
        if not any(name in facts for name in TOKENS):
            return None
        return cls(**{name: facts.get(name, 0) for name in TOKENS})


def tokens_price(usage: TokenUsage, million: Mapping[str, float]) -> float:
    """Price tokens.

    Args:
        usage: The tokens.
        million: Prices of a million tokens: ``input``, ``cached`` and ``output``.

    Returns:
        The price, in the currency of the prices.
    """
    fresh = max(0, usage.prompt_tokens - usage.cached_tokens)
    sent = fresh * million["input"] + usage.cached_tokens * million["cached"]
    return (sent + usage.completion_tokens * million["output"]) / 1e6
