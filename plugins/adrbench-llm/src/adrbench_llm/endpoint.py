"""An OpenAI-compatible endpoint: one request in, one reply out, and every error in words.

The server is not trusted. Its answers are limited in size and time. No redirect is followed. Only the headers listed
here are sent, whatever the environment asks the library to add. The key appears in no reply and no error.
"""

from __future__ import annotations

import difflib
import json
import os
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from adrbench.api import Unavailable, is_loopback
from adrbench_llm.params import LlmParams
from adrbench_llm.reply import Reply

MOST_BYTES = 4 * 2**20
_CONNECT_SECONDS = 10.0
_SENT_HEADERS = frozenset(
    {"accept", "accept-encoding", "authorization", "connection", "content-length", "content-type", "host", "user-agent"}
)
_LONGEST_MESSAGE = 300
# What servers answer to a prompt that is too long for them.
_TOO_LONG = frozenset({400, 413, 422})
# The library waits no longer before it tries again.
_LONGEST_WAIT = 60.0
_NEWER_LIMIT_FIELD = "max_completion_tokens"


class EndpointError(Exception):
    """An endpoint cannot be used as it is. The message says why, and what mends it."""


class PromptRefused(EndpointError):  # noqa: N818  (says what was refused)
    """The server refuses a request as it is, such as one with a prompt that is too long for it."""


class _Details(BaseModel):
    cached_tokens: StrictInt | None = Field(default=None, ge=0)


class _Usage(BaseModel):
    prompt_tokens: StrictInt = Field(ge=0)
    completion_tokens: StrictInt = Field(ge=0)
    total_tokens: StrictInt | None = Field(default=None, ge=0)
    prompt_tokens_details: _Details | None = None


class _Message(BaseModel):
    content: str | None = None


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None


class _Completion(BaseModel):
    """What is read of a chat completion; other fields may be anything."""

    model_config = ConfigDict(protected_namespaces=())

    model: str = ""
    system_fingerprint: str | None = None
    choices: list[_Choice] = Field(min_length=1)
    usage: _Usage


class _Attempts(threading.local):
    """The requests of this thread's present call."""

    requests = 0
    rate_limited = 0
    since = 0.0


