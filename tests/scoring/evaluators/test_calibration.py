"""The calibration evaluator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import Span
from adrbench.scoring.evaluators.calibration import BINS, CHECKED, COVERED, LEVELS, Calibration
from adrbench.scoring.evaluators.exact import ExactMatch

LABELS = ("ADR", "DRUG")
Document = tuple[list[Span], list[Span]]

score = st.one_of(st.none(), st.sampled_from((0.0, 0.1, 0.3, 0.95, 0.9995, 1.0)), st.floats(0, 1))
gold = st.builds(lambda start, label: Span(start, start + 2, label), st.integers(0, 8), st.sampled_from(LABELS))
predicted = st.builds(lambda span, s: Span(span.start, span.end, span.label, score=s), gold, score)
documents: st.SearchStrategy[list[Document]] = st.lists(
    st.tuples(st.lists(gold, max_size=6), st.lists(predicted, max_size=8, unique=True)), min_size=1, max_size=5
)


def judged(pairs: Sequence[Document]) -> Mapping[str, Mapping[str, Any]]:
    """The figures of some documents together."""
    calibration = Calibration(LABELS)
    counts = [calibration.count(*pair) for pair in pairs]
    return calibration.score({name: sum(c[name] for c in counts) for name in counts[0]})


def mentions(pairs: Sequence[Document]) -> tuple[np.ndarray, np.ndarray]:
    """Scores of the predicted mentions that have a score, and whether each is right."""
    rows = [(s.score, s in set(gold)) for gold, predicted in pairs for s in predicted if s.score is not None]
    scores, right = zip(*rows, strict=True) if rows else ((), ())
    return np.array(scores, dtype=float), np.array(right, dtype=bool)


def test_a_worked_example() -> None:
    """Four mentions, two bins, one wrong mention with the lowest score."""
    gold = [Span(0, 4, "ADR"), Span(5, 9, "ADR"), Span(10, 14, "DRUG"), Span(90, 94, "DRUG")]
    found = [
        Span(0, 4, "ADR", score=0.95),
        Span(5, 9, "ADR", score=0.91),
        Span(10, 14, "DRUG", score=0.55),
        Span(20, 24, "DRUG", score=0.53),
    ]
    micro = judged([(gold, found)])["micro"]
    assert micro["f1"] == pytest.approx(2 * 3 / (2 * 3 + 1 + 1))
    assert micro["ece"] == pytest.approx((abs(2 - 1.86) + abs(1 - 1.08)) / 4)
    assert micro["brier"] == pytest.approx((0.05**2 + 0.09**2 + 0.45**2 + 0.53**2) / 4)
    assert micro["scored"] == 4
    assert micro["risk/100"] == pytest.approx(1 / 4)
    assert micro["risk/70"] == 0.0
    assert micro["f1_checked/30"] == pytest.approx(2 * 3 / (2 * 3 + 1))
    # A fifth of four mentions is 0.8 of the least certain one.
    assert micro["f1_checked/20"] == pytest.approx(2 * 3 / (2 * 3 + 0.2 + 1))
    assert micro["bin/0.9/predicted"] == 2
    assert micro["bin/0.9/confidence"] == pytest.approx(0.93)
    assert micro["bin/0.9/right"] == 1.0


@given(documents)
def test_figures_are_those_of_numpy(pairs: list[Document]) -> None:
    """ECE, Brier score, risk at each coverage and F1 after checks equal a direct computation on all mentions."""
    micro = judged(pairs)["micro"]
    scores, right = mentions(pairs)
    assert micro["scored"] == len(scores)
    if not len(scores):
        assert micro["ece"] == micro["brier"] == micro["aurc"] == 0.0
        return
    bins = np.minimum((np.searchsorted(BINS, scores, side="right") - 1), 9)
    ece = sum(
        abs(scores[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean()
        for b in range(10)
        if (bins == b).any()
    )
    assert micro["ece"] == pytest.approx(ece, abs=1e-9)
    assert micro["brier"] == pytest.approx(((scores - right) ** 2).mean(), abs=1e-9)
    levels = np.searchsorted(LEVELS, scores, side="right")
    # Mentions of one level are tied: each is as wrong as its level is on average.
    wrong = np.array([1 - right[levels == level].mean() for level in levels])
    order = np.argsort(levels, kind="stable")
    edges, removed = np.arange(len(order) + 1), np.concatenate([[0.0], np.cumsum(wrong[order])])
    fp, tp, fn = (float(micro[name]) for name in ("predicted", "tp", "support"))
    fp, fn = fp - tp, fn - tp
    for share in CHECKED:
        left = fp - np.interp(share / 100 * len(order), edges, removed)
        assert micro[f"f1_checked/{share}"] == pytest.approx(2 * tp / ((2 * tp + left + fn) or 1), abs=1e-9)
    kept = np.concatenate([[0.0], np.cumsum(wrong[order][::-1])])
    for share in COVERED:
        n = share / 100 * len(order)
        assert micro[f"risk/{share}"] == pytest.approx(np.interp(n, edges, kept) / n, abs=1e-9)


@given(documents)
def test_the_area_is_the_integral_of_risk(pairs: list[Document]) -> None:
    """The closed form equals a numerical integral of risk over coverage."""
    micro, (scores, right) = judged(pairs)["micro"], mentions(pairs)
    if not len(scores):
        return
    levels = np.searchsorted(LEVELS, scores, side="right")
    wrong = np.array([1 - right[levels == level].mean() for level in levels])[np.argsort(-levels, kind="stable")]
    edges, kept = np.arange(len(wrong) + 1), np.concatenate([[0.0], np.cumsum(wrong)])
    nodes, weights = np.polynomial.legendre.leggauss(20)
    places = edges[:-1, None] + (nodes + 1) / 2
    area = (np.interp(places, edges, kept) / places * weights / 2).sum()
    assert micro["aurc"] == pytest.approx(area / len(wrong), abs=1e-6)


@given(documents)
def test_precision_recall_and_f1_are_those_of_exact_match(pairs: list[Document]) -> None:
    """Whatever the scores; and checking more never lowers F1."""
    found, exact = judged(pairs), ExactMatch(LABELS)
    counts = [exact.count(*pair) for pair in pairs]
    expected = exact.score({name: sum(c[name] for c in counts) for name in counts[0]})
    for label, figures in expected.items():
        assert {name: found[label][name] for name in figures} == pytest.approx(dict(figures))
    checked = [found["micro"]["f1"], *(found["micro"][f"f1_checked/{share}"] for share in CHECKED)]
    assert all(b >= a - 1e-12 for a, b in pairwise(checked))


@given(documents, st.randoms())
def test_the_order_of_spans_plays_no_part(pairs: list[Document], random: Any) -> None:
    """Counts are the same for any order; of equal spans with two scores the higher one counts."""
    calibration = Calibration(LABELS)
    for gold, predicted in pairs:
        mixed = random.sample(predicted, len(predicted))
        counts = calibration.count(gold[::-1], mixed)
        assert counts == pytest.approx(dict(calibration.count(gold, predicted)))
        lower = [Span(s.start, s.end, s.label, score=0.0) for s in predicted if s.score is not None]
        assert calibration.count(gold, [*lower, *mixed]) == pytest.approx(dict(counts))


def test_arrays_are_scored_element_by_element() -> None:
    """Scoring arrays of counts gives the figures of each of their elements."""
    calibration, rng = Calibration(LABELS), np.random.default_rng(1)
    rows = []
    for _ in range(20):
        spans = [Span(i, i + 1, LABELS[i % 2]) for i in range(30)]
        found = [Span(s.start, s.end, s.label, score=float(rng.random())) for s in spans if rng.random() < 0.8]
        rows.append(dict(calibration.count([s for s in spans if rng.random() < 0.6], found)))
    at_once = calibration.score({name: np.array([row[name] for row in rows]) for name in rows[0]})  # type: ignore[misc]
    for i, row in enumerate(rows):
        for label, figures in calibration.score(row).items():
            assert {name: at_once[label][name][i] for name in figures} == pytest.approx(dict(figures), abs=1e-12)


def test_unknown_labels_are_refused() -> None:
    """In gold or in predictions."""
    with pytest.raises(ValueError, match=r"labels \['X'\], but the labels are \['ADR', 'DRUG'\]"):
        Calibration(LABELS).count([], [Span(0, 4, "X", score=0.3)])
    with pytest.raises(ValueError, match=r"labels \['X'\]"):
        Calibration(LABELS).count([Span(0, 4, "X")], [])
