"""Splits at several fractions, and grids: what of them is shown, and how."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from adrbench.reporting.leaderboard.view import leaderboard_text, leaderboard_view
from adrbench.reporting.terminal import to_rich
from adrbench.results.leaderboard import Board, Cost, Row
from adrbench.results.leaderboard.curves import curves, sections
from adrbench.results.leaderboard.grids import FEW, best_only, grids
from adrbench.results.leaderboard.settings import spread

POINTS = [{"batch": batch, "rate": rate} for batch in (8, 16, 32) for rate in (1e-5, 1e-4, 1e-3)]


def row(tagger: str, f1: float | None = 0.5, fraction: float = 1.0, **more: Any) -> Row:
    """A measured row, or one that failed."""
    splits = "random" if fraction == 1 else f"random at {100 * fraction:g}%"
    return Row(
        dataset="toy",
        split=splits,
        tagger=tagger,
        family="F",
        label="micro",
        status="ok" if f1 is not None else "failed",
        reason="" if f1 is not None else "no reason",
        precision=f1,
        recall=f1,
        f1=f1,
        f1_low=None if f1 is None else f1 - 0.1,
        f1_high=None if f1 is None else f1 + 0.1,
        folds=2 if f1 is not None else 0,
        folds_planned=2,
        full_split="random",
        fraction=fraction,
        train_documents=1000 * fraction,
        **{"tagger_id": tagger, **more},
    )


def of_grid(f1: Sequence[float | None], points: Sequence[Mapping[str, Any]] = POINTS) -> list[Row]:
    """A row at each point of a grid."""
    return [
        row(f"net[{','.join(f'{k}={v}' for k, v in point.items())}]", one, tagger_id="net", grid_point=point)
        for point, one in zip(points, f1, strict=False)
    ]


def board(rows: Sequence[Row]) -> Board:
    """A board with nothing else."""
    return Board("b", tuple(rows), "t", {}, {})


def printed(rows: Sequence[Row], **options: Any) -> str:
    """What a terminal shows."""
    stream = io.StringIO()
    Console(file=stream, width=160).print(to_rich(leaderboard_view(board(rows), **options)))
    return stream.getvalue()


CURVE = [row("a", 0.3, 0.05), row("b", None, 0.05), row("a", 0.6, 0.25), row("b", 0.4, 0.25), row("a", 0.8), row("b")]


def test_a_split_at_several_fractions_is_one_curve() -> None:
    """Fractions rise, the best at the whole comes first, and only the whole is shown in full."""
    [curve] = curves(board(CURVE)).values()
    assert curve.fractions == (0.05, 0.25, 1.0)
    assert list(curve.rows) == ["a", "b"]
    assert (curve.whole, curve.documents(0.25)) == ("random", 250)
    assert curve.unmeasured() == [("b at 5%", "failed", "no reason")]
    assert [(rows[0].split, one is not None) for rows, one in sections(board(CURVE))] == [("random", True)]


def test_one_fraction_alone_is_a_split_like_any_other() -> None:
    """It is shown in full, and there is no curve."""
    rows = [row("a", 0.3, 0.05)]
    assert curves(board(rows)) == {}
    assert "random at 5%" in printed(rows)
    assert "share of the training documents" not in printed(rows)


@pytest.mark.parametrize(
    "form",
    [
        printed,
        lambda rows: leaderboard_text(board(rows), "markdown"),
        lambda rows: leaderboard_text(board(rows), "latex"),
    ],
)
def test_a_curve_is_a_table_of_taggers_by_fractions(form: Any) -> None:
    """With intervals and numbers of documents; what failed at a fraction is said."""
    text = form(CURVE)
    assert "random at" not in text
    for said in ("(50)", "(250)", "(1,000)", "30.0", "40.0"):
        assert said in text, said
    assert text.count("share of the training documents") == 1


def test_csv_and_json_have_every_fraction_and_setting() -> None:
    """A row each, whatever tables leave out; settings are JSON within CSV."""
    rows = [*CURVE, *of_grid([0.1] * 9)]
    plain = json.loads(leaderboard_text(board(rows), "json"))
    assert len(plain) == len(leaderboard_text(board(rows), "csv").splitlines()) - 1 == 15
    assert plain[-1]["grid_point"] == POINTS[-1]
    assert '{""batch"": 32, ""rate"": 0.001}' in leaderboard_text(board(rows), "csv")


def test_of_a_large_grid_the_best_and_the_worst_are_shown() -> None:
    """And how many are not; all of them when they are asked for."""
    rows = [*of_grid([0.1 * n for n in range(1, 10)]), row("other", 0.55)]
    brief, everything = printed(rows), printed(rows, everything=True)
    assert "net: … and 4 more settings: --all" in brief
    assert [brief.count(f"net[batch={b}") for b in (8, 16, 32)] == [2, 0, 3]
    assert everything.count("net[batch") == 9
    assert "--all" not in everything
    assert leaderboard_text(board(rows), "markdown", everything=True).count(r"| net\[batch") == 9
    assert leaderboard_text(board(rows), "markdown").count(r"| net\[batch") == 5
    assert leaderboard_text(board(rows), "latex").count("net{[}batch") == 5
    for text in (brief, everything, leaderboard_text(board(rows), "markdown")):
        assert "chosen on the test folds, so optimistic" in text


def test_a_small_grid_is_shown_whole() -> None:
    """Six settings are not many."""
    assert printed(of_grid([0.5] * FEW)).count("net[batch") == FEW


def test_axes_are_the_parameters_that_differ() -> None:
    """Numbers rise, other values stand as they come."""
    points = [{"rate": rate, "scheme": scheme, "same": 1} for rate in (0.1, 0.01) for scheme in ("bio", "a")]
    [grid] = grids(of_grid([0.5] * 4, points))
    assert grid.axes == {"rate": (0.01, 0.1), "scheme": ("bio", "a")}


@given(st.lists(st.none() | st.floats(0, 1), min_size=1, max_size=9))
def test_figures_show_the_best_of_a_large_grid(f1: list[float | None]) -> None:
    """It alone, and nothing is lost of a small one."""
    rows = of_grid(f1)
    kept = best_only(rows)
    measured = [value for value in f1 if value is not None]
    if len(rows) <= FEW:
        assert kept == tuple(rows)
    else:
        assert [one.f1 for one in kept] == ([max(measured)] if measured else [])


@given(st.lists(st.integers(-100, 100), min_size=1))
def test_the_spread_of_numbers_is_from_the_least_to_the_most(values: list[int]) -> None:
    """Or the one value there is."""
    low, high = min(values), max(values)
    assert spread(values) == (str(low) if low == high else f"{low} to {high}")


def test_costs_that_few_have_stand_only_where_there_are_any() -> None:
    """A column each for tuning, pre-training and energy."""
    cost = Cost(tune_seconds=5400.0, pretrain_seconds=30.0, energy_joules=25_000.0)
    rows = [row("tuned", tuned=({"rate": 0.1}, {"rate": 0.3}), cost=cost), row("other", 0.4)]
    for text in (printed(rows), leaderboard_text(board(rows), "markdown"), leaderboard_text(board(rows), "latex")):
        for said in ("Tuning", "90 min", "Pre-training", "30 s", "Energy", "25 kJ", "tuned (tuned)"):
            assert said in text, said
    assert "tuned, tuned: best values rate 0.1 to 0.3." in printed(rows)
    plain = printed([row("other", 0.4)])
    assert not any(name in plain for name in ("Tuning", "Pre-training", "Energy", "optimistic", "Tuned:"))
