"""The bootstrap on counts, against brute force and scipy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.scoring.evaluators.exact import ExactMatch
from adrbench.scoring.statistics.bootstrap import (
    CountTable,
    bca,
    bootstrap,
    by_unit,
    jackknife,
    percentile,
    resample,
    sum_rows,
    table,
    unit_numbers,
)

EXACT = ExactMatch(("ADR",))
NAMES = ("ADR/tp", "ADR/fp", "ADR/fn")

small_tables = st.lists(st.lists(st.integers(0, 3), min_size=3, max_size=3), min_size=2, max_size=12).map(
    lambda rows: np.array(rows, dtype=np.float64)
)


def documents(number: int, seed: int = 0) -> CountTable:
    """Counts of documents that are not all alike."""
    return np.random.default_rng(seed).poisson([1.2, 0.4, 0.5], (number, 3)).astype(np.float64)


def test_a_table_has_a_row_a_document_and_a_column_a_count() -> None:
    """Counts of documents become rows in the order given, under the names of the evaluator."""
    span = Span(0, 4, "ADR")
    names, rows = table([EXACT.count([span], [span]), EXACT.count([span], []), EXACT.count([], [])])
    assert names == NAMES
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]


def test_no_document_is_an_empty_table() -> None:
    """Without documents there are neither rows nor columns."""
    names, rows = table([])
    assert (names, rows.shape) == ((), (0, 0))


def test_counts_of_different_evaluators_do_not_mix() -> None:
    """Documents with other names of counts are refused."""
    with pytest.raises(ValueError, match="different names"):
        table([EXACT.count([], []), ExactMatch(("DRUG",)).count([], [])])


def test_rows_of_a_unit_are_summed() -> None:
    """Rows that share a unit become one, sorted by unit."""
    rows = np.array([[1.0, 0.0], [2.0, 1.0], [4.0, 0.0]])
    assert by_unit(rows, ["b", "a", "b"]).tolist() == [[2, 1], [5, 0]]


def test_numbered_units_are_summed_alike() -> None:
    """Numbering units first and summing by number later is the same, and no unit is no row."""
    rows, units = documents(40), [f"u{i % 7}" for i in range(40)]
    assert (sum_rows(rows, unit_numbers(units)) == by_unit(rows, units)).all()
    assert by_unit(rows[:0], []).shape == (0, 3)


def test_units_must_be_as_many_as_rows() -> None:
    """A unit too few is an error, not a shifted sum."""
    with pytest.raises(ValueError, match="1 units for 2 rows"):
        by_unit(np.zeros((2, 3)), ["a"])


def test_every_draw_of_a_small_table_comes_as_often_as_it_should() -> None:
    """Of three documents, two alike, the resampled sums have the distribution of all 27 equally likely draws."""
    rows = np.array([[1.0], [1.0], [5.0]])
    drawn = resample(rows, 20_000, seed=1)[:, 0]
    exact = [sum(rows[list(draw), 0]) for draw in itertools.product(range(3), repeat=3)]
    for value in (3.0, 7.0, 11.0, 15.0):
        assert np.mean(drawn == value) == pytest.approx(exact.count(value) / 27, abs=0.015)


@given(small_tables, st.integers(0, 5))
def test_resamples_stay_within_what_can_be_drawn(rows: CountTable, seed: int) -> None:
    """Every resample is a sum of as many rows as there are: between n times the least and n times the largest."""
    drawn = resample(rows, 50, seed)
    assert drawn.shape == (50, 3)
    assert (drawn >= len(rows) * rows.min(axis=0)).all()
    assert (drawn <= len(rows) * rows.max(axis=0)).all()


@given(small_tables, st.randoms())
def test_the_order_of_documents_does_not_matter(rows: CountTable, rng: object) -> None:
    """The same documents in another order give the same resamples."""
    order = rng.sample(range(len(rows)), len(rows))  # type: ignore[attr-defined]
    assert (resample(rows, 20, seed=3) == resample(rows[order], 20, seed=3)).all()


def test_the_seed_decides() -> None:
    """The same seed gives the same figures, another seed others."""
    counts = documents(50)
    one, same, other = (bootstrap(counts, NAMES, EXACT.score, resamples=100, seed=s)["micro"]["f1"] for s in (1, 1, 2))
    assert (one == same).all()
    assert (one != other).any()


def test_more_resamples_than_fit_in_one_chunk() -> None:
    """A table of thousands of different rows gives as many resamples as asked, centred on the sums."""
    rows = np.random.default_rng(0).random((3000, 2))
    drawn = resample(rows, 1500, seed=0)
    assert drawn.shape == (1500, 2)
    assert drawn.mean(axis=0) == pytest.approx(rows.sum(axis=0), rel=0.005)


def test_the_percentile_interval_is_scipys() -> None:
    """On 300 documents the 95% interval of micro F1 is that of scipy's bootstrap, up to chance."""
    counts = documents(300)
    ours = percentile(bootstrap(counts, NAMES, EXACT.score, seed=4)["micro"]["f1"])

    def f1(tp: CountTable, fp: CountTable, fn: CountTable, axis: int) -> CountTable:
        tp, fp, fn = (part.sum(axis=axis) for part in (tp, fp, fn))
        return np.asarray(2 * tp / (2 * tp + fp + fn))

    theirs = scipy.stats.bootstrap(
        tuple(counts.T), f1, paired=True, vectorized=True, n_resamples=10_000, batch=500, method="percentile", rng=5
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.003)
    assert (ours.kind, ours.level) == ("bootstrap", 0.95)


