"""Responses of servers: paid for once, kept at each response, replayed, and limited by a budget."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from asking import DOCUMENTS, TOKENS, Bench
from command_line import adrbench as adrbench_command
from processes import MARK, started_by

import adrbench
from adrbench.errors import ConfigError, InputError, StoreError
from adrbench.results.store import Store

CALIBRATED = """
[benchmark]
name = "ask"
scores = true
[[datasets]]
use = "adr-mini"
[[splits]]
kind = "random"
test = 0.5
[[taggers]]
id = "asker"
use = "asker"
[taggers.params]
server = "SERVER"
model = "MODEL"
[[taggers]]
id = "other"
MORE
"""
CALIBRATE = """use = "asker"
calibrate = true
params = { server = "SERVER", model = "MODEL" }
"""
DISTIL = """use = "dictionary"
[taggers.distil]
teacher = "asker"
text = "${TEXTS}/texts.txt"
"""


SLOW = pytest.mark.slow  # as the other kind of nesting


def _write_nested(bench: Bench, more: str, model: str) -> None:
    text = CALIBRATED.replace("MORE", more).replace("SERVER", str(bench.server)).replace("MODEL", model)
    bench.file.write_text(text)
    (bench.folder / "texts.txt").write_text("I had nausea and a headache.\nNothing to say of it.\n")


def test_what_was_paid_for_is_never_asked_again(bench: Bench) -> None:
    """A further run of all cells, with another concurrency, asks nothing and gives the same answers, also offline."""
    bench.run()
    assert (bench.asked, bench.kept()) == (DOCUMENTS, DOCUMENTS)
    first = bench.predictions()
    elsewhere = bench.folder / "elsewhere"
    bench.write("concurrency = 4")
    for options in ({}, {"offline": True}):
        for key in Store(bench.results).cell_keys():
            Store(bench.results).remove_cell(key)
        again = bench.run(**options)
        assert again.statuses == {"ok": 2}
        assert bench.predictions() == first
    other = adrbench.run(bench.file, results=elsewhere, limit=DOCUMENTS, offline=True, responses=bench.responses.folder)
    assert other.statuses == {"ok": 2}
    assert bench.predictions(elsewhere) == first
    assert bench.asked == DOCUMENTS


def test_cells_share_responses_and_each_keeps_what_it_used(bench: Bench) -> None:
    """The same prompts in another split cost nothing, and its file is enough to repeat its answers."""
    bench.run()
    _check_folder(bench)
    bench.write(split="folds = 3")
    bench.run()
    assert bench.asked == DOCUMENTS
    assert (bench.kept(), bench.kept(paid=False)) == (DOCUMENTS, DOCUMENTS)


def test_offline_without_a_response_is_skipped(bench: Bench) -> None:
    """Never an empty answer."""
    results = bench.run(offline=True)
    assert results.statuses == {"skipped": 2}
    assert "no recorded response" in next(iter(results)).reason
    assert bench.asked == 0


def _check_folder(bench: Bench) -> None:
    """They are kept from Git, say whose they are, and stand beside the results, which have no text."""
    folder = bench.responses.folder
    assert folder == bench.folder / "results.responses"
    assert (folder / ".gitignore").read_text() == "*\n"
    assert "terms of those corpora" in (folder / "README.md").read_text()


def test_a_torn_line_is_dropped_and_a_damaged_one_is_named(bench: Bench) -> None:
    """Only the responses that were lost are asked for again."""
    bench.run()
    first = bench.predictions()
    torn, damaged = bench.responses.files()
    torn.write_bytes(torn.read_bytes()[:-20])
    lines = damaged.read_bytes().splitlines(keepends=True)
    lines[2] = lines[2].replace(b"word", b"wort")
    damaged.write_bytes(b"".join(lines))
    for key in Store(bench.results).cell_keys():
        Store(bench.results).remove_cell(key)
    done = adrbench_command("run", str(bench.file), "--results", str(bench.results), "--limit", str(DOCUMENTS))
    assert bench.asked == DOCUMENTS + 2
    assert f"{damaged}: damaged: line 3 is not what was written" in done.stdout.replace("\n", "") + done.stderr
    assert bench.predictions().keys() == first.keys()


def test_a_folder_of_something_else_is_left_alone(bench: Bench) -> None:
    """Exit code 2, nothing asked."""
    (bench.folder / "mine").mkdir()
    (bench.folder / "mine" / "file").write_text("mine")
    with pytest.raises(StoreError, match="not a folder of responses"):
        bench.run(responses=bench.folder / "mine")
    assert bench.asked == 0


@pytest.mark.slow
def test_a_run_that_is_killed_keeps_what_was_paid_for(bench: Bench) -> None:
    """At most the request in flight is asked again."""
    bench.write("seconds = 0.1")
    command = [sys.executable, "-m", "adrbench", "run", str(bench.file), "--results", str(bench.results)]
    variables = {**os.environ, MARK: str(bench.folder)}
    process = subprocess.Popen([*command, "--limit", str(DOCUMENTS)], stdout=subprocess.DEVNULL, env=variables)
    deadline = time.monotonic() + 60
    while bench.asked < 6 and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    while started_by(str(bench.folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not started_by(str(bench.folder))
    before = bench.asked
    assert before - 1 <= bench.kept() <= before < DOCUMENTS
    kept = bench.kept()
    bench.write()
    assert bench.run().statuses == {"ok": 2}
    assert bench.asked == before + DOCUMENTS - kept


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_budget_of_tokens_stops_the_run_and_a_larger_one_goes_on(bench: Bench, jobs: int) -> None:
    """Overspent by the requests in flight at most; the reason says so; nothing is asked twice."""
    bench.write("concurrency = 2", limits=f"[limits]\nbudget = {{ tokens = {10 * TOKENS} }}")
    results = bench.run(jobs=jobs)
    assert results.statuses == {"failed": 2}
    assert all(row.reason.startswith("budget: its share of the budget of 1,100 tokens is spent") for row in results)
    assert 10 <= bench.asked <= 10 + 2 * jobs
    asked = bench.asked
    bench.run(jobs=jobs)
    assert bench.asked == asked
    bench.write("concurrency = 2", limits=f"[limits]\nbudget = {{ tokens = {100 * TOKENS} }}")
    assert bench.run(jobs=jobs).statuses == {"ok": 2}
    assert bench.asked == DOCUMENTS


@pytest.mark.slow
def test_a_share_that_was_not_needed_goes_to_others(bench: Bench) -> None:
    """Of two cells, one has its responses already: the other goes on with that one's share."""
    bench.run()
    bench.responses.files()[0].unlink()
    for key in Store(bench.results).cell_keys():
        Store(bench.results).remove_cell(key)
    bench.write(limits=f"[limits]\nbudget = {{ tokens = {DOCUMENTS * TOKENS} }}")
    assert bench.run(jobs=2).statuses == {"ok": 2}
    assert bench.asked == DOCUMENTS + DOCUMENTS // 2


