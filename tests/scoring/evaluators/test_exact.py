"""The exact evaluator, with seqeval as the referee."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support as seqeval_default
from seqeval.metrics.v1 import precision_recall_fscore_support as seqeval_strict
from seqeval.scheme import IOB2

from adrbench.api import Scheme, Span, decode, tag_set
from adrbench.scoring.evaluators.exact import ExactMatch

LABELS = ("ADR", "DRUG", "A-B")
Pair = tuple[list[str], list[str]]


def documents(scheme: Scheme) -> st.SearchStrategy[list[Pair]]:
    """Documents as (gold tags, predicted tags): any sequences at all, orphans included."""
    tags = st.sampled_from(tag_set(LABELS, scheme))
    document = st.lists(st.tuples(tags, tags), max_size=25).map(lambda d: ([g for g, _ in d], [p for _, p in d]))
    return st.lists(document, min_size=1, max_size=4)


def total(pairs: list[Pair], orphans: Any) -> dict[str, float]:
    """Summed counts of the spans that the tags decode to."""
    exact = ExactMatch(LABELS)
    counts = []
    for pair in pairs:
        tokens = [(4 * i, 4 * i + 3) for i in range(len(pair[0]))]
        gold, predicted = (decode(tokens, tags, orphans) for tags in pair)
        counts.append(exact.count(gold, predicted))
    return {name: sum(c[name] for c in counts) for name in counts[0]}


def assert_as_seqeval(pairs: list[Pair], orphans: Any, referee: Any, **mode: Any) -> None:
    """Compare every figure with seqeval's to 1e-12: micro, macro, weighted and each label that occurs."""
    ours = ExactMatch(LABELS).score(total(pairs, orphans))
    gold, predicted = [g for g, _ in pairs], [p for _, p in pairs]

    def theirs(average: str | None) -> Any:
        return referee(gold, predicted, average=average, zero_division=0, **mode)

    names = ("precision", "recall", "f1", "support")
    occurring = sorted(label for label in LABELS if ours[label]["support"] + ours[label]["predicted"])
    assert np.allclose([ours["micro"][n] for n in names], theirs("micro"), rtol=0, atol=1e-12)
    if not occurring:
        assert ours["macro"]["f1"] == ours["weighted"]["f1"] == 0.0  # where seqeval takes the mean of nothing
        return
    for average in ("macro", "weighted"):
        assert np.allclose([ours[average][n] for n in names], theirs(average), rtol=0, atol=1e-12)
    by_label = np.array(theirs(None))
    assert by_label.shape == (4, len(occurring))
    assert np.allclose([[ours[label][n] for label in occurring] for n in names], by_label, rtol=0, atol=1e-12)


@given(documents("BIO"))
def test_bio_with_orphans_as_begins_equals_the_default_mode_of_seqeval(pairs: list[Pair]) -> None:
    """On any IOB2 tags, orphans included, figures equal those of seqeval's default mode."""
    assert_as_seqeval(pairs, "begin", seqeval_default)


@given(documents("BIO"))
def test_bio_with_orphans_rejected_equals_the_strict_mode_of_seqeval(pairs: list[Pair]) -> None:
    """On any IOB2 tags, orphans included, figures equal those of seqeval's strict IOB2 mode."""
    assert_as_seqeval(pairs, "reject", seqeval_strict, scheme=IOB2)


@given(documents("BIOES"))
def test_bioes_with_orphans_as_begins_equals_the_default_mode_of_seqeval(pairs: list[Pair]) -> None:
    """On any BIOES tags, malformed ones included, figures equal those of seqeval's default mode."""
    assert_as_seqeval(pairs, "begin", seqeval_default)


@pytest.mark.parametrize(
    ("orphans", "referee", "mode"), [("begin", seqeval_default, {}), ("reject", seqeval_strict, {"scheme": IOB2})]
)
def test_a_thousand_random_documents_equal_seqeval(orphans: str, referee: Any, mode: dict[str, Any]) -> None:
    """On 1,000 random tag sequences, each by itself and all together, both modes of seqeval are met."""
    rng, tags = np.random.default_rng(20), np.array(tag_set(LABELS))
    # Half of the predicted tags are those of gold, so that whole spans are right.
    pairs: list[Pair] = []
    for length in rng.integers(1, 30, 1000):
        gold, other = rng.choice(tags, (2, length))
        pairs.append((gold.tolist(), np.where(rng.random(length) < 0.5, gold, other).tolist()))
    assert_as_seqeval(pairs, orphans, referee, **mode)
    for pair in pairs:
        assert_as_seqeval([pair], orphans, referee, **mode)


