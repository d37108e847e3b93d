"""Whatever a model or a server answers, there is no traceback, and every span lies in the text."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from endpoint_stub import Answer, EndpointStub

from adrbench.api import Context, Document, Span, Unavailable, Usage
from adrbench_llm.answers import Output, write
from adrbench_llm.endpoint import Endpoint, EndpointError
from adrbench_llm.params import LlmParams
from adrbench_llm.reply import Reply
from adrbench_llm.tagger import LlmTagger

LABELS = ("ADR", "DRUG")
WORDS = ("nausea", "Nausea", "NAUSEA ", "itchy\nrash", "itchy rash", "Übelkeit", "U\u0308belkeit", "İ", "ß", "\u0301")
JSON = ('{"mentions": [', '{"label": "ADR", "text": "', '"}', "]}", "[", "{", '"', "\\", "\\ud83d", "null", "1e999")
TAGS = ("<ADR>", "</ADR>", "<DRUG>", "</drug>", "<x>", "</x>", "<", ">", "<think>", "</think>", "```json\n", "\n```")
ODD = ("\x00", "\x1b[31m", "\u202e", "\ud800", "\U0001f922", " ", "\n", "ADR", "DRUG", "OTHER", ",", ":")
PARTS = (*WORDS, *JSON, *TAGS, *ODD)


class AnyRecords:
    """Records that have an answer to every request, made by chance from its seed and number."""

    def __init__(self, seed: int, output: Output) -> None:
        self._draw = random.Random(seed)
        self._output = output

    def find(self, key: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give an answer."""
        reply = Reply(
            content=_content(self._draw, self._output, key["messages"][0]["content"].rpartition("Text:\n")[2]),
            finish_reason=self._draw.choice(["stop", "stop", "stop", "length", ""]),
            model="m",
            system_fingerprint="",
            prompt_tokens=len(key["messages"][0]["content"]) // 4,
            cached_tokens=0,
            completion_tokens=self._draw.randrange(50),
            total_tokens=self._draw.randrange(5000),
            requests=1,
            rate_limited=0,
            latency_ms=self._draw.randrange(1000),
        )
        found: Mapping[str, Any] = json.loads(json.dumps(reply.as_json()))
        return found

    def keep(self, key: Mapping[str, Any], response: Mapping[str, Any], usage: Usage) -> None:
        raise AssertionError("nothing is asked")


def _content(draw: random.Random, output: Output, text: str) -> str:
    """An answer that is right, changed in some places, or of parts in any order."""
    if draw.random() < 0.3:
        return "".join(draw.choices(PARTS, k=draw.randrange(12)))
    ends = [sorted(draw.sample(range(len(text) + 1), 2)) for _ in range(draw.randrange(4))]
    content = write(output, text, [Span(start, end, draw.choice(LABELS)) for start, end in ends])
    if output != "markup":
        starts = [draw.randrange(len(text) + 1) for _ in range(draw.randrange(5))]
        quotes = [text[start : start + draw.randrange(12)] for start in starts]
        content = json.dumps(
            {"mentions": [{"label": draw.choice([*LABELS, "OTHER"]), "text": quote} for quote in quotes]},
            ensure_ascii=draw.random() < 0.5,
        )
    for _ in range(draw.randrange(4)):
        at, end = sorted(draw.randrange(len(content) + 1) for _ in range(2))
        end = min(end, at + 3)
        put = draw.choice(["", content[at:end] * 2, draw.choice(PARTS), draw.choice(WORDS)])
        content = content[:at] + put + content[end:]
    return content


def _texts(draw: random.Random, count: int) -> list[Document]:
    texts = ["".join(draw.choices(PARTS, k=draw.randrange(1, 15))) for _ in range(count)]
    return [Document(f"{i}", f"{text} {i}", (), f"{i}") for i, text in enumerate(texts)]


def _fuzz(seed: int, count: int, scratch: Path) -> None:
    """Ask about texts until there are as many answers. Some of each form have spans, and some are of no use."""
    draw = random.Random(seed)
    for output in ("schema", "json", "markup"):
        repeats = draw.choice([1, 3])
        tagger = LlmTagger(LlmParams(model="m", output=output, repeats=repeats))
        tagger.fit([], Context(seed=1, labels=LABELS, scratch=scratch, records=AnyRecords(seed, output)))
        documents = _texts(draw, count // 3 // repeats)
        answers = tagger.predict(documents)
        for document, spans in zip(documents, answers, strict=True):
            edge = 0
            for span in spans:
                assert edge <= span.start < span.end <= len(document.text)
                assert span.label in LABELS
                edge = span.end
        facts = tagger.facts()
        placed = facts["quotes"] - facts["unaligned"] - facts["foreign_label"]
        assert 0 <= facts["ambiguous"] <= placed
        assert placed >= sum(map(len, answers)) * (2 if repeats > 1 else 1)
        if repeats == 1:
            assert placed == sum(map(len, answers))
        assert facts["truncated"] + facts["unparsable"] <= len(documents) * repeats == facts["requests"]
        assert min(facts.values()) >= 0
        assert min(facts["truncated"], facts["unparsable"]) > 0
        assert any(answers) or repeats > 1


def test_fuzzed_answers(tmp_path: Path) -> None:
    """500 of them."""
    _fuzz(1, 500, tmp_path)


@pytest.mark.slow
def test_many_fuzzed_answers(tmp_path: Path) -> None:
    """10,000 of them."""
    for seed in range(20):
        _fuzz(100 + seed, 500, tmp_path)


@pytest.mark.slow
def test_fuzzed_bodies() -> None:
    """Any bytes of a server are a reply or an error in words."""
    draw = random.Random(5)
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    right = json.dumps({"choices": [{"message": {"content": "x"}, "finish_reason": "stop"}], "usage": usage})
    pieces = ["", "{", "}", "[]", "null", "-1", "1e400", '"', "true", "\x00", "é", "9" * 30]

    def body() -> bytes:
        text = right
        for _ in range(draw.randrange(1, 4)):
            at, end = sorted(draw.randrange(len(text) + 1) for _ in range(2))
            text = text[:at] + draw.choice(pieces) + text[min(end, at + draw.randrange(20)) :]
        return text.encode(draw.choice(["utf-8", "utf-8", "utf-16"]), "replace")

    with EndpointStub(lambda _: Answer(raw=body(), status=draw.choice([200, 200, 200, 400, 500, 404]))) as stub:
        params = LlmParams(model="m", base_url=stub.url, retries=0, timeout=10.0)
        read, told = 0, []
        with closing(Endpoint(params)) as endpoint:
            for _ in range(300):
                try:
                    reply = endpoint.ask([{"role": "user", "content": "x"}], {"max_tokens": 5}, None)
                except (EndpointError, Unavailable) as error:
                    told.append(str(error))
                else:
                    read += 1
                    assert reply == Reply.from_json(reply.as_json())
        assert 0 < read < 200
        assert all(map(str.isprintable, told))