def test_a_budget_of_money_needs_the_price_of_every_model(bench: Bench) -> None:
    """A million tokens sent at 1, cached ones at 0, received at 10: 180 millionths for a request."""
    bench.write(limits="[limits]\nbudget = { money = 0.0018 }")
    with pytest.raises(ConfigError, match="add --prices FILE") as error:
        bench.run()
    line = next(n for n, text in enumerate(bench.file.read_text().splitlines(), 1) if "money" in text)
    assert str(error.value).startswith(f"{bench.file}: 1 problem\n  line {line}: limits.budget.money: needs prices")
    prices = bench.folder / "prices.toml"
    prices.write_text('[million_tokens."gpt-x"]\ninput = 1\noutput = 10\n')
    with pytest.raises(InputError, match=r"prices.toml: .* no prices for the model 'gpt-y'"):
        bench.run(prices=prices)
    assert bench.asked == 0
    prices.write_text('[million_tokens."gpt-y"]\ninput = 1.0\noutput = 10.0\ncached = 0.0\n')
    results = bench.run(prices=prices)
    assert bench.asked == 10
    assert "budget of 0.0018 EUR" in next(iter(results)).reason


@pytest.mark.parametrize(
    ("more", "before"), [pytest.param(CALIBRATE, 3, id="calibrate"), pytest.param(DISTIL, 2, id="distil", marks=SLOW)]
)
def test_what_is_asked_before_the_prediction_is_counted(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, more: str, before: int
) -> None:
    """A holdout of three documents, or two texts that a teacher labels; a replay counts the same."""
    monkeypatch.setenv("TEXTS", str(bench.folder))
    _write_nested(bench, more, "gpt-y")
    prices = bench.folder / "prices.toml"
    prices.write_text('[million_tokens."gpt-y"]\ninput = 1.0\noutput = 10.0\ncached = 0.0\n')
    for _ in range(2):
        results = bench.run(prices=prices)
        rows = {row.tagger: row for row in results.leaderboard(prices=prices).rows if row.label == "micro"}
        cost = rows["other"].cost
        assert (cost.fit_responses, cost.fit_prompt_tokens, cost.fit_completion_tokens) == (
            before,
            100 * before,
            10 * before,
        )
        assert cost.fit_money == pytest.approx(0.00018 * before)
        assert rows["asker"].cost.fit_responses is None
        said = " ".join(results.render("markdown").split())
        assert f"other: {before} responses before the prediction, {100 * before} tokens sent" in said
        for key in Store(bench.results).cell_keys():
            Store(bench.results).remove_cell(key)


