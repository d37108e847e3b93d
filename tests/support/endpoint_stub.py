"""An OpenAI-compatible endpoint on loopback whose every answer a test decides, and records in memory."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from adrbench.api import BudgetSpent, Usage

TERMS = {
    **dict.fromkeys(("severe headache", "itchy rash", "Schwindel", "nausea", "rash", "headache"), "ADR"),
    **dict.fromkeys(("Zelanol", "Morvidine", "Pelutrin"), "DRUG"),
}


@dataclass(frozen=True)
class Answer:
    """What the stub answers to one request.

    Attributes:
        content: The model's answer; None leaves the message without one.
        status: The HTTP status.
        finish_reason: Why the answer ended.
        usage: The counts of tokens, in place of honest ones; None in it leaves them out.
        headers: Further headers.
        raw: Bytes to send in place of a completion.
        delay: Seconds before the answer.
        drip: Seconds between single bytes of the answer.
        length: The length to promise, in place of the true one.
    """

    content: str | None = ""
    status: int = 200
    finish_reason: str = "stop"
    usage: Mapping[str, Any] | None = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    delay: float = 0.0
    drip: float = 0.0
    length: int | None = None


@dataclass(frozen=True)
class Asked:
    """A request that the stub was sent."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]

    @property
    def prompt(self) -> str:
        """The text of its messages."""
        return "".join(message["content"] for message in self.body["messages"])

    @property
    def text(self) -> str:
        """The text that the prompt is about: what follows its last ``Text:``."""
        return self.prompt.rpartition("Text:\n")[2]


def by_terms(asked: Asked, terms: Mapping[str, str] = TERMS) -> Answer:
    """Find known terms, in the form that the request asks for."""
    pattern = re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))) or r"\Z.")
    if "response_format" not in asked.body:
        return Answer(pattern.sub(lambda m: f"<{terms[m[0]]}>{m[0]}</{terms[m[0]]}>", asked.text))
    mentions = [{"label": terms[m[0]], "text": m[0]} for m in pattern.finditer(asked.text)]
    return Answer(json.dumps({"mentions": mentions}))


def tokens(text: str) -> int:
    """A token for every four characters begun."""
    return -(-len(text) // 4)


class EndpointStub:
    """The endpoint; a context manager.

    Args:
        answer: Gives the answer to a request.
        context: The tokens to which prompts are cut, silently; None: they are not.
        models: The models in the list; None: there is no list.
    """

    def __init__(
        self,
        answer: Callable[[Asked], Answer] = by_terms,
        *,
        context: int | None = None,
        models: Sequence[str] | None = ("stub",),
    ) -> None:
        self.answer = answer
        self.context = context
        self.models = models
        self.asked: list[Asked] = []
        self.completions = 0
        self.served = Usage()
        self.running = self.most_running = 0
        self.lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 5  # of a connection that a client leaves open

            def do_GET(self) -> None:
                if stub.models is None:
                    _send(self, Answer(status=404, raw=b'{"error": {"message": "no list"}}'), b"")
                else:
                    listed = [{"id": name, "object": "model"} for name in stub.models]
                    _send(self, Answer(), json.dumps({"object": "list", "data": listed}).encode())

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                stub._post(self, Asked(self.path, dict(self.headers.items()), body))

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    @property
    def url(self) -> str:
        """Its address, as ``base_url``."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _post(self, handler: BaseHTTPRequestHandler, asked: Asked) -> None:
        with self.lock:
            self.asked.append(asked)
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            answer = self.answer(asked)
            time.sleep(answer.delay)
            _send(handler, answer, self._completion(asked, answer))
        finally:
            with self.lock:
                self.running -= 1

    def _completion(self, asked: Asked, answer: Answer) -> bytes:
        prompt, completion = tokens(asked.prompt), tokens(answer.content or "")
        prompt = min(prompt, self.context or prompt)
        usage: dict[str, Any] = {
            "prompt_tokens": prompt,
            "completion_tokens": completion,
            "total_tokens": prompt + completion,
        }
        usage |= answer.usage or {}
        if answer.status == 200 and answer.raw is None:
            with self.lock:
                self.completions += 1
                self.served = Usage(self.served.prompt_tokens + prompt, 0, self.served.completion_tokens + completion)
        message = {"role": "assistant", "content": answer.content}
        plain = {
            "id": "stub",
            "object": "chat.completion",
            "created": 0,
            "model": "stub-1",
            "system_fingerprint": "fp_stub",
            "choices": [{"index": 0, "message": message, "finish_reason": answer.finish_reason}],
            **({"usage": usage} if answer.usage is not None else {}),
        }
        return json.dumps(plain).encode()


def _send(handler: BaseHTTPRequestHandler, answer: Answer, completion: bytes) -> None:
    body = completion if answer.raw is None else answer.raw
    with suppress(ConnectionError):
        handler.send_response(answer.status)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body) if answer.length is None else answer.length))
        handler.end_headers()
        for start in range(0, len(body), 1 if answer.drip else max(1, len(body))):
            handler.wfile.write(body[start:] if not answer.drip else body[start : start + 1])
            handler.wfile.flush()
            time.sleep(answer.drip)
        if answer.length is not None:
            handler.close_connection = True


class MemoryRecords:
    """Responses in memory, as JSON."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.spent = Usage()
        self._lock = threading.Lock()

    def find(self, key: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """Look a response up."""
        plain = self.kept.get(json.dumps(key, sort_keys=True))
        found: Mapping[str, Any] | None = None if plain is None else json.loads(plain)
        return found

    def keep(self, key: Mapping[str, Any], response: Mapping[str, Any], usage: Usage) -> None:
        """Keep a response."""
        with self._lock:
            self.kept[json.dumps(key, sort_keys=True)] = json.dumps(response)
            self.spent = Usage(
                self.spent.prompt_tokens + usage.prompt_tokens,
                self.spent.cached_tokens + usage.cached_tokens,
                self.spent.completion_tokens + usage.completion_tokens,
            )


class TokenBudget:
    """A budget of tokens that the records are charged to."""

    def __init__(self, records: MemoryRecords, tokens: int) -> None:
        self._records = records
        self._tokens = tokens

    def check(self) -> None:
        """Raise once the tokens are spent."""
        spent = self._records.spent
        if spent.prompt_tokens + spent.completion_tokens >= self._tokens:
            raise BudgetSpent("budget")
