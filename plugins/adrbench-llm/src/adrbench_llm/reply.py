"""What an endpoint replied to one request: what is kept of it, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from adrbench.api import Usage

# No tokenizer packs more characters of prose, code or tables into a token, on average over an answer.
MOST_CHARACTERS_A_TOKEN = 12


@dataclass(frozen=True)
class Reply:
    """A reply, as it is recorded and replayed.

    Attributes:
        content: The answer.
        finish_reason: Why it ended: ``stop``, ``length``, ...
        model: The model's name, as the server gives it.
        system_fingerprint: The server's name for its configuration; empty if it gives none.
        prompt_tokens: Tokens of the prompt, as the server counted them, cached ones included.
        cached_tokens: Those that the server had cached.
        completion_tokens: Tokens of the answer.
        total_tokens: Their sum, as the server gives it.
        requests: Requests that were made for it, retries included.
        rate_limited: How many of these were answered with HTTP 429.
        latency_ms: Milliseconds from sending the last of these to the end of the answer.
    """

    content: str
    finish_reason: str
    model: str
    system_fingerprint: str
    prompt_tokens: int
    cached_tokens: int
    completion_tokens: int
    total_tokens: int
    requests: int
    rate_limited: int
    latency_ms: int

    @property
    def usage(self) -> Usage:
        """The tokens that count towards a budget."""
        return Usage(self.prompt_tokens, self.cached_tokens, self.completion_tokens)

    @property
    def is_truncated(self) -> bool:
        """Whether the answer was cut at ``max_tokens``."""
        return self.finish_reason == "length"

    @property
    def usage_is_doubtful(self) -> bool:
        """Whether the server's counts contradict each other, or an answer of that length."""
        counted = self.prompt_tokens + self.completion_tokens
        too_few = len(self.content) > MOST_CHARACTERS_A_TOKEN * self.completion_tokens
        return too_few or self.total_tokens < counted or self.cached_tokens > self.prompt_tokens

    def as_json(self) -> dict[str, Any]:
        """Turn it into plain data.

        Returns:
            Its fields by name.
        """
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Reply:
        """Read what ``as_json`` made.

        Args:
            plain: The fields by name.

        Returns:
            The reply.

        Raises:
            ValueError: It is something else.
        """
        try:
            reply = cls(**plain)
        except TypeError as error:
            raise ValueError(f"a recorded response is not one of the tagger llm: {error}") from None
        for name, kind in cls.__annotations__.items():
            if type(getattr(reply, name)).__name__ != kind:
                raise ValueError(f"a recorded response is not one of the tagger llm: its {name} is no {kind}")
        return reply