@pytest.mark.parametrize(
    "more", [pytest.param(CALIBRATE, id="calibrate"), pytest.param(DISTIL, id="distil", marks=SLOW)]
)
def test_a_budget_of_money_holds_for_a_tagger_in_another_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    """Its model needs a price, too."""
    monkeypatch.setenv("TEXTS", str(bench.folder))
    _write_nested(bench, more, "gpt-y")
    bench.file.write_text(f"{bench.file.read_text()}\n[limits]\nbudget = {{ money = 0.00018 }}\n")
    prices = bench.folder / "prices.toml"
    prices.write_text('[million_tokens."gpt-x"]\ninput = 1\noutput = 10\n')
    with pytest.raises(InputError, match="no prices for the model 'gpt-y'"):
        bench.run(prices=prices, only=["other"])
    assert bench.asked == 0
    prices.write_text('[million_tokens."gpt-y"]\ninput = 1.0\noutput = 10.0\ncached = 0.0\n')
    assert bench.run(prices=prices, only=["other"]).statuses == {"failed": 1}
    assert bench.asked == 1
    text = bench.file.read_text().replace("0.00018", "0.36")
    bench.file.write_text(text)
    assert bench.run(prices=prices, only=["other"]).statuses == {"ok": 1}
    assert bench.asked == bench.kept() > 1


@pytest.mark.parametrize("budget", ["{}", "{ tokens = 1, money = 1.0 }", "{ tokens = 0 }"])
def test_a_budget_is_tokens_or_money(bench: Bench, budget: str) -> None:
    """Exactly one of them, above 0."""
    bench.write(limits=f"[limits]\nbudget = {budget}")
    with pytest.raises(ConfigError, match="limits"):
        bench.run()


