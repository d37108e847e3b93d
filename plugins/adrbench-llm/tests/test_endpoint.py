"""An endpoint that fails, lies, is slow, or wants the key."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest
from endpoint_stub import Answer, Asked, EndpointStub, by_terms

from adrbench.api import Unavailable, is_loopback
from adrbench_llm.endpoint import MOST_BYTES, Endpoint, EndpointError
from adrbench_llm.params import LlmParams
from adrbench_llm.reply import Reply

SECRET = "sk-very-secret-0123456789"
PARAMETERS = {"temperature": 0.0, "max_tokens": 100}


@pytest.fixture
def stub() -> Iterator[EndpointStub]:
    with EndpointStub() as stub:
        yield stub


def _params(stub: EndpointStub, **values: Any) -> LlmParams:
    return LlmParams(**{"model": "stub", "base_url": stub.url, "retries": 2, "timeout": 5.0, **values})


def _ask(stub: EndpointStub, schema: Any = None, **values: Any) -> Reply:
    with closing(Endpoint(_params(stub, **values))) as endpoint:
        return endpoint.ask([{"role": "user", "content": "Text:\nnausea"}], PARAMETERS, schema)


def _in_turn(*answers: Answer) -> Callable[[Asked], Answer]:
    """The answers one after another, the last one again and again."""
    left = list(answers)
    return lambda _: left.pop(0) if len(left) > 1 else left[0]


def test_a_reply_has_the_servers_counts(stub: EndpointStub) -> None:
    """And its names for model and configuration."""
    reply = _ask(stub)
    assert reply.content == "<ADR>nausea</ADR>"
    assert (reply.prompt_tokens, reply.completion_tokens) == (stub.served.prompt_tokens, stub.served.completion_tokens)
    assert (reply.model, reply.system_fingerprint, reply.finish_reason) == ("stub-1", "fp_stub", "stop")
    assert (reply.requests, reply.rate_limited) == (1, 0)
    assert not reply.usage_is_doubtful
    assert Reply.from_json(json.loads(json.dumps(reply.as_json()))) == reply


def test_cached_tokens_are_counted(stub: EndpointStub) -> None:
    """Where the server tells them."""
    stub.answer = lambda _: Answer("x", usage={"prompt_tokens_details": {"cached_tokens": 2}})
    assert _ask(stub).cached_tokens == 2
    stub.answer = lambda _: Answer("x", usage={"prompt_tokens_details": None})
    assert _ask(stub).cached_tokens == 0


@pytest.mark.parametrize(("status", "limited"), [(429, 1), (500, 0), (503, 0)])
def test_a_rate_limit_or_server_error_is_tried_again(stub: EndpointStub, status: int, limited: int) -> None:
    """After the time that the server asks for; each is counted."""
    stub.answer = _in_turn(Answer(status=status, headers={"Retry-After": "0.3"}, raw=b"{}"), Answer("fine"))
    began = time.monotonic()
    reply = _ask(stub)
    assert time.monotonic() - began >= 0.3
    assert (reply.content, reply.requests, reply.rate_limited) == ("fine", 2, limited)
    assert reply.latency_ms < 300


def test_retries_come_to_an_end(stub: EndpointStub) -> None:
    """The error says how many there were."""
    body = json.dumps({"error": {"message": "too many \x1b[31mrequests"}}).encode()
    stub.answer = lambda _: Answer(status=429, headers={"Retry-After": "0.01"}, raw=body)
    with pytest.raises(EndpointError, match=r"HTTP 429: too many  ?\[31mrequests; 3 attempts; lower concurrency"):
        _ask(stub)
    assert len(stub.asked) == 3


@pytest.mark.parametrize("name", ["Retry-After", "Retry-After-Ms"])
def test_a_wait_that_is_too_long_is_said(stub: EndpointStub, name: str) -> None:
    """The library does not wait so long, and neither fewer requests nor more retries would help."""
    value = {"Retry-After": "7200", "Retry-After-Ms": "7200000"}[name]
    stub.answer = lambda _: Answer(status=429, headers={name: value}, raw=b'{"error": {"message": "daily limit"}}')
    with pytest.raises(EndpointError, match=r"HTTP 429: daily limit; the server asks to wait 7,200 s; run again then"):
        _ask(stub, retries=0)
    date = formatdate(time.time() + 3600, usegmt=True)
    stub.answer = lambda _: Answer(status=503, headers={"Retry-After": date}, raw=b"{}")
    with pytest.raises(EndpointError, match=r"the server asks to wait 3,(600|59\d) s"):
        _ask(stub, retries=0)


def test_a_lost_connection_is_tried_again(stub: EndpointStub) -> None:
    """An answer that ends too early is none."""
    stub.answer = _in_turn(Answer("cut off", length=5000), Answer("fine"))
    assert _ask(stub).content == "fine"
    stub.answer = lambda _: Answer("cut off", length=5000)
    with pytest.raises(EndpointError, match="the connection was lost"):
        _ask(stub, retries=0)


@pytest.mark.parametrize("slow", [Answer("x" * 100, delay=1.0), Answer("x" * 100, drip=0.2)], ids=["late", "dripping"])
def test_a_slow_answer_ends_at_the_timeout(stub: EndpointStub, slow: Answer) -> None:
    """Also one that comes byte by byte."""
    stub.answer = lambda _: slow
    began = time.monotonic()
    with pytest.raises(EndpointError, match=r"no answer within 0.5 s in one attempt; raise timeout"):
        _ask(stub, timeout=0.5, retries=0)
    assert time.monotonic() - began < 3


def test_an_answer_has_a_largest_size(stub: EndpointStub) -> None:
    """It is not read to its end, and not asked for again."""
    stub.answer = lambda _: Answer("x" * (MOST_BYTES + 1))
    with pytest.raises(EndpointError, match="larger than 4,194,304 bytes"):
        _ask(stub)
    assert len(stub.asked) == 1


def test_an_answer_may_not_be_compressed(stub: EndpointStub) -> None:
    """Its size would have no limit."""
    stub.answer = lambda _: Answer(raw=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    with pytest.raises(EndpointError, match="compressed"):
        _ask(stub)


@pytest.mark.parametrize(
    ("raw", "match"),
    [
        (b"<html>", "no JSON"),
        (b"[" * 50_000, "no JSON"),
        (b"\xff\xfe", "no JSON"),
        (b"{}", "no chat completion: choices"),
        (b"[]", "no chat completion"),
        (b'{"choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}', "no chat completion: choices"),
        (b'{"error": {"message": "overloaded\\u0007"}}', "answered with an error: overloaded$"),
        (b'{"choices": [{"message": {"content": "x"}}]}', "it counts no tokens"),
        (
            b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": -3, "completion_tokens": 1}}',
            "it counts no tokens",
        ),
        (
            b'{"choices": [{"message": {"content": "x"}}], "usage": {"prompt_tokens": "3", "completion_tokens": 1}}',
            "it counts no tokens",
        ),
    ],
)
def test_an_answer_of_another_form_is_an_error(stub: EndpointStub, raw: bytes, match: str) -> None:
    """In words, without a traceback of a library."""
    stub.answer = lambda _: Answer(raw=raw)
    with pytest.raises(EndpointError, match=match) as caught:
        _ask(stub)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    "usage", [{"completion_tokens": 0}, {"total_tokens": 1}, {"prompt_tokens_details": {"cached_tokens": 10**6}}]
)
def test_usage_that_contradicts_itself_is_noticed(stub: EndpointStub, usage: dict[str, Any]) -> None:
    """It is not corrected."""
    stub.answer = lambda _: Answer("an answer of some length", usage=usage)
    assert _ask(stub).usage_is_doubtful


def test_an_answer_without_content_is_empty(stub: EndpointStub) -> None:
    """And one with half a character is text all the same."""
    stub.answer = lambda _: Answer(None)
    assert _ask(stub).content == ""
    stub.answer = lambda _: Answer("\ud83d!")
    assert _ask(stub).content == "\N{REPLACEMENT CHARACTER}!"


def test_a_model_that_is_not_there_is_named(stub: EndpointStub) -> None:
    """With the closest one that is."""
    stub.models = ("llama-3", "qwen-3")
    stub.answer = lambda _: Answer(status=404, raw=b'{"error": {"message": "not found"}}')
    with pytest.raises(Unavailable, match=r"has no model 'llama3': not found; the server has llama-3"):
        _ask(stub, model="llama3")


def test_newer_models_get_the_field_that_they_ask_for(stub: EndpointStub) -> None:
    """The limit is the same."""

    def answer(asked: Asked) -> Answer:
        if "max_tokens" in asked.body:
            message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."
            return Answer(status=400, raw=json.dumps({"error": {"message": message}}).encode())
        return by_terms(asked)

    stub.answer = answer
    assert _ask(stub).content == "<ADR>nausea</ADR>"
    assert stub.asked[-1].body["max_completion_tokens"] == 100


def test_what_is_sent(stub: EndpointStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """No header that the library's environment adds, no telemetry, no cookie; a key only if it is named."""
    for name in ("OPENAI_API_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_ADMIN_KEY"):
        monkeypatch.setenv(name, SECRET)
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", f"X-Other: {SECRET}")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    _ask(stub, {"type": "json_object"})
    assert SECRET not in json.dumps(dict(stub.asked[0].headers))
    assert {name.lower() for name in stub.asked[0].headers} <= {
        *("accept", "accept-encoding", "connection", "content-length", "content-type", "host", "user-agent")
    }
    assert stub.asked[0].path == "/v1/chat/completions"
    assert set(stub.asked[0].body) == {"model", "messages", "temperature", "max_tokens", "response_format"}
    monkeypatch.setenv("MY_KEY", SECRET)
    _ask(stub, api_key_env="MY_KEY")
    assert stub.asked[1].headers["authorization"] == f"Bearer {SECRET}"


