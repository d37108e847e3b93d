"""The tagger against an endpoint whose answers are known."""

from __future__ import annotations

import itertools
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from endpoint_stub import TERMS, Answer, Asked, EndpointStub, MemoryRecords, TokenBudget, by_terms

from adrbench.api import Annotated, BudgetSpent, Context, Document, Span, Unavailable
from adrbench.plugins import parameters
from adrbench_llm.endpoint import EndpointError
from adrbench_llm.params import LlmParams
from adrbench_llm.plugin import plugin
from adrbench_llm.tagger import LlmTagger

TEXTS = (
    "After Zelanol she had nausea, then nausea again.",
    "An itchy rash came with Morvidine.",
    "Nothing else was noted.",
    "Severe headache under Pelutrin; NAUSEA too.",
)


def _document(text: str, name: str = "1") -> Document:
    return Document(name, text, (), name)


DOCUMENTS = tuple(_document(text, f"test.{i}") for i, text in enumerate(TEXTS))
TRAIN = tuple(
    Annotated(_document(text, f"train.{i}"), spans)
    for i, (text, spans) in enumerate(
        [
            ("She had a cough.", (Span(10, 15, "ADR"),)),
            ("The rash was itchy and came with Morvidine.", (Span(4, 8, "ADR"), Span(33, 42, "DRUG"))),
            ("There was no complaint.", ()),
            ("Fever under Orvanil.", (Span(0, 5, "ADR"), Span(12, 19, "DRUG"))),
        ]
    )
)


@pytest.fixture
def stub() -> Iterator[EndpointStub]:
    with EndpointStub() as stub:
        yield stub


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return Context(seed=3, labels=("ADR", "DRUG"), scratch=tmp_path, records=MemoryRecords())


def _fitted(stub: EndpointStub, context: Context, **values: Any) -> LlmTagger:
    tagger = LlmTagger(LlmParams(**{"model": "stub", "base_url": stub.url, "retries": 0, "timeout": 10.0, **values}))
    tagger.fit(TRAIN, context)
    return tagger


def _quoted(spans: Sequence[Span], text: str) -> list[str]:
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize("output", ["schema", "json", "markup"])
@pytest.mark.parametrize("unit", ["document", "sentence"])
def test_mentions_are_found_in_each_form(stub: EndpointStub, context: Context, output: str, unit: str) -> None:
    """With offsets of the document, whatever the pieces that are asked about."""
    tagger = _fitted(stub, context, output=output, unit=unit)
    long = _document(" ".join(TEXTS * 3), "long")
    answers = tagger.predict([*DOCUMENTS, long, _document(" \n", "blank"), _document("", "empty")])
    assert _quoted(answers[0], TEXTS[0]) == ["Zelanol", "nausea", "nausea"]
    assert _quoted(answers[1], TEXTS[1]) == ["itchy rash", "Morvidine"]
    assert answers[2] == answers[5] == answers[6] == []
    assert {TERMS[text] for text in _quoted(answers[4], long.text)} == {"ADR", "DRUG"}
    assert len(answers[4]) == 3 * sum(map(len, answers[:4]))


def test_tokens_are_the_servers_to_the_last_one(stub: EndpointStub, context: Context) -> None:
    """And equal texts are asked about once."""
    tagger = _fitted(stub, context)
    tagger.predict([*DOCUMENTS, replace(DOCUMENTS[0], id="again")])
    facts = tagger.facts()
    assert facts["prompt_tokens"] == stub.served.prompt_tokens
    assert facts["completion_tokens"] == stub.served.completion_tokens
    assert facts["requests"] == stub.completions == len(DOCUMENTS)
    assert facts["quotes"] == 3 + 2 + 0 + 2 + 3
    assert 0 <= facts["latency_p50_ms"] <= facts["latency_p95_ms"]
    assert {facts[name] for name in ("retries", "rate_limited", "unaligned", "truncated", "unparsable")} == {0}