class Endpoint:
    """A client of one endpoint, for any number of threads.

    Args:
        params: The tagger's parameters.

    Raises:
        Unavailable: The endpoint is elsewhere and that is not allowed, or the variable with its key is not set.
    """

    def __init__(self, params: LlmParams) -> None:
        local = is_loopback(params.base_url)
        if not (params.allow_external or local):
            raise Unavailable(f"{params.base_url} is another machine; allow_external = true lets texts be sent there")
        self._key = os.environ.get(params.api_key_env, "") if params.api_key_env else ""
        if params.api_key_env and not self._key:
            raise Unavailable(f"the environment variable {params.api_key_env} (api_key_env) is not set")
        self._params = params
        self._limit_field = "max_tokens"
        self._attempts = _Attempts()
        self._client = openai.OpenAI(
            base_url=params.base_url,
            api_key=self._key or "none",
            max_retries=params.retries,
            timeout=httpx2.Timeout(params.timeout, connect=min(params.timeout, _CONNECT_SECONDS)),
            http_client=httpx2.Client(
                # A proxy of the environment is for other machines.
                trust_env=not local,
                follow_redirects=False,
                event_hooks={"request": [self._sending], "response": [self._received]},
            ),
        )

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def check_reachable(self) -> None:
        """Ask for the list of models, once and without retries, so that a run without a server ends at once.

        Raises:
            Unavailable: There is no server, or it refuses the key. A server without such a list is taken as it is.
        """
        try:
            self._client.with_options(max_retries=0).models.list()
        except openai.APITimeoutError as error:
            if isinstance(error.__cause__, httpx2.ConnectTimeout):
                raise self._unreachable(error) from None
        except openai.APIConnectionError as error:
            raise self._unreachable(error) from None
        except openai.AuthenticationError as error:
            raise self._unauthorised(error) from None
        except (openai.OpenAIError, EndpointError):
            pass

    def ask(self, messages: Sequence[Mapping[str, str]], parameters: Mapping[str, Any], schema: Any) -> Reply:
        """Make a request, again after rate limits, server errors and lost connections.

        Args:
            messages: The messages.
            parameters: ``temperature``, ``max_tokens`` and whatever else is sent.
            schema: ``response_format``, or None.

        Returns:
            The reply.

        Raises:
            Unavailable: The key is refused, or there is no such model.
            PromptRefused: The server refuses this request.
            EndpointError: Everything else that is no reply.
        """
        attempts = self._attempts
        attempts.requests = attempts.rate_limited = 0
        try:
            response = self._post(messages, parameters, schema)
        except (openai.AuthenticationError, openai.PermissionDeniedError) as error:
            raise self._unauthorised(error) from None
        except openai.NotFoundError as error:
            raise Unavailable(self._not_there(error)) from None
        except openai.APITimeoutError:
            tries = f"in {attempts.requests} attempts" if attempts.requests > 1 else "in one attempt"
            raise EndpointError(
                f"no answer within {self._params.timeout:g} s {tries}; raise timeout, or lower concurrency"
            ) from None
        except openai.APIConnectionError as error:
            raise EndpointError(f"the connection was lost: {self._told(error.__cause__ or error)}") from None
        except openai.APIStatusError as error:
            refused = PromptRefused if error.status_code in _TOO_LONG else EndpointError
            raise refused(self._refusal(error)) from None
        latency = time.monotonic() - attempts.since
        return self._reply(response, latency, attempts)

    def _post(
        self, messages: Sequence[Mapping[str, str]], parameters: Mapping[str, Any], schema: Any
    ) -> httpx2.Response:
        """Newer models of OpenAI refuse ``max_tokens`` and name the field to send in its place."""
        others = {name: value for name, value in parameters.items() if name != "max_tokens"}
        if schema is not None:
            others["response_format"] = schema
        while True:
            field = self._limit_field
            body = {"model": self._params.model, "messages": messages, field: parameters["max_tokens"], **others}
            try:
                return self._client.post("/chat/completions", cast_to=httpx2.Response, body=body)
            except openai.BadRequestError as error:
                if field == _NEWER_LIMIT_FIELD or _NEWER_LIMIT_FIELD not in error.message:
                    raise
                self._limit_field = _NEWER_LIMIT_FIELD

    def _reply(self, response: httpx2.Response, latency: float, attempts: _Attempts) -> Reply:
        try:
            plain = json.loads(response.content)
        except (ValueError, RecursionError):
            raise EndpointError(
                f"the answer is no JSON (HTTP {response.status_code}); does base_url end as the server's address does, "
                "mostly in /v1?"
            ) from None
        if isinstance(plain, dict) and plain.get("error") and not plain.get("choices"):
            raise EndpointError(f"the server answered with an error: {self._told(plain['error'])}")
        try:
            completion = _Completion.model_validate(plain)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(map(str, first["loc"]))
            what = "it counts no tokens, and costs could not be told" if place.startswith("usage") else first["msg"]
            raise EndpointError(f"the answer is no chat completion: {place}: {self._told(what)}") from None
        choice, usage = completion.choices[0], completion.usage
        counted = usage.prompt_tokens + usage.completion_tokens
        details = usage.prompt_tokens_details or _Details()
        return Reply(
            content=self._clean(choice.message.content or ""),
            finish_reason=self._clean(choice.finish_reason or "")[:_LONGEST_MESSAGE],
            model=self._clean(completion.model)[:_LONGEST_MESSAGE],
            system_fingerprint=self._clean(completion.system_fingerprint or "")[:_LONGEST_MESSAGE],
            prompt_tokens=usage.prompt_tokens,
            cached_tokens=details.cached_tokens or 0,
            completion_tokens=usage.completion_tokens,
            total_tokens=counted if usage.total_tokens is None else usage.total_tokens,
            requests=max(1, attempts.requests),
            rate_limited=attempts.rate_limited,
            latency_ms=round(1000 * latency),
        )

    def _sending(self, request: httpx2.Request) -> None:
        """Count a request, and send no header that is not listed, such as those of the library's own environment."""
        for name in list(request.headers):
            if name.lower() not in _SENT_HEADERS or (name.lower() == "authorization" and not self._key):
                del request.headers[name]
        # Its size is limited as it comes; a compressed one would have another size.
        request.headers["accept-encoding"] = "identity"
        self._attempts.requests += 1
        self._attempts.since = time.monotonic()

    def _received(self, response: httpx2.Response) -> None:
        """Limit the size of an answer, and the time that it takes as a whole."""
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise EndpointError("the server compressed its answer, which was not asked for; its size has no limit then")
        if response.status_code == httpx2.codes.TOO_MANY_REQUESTS:
            self._attempts.rate_limited += 1
        if isinstance(response.stream, httpx2.SyncByteStream):
            response.stream = _Limited(response.stream, self._attempts.since + self._params.timeout)

    def _unreachable(self, error: BaseException) -> Unavailable:
        return Unavailable(f"no server answers at {self._params.base_url}: {self._told(error.__cause__ or error)}")

    def _unauthorised(self, error: openai.APIStatusError) -> Unavailable:
        named = self._params.api_key_env
        mend = f"check the variable {named}" if named else "name the variable with its key in api_key_env"
        return Unavailable(f"{self._params.base_url} refuses access: {self._told(error)}; {mend}")

    def _not_there(self, error: openai.APIStatusError) -> str:
        """A model is misspelt, or the address is."""
        try:
            names = [str(model.id) for model in self._client.with_options(max_retries=0).models.list().data]
        except Exception:  # noqa: BLE001  (a list that cannot be had gives no hint)
            names = []
        near = difflib.get_close_matches(self._params.model, names, n=1) or names[:5]
        hint = f"; the server has {self._told(', '.join(near))}" if near else "; does base_url end in /v1?"
        return f"{self._params.base_url} has no model {self._params.model!r}: {self._told(error)}{hint}"

    def _refusal(self, error: openai.APIStatusError) -> str:
        status = error.status_code
        if httpx2.codes.is_redirect(status):
            return f"the server redirects to another address (HTTP {status}); give that address as base_url"
        told = f"HTTP {status}: {self._told(error)}"
        wait = _wait(error.response.headers)
        if wait > _LONGEST_WAIT:
            return f"{told}; the server asks to wait {wait:,.0f} s; run again then"
        if status == httpx2.codes.TOO_MANY_REQUESTS:
            return f"{told}; {self._attempts.requests} attempts; lower concurrency, or raise retries"
        if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
            return f"{told}; {self._attempts.requests} attempts"
        return f"the server refuses the request: {told}"

    def _told(self, what: object) -> str:
        """What a server or a library says, short, printable, without the key."""
        body = what.body if isinstance(what, openai.APIStatusError) else what
        message = body.get("message") if isinstance(body, dict) else None
        text = self._clean(str(message or (what if isinstance(what, Exception) else body)))
        printable = "".join(character if character.isprintable() else " " for character in text)
        words = " ".join(printable.split())
        return words if len(words) <= _LONGEST_MESSAGE else f"{words[:_LONGEST_MESSAGE]}…"

    def _clean(self, text: str) -> str:
        """A text of the server as it may be kept: without the key, and without lone surrogates."""
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return text.replace(self._key, "***") if self._key else text


def _wait(headers: Mapping[str, str]) -> float:
    """The seconds that a server asks to wait before the next request; 0 if it does not say."""
    milliseconds, seconds = headers.get("retry-after-ms", ""), headers.get("retry-after", "")
    with suppress(ValueError, OverflowError):
        return float(milliseconds) / 1000
    with suppress(ValueError, OverflowError):
        return float(seconds)
    with suppress(ValueError, OverflowError):
        return parsedate_to_datetime(seconds).timestamp() - time.time()
    return 0.0


class _Limited(httpx2.SyncByteStream):
    """The bytes of an answer, up to a size and a point in time.

    Args:
        stream: The bytes.
        until: The latest moment, as ``time.monotonic`` counts.
    """

    def __init__(self, stream: httpx2.SyncByteStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._stream:
            size += len(chunk)
            if size > MOST_BYTES:
                raise EndpointError(f"the answer is larger than {MOST_BYTES:,} bytes")
            if time.monotonic() > self._until:
                raise httpx2.ReadTimeout("the answer takes too long")
            yield chunk

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()
