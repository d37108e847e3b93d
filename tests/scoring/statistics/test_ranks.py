"""Ranks over several corpora, against scipy and the worked example of Demšar (2006)."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from adrbench.scoring.statistics.ranks import CountTable, critical_difference, friedman, iman_davenport, rank, ranks

# Demšar (2006), table 6: the AUC of four variants of C4.5 on 14 data sets.
TREES = ("C4.5", "C4.5+m", "C4.5+cf", "C4.5+m+cf")
AUC = np.array(
    [
        [0.763, 0.768, 0.771, 0.798],
        [0.599, 0.591, 0.590, 0.569],
        [0.954, 0.971, 0.968, 0.967],
        [0.628, 0.661, 0.654, 0.657],
        [0.882, 0.888, 0.886, 0.898],
        [0.936, 0.931, 0.916, 0.931],
        [0.661, 0.668, 0.609, 0.685],
        [0.583, 0.583, 0.563, 0.625],
        [0.775, 0.838, 0.866, 0.875],
        [1.000, 1.000, 1.000, 1.000],
        [0.940, 0.962, 0.965, 0.962],
        [0.619, 0.666, 0.614, 0.669],
        [0.972, 0.981, 0.975, 0.9749],  # printed as 0.975, and ranked third
        [0.957, 0.978, 0.946, 0.970],
    ]
)
# Of three sets two trees are equal, of one all four: Σ(t³ - t) / (N k (k² - 1)).
TIED = (3 * (2**3 - 2) + (4**3 - 4)) / (14 * 4 * 15)

score_tables = st.integers(2, 6).flatmap(
    lambda k: st.lists(st.lists(st.integers(0, 5), min_size=k, max_size=k), min_size=2, max_size=9).map(
        lambda rows: np.array(rows, dtype=np.float64)
    )
)


def test_mean_ranks_are_those_of_demsar() -> None:
    """The four trees have the mean ranks that the paper prints, best first."""
    found = rank(TREES, AUC)
    assert found.taggers == ("C4.5+m+cf", "C4.5+m", "C4.5+cf", "C4.5")
    assert found.mean_ranks == pytest.approx((1.964, 2.000, 2.893, 3.143), abs=0.0005)
    assert found.corpora == 14


def test_friedman_and_iman_davenport_are_those_of_demsar() -> None:
    """Without the correction for ties, which the paper leaves out, χ² is 9.28 and F is 3.69."""
    chi_square = rank(TREES, AUC).friedman.chi_square * (1 - TIED)
    assert chi_square == pytest.approx(9.28, abs=0.005)
    assert iman_davenport(chi_square, 14, 4)[0] == pytest.approx(3.69, abs=0.005)


def test_the_critical_difference_is_that_of_demsar() -> None:
    """Four taggers on 14 corpora differ from 1.25 mean ranks on at 5%, from 1.12 at 10%; so none of the trees does."""
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, level=0.9) == pytest.approx(1.12, abs=0.005)
    assert rank(TREES, AUC).groups == ((1,), (1,), (1,), (1,))


@pytest.mark.parametrize(
    ("taggers", "quantile"), [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (7, 2.949), (10, 3.164)]
)
def test_quantiles_are_those_of_demsars_table(taggers: int, quantile: float) -> None:
    """Divided by its square root, the critical difference is the quantile of table 5 of the paper."""
    found = critical_difference(taggers, 10) / math.sqrt(taggers * (taggers + 1) / 60)
    assert found == pytest.approx(quantile, abs=0.0015)


@given(score_tables)
def test_ranks_are_scipys(scores: CountTable) -> None:
    """Ranks are scipy's average ranks of the negated scores, ties included."""
    assert (ranks(scores) == scipy.stats.rankdata(-scores, axis=1)).all()


@given(score_tables.filter(lambda scores: scores.shape[1] > 2 and any(len(set(row)) > 1 for row in scores)))
def test_friedman_is_scipys(scores: CountTable) -> None:
    """χ² and p are those of scipy, which corrects for ties."""
    found, expected = friedman(ranks(scores)), scipy.stats.friedmanchisquare(*scores.T)
    assert (found.chi_square, found.p) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)


@given(score_tables)
def test_no_table_gives_a_figure_that_is_no_number(scores: CountTable) -> None:
    """p-values are fractions, χ² is finite, whatever the ties and agreements."""
    found = friedman(ranks(scores))
    assert math.isfinite(found.chi_square)
    assert 0 <= found.p <= 1
    assert 0 <= found.f_p <= 1


def test_f_has_scipys_tail() -> None:
    """The p-value of F is that of scipy's F distribution with 3 and 39 degrees of freedom."""
    f, p = iman_davenport(9.28, 14, 4)
    assert p == pytest.approx(scipy.stats.f.sf(f, 3, 39), abs=1e-12)


def test_full_agreement_and_no_difference() -> None:
    """Where all corpora agree F is infinite and its p 0; where all taggers are equal χ² is 0 and p 1."""
    agreed = friedman(ranks(np.tile([0.9, 0.8, 0.7], (5, 1))))
    assert (agreed.f, agreed.f_p) == (math.inf, 0.0)
    assert agreed.chi_square == pytest.approx(10.0)
    equal = friedman(ranks(np.full((5, 3), 0.5)))
    assert (equal.chi_square, equal.p, equal.f, equal.f_p) == (0.0, 1.0, 0.0, 1.0)


def test_taggers_far_apart_share_no_group() -> None:
    """On 30 corpora that agree, the first and the last of three differ, and so do neighbours."""
    found = rank(("worst", "best", "fair"), np.tile([0.1, 0.9, 0.5], (30, 1)))
    assert found.taggers == ("best", "fair", "worst")
    assert found.critical_difference < 1
    assert found.groups == ((1,), (2,), (3,))


def test_on_two_corpora_nothing_differs() -> None:
    """With two corpora the critical difference is larger than the largest possible one."""
    found = rank(("a", "b", "c"), np.tile([0.9, 0.5, 0.1], (2, 1)))
    assert found.critical_difference > 2
    assert found.groups == ((1,), (1,), (1,))


@pytest.mark.parametrize(
    "scores", [np.zeros(3), np.zeros((1, 3)), np.zeros((3, 1)), np.array([[0.1, math.nan], [0.2, 0.3]])]
)
def test_what_cannot_be_ranked_is_refused(scores: CountTable) -> None:
    """One corpus, one tagger, no table, or scores that are no numbers are errors."""
    with pytest.raises(ValueError, match="two taggers or more on two corpora or more"):
        ranks(scores)


def test_every_tagger_needs_its_column() -> None:
    """Names that don't fit the table are refused."""
    with pytest.raises(ValueError, match="2 taggers for 3 columns"):
        rank(("a", "b"), np.zeros((4, 3)))
