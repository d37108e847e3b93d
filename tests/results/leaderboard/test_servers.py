"""Tokens, requests and money of taggers that ask a server, in leaderboard, report, front and recommendation."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import command_line
import pytest
from trial import PER_FOLD, Trial

import adrbench
from adrbench.errors import InputError

FACTS = {
    "prompt_tokens": 20_000,
    "cached_tokens": 4_000,
    "completion_tokens": 1_000,
    "requests": PER_FOLD,
    "retries": 2,
    "rate_limited": 1,
    "latency_p50_ms": 250,
    "latency_p95_ms": 900,
    "quotes": 50,
    "unaligned": 3,
    "truncated": 1,
    "doubtful_usage": 2,
    "replayed": 5,
}
SHEET = '[million_tokens."gpt-y"]\ninput = 2.0\noutput = 10.0\ncached = 1.0\n'
PRICE = 1000 / PER_FOLD * (16_000 * 2 + 4_000 * 1 + 1_000 * 10) / 1e6


@pytest.fixture
def trial(tmp_path: Path) -> Trial:
    """A tagger that asks a server beside one that does not."""
    trial = Trial(tmp_path / "results")
    trial.tagger("llm", 2, facts=FACTS, params={"model": "gpt-y"}, predict=5.0)
    trial.tagger("crf", 8)
    trial.plan()
    return trial


def sheet(folder: Path, text: str = SHEET) -> Path:
    """A file of prices."""
    path = folder / "prices.toml"
    path.write_text(text)
    return path


def test_tokens_and_latencies_are_for_1000_documents(trial: Trial) -> None:
    """A million tokens would be 25 times what 40 documents took; taggers without a server have none."""
    rows = {row.tagger: row for row in adrbench.leaderboard(trial.folder).rows if row.label == "micro"}
    cost = rows["llm"].cost
    assert cost.prompt_tokens_per_1000 == 500_000
    assert cost.cached_tokens_per_1000 == 100_000
    assert cost.completion_tokens_per_1000 == 25_000
    assert cost.requests_per_1000 == 1000
    assert (cost.latency_p50_seconds, cost.latency_p95_seconds) == (0.25, 0.9)
    assert cost.prompt_tokens_per_1000_sd == 0
    assert cost.money_per_1000 is None
    assert rows["llm"].answers["unaligned"] == 9
    assert rows["crf"].cost.prompt_tokens_per_1000 is None
    assert rows["crf"].answers == {}


def test_a_table_has_the_columns_only_where_a_row_has_them(trial: Trial, tmp_path: Path) -> None:
    """Beside other costs; what became of the answers stands below; without a server nothing is said."""
    shown = command_line.adrbench("leaderboard", str(trial.folder), environment={"COLUMNS": "200"}).stdout
    assert "Sent" in shown
    assert "500,000" in shown
    said = " ".join(shown.split())
    assert "llm: 120 requests, 6 retries, 3 refused for their rate (status 429)" in said
    assert "of 150 quotes 9 not in the text; of its answers 3 cut short; " in said
    assert "; 6 counts of tokens contradict themselves, so its tokens and price are in doubt; " in said
    assert "15 responses replayed" in said
    plain = Trial(tmp_path / "plain")
    plain.tagger("crf", 8)
    assert "Sent" not in command_line.adrbench("leaderboard", str(plain.plan())).stdout


def test_csv_and_json_have_every_figure(trial: Trial) -> None:
    """The counts of answers are nested in JSON, and JSON text in CSV."""
    rows = json.loads(command_line.adrbench("leaderboard", str(trial.folder), "--format", "json").stdout)
    [llm] = [row for row in rows if row["tagger"] == "llm" and row["label"] == "micro"]
    assert llm["prompt_tokens_per_1000"] == 500_000
    assert llm["answers"]["truncated"] == 3
    lines = command_line.adrbench("leaderboard", str(trial.folder), "--format", "csv").stdout.splitlines()
    [first, *_] = [row for row in csv.DictReader(lines) if row["tagger"] == "llm"]
    assert json.loads(first["answers"])["truncated"] == 3


def test_a_sheet_without_machines_prices_tokens_only(trial: Trial) -> None:
    """The sheet's formula by hand; who asks no server has no price."""
    board = adrbench.leaderboard(trial.folder, prices=sheet(trial.folder.parent))
    rows = {row.tagger: row for row in board.rows if row.label == "micro"}
    assert rows["llm"].cost.money_per_1000 == pytest.approx(PRICE)
    assert rows["crf"].cost.money_per_1000 is None
    arguments = ("leaderboard", str(trial.folder), "--prices", str(sheet(trial.folder.parent)))
    said = " ".join(command_line.adrbench(*arguments, environment={"COLUMNS": "200"}).stdout.split())
    assert "Price: EUR for tagging 1,000 documents: tokens." in said


def test_a_sheet_with_machines_prices_time_too(trial: Trial) -> None:
    """As `recommend` does: 36 an hour is 0.01 a second, and 40 documents took 5 s."""
    prices = sheet(trial.folder.parent, f"machine_hour = 36.0\n{SHEET}")
    rows = {row.tagger: row for row in adrbench.leaderboard(trial.folder, prices=prices).rows if row.label == "micro"}
    assert rows["llm"].cost.money_per_1000 == pytest.approx(PRICE + 0.01 * 5 * 1000 / PER_FOLD)
    assert rows["crf"].cost.money_per_1000 == pytest.approx(0.01 * 1 * 1000 / PER_FOLD)


