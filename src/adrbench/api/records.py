"""What a tagger that asks a paid or slow server is given: recorded responses to replay, and a budget to keep to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Usage:
    """The tokens of one request, as its server counted them.

    Attributes:
        prompt_tokens: Tokens that were sent, cached ones included.
        cached_tokens: Those of them that the server had cached.
        completion_tokens: Tokens that came back.
    """

    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0


class Records(Protocol):
    """Responses of a server that were paid for once. Every method may be called from any thread.

    A key is plain data that decides the response: the model, the messages, the parameters, the schema of the answer,
    and which repeat it is. Its item ``model`` names the model in the price sheet. An address or a secret is never part
    of it. Only a hash of the key is stored. The response is stored as it is, so it must not hold a secret either.
    """

    def find(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Look a response up.

        Args:
            key: The key of the request, as JSON can hold it.

        Returns:
            The response that was kept, by this cell or by any other of the run or of an earlier run; None without one.
        """

    def keep(self, key: Mapping[str, Any], response: Mapping[str, Any], usage: Usage) -> None:
        """Keep a response. It is on the disk when this returns, and its usage counts towards the budget.

        Every response that is paid for is kept, also one that cannot be read.

        Args:
            key: The key of the request.
            response: What is needed to repeat the answer, as JSON can hold it.
            usage: Its tokens.
        """


class Budget(Protocol):
    """A cell's share of the run's budget. What ``Records.keep`` is told is taken off it."""

    def check(self) -> None:
        """Ask whether another request may start. Called before each request, from any thread.

        Raises:
            BudgetSpent: The share is spent. A tagger must not catch it; its cell is ``failed``, with this reason.
        """


@dataclass(frozen=True)
class RequestEstimate:
    """An estimate of what a cell asks of a server, before anything is sent.

    Attributes:
        requests: The number of requests.
        prompt_tokens: Tokens that are sent.
        completion_tokens: Tokens that come back.
        model: The name of the model in the price sheet.
    """

    requests: int
    prompt_tokens: int
    completion_tokens: int
    model: str = ""


def is_loopback(url: str) -> bool:
    """Say whether a server is on this machine by its address alone.

    Args:
        url: The URL of the server. Without one, a library takes a server of its own choice.

    Returns:
        True for ``localhost`` and for addresses that lead to this machine only.
    """
    from ipaddress import ip_address  # noqa: PLC0415  (importing this module stays instant)
    from urllib.parse import urlsplit  # noqa: PLC0415

    try:
        host = urlsplit(url).hostname
    except ValueError:
        return False
    if not host:
        return False
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
