"""Comparisons of two taggers, against brute force, scipy, statsmodels and the definitions."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from adrbench.scoring.evaluators.exact import ExactMatch
from adrbench.scoring.statistics.bootstrap import CountTable
from adrbench.scoring.statistics.intervals import Interval
from adrbench.scoring.statistics.kinds import ResampledKind
from adrbench.scoring.statistics.paired import (
    MICRO_F1,
    Figure,
    difference_intervals,
    holm,
    nadeau_bengio_test,
    pairwise,
    randomisations,
)

EXACT = ExactMatch(("ADR", "DRUG"))
NAMES = tuple(EXACT.count([], []))


def counts(number: int, quality: float, seed: int) -> CountTable:
    """Counts of documents with the same gold whatever the quality of the tagger: [documents, 6]."""
    gold = np.random.default_rng(99).integers(0, 4, (number, 2))
    rng = np.random.default_rng(seed)
    hits, spurious = rng.binomial(gold, quality), rng.poisson(1 - quality, (number, 2))
    return np.stack([hits, spurious, gold - hits], axis=2).reshape(number, 6).astype(np.float64)


def randomisation(
    first: CountTable, second: CountTable, *, figure: Figure = MICRO_F1, resamples: int = 10_000, seed: int
) -> float:
    """The p-value of one figure."""
    return randomisations(first, second, NAMES, EXACT.score, [figure], resamples=resamples, seed=seed)[0]


def difference_interval(
    first: CountTable,
    second: CountTable,
    *,
    figure: Figure = MICRO_F1,
    kind: ResampledKind = "bootstrap",
    resamples: int = 10_000,
    seed: int,
) -> Interval | None:
    """The interval of the difference in one figure."""
    names, score = NAMES, EXACT.score
    return difference_intervals(first, second, names, score, [figure], kind=kind, resamples=resamples, seed=seed)[0]


def micro_f1(rows: CountTable) -> float:
    """Micro F1 of pooled counts, the plain way."""
    return float(EXACT.score(dict(zip(NAMES, rows.sum(axis=0), strict=True)))["micro"]["f1"])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_randomisation_approximates_the_exact_test(seed: int) -> None:
    """On ten documents, p is that of all 1,024 swaps, up to chance."""
    first, second = counts(10, 0.8, seed), counts(10, 0.5, seed + 10)
    observed = abs(micro_f1(first) - micro_f1(second))
    extreme = 0
    for swaps in itertools.product([False, True], repeat=10):
        swap = np.array(swaps)[:, None]
        difference = micro_f1(np.where(swap, second, first)) - micro_f1(np.where(swap, first, second))
        extreme += abs(difference) >= observed - 1e-12
    assert randomisation(first, second, seed=seed) == pytest.approx(extreme / 1024, abs=0.02)


small_tables = st.integers(2, 6).flatmap(
    lambda units: st.tuples(
        *(st.lists(st.lists(st.integers(0, 3), min_size=6, max_size=6), min_size=units, max_size=units),) * 2
    )
)


@settings(max_examples=25)
@given(both=small_tables)
def test_p_is_scipys(both: tuple[list[list[int]], list[list[int]]]) -> None:
    """On a few documents with any counts, p is that of scipy's exact permutation test, up to chance."""
    first, second = (np.array(rows, dtype=np.float64) for rows in both)
    stacked, units = np.vstack([first, second]), len(first)

    def apart(ours: CountTable, theirs: CountTable) -> float:
        # A tolerance, as ours has: the same swap may differ in the last digit.
        return round(abs(micro_f1(stacked[ours.astype(int)]) - micro_f1(stacked[theirs.astype(int)])), 10)

    exact = scipy.stats.permutation_test(
        (np.arange(units), np.arange(units, 2 * units)),
        apart,
        permutation_type="samples",
        vectorized=False,
        alternative="greater",
    ).pvalue
    ours = randomisation(first, second, seed=1)
    assert ours == pytest.approx(exact, abs=0.025)
    pair = pairwise({"a": first, "b": second}, NAMES, EXACT.score, seed=1)
    assert pair["a", "b"] == pair["b", "a"] == pytest.approx(exact, abs=0.025)


@pytest.mark.parametrize("better", [44, 50, 60])
def test_on_units_that_are_alike_it_is_the_sign_test(better: int) -> None:
    """Of 83 mentions each is found by one tagger and missed by the other: p is binomial, up to chance."""
    found, missed = [1.0, 0, 0, 0, 0, 0], [0.0, 1, 1, 0, 0, 0]
    first = np.array([found] * better + [missed] * (83 - better))
    second = np.array([missed] * better + [found] * (83 - better))
    exact = scipy.stats.binomtest(better, 83).pvalue
    assert randomisation(first, second, seed=1) == pytest.approx(exact, abs=0.02)
    like = pairwise({"a": first, "b": second}, NAMES, EXACT.score, seed=1)
    assert like["a", "b"] == pytest.approx(exact, abs=0.02)


