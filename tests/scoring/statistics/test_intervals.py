"""Intervals of a mean over folds, against scipy, statsmodels and published figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from adrbench.scoring.statistics.intervals import Interval, interval, nadeau_bengio, t, z

fractions = st.lists(st.floats(0, 1), min_size=2, max_size=20)
levels = st.sampled_from([0.5, 0.9, 0.95, 0.99])


def half(found: Interval | None) -> float:
    """Half the width of an interval that must be there."""
    assert found is not None
    return (found.high - found.low) / 2


@given(fractions, levels)
def test_t_is_scipys(scores: list[float], level: float) -> None:
    """Student's interval is that of scipy about the mean, with the standard error of scipy."""
    found = t(scores, level)
    assert found is not None
    width = scipy.stats.t.ppf((1 + level) / 2, len(scores) - 1) * scipy.stats.sem(scores)
    assert (found.low, found.high) == pytest.approx((np.mean(scores) - width, np.mean(scores) + width), abs=1e-12)
    assert (found.kind, found.level) == ("t", level)


@given(fractions, levels)
def test_z_is_scipys(scores: list[float], level: float) -> None:
    """The normal interval is that of scipy about the mean."""
    found = z(scores, level)
    assert found is not None
    width = scipy.stats.norm.ppf((1 + level) / 2) * scipy.stats.sem(scores)
    assert (found.low, found.high) == pytest.approx((np.mean(scores) - width, np.mean(scores) + width), abs=1e-12)


@given(fractions, levels)
def test_t_and_z_are_those_of_statsmodels(scores: list[float], level: float) -> None:
    """Both intervals of a mean are those of statsmodels."""
    described = pytest.importorskip("statsmodels.stats.weightstats").DescrStatsW(scores)
    for found, expected in (
        (t(scores, level), described.tconfint_mean(1 - level)),
        (z(scores, level), described.zconfint_mean(1 - level)),
    ):
        assert found is not None
        assert (found.low, found.high) == pytest.approx(expected, abs=1e-12)


@given(fractions, st.floats(0.01, 0.9))
def test_nadeau_bengio_widens_t_by_its_variance_factor(scores: list[float], share: float) -> None:
    """The corrected interval is Student's times √(1 + k · n_test / n_train)."""
    factor = math.sqrt(1 + len(scores) * share / (1 - share))
    assert half(nadeau_bengio(scores, share)) == pytest.approx(factor * half(t(scores)), abs=1e-12)


def test_a_published_result_under_three_intervals() -> None:
    """Five folds with standard deviation 0.76 (a published TAC2017 result) give ±0.67, ±0.94 or ±1.42 points."""
    spread = 0.76 * math.sqrt(2)  # 80 ± spread and three times 80 have the standard deviation 0.76
    scores = [80 - spread, 80.0, 80.0, 80.0, 80 + spread]
    assert half(z(scores)) == pytest.approx(0.67, abs=0.005)
    assert half(t(scores)) == pytest.approx(0.94, abs=0.005)
    assert half(nadeau_bengio(scores, 0.2)) == pytest.approx(1.42, abs=0.005)


@pytest.mark.parametrize(("kind", "function"), [("t", t), ("z", z)])
def test_the_dispatcher_gives_the_interval_it_is_asked_for(kind: Any, function: Any) -> None:
    """Away from 0 and 1 the interval of a kind is what its function gives."""
    scores = [0.71, 0.74, 0.70, 0.73, 0.72]
    assert interval(kind, scores, 0.2) == function(scores)
    assert interval("nadeau-bengio", scores, 0.2, 0.9) == nadeau_bengio(scores, 0.2, 0.9)


@pytest.mark.parametrize("kind", ["t", "z", "nadeau-bengio"])
def test_fractions_are_cut_at_0_and_1(kind: Any) -> None:
    """No interval of a fraction promises less than nothing or more than everything."""
    low, high = interval(kind, [0.0, 0.1, 0.0], 1 / 3), interval(kind, [0.9, 1.0, 1.0], 1 / 3)
    assert low is not None
    assert high is not None
    assert low.low == 0.0 < low.high < 1.0
    assert 0.0 < high.low < 1.0 == high.high


def test_differences_are_not_cut() -> None:
    """An interval of differences may lie below 0."""
    found = t([-0.02, -0.021, -0.022])
    assert found is not None
    assert found.low < found.high < 0


@pytest.mark.parametrize("scores", [[], [0.7]])
def test_below_two_folds_there_is_no_interval(scores: list[float]) -> None:
    """One fold shows no spread, so there is no interval of any kind."""
    kinds: list[Any] = ["t", "z", "nadeau-bengio"]
    assert [interval(kind, scores, 0.2) for kind in kinds] == [None, None, None]


def test_equal_folds_have_an_interval_of_no_width() -> None:
    """Without spread the interval is the mean itself."""
    assert interval("t", [0.5, 0.5, 0.5], 0.2) == Interval(0.5, 0.5, "t", 0.95)


@pytest.mark.parametrize("score", [math.nan, math.inf])
def test_scores_that_are_no_numbers_are_refused(score: float) -> None:
    """A NaN or infinite score is an error, not a NaN interval."""
    with pytest.raises(ValueError, match="finite"):
        interval("t", [0.5, score], 0.2)


@pytest.mark.parametrize("share", [0.0, 1.0, -0.2, math.nan])
def test_a_share_outside_0_and_1_is_refused(share: float) -> None:
    """There must be documents under test and documents to train on."""
    with pytest.raises(ValueError, match="share of documents under test"):
        interval("nadeau-bengio", [0.5, 0.6], share)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside_0_and_1_is_refused(level: float) -> None:
    """A level is a fraction."""
    with pytest.raises(ValueError, match="level of an interval"):
        t([0.5, 0.6], level)


def test_an_unknown_kind_gets_the_closest_one() -> None:
    """A mistyped kind is refused with what was meant."""
    kind: Any = "nadeau_bengio"
    with pytest.raises(ValueError, match="did you mean 'nadeau-bengio'"):
        interval(kind, [0.5, 0.6], 0.2)