def test_a_worked_example() -> None:
    """One hit, one wrong boundary, one wrong label and one miss give the figures worked out by hand."""
    exact = ExactMatch(("ADR", "DRUG"))
    gold = [Span(0, 4, "ADR"), Span(5, 9, "ADR"), Span(20, 24, "ADR"), Span(30, 35, "DRUG")]
    predicted = [Span(0, 4, "ADR"), Span(5, 8, "ADR"), Span(20, 24, "DRUG")]
    counts = exact.count(gold, predicted)
    assert counts == {"ADR/tp": 1, "ADR/fp": 1, "ADR/fn": 2, "DRUG/tp": 0, "DRUG/fp": 1, "DRUG/fn": 1}
    figures = exact.score(counts)
    assert figures["ADR"] == pytest.approx(
        {"precision": 1 / 2, "recall": 1 / 3, "f1": 2 / 5, "support": 3, "predicted": 2, "tp": 1}
    )
    assert figures["DRUG"]["f1"] == 0.0
    assert figures["micro"] == pytest.approx(
        {"precision": 1 / 3, "recall": 1 / 4, "f1": 2 / 7, "support": 4, "predicted": 3, "tp": 1}
    )
    assert figures["macro"] == pytest.approx(
        {"precision": 1 / 4, "recall": 1 / 6, "f1": 1 / 5, "support": 4, "predicted": 3, "tp": 1}
    )
    assert figures["weighted"] == pytest.approx(
        {"precision": 3 / 8, "recall": 1 / 4, "f1": 3 / 10, "support": 4, "predicted": 3, "tp": 1}
    )


def test_every_label_is_counted_in_an_empty_document() -> None:
    """A document with neither gold nor prediction has every count, each 0, and every figure 0.0."""
    exact = ExactMatch(("ADR", "DRUG"))
    counts = exact.count([], [])
    assert counts == dict.fromkeys(["ADR/tp", "ADR/fp", "ADR/fn", "DRUG/tp", "DRUG/fp", "DRUG/fn"], 0)
    assert {value for figures in exact.score(counts).values() for value in figures.values()} == {0.0}


def test_a_span_predicted_twice_counts_once() -> None:
    """Neither a hit nor a false positive is worth more for being repeated."""
    hit, miss = Span(0, 4, "ADR"), Span(5, 9, "ADR")
    counts = ExactMatch(("ADR",)).count([hit], [hit, hit, miss, miss])
    assert counts == {"ADR/tp": 1, "ADR/fp": 1, "ADR/fn": 0}


def test_overlapping_gold_is_all_gold() -> None:
    """A nested gold span that a flat tagger cannot give is a miss."""
    outer, inner = Span(0, 14, "ADR"), Span(5, 14, "ADR")
    assert ExactMatch(("ADR",)).count([outer, inner], [outer]) == {"ADR/tp": 1, "ADR/fp": 0, "ADR/fn": 1}


def test_counting_one_document_leaves_the_next_alone() -> None:
    """The counts of a document do not depend on the documents counted before it."""
    exact = ExactMatch(("ADR",))
    exact.count([Span(0, 4, "ADR")], [])
    assert exact.count([], []) == {"ADR/tp": 0, "ADR/fp": 0, "ADR/fn": 0}


@pytest.mark.parametrize(("gold", "predicted"), [(["X"], []), ([], ["X"]), (["ADR"], ["ADR", "X"])])
def test_an_unknown_label_is_an_error(gold: list[str], predicted: list[str]) -> None:
    """A span of a label that is not evaluated, gold or predicted, is refused by name."""
    spans = [[Span(0, 4, label) for label in labels] for labels in (gold, predicted)]
    with pytest.raises(ValueError, match=r"labels \['X'\], but the labels are \['ADR'\]"):
        ExactMatch(("ADR",)).count(*spans)


@pytest.mark.parametrize("labels", [(), ("ADR", "ADR"), ("ADR", "micro"), ("macro",), ("weighted",)])
def test_labels_must_be_distinct_and_no_average(labels: tuple[str, ...]) -> None:
    """Labels that would make figures ambiguous are refused."""
    with pytest.raises(ValueError, match="labels must be distinct"):
        ExactMatch(labels)


@given(st.lists(st.lists(st.integers(0, 4), min_size=6, max_size=6), min_size=1, max_size=8))
def test_arrays_are_scored_element_by_element(rows: list[list[int]]) -> None:
    """Scoring arrays of counts gives the same figures as scoring each of their elements."""
    exact = ExactMatch(("ADR", "DRUG"))
    names = list(exact.count([], []))
    at_once = exact.score({name: np.array([row[i] for row in rows]) for i, name in enumerate(names)})  # type: ignore[misc]
    for i, row in enumerate(rows):
        alone = exact.score(dict(zip(names, row, strict=True)))
        for label, figures in alone.items():
            assert {name: values[i] for name, values in at_once[label].items()} == figures
