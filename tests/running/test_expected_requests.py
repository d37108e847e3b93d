"""What a run would ask of servers, said before anything is spent."""

from __future__ import annotations

from typing import Any

import pytest
from asking import DOCUMENTS, Bench
from command_line import adrbench as command

import adrbench
from adrbench.datasets.adr_mini import AdrMini, AdrMiniParams


def test_requests_tokens_and_money_are_estimated(bench: Bench) -> None:
    """By the plugin, cell by cell; the price by hand; nothing is asked."""
    bench.write(limits="[limits]\nbudget = { tokens = 1_000 }")
    prices = bench.folder / "prices.toml"
    prices.write_text('[million_tokens."gpt-y"]\ninput = 1_000.0\noutput = 10_000.0\n')
    [found] = adrbench.expected_requests(bench.file, results=bench.results, limit=DOCUMENTS, prices=prices)
    texts = sum(len(record.text) for record in AdrMini().load(AdrMiniParams(), None, offline=True).records)
    assert (found.cells, found.requests, found.completion_tokens) == (2, DOCUMENTS, 10 * DOCUMENTS)
    assert found.prompt_tokens is not None
    assert 0 < found.prompt_tokens < texts // 4
    assert found.money is not None
    assert abs(found.money - (found.prompt_tokens + 10 * 10 * DOCUMENTS) / 1000) < 1e-9
    arguments = ("run", str(bench.file), "--results", str(bench.results), "--limit", str(DOCUMENTS), "--dry-run")
    said = " ".join(command(*arguments, "--prices", str(prices), environment={"COLUMNS": "80"}).stdout.split())
    assert "Requests to servers" in said
    assert "EUR in all, at most" in said
    assert "The budget is 1,000 tokens" in said
    assert bench.asked == 0
    assert not bench.responses.folder.exists()


def test_finished_cells_need_nothing(bench: Bench) -> None:
    """No row is left, and no table is shown."""
    bench.run()
    assert adrbench.expected_requests(bench.file, results=bench.results, limit=DOCUMENTS) == ()


def test_a_plugin_that_cannot_tell_is_said(bench: Bench) -> None:
    """Its reason stands in place of figures."""
    bench.write(params="shots = -1")
    bench.source.write_text(bench.source.read_text().replace("shots = sum(", "shots = 1 // (params.shots + 1) + sum("))
    [found] = adrbench.expected_requests(bench.file, results=bench.results, limit=DOCUMENTS)
    assert found.requests is None
    assert "ZeroDivisionError" in found.reason


NESTED = """
[benchmark]
name = "ask"
scores = true
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
folds = 2
[[taggers]]
id = "asker"
use = "asker"
params = { server = "SERVER" }
[[taggers]]
id = "other"
MORE
"""
CALIBRATED = 'use = "asker"\ncalibrate = true\nparams = { server = "SERVER" }'
DISTILLED = 'use = "dictionary"\ndistil = { teacher = "asker", text = "texts.txt", sentences = 2 }'
LLM_STUDENT = 'use = "asker"\nparams = { server = "SERVER" }\n[taggers.distil]\nteacher = "asker"\ntext = "texts.txt"'


@pytest.mark.parametrize(
    ("more", "requests"), [(CALIBRATED, DOCUMENTS + 2 * 3), (DISTILLED, 2 * 2), (LLM_STUDENT, DOCUMENTS + 2 * 3)]
)
def test_a_tagger_in_another_one_is_estimated(bench: Bench, more: str, requests: int) -> None:
    """A holdout is asked about, too, and a teacher about its texts; both folds of a teacher share responses."""
    bench.file.write_text(NESTED.replace("MORE", more).replace("SERVER", str(bench.server)))
    (bench.folder / "texts.txt").write_text("I had nausea and a headache.\nNothing to say of it.\nIt was fine.\n")
    options: dict[str, Any] = {"results": bench.results, "limit": DOCUMENTS, "only": ["other"]}
    [found] = adrbench.expected_requests(bench.file, **options)
    assert (found.requests, found.completion_tokens, found.reason) == (requests, 10 * requests, "")
    adrbench.run(bench.file, **options)
    assert bench.asked <= requests


def test_a_teacher_without_texts_is_said(bench: Bench) -> None:
    """What it would be asked is not known."""
    bench.file.write_text(NESTED.replace("MORE", DISTILLED).replace("SERVER", str(bench.server)))
    [found] = adrbench.expected_requests(bench.file, results=bench.results, limit=DOCUMENTS, only=["other"])
    assert found.requests is None
    assert "its texts cannot be read" in found.reason