def test_a_replay_is_the_same_to_the_last_figure(stub: EndpointStub, context: Context) -> None:
    """With another concurrency, without a server, without a key, and whatever order the first answers came in."""
    turn = itertools.cycle([0.05, 0.0, 0.02])
    stub.answer = lambda asked: replace(by_terms(asked), delay=next(turn))
    first = _fitted(stub, context, shots=2, repeats=2, temperature=0.5, concurrency=6)
    answers, facts = first.predict(DOCUMENTS), first.facts()
    asked = len(stub.asked)
    again = _fitted(stub, replace(context, offline=True), shots=2, repeats=2, temperature=0.5, concurrency=1,
                    base_url="http://127.0.0.1:9/v1", api_key_env="NOT_SET")  # fmt: skip
    assert again.predict(DOCUMENTS) == answers
    assert again.facts() == facts
    assert len(stub.asked) == asked == 8


def test_offline_a_response_that_is_missing_makes_the_tagger_unavailable(stub: EndpointStub, context: Context) -> None:
    """It is no empty answer."""
    _fitted(stub, context).predict(DOCUMENTS[:2])
    with pytest.raises(Unavailable, match="offline, and 2 of 4 responses of stub are not recorded"):
        _fitted(stub, replace(context, offline=True)).predict(DOCUMENTS)


def test_what_was_paid_for_is_kept_when_a_request_fails(stub: EndpointStub, context: Context) -> None:
    """The next run asks for the rest alone."""
    stub.answer = lambda asked: Answer(status=400, raw=b"{}") if "Nothing" in asked.text else by_terms(asked)
    with pytest.raises(EndpointError, match="HTTP 400"):
        _fitted(stub, context, concurrency=1).predict(DOCUMENTS)
    assert len(stub.asked) == 3  # the fourth was not sent any more
    stub.answer = by_terms
    assert len(_fitted(stub, context).predict(DOCUMENTS)) == 4
    assert len(stub.asked) == 3 + 2


def test_a_budget_that_is_spent_ends_the_prediction(stub: EndpointStub, context: Context) -> None:
    """The overspend is at most the requests in flight, and responses are kept."""
    records = MemoryRecords()
    many = [_document(f"Nausea number {i}.", str(i)) for i in range(40)]
    stub.answer = lambda asked: replace(by_terms(asked), delay=0.01)
    with pytest.raises(BudgetSpent):
        _fitted(stub, replace(context, records=records, budget=TokenBudget(records, 1000)), concurrency=3).predict(many)
    spent = records.spent.prompt_tokens + records.spent.completion_tokens
    cost = spent / len(records.kept)
    assert 1000 <= spent < 1000 + 4 * cost
    assert len(records.kept) == len(stub.asked)


def test_no_more_requests_run_at_the_same_time_than_allowed(stub: EndpointStub, context: Context) -> None:
    """All of them do."""
    stub.answer = lambda asked: replace(by_terms(asked), delay=0.05)
    _fitted(stub, context, concurrency=3).predict([_document(f"Text {i}.", str(i)) for i in range(12)])
    assert stub.most_running == 3
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("llm")]


def test_examples_are_those_of_the_training_part(stub: EndpointStub, context: Context) -> None:
    """The most similar one is last; the first are the first; random ones are the same for every text."""

    def shown(kind: str, shots: int) -> list[str]:
        stub.asked.clear()
        _fitted(stub, replace(context, records=None), examples=kind, shots=shots, concurrency=1).predict(DOCUMENTS)
        return [asked.prompt.rpartition("Text:\n")[0] for asked in stub.asked]

    similar = shown("similar", 2)[1]
    assert similar.split("Text:\n")[-1].startswith("The rash was itchy and came with Morvidine.\nAnswer:\n{")
    first = shown("first", 2)
    assert all("She had a cough." in prompt and "Fever" not in prompt for prompt in first)
    assert len(set(shown("random", 2))) == 1
    assert "Answer:" not in shown("similar", 0)[0]
    assert shown("random", 50)[0].count("Answer:") == len(TRAIN)


