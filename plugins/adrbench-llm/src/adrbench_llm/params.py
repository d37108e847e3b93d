"""The parameters of the tagger, and what cannot be meant by them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field

from adrbench.api import RUN_ONLY
from adrbench_llm.answers import Output
from adrbench_llm.examples import Kind
from adrbench_llm.pieces import Unit
from adrbench_llm.prompt import DEFAULT, problem

# Fields of the request that have a parameter of their own, or that would change how an answer is read.
_OWN = frozenset(
    (
        *("max_completion_tokens", "max_tokens", "messages", "model", "n"),
        *("response_format", "seed", "stream", "temperature"),
    )
)
# Keys of the usual services have small letters or hyphens in them.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")


@dataclass(frozen=True)
class LlmParams:
    """Which model is asked, how, and where."""

    model: Annotated[str, Field(min_length=1)]
    """The model's name at the endpoint."""

    labels: Mapping[str, str] = field(default_factory=dict)
    """Definitions by label, for the prompt; a label without one stands there by its name."""

    shots: Annotated[int, Field(ge=0, le=200)] = 0
    """How many examples of the training part a prompt shows; 0: zero-shot."""

    examples: Kind = "similar"
    """Which ones: the most similar to the text by TF-IDF, the same random ones for every text, or the first."""

    output: Output = "schema"
    """The form of the answer: JSON that a schema enforces, JSON without a schema, or the text with tags in it."""

    unit: Unit = "document"
    """What one request is about: a document, or each of its sentences."""

    window: Annotated[int, Field(ge=100)] = 4000
    """The most characters of one request's text; a longer document is asked about in several requests."""

    temperature: Annotated[float, Field(ge=0, le=2)] = 0.0
    """The sampling temperature. Above 0 the cell's seed is sent too."""

    max_tokens: Annotated[int, Field(ge=1)] = 2048
    """The most tokens of an answer."""

    repeats: Annotated[int, Field(ge=1, le=25)] = 1
    """How often each request is made; a span stands if more than half of the answers have it."""

    prompt: str = DEFAULT
    """The template of the prompt, with ``{labels}``, ``{format}``, ``{examples}`` and ``{text}``."""

    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of each request, such as ``reasoning_effort``."""

    base_url: str = field(default="http://127.0.0.1:11434/v1", metadata=RUN_ONLY)
    """The address of the endpoint, up to ``/v1``; by default Ollama on this machine."""

    api_key_env: str = field(default="", metadata=RUN_ONLY)
    """The name of the environment variable that holds the key; empty: no key is sent."""

    allow_external: bool = field(default=False, metadata=RUN_ONLY)
    """Whether texts may be sent to an endpoint on another machine."""

    concurrency: Annotated[int, Field(ge=1, le=64)] = field(default=4, metadata=RUN_ONLY)
    """How many requests run at the same time."""

    timeout: Annotated[float, Field(gt=0)] = field(default=120.0, metadata=RUN_ONLY)
    """Seconds that one answer may take."""

    retries: Annotated[int, Field(ge=0, le=20)] = field(default=6, metadata=RUN_ONLY)
    """How often a request is repeated after a rate limit, a server error or a lost connection."""

    def __post_init__(self) -> None:
        """Refuse a template, an address or a name of a key that cannot be meant."""
        if wrong := problem(self.prompt, shots=self.shots):
            raise ValueError(f"prompt: {wrong}")
        for name in sorted(_OWN & set(self.extra)):
            raise ValueError(f"extra: {name!r} is set by adrbench; remove it from extra")
        # The value is not repeated: it may be a secret.
        if self.api_key_env and not _VARIABLE.fullmatch(self.api_key_env):
            raise ValueError(
                "api_key_env: should be the name of an environment variable, in capitals, such as 'OPENAI_API_KEY'; "
                "put the key itself into that variable, never into a file"
            )
        # A variable is expanded, and looked at, where the cell is built.
        if "${" not in self.base_url and (wrong := _wrong_address(self.base_url)):
            raise ValueError(f"base_url: {wrong}")


def _wrong_address(url: str) -> str | None:
    # With variables of the environment in it, it is no address yet; it is checked again when they are filled in.
    if "${" in url:
        return None
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is no address; it should look like http://127.0.0.1:11434/v1"
    if parts.username is not None or parts.password is not None or parts.query or parts.fragment:
        return "should hold no name, password, query or fragment; name the key's variable in api_key_env"
    if parts.scheme not in {"http", "https"} or not host or not url.isprintable() or " " in url:
        return "is no address; it should look like http://127.0.0.1:11434/v1"
    return None
