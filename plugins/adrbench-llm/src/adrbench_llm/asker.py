"""Requests to an endpoint: replayed where they are recorded, made at most once, and kept before they are used."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Self

from adrbench.api import Context, Records, Unavailable, Usage
from adrbench_llm.context_cut import FILLER, CutDetector
from adrbench_llm.endpoint import Endpoint, EndpointError, PromptRefused
from adrbench_llm.params import LlmParams
from adrbench_llm.reply import Reply


@dataclass(frozen=True)
class Request:
    """One request: everything that decides its reply.

    Attributes:
        prompt: The prompt.
        repeat: Which of the repeats it is, from 0.
        max_tokens: The most tokens of the answer.
    """

    prompt: str
    repeat: int
    max_tokens: int


# Of a loaded tagger: more than a batch of texts takes, and no burden on the memory.
_MOST_REMEMBERED = 10_000
_REFUSED = "refused"


class RecentReplies:
    """Replies of a loaded tagger, which has no records: what was paid for in this process is not asked again.

    Only the latest are remembered.
    """

    def __init__(self) -> None:
        self._replies: dict[str, Mapping[str, Any]] = {}
        self._lock = Lock()

    def find(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Look a reply up, as ``Records.find`` does.

        Args:
            key: What was asked.

        Returns:
            The reply; None if there is none.
        """
        with self._lock:
            return self._replies.get(_named(key))

    def keep(self, key: Mapping[str, Any], response: Mapping[str, Any], usage: Usage) -> None:  # noqa: ARG002
        """Remember a reply, as ``Records.keep`` does.

        Args:
            key: What was asked.
            response: The reply.
            usage: What it took, which is not remembered.
        """
        with self._lock:
            self._replies[_named(key)] = response
            if len(self._replies) > _MOST_REMEMBERED:
                del self._replies[next(iter(self._replies))]


def _named(key: Mapping[str, Any]) -> str:
    return json.dumps(key, sort_keys=True)


class _StoppedError(Exception):
    """Another request has failed, so this one was not made."""