def test_the_bca_interval_is_scipys() -> None:
    """On 60 documents with a skewed recall the BCa interval is scipy's, up to chance, and not the percentile one."""
    counts = documents(60)
    counts[:3, 2] += 12.0
    values = np.asarray(bootstrap(counts, NAMES, EXACT.score, resamples=40_000, seed=4)["micro"]["recall"])
    observed = float(EXACT.score(dict(zip(NAMES, counts.sum(axis=0), strict=True)))["micro"]["recall"])
    ours = bca(values, observed, np.asarray(jackknife(counts, NAMES, EXACT.score)["micro"]["recall"]))

    def recall(tp: CountTable, fn: CountTable, axis: int) -> CountTable:
        hits, missed = tp.sum(axis=axis), fn.sum(axis=axis)
        return np.asarray(hits / (hits + missed))

    theirs = scipy.stats.bootstrap(
        (counts[:, 0], counts[:, 2]), recall, paired=True, vectorized=True, n_resamples=40_000, method="BCa", rng=5
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.004)
    assert (ours.kind, ours.level) == ("bca", 0.95)
    plain = percentile(values)
    assert abs(ours.low - plain.low) > 0.01


def test_bca_worked_by_hand() -> None:
    """Without bias and skew the ends are the percentiles; with bias they move by the quantiles of the formula."""
    values = np.linspace(0, 1, 10_001)
    even = np.array([0.4, 0.5, 0.6])
    plain, moved = bca(values, 0.5, even), bca(values, 0.6, even)
    assert (plain.low, plain.high) == pytest.approx((0.025, 0.975), abs=1e-4)
    bias = scipy.stats.norm.ppf(0.6)
    expected = [scipy.stats.norm.cdf(2 * bias + z) for z in scipy.stats.norm.ppf([0.025, 0.975])]
    assert (moved.low, moved.high) == pytest.approx(expected, abs=2e-4)


def test_the_jackknife_leaves_out_each_document_in_turn() -> None:
    """Figures without a document are those of the table without its row."""
    counts = documents(12)
    found = jackknife(counts, NAMES, EXACT.score)["micro"]["f1"]
    expected = [
        EXACT.score(dict(zip(NAMES, np.delete(counts, i, axis=0).sum(axis=0), strict=True)))["micro"]["f1"]
        for i in range(12)
    ]
    assert found == pytest.approx(expected)


@given(small_tables, st.integers(0, 5))
def test_bca_stays_within_what_was_drawn(rows: CountTable, seed: int) -> None:
    """Both ends are numbers between the least and the largest resample, low before high, however odd the table."""
    values = np.asarray(bootstrap(rows, NAMES, EXACT.score, resamples=60, seed=seed)["micro"]["f1"])
    observed = float(EXACT.score(dict(zip(NAMES, rows.sum(axis=0), strict=True)))["micro"]["f1"])
    found = bca(values, observed, np.asarray(jackknife(rows, NAMES, EXACT.score)["micro"]["f1"]))
    assert values.min() <= found.low <= found.high <= values.max()


def test_a_figure_without_gold_or_prediction_is_zero_in_every_resample() -> None:
    """Counts that are all 0 give figures that are 0.0, not NaN."""
    figures = bootstrap(np.zeros((4, 3)), NAMES, EXACT.score, resamples=10, seed=0)
    assert figures["micro"]["f1"].tolist() == [0.0] * 10


@pytest.mark.parametrize("counts", [np.zeros((0, 3)), np.zeros((1, 3)), np.zeros(3), np.full((2, 3), np.nan)])
def test_a_table_that_shows_no_spread_is_refused(counts: CountTable) -> None:
    """Fewer than two units, no table at all, or counts that are no numbers are errors."""
    with pytest.raises(ValueError, match="two units or more"):
        bootstrap(counts, NAMES, EXACT.score, seed=0)