def test_like_taggers_have_p_1() -> None:
    """A tagger compared with itself differs in no swap."""
    rows = counts(30, 0.7, 1)
    assert randomisation(rows, rows, resamples=100, seed=0) == 1.0


def test_p_is_never_0() -> None:
    """The least p is one in the number of resamples and one."""
    best, worst = counts(200, 1.0, 1), counts(200, 0.2, 2)
    assert randomisation(best, worst, resamples=99, seed=0) == 0.01


def test_p_is_the_same_in_both_directions() -> None:
    """The test is two-sided: the order of the taggers does not matter."""
    first, second = counts(100, 0.7, 1), counts(100, 0.66, 2)
    forth = randomisation(first, second, resamples=500, seed=3)
    assert forth == randomisation(second, first, resamples=500, seed=3)


def test_under_the_null_small_p_values_are_rare() -> None:
    """Of 1,000 pairs of equally good taggers, about a twentieth has p at most 0.05.

    ``benchmarks/paired_null.py`` does it 10,000 times with real counts.
    """
    pairs = 1_000
    small = [
        randomisation(counts(60, 0.7, 2 * i), counts(60, 0.7, 2 * i + 1), resamples=199, seed=i) <= 0.05
        for i in range(pairs)
    ]
    assert scipy.stats.binomtest(sum(small), pairs, 0.05).pvalue > 0.001


def test_the_figure_compared_is_a_choice() -> None:
    """Taggers that differ in one label only differ in that label's figure only."""
    first, second = counts(200, 0.8, 1), counts(200, 0.5, 2)
    second[:, :3] = first[:, :3]
    adr, drug = (randomisation(first, second, figure=(label, "f1"), resamples=199, seed=0) for label in ("ADR", "DRUG"))
    assert (adr, drug) == (1.0, 0.005)


def test_the_difference_interval_is_scipys() -> None:
    """The paired interval of the difference in micro F1 is that of scipy's bootstrap over documents, up to chance."""
    first, second = counts(300, 0.75, 1), counts(300, 0.7, 2)
    ours = difference_interval(first, second, seed=4)

    def difference(index: CountTable) -> float:
        drawn = index.astype(int)
        return micro_f1(first[drawn]) - micro_f1(second[drawn])

    theirs = scipy.stats.bootstrap(
        (np.arange(300),), difference, vectorized=False, n_resamples=3000, method="percentile", rng=5
    ).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)


def test_the_bca_interval_of_a_difference_is_scipys() -> None:
    """So is the BCa interval, on fewer documents."""
    first, second = counts(80, 0.95, 1), counts(80, 0.7, 2)
    ours = difference_interval(first, second, kind="bca", seed=4)

    def difference(index: CountTable) -> float:
        drawn = index.astype(int)
        return micro_f1(first[drawn]) - micro_f1(second[drawn])

    theirs = scipy.stats.bootstrap(
        (np.arange(80),), difference, vectorized=False, n_resamples=4000, method="BCa", rng=5
    ).confidence_interval
    assert ours is not None
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)
    assert ours.kind == "bca"


def test_several_figures_come_from_one_draw() -> None:
    """Asked together, labels have the p-values and intervals that they have when asked alone."""
    first, second = counts(60, 0.8, 1), counts(60, 0.7, 2)
    figures = [("micro", "f1"), ("ADR", "f1"), ("DRUG", "recall")]
    options = {"resamples": 400, "seed": 3}
    together = randomisations(first, second, NAMES, EXACT.score, figures, **options)
    assert together == [randomisation(first, second, figure=f, **options) for f in figures]
    for kind in ("bootstrap", "bca"):
        intervals = difference_intervals(first, second, NAMES, EXACT.score, figures, kind=kind, **options)
        alone = [difference_interval(first, second, figure=f, kind=kind, **options) for f in figures]
        assert intervals == alone


def test_a_tagger_differs_from_itself_by_nothing() -> None:
    """The paired interval of a tagger with itself is 0 to 0, however much its own figure varies."""
    rows = counts(30, 0.7, 1)
    found = difference_interval(rows, rows, resamples=100, seed=0)
    assert found is not None
    assert (found.low, found.high) == (0.0, 0.0)


def test_one_unit_has_no_difference_interval() -> None:
    """A single unit shows no spread."""
    rows = counts(1, 0.7, 1)
    assert difference_interval(rows, rows, seed=0) is None


def test_taggers_on_different_documents_are_not_compared() -> None:
    """Tables of another shape are refused by both comparisons."""
    for compare in (randomisation, difference_interval):
        with pytest.raises(ValueError, match=r"same units and columns, not \(3, 6\) and \(4, 6\)"):
            compare(counts(3, 0.7, 1), counts(4, 0.7, 1), seed=0)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=12).filter(lambda d: np.std(d) > 1e-6))
def test_without_correction_nadeau_bengio_is_students_test(differences: list[float]) -> None:
    """As the test part shrinks to nothing, the corrected test becomes the paired t-test of scipy."""
    expected = scipy.stats.ttest_1samp(differences, 0).pvalue
    assert nadeau_bengio_test(differences, 1e-12) == pytest.approx(expected, abs=1e-6)