def test_a_majority_of_repeats_decides(stub: EndpointStub, context: Context) -> None:
    """Its share is the score, if scores are asked for."""
    said = iter(["nausea", "nausea", "Zelanol"])

    def answer(_: Asked) -> Answer:
        return Answer(json.dumps({"mentions": [{"label": "ADR", "text": next(said)}]}))

    stub.answer = answer
    tagger = _fitted(stub, replace(context, scores=True), repeats=3, temperature=1.0, concurrency=1)
    [spans] = tagger.predict(DOCUMENTS[:1])
    assert [(span.start, span.score) for span in spans] == [(22, 2 / 3)]
    assert [asked.body["seed"] for asked in stub.asked] == [3, 4, 5]
    unscored = _fitted(stub, context, repeats=3, temperature=1.0)
    assert unscored.predict(DOCUMENTS[:1]) == [spans]
    assert unscored.predict(DOCUMENTS[:1])[0][0].score is None


def test_answers_that_are_of_no_use_are_counted(stub: EndpointStub, context: Context) -> None:
    """None of their quotes is used."""
    good = by_terms(Asked("", {}, {"messages": [{"content": TEXTS[0]}], "response_format": {}}))
    stub.answer = lambda asked: (
        replace(good, finish_reason="length") if "After" in asked.text
        else Answer("I am sorry.") if "itchy" in asked.text
        else Answer('{"mentions": [{"label": "DISEASE", "text": "noted"}, {"label": "ADR", "text": "death"}]}')
    )  # fmt: skip
    tagger = _fitted(stub, context)
    assert tagger.predict(DOCUMENTS) == [[], [], [], []]
    facts = tagger.facts()
    counted = {name: facts[name] for name in ("truncated", "unparsable", "quotes", "foreign_label", "unaligned")}
    assert counted == {"truncated": 1, "unparsable": 1, "quotes": 4, "foreign_label": 2, "unaligned": 2}


def test_a_context_that_is_cut_silently_is_an_error(context: Context) -> None:
    """It says so, and what to do. A replay says it too, without a server."""
    long = [_document(f"{TEXTS[0]} " * (90 + 10 * i), str(i)) for i in range(4)]
    with EndpointStub(context=1024) as stub:
        for conditions in (context, replace(context, offline=True)):
            tagger = _fitted(stub, conditions, window=10_000)
            with pytest.raises(EndpointError, match=r"cuts prompts without saying so: it counts 1,024 tokens .*Ollama"):
                tagger.predict(long)
    with EndpointStub(context=10_000) as stub:
        tagger = _fitted(stub, replace(context, records=None), window=10_000)
        assert all(tagger.predict(long))
        assert stub.completions == tagger.facts()["requests"] == 4


def test_a_server_that_miscounts_prompts_is_an_error(stub: EndpointStub, context: Context) -> None:
    """Far below their characters, or the same for all of them."""
    count = 0

    def answer(asked: Asked) -> Answer:
        return replace(by_terms(asked), usage={"prompt_tokens": count})

    stub.answer = answer
    for count in (7, 300):  # noqa: B007
        with pytest.raises(EndpointError, match="it miscounts tokens"):
            _fitted(stub, replace(context, records=None)).predict(
                [_document(f"{TEXTS[0]} " * i, str(i)) for i in range(1, 9)]
            )


def test_equal_counts_by_chance_are_no_error(stub: EndpointStub, context: Context) -> None:
    """One longer request shows that nothing is cut, and it is counted."""
    texts = [_document(letter * 5000, letter) for letter in "abc"]
    stub.answer = lambda asked: replace(
        by_terms(asked), usage={} if "seen again" in asked.prompt else {"prompt_tokens": 1300}
    )
    tagger = _fitted(stub, context, window=10_000)
    tagger.predict([*texts, _document("d" * 4000, "d")])
    assert tagger.facts()["requests"] == stub.completions == 5


def test_a_longer_prompt_that_is_refused_is_replayed_without_a_server(stub: EndpointStub, context: Context) -> None:
    """A server that refuses what is too long cuts nothing; that is recorded, too."""
    texts = [_document(letter * 5000, letter) for letter in "abc"] + [_document("d" * 4000, "d")]
    stub.answer = lambda asked: (
        Answer(status=400, raw=b'{"error": {"message": "maximum context length"}}')
        if "seen again" in asked.prompt
        else replace(by_terms(asked), usage={"prompt_tokens": 1300})
    )
    tagger = _fitted(stub, context, window=10_000)
    answers, facts = tagger.predict(texts), tagger.facts()
    asked = len(stub.asked)
    assert asked == 5
    for conditions in (context, replace(context, offline=True)):
        again = _fitted(stub, conditions, window=10_000)
        assert again.predict(texts) == answers
        assert again.facts() == facts
    assert len(stub.asked) == asked