def test_a_model_without_a_price_is_an_error(trial: Trial) -> None:
    """It says what mends it."""
    prices = sheet(trial.folder.parent, SHEET.replace("gpt-y", "gpt-x"))
    with pytest.raises(InputError, match=r"no prices for the model 'gpt-y'.*did you mean 'gpt-x'"):
        adrbench.leaderboard(trial.folder, prices=prices)


def _spec(use: str, **params: str) -> dict[str, object]:
    return {"use": use, "params": params, "code": "1"}


@pytest.mark.parametrize(
    "params",
    [
        {"tagger": _spec("llm", model="gpt-y"), "method": "isotonic"},
        {"student": _spec("llm", model="gpt-y"), "teacher": _spec("llm", model="gpt-z"), "text": ["a.txt"]},
        {"members": [_spec("transformer", model="package:minilm"), _spec("llm", model="gpt-y")]},
    ],
)
def test_a_tagger_in_another_one_is_priced(tmp_path: Path, params: dict[str, object]) -> None:
    """By the model that it predicts with, in the leaderboard and in a recommendation."""
    trial = Trial(tmp_path / "results")
    trial.tagger("nested", 2, facts=FACTS, params=params)
    trial.plan()
    two = SHEET + SHEET.replace("gpt-y", "gpt-z").replace("2.0", "3.0")
    [row] = [r for r in adrbench.leaderboard(trial.folder, prices=sheet(tmp_path, two)).rows if r.label == "micro"]
    assert row.cost.money_per_1000 == pytest.approx(PRICE)
    [advice] = adrbench.recommend(trial.folder, prices=sheet(tmp_path, f"machine_hour = 0.0\n{two}"))
    assert advice.tagger == "nested"


def test_tokens_count_on_the_front(trial: Trial) -> None:
    """A tagger as good, as fast and as small that needs no server takes one that does off the front."""
    trial.tagger("local", 2, predict=5.0)
    trial.plan()
    board = adrbench.leaderboard(trial.folder, front=True)
    assert {row.tagger for row in board.rows} == {"crf", "local"}
    assert any("local is as good, as fast, as small and as cheap" in line for line in board.notes["toy", "random"])


def test_a_replay_is_not_fast(trial: Trial) -> None:
    """It did not wait for the server: it takes nobody off the front, and no time speaks for it."""
    trial.tagger(
        "replayed",
        2,
        facts={**FACTS, "prompt_tokens": 0, "completion_tokens": 0},
        params={"model": "gpt-y"},
        predict=0.1,
    )
    trial.tagger("slow", 2, predict=900.0)
    trial.plan()
    board = adrbench.leaderboard(trial.folder, front=True)
    assert {row.tagger for row in board.rows} >= {"replayed", "slow"}
    assert "On the front: llm, replayed; their responses were replayed" in " ".join(board.notes["toy", "random"])
    [advice] = adrbench.recommend(trial.folder)
    assert advice.tagger == "slow"
    assert any("Responses of replayed were replayed, so its times lack" in warning for warning in advice.warnings)
    [limited] = adrbench.recommend(trial.folder, max_seconds_per_1000=1000.0)
    assert limited.tagger == "crf"
    prices = sheet(trial.folder.parent, f"machine_hour = 36.0\n{SHEET}")
    [priced] = adrbench.recommend(trial.folder, prices=prices)
    assert priced.tagger == "replayed"


def test_a_distillation_from_replayed_answers_has_no_break_even(tmp_path: Path) -> None:
    """Labelling waited for none of them."""
    took = {"labelled_texts": 40, "teacher_fit_milliseconds": 1, "labelling_milliseconds": 90_000}
    facts = {**took, "student_fit_milliseconds": 1000}
    trial = Trial(tmp_path / "results")
    trial.tagger("asked", 2, facts=facts)
    trial.tagger("replayed", 2, facts={**facts, "replayed": 40})
    rows = {row.tagger: row for row in adrbench.leaderboard(trial.plan()).rows if row.label == "micro"}
    assert "break_even_documents" in rows["asked"].distillation
    assert "break_even_documents" not in rows["replayed"].distillation
    shown = command_line.adrbench("leaderboard", str(trial.folder), environment={"COLUMNS": "200"}).stdout
    assert "predicts no faster" not in shown


def test_the_report_has_tokens_and_prices(trial: Trial) -> None:
    """In the table beside the plot of costs."""
    page = trial.folder.parent / "page.html"
    adrbench.Results(trial.folder).report(html=page, prices=sheet(trial.folder.parent))
    text = page.read_text()
    assert "500,000" in text
    assert "EUR for tagging 1,000 documents" in text


def test_a_recommendation_without_prices_says_what_it_leaves_out(trial: Trial) -> None:
    """Seconds of a server are not its price."""
    [advice] = adrbench.recommend(trial.folder)
    assert any("--prices" in warning for warning in advice.warnings)