class Asker:
    """Gets the replies to requests from the records or from the endpoint.

    Args:
        params: The tagger's parameters.
        schema: The endpoint's ``response_format``, or None.
        context: The conditions of the cell; None for a tagger that was loaded.
        seed: The seed that is sent if answers are sampled.
        recent: What a tagger that was loaded remembers.
    """

    def __init__(
        self,
        params: LlmParams,
        schema: Mapping[str, Any] | None,
        context: Context | None,
        seed: int,
        recent: RecentReplies | None = None,
    ) -> None:
        self._params = params
        self._schema = schema
        self._context = context
        self._seed = seed
        self._records: Records | None = context.records if context else recent
        self._budget = context.budget if context else None

    def replies(self, requests: Sequence[Request]) -> dict[Request, Reply]:
        """Get a reply to each request.

        The order of the replies does not depend on how many requests run at the same time.

        Args:
            requests: The requests. Equal ones are made once.

        Returns:
            The replies by request, with those of any further request that was needed.

        Raises:
            Unavailable: There is no network, no server, no access or no such model.
            BudgetSpent: No further request may be made.
            EndpointError: The server gives no reply, or cuts prompts.
        """
        unique = list(dict.fromkeys(requests))
        found = {request: reply for request in unique if (reply := self._recorded(request)) is not None}
        missing = [request for request in unique if request not in found]
        if missing and self._context and self._context.offline:
            raise Unavailable(
                f"offline, and {len(missing):,} of {len(unique):,} responses of {self._params.model} are not recorded"
            )
        replies: dict[Request, Reply] = {}
        with _Connection(self._params) as connection:
            detector = CutDetector(lambda prompt: self._count_longer(prompt, connection, replies))
            with closing(self._in_order(unique, found, missing, connection)) as answered:
                for number, (request, reply) in enumerate(answered, start=1):
                    replies[request] = reply
                    if wrong := detector.check(request.prompt, reply.prompt_tokens):
                        raise EndpointError(wrong)
                    if self._context:
                        self._context.progress(number, len(unique), "requests")
        return replies

    def _in_order(
        self,
        unique: Iterable[Request],
        found: Mapping[Request, Reply],
        missing: Sequence[Request],
        connection: _Connection,
    ) -> Generator[tuple[Request, Reply], None, None]:
        """Each request with its reply. After a failure no further request begins, and replies that come are kept."""
        if not missing:
            yield from ((request, found[request]) for request in unique)
            return
        connection.endpoint.check_reachable()
        stop = Event()

        def ask(request: Request) -> Reply:
            if stop.is_set():
                raise _StoppedError
            try:
                return self._asked(request, connection)
            except BaseException:
                stop.set()
                raise

        with ThreadPoolExecutor(self._params.concurrency, thread_name_prefix="llm") as pool:
            futures = {request: pool.submit(ask, request) for request in missing}
            try:
                for request in unique:
                    yield request, found[request] if request in found else _result(futures[request], futures)
            finally:
                stop.set()

    def _key(self, request: Request) -> dict[str, Any]:
        return {
            "model": self._params.model,
            "messages": _messages(request.prompt),
            "parameters": self._parameters(request),
            "schema": self._schema,
            "repeat": request.repeat,
        }

    def _parameters(self, request: Request) -> dict[str, Any]:
        params = self._params
        # Without sampling there is nothing to seed, and responses serve every seed.
        seed = {"seed": self._seed + request.repeat} if params.temperature else {}
        return {**params.extra, **seed, "temperature": params.temperature, "max_tokens": request.max_tokens}

    def _recorded(self, request: Request) -> Reply | None:
        plain = self._records.find(self._key(request)) if self._records else None
        return None if plain is None else Reply.from_json(plain)

    def _asked(self, request: Request, connection: _Connection) -> Reply:
        if self._budget:
            self._budget.check()
        reply = connection.endpoint.ask(_messages(request.prompt), self._parameters(request), self._schema)
        if self._records:
            self._records.keep(self._key(request), reply.as_json(), reply.usage)
        return reply

    def _count_longer(self, prompt: str, connection: _Connection, replies: dict[Request, Reply]) -> int | None:
        """The tokens of a prompt with more text behind it; None if the server says that it is too long."""
        request = Request(f"{prompt}\n\n{FILLER}", 0, 1)
        plain = self._records.find(self._key(request)) if self._records else None
        if plain is not None and _REFUSED in plain:
            return None
        if plain is not None:
            reply = Reply.from_json(plain)
        elif self._context and self._context.offline:
            raise Unavailable(f"offline, and a check of the context of {self._params.model} is not recorded")
        else:
            try:
                reply = self._asked(request, connection)
            except PromptRefused as error:
                if self._records:
                    self._records.keep(self._key(request), {_REFUSED: str(error)}, Usage())
                return None
            except EndpointError as error:
                raise EndpointError(f"it could not be checked whether the server cuts prompts: {error}") from None
        replies[request] = reply
        return reply.prompt_tokens


class _Connection:
    """An endpoint that is made when it is first needed: a replay needs no key, and opens no socket."""

    def __init__(self, params: LlmParams) -> None:
        self._params = params
        self._endpoint: Endpoint | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._endpoint:
            self._endpoint.close()

    @property
    def endpoint(self) -> Endpoint:
        """The endpoint."""
        if self._endpoint is None:
            self._endpoint = Endpoint(self._params)
        return self._endpoint


def _messages(prompt: str) -> list[dict[str, str]]:
    """One message. A server that cuts a chat drops whole messages, which is harder to notice."""
    return [{"role": "user", "content": prompt}]


def _result(future: Future[Reply], futures: Mapping[Request, Future[Reply]]) -> Reply:
    """A reply, or the error for which the requests were stopped."""
    try:
        return future.result()
    except _StoppedError:
        for other in futures.values():
            error = other.exception()
            if error is not None and not isinstance(error, _StoppedError):
                raise error from None
        raise