@pytest.mark.parametrize(
    "trouble",
    [Answer(status=429, raw=b"{}"), Answer(status=503, raw=b"{}"), Answer("late", delay=1.5)],
    ids=["429", "503", "timeout"],
)
def test_a_longer_prompt_that_only_failed_says_nothing(stub: EndpointStub, context: Context, trouble: Answer) -> None:
    """The next run asks for it again, and for nothing else."""
    texts = [_document(letter * 5000, letter) for letter in "abc"] + [_document("d" * 4000, "d")]
    failing = True
    stub.answer = lambda asked: (
        (trouble if failing else by_terms(asked))
        if "seen again" in asked.prompt
        else replace(by_terms(asked), usage={"prompt_tokens": 1300})
    )
    with pytest.raises(EndpointError, match="could not be checked whether the server cuts prompts"):
        _fitted(stub, context, window=10_000, timeout=1.0).predict(texts)
    failing = False
    asked = len(stub.asked)
    assert len(_fitted(stub, context, window=10_000).predict(texts)) == 4
    assert len(stub.asked) == asked + 1


def test_unreachable_without_a_server(stub: EndpointStub, context: Context) -> None:
    """At once, before the texts are tried one by one."""
    with pytest.raises(Unavailable, match="no server answers"):
        _fitted(stub, context, base_url="http://127.0.0.1:9/v1", retries=10).predict(DOCUMENTS)


