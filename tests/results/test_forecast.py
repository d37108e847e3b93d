"""Forecasts from stored learning curves, by the command and from Python."""

from __future__ import annotations

import json
from pathlib import Path

import curves
import pytest
from command_line import adrbench

import adrbench as api
from adrbench.errors import InputError
from adrbench.results.forecast import Forecast


def law(documents: float) -> float:
    """75 and a half points of F1 at 600 documents, 80.5 at 1,200."""
    return float(0.9 - 1.2 * (documents + 0.0) ** -0.33)


LAWS = {
    "rising": law,
    "flat": lambda _: 0.6,
    "falling": lambda documents: 0.8 - documents / 2000,
    "silent": lambda _: 0.0,
    "jumping": lambda documents: 0.2 + 0.5 * (round(documents / 30) % 3) / 2,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Results with curves of several shapes; ``broken`` lacks a fold of three fractions."""
    where = tmp_path_factory.mktemp("forecast") / "results"
    laws = {**LAWS, "broken": law}
    curves.write(where, laws, missing={"broken": (0.05, 0.1, 0.35)})
    return where


@pytest.fixture(scope="module")
def forecasts(folder: Path) -> dict[str, Forecast]:
    """By tagger, with a target of 82."""
    return {one.tagger: one for one in api.forecast(folder, target=0.82)}


def test_a_power_law_is_carried_on(forecasts: dict[str, Forecast]) -> None:
    """F1 at 1.5, 2 and 4 times the text lies within the interval, and close to the middle."""
    found = forecasts["rising"]
    assert not found.refusal
    assert found.documents[-1] == 600
    for point in found.points:
        assert point.documents == 600 * point.times
        assert point.low < law(point.documents) < point.high
        assert point.f1 == pytest.approx(law(point.documents), abs=0.01)
    widths = [point.high - point.low for point in found.points]
    assert [point.times for point in found.points] == [1.5, 2, 4]
    assert widths == sorted(widths)


def test_a_target_is_reached_where_the_law_reaches_it(forecasts: dict[str, Forecast]) -> None:
    """And the interval of F1 gives the interval of documents."""
    target = forecasts["rising"].target
    assert target is not None
    assert target.documents is not None
    assert target.low is not None
    assert law(target.documents) == pytest.approx(0.82, abs=0.01)
    assert target.low < target.documents
    assert target.high is None or target.documents < target.high
    flat = forecasts["flat"].target
    assert flat is not None
    assert (flat.documents, flat.high) == (None, None)


def test_text_that_gave_nothing_is_forecast_to_give_nothing(forecasts: dict[str, Forecast]) -> None:
    """A flat curve is a good fit."""
    assert {round(point.f1, 3) for point in forecasts["flat"].points} == {0.6}


@pytest.mark.parametrize(
    ("tagger", "reason"),
    [
        ("falling", "F1 falls with more text"),
        ("silent", "F1 is 0 at the largest fraction"),
        ("jumping", "the power law misses the measured F1 by"),
        ("broken", "3 fractions measured, at least 4 are needed (not every fold is measured: random at 5%, random"),
    ],
)
def test_a_bad_fit_is_refused(forecasts: dict[str, Forecast], tagger: str, reason: str) -> None:
    """With the reason, and without a figure."""
    found = forecasts[tagger]
    assert reason in found.refusal
    assert not found.points
    assert found.target is None


def test_few_documents_make_no_forecast(tmp_path: Path) -> None:
    """The interval would say too little."""
    curves.write(tmp_path / "r", {"t": lambda _: 0.5}, documents=30)
    [found] = api.forecast(tmp_path / "r")
    assert "points wide" in found.refusal


@pytest.mark.parametrize(
    ("fractions", "reason"),
    [((0.5, 0.6, 0.7, 1.0), "a factor of 4 is needed"), ((0.1, 0.5, 1.0), "3 fractions measured")],
)
def test_a_curve_has_four_fractions_that_span_enough(tmp_path: Path, fractions: tuple[float, ...], reason: str) -> None:
    """Else there is nothing to go on from."""
    curves.write(tmp_path / "r", {"t": law}, fractions)
    [found] = api.forecast(tmp_path / "r")
    assert reason in found.refusal


def test_results_without_a_curve_say_how_to_get_one(tmp_path: Path) -> None:
    """A key of the benchmark file."""
    curves.write(tmp_path / "r", {"t": law}, (1.0,))
    done = adrbench("forecast", str(tmp_path / "r"))
    assert done.returncode == 2
    assert "no learning curve to go on from" in done.stderr
    assert "train_fractions" in done.stderr


def test_the_command_shows_forecasts_and_refusals(folder: Path) -> None:
    """In a table that fits 80 columns, with what the figures are."""
    done = adrbench("forecast", str(folder), environment={"COLUMNS": "80"})
    assert done.returncode == 0, done.stderr
    assert max(map(len, done.stdout.splitlines())) <= 80
    [row] = [line for line in done.stdout.splitlines() if line.startswith("rising")]
    assert row.count("–") == 3
    assert "falling no forecast: the power law misses" in done.stdout
    assert "80% interval" in done.stdout


def test_json_has_every_figure_and_reason(folder: Path) -> None:
    """Fractions, with the ends of intervals in columns of their own."""
    done = adrbench("forecast", str(folder), "--target", "82", "--times", "3", "--format", "json")
    rows = {row["tagger"]: row for row in json.loads(done.stdout)}
    assert rows["rising"]["f1_at_3x_low"] < rows["rising"]["f1_at_3x"] < rows["rising"]["f1_at_3x_high"]
    assert rows["rising"]["target_documents"] > 600
    assert rows["flat"]["target_documents"] is None
    assert "falls" in rows["falling"]["refusal"]
    assert rows["falling"]["f1_at_3x"] is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--target", "0.8"), "did you mean 80?"),
        (("--target", "100"), "an F1 in percent"),
        (("--times", "0.5"), "from 1 to 10"),
        (("--times", "nan"), "from 1 to 10"),
        (("--tagger", "risin"), "did you mean 'rising'?"),
        (("--dataset", "toi"), "did you mean 'toy'?"),
        (("--evaluator", "exakt"), "did you mean 'exact'?"),
    ],
)
def test_wrong_options_are_explained(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, with the valid thing."""
    done = adrbench("forecast", str(folder), *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_nothing_measured_is_exit_code_4(tmp_path: Path) -> None:
    """As for other commands; the table says so."""
    curves.write(tmp_path / "r", {"t": law}, missing={"t": curves.FRACTIONS})
    done = adrbench("forecast", str(tmp_path / "r"))
    assert done.returncode == 4
    assert "no fraction is measured on every fold" in done.stdout


def test_the_report_has_forecasts_beside_the_curve(folder: Path, tmp_path: Path) -> None:
    """A table, and the reasons of refusals."""
    page = tmp_path / "report.html"
    done = adrbench("report", str(folder), "--html", str(page))
    assert done.returncode == 0, done.stderr
    text = page.read_text(encoding="utf-8")
    assert "F1 forecast for more training documents" in text
    assert "the power law misses the measured F1" in text


def test_the_python_call_checks_its_numbers(folder: Path) -> None:
    """A target is a fraction there."""
    with pytest.raises(InputError, match="between 0 and 1"):
        api.forecast(folder, target=82)
    with pytest.raises(InputError, match="from 1 to 10"):
        api.Results(folder).forecast(times=())