def test_the_key_is_in_no_error_reply_or_log(
    stub: EndpointStub, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Also if the server says it back."""
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MY_KEY", SECRET)
    for status in (400, 401, 403, 404, 500, 302):
        body = json.dumps({"error": {"message": f"your key is {SECRET}"}}).encode()
        stub.answer = _in_turn(Answer(status=status, raw=body, headers={"Location": "/x"}))
        with pytest.raises((EndpointError, Unavailable)) as caught:
            _ask(stub, api_key_env="MY_KEY", retries=0)
        assert SECRET not in str(caught.value)
    stub.answer = lambda _: Answer(f"your key is {SECRET}")
    assert _ask(stub, api_key_env="MY_KEY").content == "your key is ***"
    assert SECRET not in caplog.text


def test_no_redirect_is_followed(stub: EndpointStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other server is sent neither the text nor the key."""
    monkeypatch.setenv("MY_KEY", SECRET)
    with EndpointStub() as other:
        for status in (301, 302, 307, 308):
            stub.answer = _in_turn(Answer(status=status, headers={"Location": other.url + "/chat/completions"}))
            with pytest.raises(EndpointError, match=f"redirects to another address .HTTP {status}."):
                _ask(stub, api_key_env="MY_KEY")
        assert other.asked == []


def test_a_server_that_is_not_there_is_noticed_at_once() -> None:
    """Without retries."""
    with EndpointStub() as gone:
        params = _params(gone, retries=20)
    began = time.monotonic()
    with closing(Endpoint(params)) as endpoint, pytest.raises(Unavailable, match=r"no server answers at http://127\.0"):
        endpoint.check_reachable()
    assert time.monotonic() - began < 2


def test_a_server_without_a_list_of_models_is_reachable() -> None:
    """What it lacks is no reason against it."""
    with EndpointStub(models=None) as stub, closing(Endpoint(_params(stub))) as endpoint:
        endpoint.check_reachable()


def test_access_that_is_refused_makes_the_tagger_unavailable(stub: EndpointStub) -> None:
    """The message names what mends it."""
    stub.answer = lambda _: Answer(status=401, raw=b'{"error": {"message": "no key"}}')
    with pytest.raises(Unavailable, match=r"refuses access: no key; name the variable with its key in api_key_env"):
        _ask(stub)


def test_a_key_that_is_not_set(stub: EndpointStub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent."""
    monkeypatch.delenv("MY_KEY", raising=False)
    with pytest.raises(Unavailable, match="MY_KEY"):
        Endpoint(_params(stub, api_key_env="MY_KEY"))


def test_another_machine_needs_leave(stub: EndpointStub) -> None:
    """Loopback does not."""
    with pytest.raises(Unavailable, match="allow_external"):
        Endpoint(replace(_params(stub), base_url="https://llm.example.org/v1"))
    Endpoint(replace(_params(stub), base_url="https://llm.example.org/v1", allow_external=True)).close()


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://127.9.9.9/v1", True),
        ("http://[::1]:80/v1", True),
        ("http://LOCALHOST/v1", True),
        ("http://localhost.example.org/v1", False),
        ("http://127.0.0.1.example.org/v1", False),
        ("http://0.0.0.0/v1", False),
        ("http://192.168.0.1/v1", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    """A name that looks like it is another machine."""
    assert is_loopback(url) is loopback