def test_a_kept_tagger_holds_no_address_and_no_key(
    stub: EndpointStub, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who loads it says where texts go."""
    monkeypatch.setenv("MY_KEY", "sk-secret")
    tagger = _fitted(stub, context, shots=2, api_key_env="MY_KEY", output="markup")
    answers = tagger.predict(DOCUMENTS)
    folder = tmp_path / "kept"
    folder.mkdir()
    tagger.save(folder)
    [file] = folder.iterdir()
    assert not [word for word in ("sk-secret", "MY_KEY", "127.0.0.1") if word in file.read_text()]
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    monkeypatch.setenv("OPENAI_API_KEY", "sk-mine")
    assert LlmTagger.load(folder).predict(DOCUMENTS) == answers
    assert stub.asked[-1].headers["authorization"] == "Bearer sk-mine"


def _kept(tagger: LlmTagger, folder: Path) -> Path:
    folder.mkdir()
    tagger.save(folder)
    return folder


def test_a_kept_tagger_sends_examples_nowhere_that_terms_forbid(
    stub: EndpointStub, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its examples are texts of the corpus; a server on this machine may have them, and without examples any other."""
    forbidden = replace(context, keep_local="clause 7 of the agreement")
    shown = _kept(_fitted(stub, forbidden, shots=2), tmp_path / "shown")
    bare = _kept(_fitted(stub, forbidden), tmp_path / "bare")
    free = _kept(_fitted(stub, context, shots=2), tmp_path / "free")
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    assert LlmTagger.load(shown).predict(DOCUMENTS)
    monkeypatch.setenv("OPENAI_BASE_URL", "https://llm.example.org/v1")
    with pytest.raises(Unavailable, match=r"4 examples .* must not .* https://llm.example.org/v1.*: clause 7 of the"):
        LlmTagger.load(shown)
    for folder in (bare, free):
        LlmTagger.load(folder)


def test_a_loaded_tagger_asks_for_nothing_twice(
    stub: EndpointStub, context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a request that failed, texts are tried one by one: what was answered before was paid for."""
    folder = _kept(_fitted(stub, context, concurrency=1), tmp_path / "kept")
    monkeypatch.setenv("OPENAI_BASE_URL", stub.url)
    tagger = LlmTagger.load(folder)
    stub.answer = lambda asked: Answer(status=400, raw=b"{}") if "Nothing" in asked.text else by_terms(asked)
    with pytest.raises(EndpointError, match="HTTP 400"):
        tagger.predict(DOCUMENTS)
    answers = [tagger.predict([document]) for document in (*DOCUMENTS[:2], DOCUMENTS[3])]
    assert len(stub.asked) == 3 + 1
    assert all(spans for [spans] in answers)
    assert tagger.predict([*DOCUMENTS[:2]]) == [answers[0][0], answers[1][0]]
    assert len(stub.asked) == 4


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"api_key_env": "sk-proj-abc123"}, "api_key_env: should be the name"),
        ({"api_key_env": "gsk_abc123DEF"}, "api_key_env: should be the name"),
        ({"base_url": "http://me:sk-abc123@example.org/v1"}, "base_url: should hold no name"),
        ({"base_url": "https://example.org/v1?key=sk-abc123"}, "base_url: should hold no name"),
        ({"base_url": "localhost:11434"}, "base_url: is no address"),
        ({"base_url": "file:///etc/passwd"}, "base_url: is no address"),
        ({"base_url": "http://[::1/v1"}, "base_url: is no address"),
        ({"prompt": "{labels} {txt}"}, "prompt: has the unknown placeholder {txt}; did you mean {text}?"),
        ({"prompt": "{labels}"}, "prompt: needs the placeholder {text}"),
        ({"prompt": "{labels} {text}", "shots": 1}, "prompt: needs the placeholder {examples}"),
        ({"extra": {"stream": True}}, "extra: 'stream' is set by adrbench"),
        ({"output": "xml"}, "input should be 'schema', 'json' or 'markup'"),
        ({"model": ""}, "at least 1 character"),
        ({"repeats": 0}, "greater than or equal to 1"),
    ],
)
def test_parameters_that_cannot_be_meant(values: dict[str, Any], told: str) -> None:
    """A secret in them is not repeated."""
    checked, problems = parameters.check(plugin.params, {"model": "m", **values})
    assert checked is None
    assert told in problems[0][1]
    assert "abc123" not in str(problems)


def test_definitions_and_a_template_reach_the_prompt(stub: EndpointStub, context: Context) -> None:
    """Braces of the text stay as they are."""
    tagger = _fitted(
        stub,
        context,
        labels={"ADR": "harm that a drug did", "DISEASE": "of another corpus"},
        prompt='{labels}|{format}|{"kept": 1}|{text}',
        output="markup",
        extra={"reasoning_effort": "low"},
    )
    tagger.predict([_document("a {labels} text")])
    prompt = stub.asked[0].prompt
    assert prompt.startswith("- ADR: harm that a drug did\n- DRUG|Answer with the text itself")
    assert prompt.endswith('|{"kept": 1}|a {labels} text')
    assert stub.asked[0].body["reasoning_effort"] == "low"


def test_a_misspelt_label_with_a_definition_is_an_error(stub: EndpointStub, context: Context) -> None:
    """It would be of no effect."""
    with pytest.raises(ValueError, match="there is no label 'DRUGS'; did you mean 'DRUG'"):
        _fitted(stub, context, labels={"DRUGS": "x"})


def test_an_estimate_is_near_what_is_asked(stub: EndpointStub, context: Context) -> None:
    """The stub counts a token for four characters too."""
    for values in ({}, {"shots": 2, "examples": "first"}, {"output": "markup", "repeats": 2, "temperature": 0.1}):
        before = stub.completions, stub.served
        tagger = _fitted(stub, replace(context, records=None), **values)
        tagger.predict(DOCUMENTS)
        assert plugin.estimate is not None
        told = plugin.estimate(tagger.params, TRAIN, DOCUMENTS, context.labels)
        assert told.model == "stub"
        assert told.requests == stub.completions - before[0]
        assert told.prompt_tokens == pytest.approx(stub.served.prompt_tokens - before[1].prompt_tokens, rel=0.1)
        assert 0 < told.completion_tokens < 3 * (stub.served.completion_tokens - before[1].completion_tokens)