def test_what_shapes_answers_is_written_out(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable would give two models one key; in an address it changes nothing."""
    monkeypatch.setenv("WHICH_MODEL", "gpt-y")
    monkeypatch.setenv("WHERE_IT_IS", "http://localhost:1")
    bench.write('base_url = "${WHERE_IT_IS}"')
    assert adrbench.expected_requests(bench.file, results=bench.results)
    bench.write('model = "${WHICH_MODEL}"')
    with pytest.raises(ConfigError, match=r"asker: params\.model: .* names a variable") as error:
        bench.run()
    line = next(n for n, text in enumerate(bench.file.read_text().splitlines(), 1) if "WHICH_MODEL" in text)
    assert str(error.value).startswith(f"{bench.file}: 1 problem\n  line {line}: asker: ")


@pytest.mark.parametrize("more", [CALIBRATE, DISTIL])
def test_what_shapes_answers_of_a_tagger_in_another_one_is_written_out(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, more: str
) -> None:
    """A calibrated tagger and a teacher ask too; a file may be named by a variable, for its content counts."""
    monkeypatch.setenv("WHICH_MODEL", "gpt-y")
    monkeypatch.setenv("TEXTS", str(bench.folder))
    _write_nested(bench, more, "gpt-y")
    assert adrbench.expected_requests(bench.file, results=bench.results, only=["other"])
    # A teacher is a row itself, which is looked at first.
    _write_nested(bench, more, "gpt-y" if more is CALIBRATE else "${WHICH_MODEL}")
    bench.file.write_text(bench.file.read_text().replace('model = "gpt-y" }', 'model = "${WHICH_MODEL}" }'))
    with pytest.raises(ConfigError, match=r"asker: params\.model: .* names a variable"):
        bench.run()


@pytest.mark.parametrize("place", ["{ADR = '${MEANING}'}", "['${MEANING}']"])
def test_a_variable_deep_in_a_value_counts_too(bench: Bench, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """Such as in the definition of a label."""
    monkeypatch.setenv("MEANING", "harm")
    bench.source.write_text(
        bench.source.read_text().replace(
            "    shots: int = 0\n", "    shots: int = 0\n    more: dict[str, str] | tuple[str, ...] = ()\n"
        )
    )
    bench.write(f"more = {place}")
    with pytest.raises(ConfigError, match=r"asker: params\.more(\.ADR|\[0\]): .* names a variable"):
        bench.run()


@pytest.mark.slow
def test_a_merge_takes_responses_along(bench: Bench) -> None:
    """Those of the first folder count; what only another one has is added."""
    bench.run()
    first = bench.predictions()
    other = bench.folder / "other"
    bench.server.write_bytes(b"asked\n" * 500)
    adrbench.run(bench.file, results=other, limit=DOCUMENTS)
    lost = bench.responses.files()[0]
    content = lost.read_bytes().splitlines(keepends=True)
    lost.write_bytes(b"".join(content[3:]))
    into = bench.folder / "all"
    merged = adrbench.merge([bench.results, other], into=into)
    assert merged.responses == 2
    assert any("the responses of 2 cells taken" in line for line in merged.lines())
    for key in Store(into).cell_keys():
        Store(into).remove_cell(key)
    asked = bench.asked
    assert adrbench.run(bench.file, results=into, limit=DOCUMENTS, offline=True).statuses == {"ok": 2}
    assert bench.asked == asked
    again = bench.predictions(into)
    kept = sum(a == b for key in first for a, b in zip(first[key], again[key], strict=True))
    assert DOCUMENTS - 3 <= kept < DOCUMENTS
    assert adrbench.merge([other], into=into).responses == 0


def test_verify_repeats_cells_from_their_responses(bench: Bench) -> None:
    """Nothing is asked; without responses the check is skipped; a damaged line is found."""
    bench.run()
    checks = {check.name: check for check in adrbench.verify(bench.results, benchmark=bench.file, cells=1)}
    [again] = [check for name, check in checks.items() if "again" in name]
    assert (again.state, again.detail) == ("ok", "the same predictions")
    assert checks["responses"].state == "ok"
    assert bench.asked == DOCUMENTS
    [one, two] = bench.responses.files()
    one.write_bytes(b"nonsense\n" + one.read_bytes())
    checks = {check.name: check for check in adrbench.verify(bench.results)}
    assert checks["responses"].state == "failed"
    assert f"{one}: damaged: line 1" in checks["responses"].detail
    one.unlink()
    two.unlink()
    checks = {check.name: check for check in adrbench.verify(bench.results, benchmark=bench.file, cells=1)}
    [again] = [check for name, check in checks.items() if "again" in name]
    assert again.state == "skipped"
    assert bench.asked == DOCUMENTS


@pytest.mark.slow
def test_a_node_replays_and_sends_home_what_it_paid_for(bench: Bench, install: Callable[..., Path]) -> None:
    """A node without this machine's folders asks for what is not recorded, within the budget, and nothing twice."""
    install("adrbench-neighbour", "nothing", "", "[adrbench.executors]\nneighbour = neighbour:plugin\n")
    bench.run()
    first = bench.predictions()
    bench.responses.files()[0].unlink()
    for key in Store(bench.results).cell_keys():
        Store(bench.results).remove_cell(key)
    limits = "[limits]\nbudget = {{ tokens = {tokens} }}"
    bench.write(limits=limits.format(tokens=(DOCUMENTS // 2 + 5) * TOKENS))
    assert bench.run(executor="neighbour").statuses == {"ok": 1, "failed": 1}
    # The server's file travels as well, so its requests are counted by what came home.
    assert bench.kept() == DOCUMENTS // 2 + 5
    bench.write(limits=limits.format(tokens=DOCUMENTS * TOKENS))
    assert bench.run(executor="neighbour").statuses == {"ok": 2}
    assert bench.kept() == DOCUMENTS
    kept = bench.responses.files()[-1].stem
    assert bench.predictions()[kept] == first[kept]


def test_a_fit_keeps_responses_beside_the_results(bench: Bench) -> None:
    """After a fit some documents are tagged to try the tagger; a further fit asks nothing for them."""
    bench.run()
    adrbench.fit(bench.file, "asker", bench.folder / "kept", results=bench.results)
    asked = bench.asked
    assert bench.kept() == asked > DOCUMENTS
    adrbench.fit(bench.file, "asker", bench.folder / "again", results=bench.results, offline=True)
    assert bench.asked == asked