def test_nadeau_bengio_worked_by_hand() -> None:
    """Differences 1 to 5 in five folds: t = 3 / (√2.5 · √(1/5 + 1/4)) = 2√2 with 4 degrees of freedom."""
    expected = 2 * scipy.stats.t.sf(2 * math.sqrt(2), 4)
    assert nadeau_bengio_test([1, 2, 3, 4, 5], 0.2) == pytest.approx(expected, abs=1e-12)


def test_nadeau_bengio_at_its_edges() -> None:
    """One fold has no p; folds that all differ alike have p 0, and p 1 if they do not differ."""
    assert nadeau_bengio_test([0.1], 0.2) is None
    assert nadeau_bengio_test([0.5, 0.5, 0.5], 0.2) == 0.0
    assert nadeau_bengio_test([0.0, 0.0], 0.2) == 1.0
    with pytest.raises(ValueError, match="finite"):
        nadeau_bengio_test([0.1, math.nan], 0.2)


@given(st.lists(st.floats(0, 1), max_size=6))
def test_holm_is_the_closed_bonferroni_test(p_values: list[float]) -> None:
    """An adjusted p is the largest Bonferroni p of all families that hold its comparison."""
    indices = range(len(p_values))
    families = [f for size in indices for f in itertools.combinations(indices, size + 1)]
    expected = [max(min(1.0, len(f) * min(p_values[j] for j in f)) for f in families if i in f) for i in indices]
    assert holm(p_values) == pytest.approx(expected, abs=1e-15)


@pytest.mark.slow
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_statsmodels(p_values: list[float]) -> None:
    """Adjusted p-values are those of statsmodels, ties included."""
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    _, expected, _, _ = multitest.multipletests(p_values, method="holm")
    assert holm(p_values) == pytest.approx(list(expected), abs=1e-12)


def test_holm_worked_by_hand() -> None:
    """Four p-values, in the order given: 0.01, 0.04, 0.03 and 0.005."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_pairwise_adjusts_over_all_pairs() -> None:
    """The p-values of all pairs are adjusted together, and found under both orders of a pair."""
    tables = {"good": counts(100, 0.9, 1), "fair": counts(100, 0.6, 2), "like": counts(100, 0.6, 3)}
    p = pairwise(tables, NAMES, EXACT.score, resamples=199, seed=0)
    assert len(p) == 6
    assert p["good", "fair"] == p["fair", "good"] == p["good", "like"] == pytest.approx(3 * 0.005)
    assert p["fair", "like"] > 0.05


def test_pairwise_gives_each_pair_its_own_p() -> None:
    """Before adjustment, a pair among others has the p that it has alone, up to chance; halves and thirds alike."""
    for unit in (1, 1 / 2, 1 / 3):
        tables = {name: unit * counts(100, 0.6, seed) for seed, name in enumerate("abcd", start=1)}
        alone = [
            randomisation(tables[a], tables[b], resamples=2000, seed=5) for a, b in itertools.combinations(tables, 2)
        ]
        adjusted = pairwise(tables, NAMES, EXACT.score, resamples=2000, seed=6)
        expected = dict(zip(itertools.combinations(tables, 2), holm(alone), strict=True))
        assert {pair: adjusted[pair] for pair in expected} == pytest.approx(expected, abs=0.15)


def test_the_order_of_units_does_not_matter_to_any_pair() -> None:
    """The same units in another order have the same p-values, and so do taggers of which some are alike."""
    tables = {name: counts(100, 0.6, seed) for seed, name in enumerate("abc", start=1)}
    tables["like a"] = tables["a"].copy()
    turned = {name: rows[::-1] for name, rows in tables.items()}
    found = pairwise(tables, NAMES, EXACT.score, resamples=500, seed=1)
    assert found == pairwise(turned, NAMES, EXACT.score, resamples=500, seed=1)
    assert found["a", "like a"] == 1.0


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_pairs_approximate_the_exact_test(seed: int) -> None:
    """On ten documents, alike in twos, p is that of all 1,024 swaps, up to chance; among three taggers, Holm's."""
    tables = {name: np.repeat(counts(5, 0.7, seed + i), 2, axis=0) for i, name in enumerate("abc")}
    first, second = tables["a"], tables["b"]
    observed = abs(micro_f1(first) - micro_f1(second))
    extreme = 0
    for swaps in itertools.product([False, True], repeat=10):
        swap = np.array(swaps)[:, None]
        difference = micro_f1(np.where(swap, second, first)) - micro_f1(np.where(swap, first, second))
        extreme += abs(difference) >= observed - 1e-12
    alone = {pair: pairwise({n: tables[n] for n in pair}, NAMES, EXACT.score, seed=seed) for pair in [("a", "b")]}
    assert alone["a", "b"]["a", "b"] == pytest.approx(extreme / 1024, abs=0.02)
    third = pairwise(tables, NAMES, EXACT.score, seed=seed)["a", "b"]
    assert extreme / 1024 - 0.02 <= third <= 3 * extreme / 1024 + 0.06
