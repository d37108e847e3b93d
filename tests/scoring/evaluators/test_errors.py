"""The classes of mistakes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import DocumentFacts, Span
from adrbench.scoring.evaluators.errors import KINDS, LENGTHS, Errors, classify
from adrbench.scoring.evaluators.exact import ExactMatch

LABELS = ("ADR", "DRUG")
span = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 8),
    st.integers(1, 6),
    st.sampled_from(LABELS),
)
broken = span.filter(lambda s: s.end - s.start > 2).map(
    lambda s: Span(s.start, s.end, s.label, ((s.start, s.start + 1), (s.end - 1, s.end)))
)
spans = st.lists(span | broken, max_size=7)
SETTING = DocumentFacts(tokens=tuple((4 * i, 4 * i + 3) for i in range(12)))


def adr(start: int, end: int) -> Span:
    return Span(start, end, "ADR")


def drug(start: int, end: int) -> Span:
    return Span(start, end, "DRUG")


BROKEN = Span(0, 15, "ADR", ((0, 3), (12, 15)))


@pytest.mark.parametrize(
    ("gold", "predicted", "kinds"),
    [
        ([adr(0, 4)], [adr(0, 4)], []),
        ([adr(0, 4)], [], ["missed"]),
        ([], [adr(0, 4)], ["spurious"]),
        ([adr(0, 4)], [adr(4, 8)], ["missed", "spurious"]),
        ([adr(4, 8)], [adr(0, 8)], ["boundary-long"]),
        ([adr(4, 8)], [adr(0, 12)], ["boundary-long"]),
        ([adr(0, 8)], [adr(0, 4)], ["boundary-short"]),
        ([adr(0, 8)], [adr(4, 12)], ["boundary-shifted"]),
        ([adr(0, 8)], [drug(0, 8)], ["label"]),
        ([adr(0, 8)], [drug(0, 4)], ["label+boundary"]),
        ([adr(0, 3), adr(8, 11)], [adr(0, 11)], ["merged"]),
        ([adr(0, 3), drug(8, 11)], [drug(2, 9)], ["merged"]),
        ([adr(0, 11)], [adr(0, 3), adr(8, 11)], ["split"]),
        ([adr(0, 11)], [adr(0, 3), adr(4, 7), drug(8, 15)], ["split"]),
        # A mention that is found takes no part in what is wrong.
        ([adr(0, 4), adr(0, 8)], [adr(0, 4), adr(0, 12)], ["boundary-long"]),
        ([adr(0, 4)], [adr(0, 4), adr(0, 8)], ["spurious"]),
        # Gold that nests is not merged by a prediction: one of the two is nearer to it.
        ([adr(0, 20), adr(5, 10)], [adr(4, 11)], ["missed", "boundary-long"]),
        # A chain has as many pairs as can be.
        ([adr(0, 8), adr(10, 18)], [adr(4, 12), adr(16, 24)], ["boundary-shifted", "boundary-shifted"]),
        # The right label counts for more than the larger overlap.
        ([drug(0, 8)], [drug(6, 12), adr(0, 7)], ["boundary-shifted", "spurious"]),
        # Plain predictions over a discontinuous mention.
        ([BROKEN], [adr(0, 15)], ["boundary-long"]),
        ([BROKEN], [adr(0, 3), adr(12, 15)], ["split"]),
        ([BROKEN], [adr(4, 8)], ["boundary-short"]),
        ([adr(0, 15)], [BROKEN], ["boundary-short"]),
    ],
)
def test_each_class(gold: list[Span], predicted: list[Span], kinds: list[str]) -> None:
    """What a person would call the mistake, a case of each class and of those that are hard to tell."""
    assert sorted(mistake.kind for mistake in classify(gold, predicted)) == sorted(kinds)


@given(spans, spans)
def test_each_wrong_span_is_in_one_mistake(gold: list[Span], predicted: list[Span]) -> None:
    """Gold of all mistakes is what exact match misses, predictions are its false alarms, each once."""
    mistakes = classify(gold, predicted)
    assert sorted(g for m in mistakes for g in m.gold) == sorted(set(gold) - set(predicted))
    assert sorted(p for m in mistakes for p in m.predicted) == sorted(set(predicted) - set(gold))
    sizes = {
        "missed": ({1}, {0}),
        "spurious": ({0}, {1}),
        "merged": (set(range(2, 9)), {1}),
        "split": ({1}, set(range(2, 9))),
    }
    for m in mistakes:
        expected, found = sizes.get(m.kind, ({1}, {1}))
        assert len(m.gold) in expected
        assert len(m.predicted) in found


@given(spans, spans)
def test_mistakes_are_what_their_class_says(gold: list[Span], predicted: list[Span]) -> None:
    """Spans of a mistake overlap, and its edges and labels are as its name says."""
    for m in classify(gold, predicted):
        if not m.gold or not m.predicted:
            continue
        assert all(g.start < p.end and p.start < g.end for g in m.gold for p in m.predicted)
        g, p = m.gold[0], m.predicted[0]
        if m.kind.startswith(("label", "boundary")):
            assert (g.label == p.label) == m.kind.startswith("boundary")
            assert ((g.start, g.end, g.parts) == (p.start, p.end, p.parts)) == (m.kind == "label")
        if m.kind == "boundary-long":
            assert p.start <= g.start < g.end <= p.end
        if m.kind == "boundary-short":
            assert g.start <= p.start < p.end <= g.end
        if m.kind == "boundary-shifted":
            assert (p.start - g.start) * (p.end - g.end) > 0
        if m.kind in {"merged", "split"}:
            apart = m.gold if m.kind == "merged" else m.predicted
            assert all(a.end <= b.start for a, b in pairwise(apart))


@given(spans, spans, st.data())
def test_the_order_of_spans_never_matters(gold: list[Span], predicted: list[Span], data: st.DataObject) -> None:
    """Mistakes are the same for the spans in any order."""
    mixed = data.draw(st.permutations(gold)), data.draw(st.permutations(predicted))
    assert classify(*mixed) == classify(gold, predicted)


@given(st.lists(st.tuples(spans, spans), min_size=1, max_size=4))
def test_classes_add_up_to_exact_match(documents: list[tuple[list[Span], list[Span]]]) -> None:
    """The classes of a label add up to its false negatives and false positives, lengths to their class."""
    errors, exact = Errors(LABELS), ExactMatch(LABELS)
    counts = [errors.count(*pair, SETTING) for pair in documents]
    judged = [exact.count(*pair) for pair in documents]
    found = errors.score({name: sum(c[name] for c in counts) for name in counts[0]})
    total = {name: sum(c[name] for c in judged) for name in judged[0]}
    for label, figures in exact.score(total).items():
        assert {name: found[label][name] for name in figures} == pytest.approx(figures, abs=1e-12)
    for label in LABELS:
        assert sum(found[label].get(f"{kind}/fn", 0) for kind in KINDS) == total[f"{label}/fn"]
        assert sum(found[label].get(f"{kind}/fp", 0) for kind in KINDS) == total[f"{label}/fp"]
        assert sum(found[label][f"support/{n}"] for n in LENGTHS) == found[label]["support"]
        for kind in KINDS[:-2]:
            assert sum(found[label][f"{kind}/fn/{n}"] for n in LENGTHS) == found[label][f"{kind}/fn"]


def test_a_worked_example() -> None:
    """A mention of two words found, one of five missed, a prediction of one word in a mention of three."""
    gold, predicted = [adr(0, 7), adr(8, 27), adr(28, 39)], [adr(0, 7), drug(28, 31)]
    errors = Errors(LABELS)
    found = errors.score(errors.count(gold, predicted, SETTING))
    assert (found["ADR"]["missed/fn/4+"], found["ADR"]["label+boundary/fn/3"]) == (1, 1)
    assert (found["DRUG"]["label+boundary/fp/1"], found["DRUG"]["label+boundary/fn"]) == (1, 0)
    assert [found["micro"][f"support/{n}"] for n in LENGTHS] == [0, 1, 1, 1]
    assert [found["micro"][f"recall/{n}"] for n in LENGTHS] == [0.0, 1.0, 0.0, 0.0]
    assert (found["micro"]["precision"], found["micro"]["recall"]) == (1 / 2, 1 / 3)
    assert "missed/fp" not in found["micro"]
    assert "spurious/fn" not in found["micro"]


def test_nothing_to_find_or_nothing_found_is_0() -> None:
    """Documents have the same counts, and figures of nothing are 0."""
    errors = Errors(LABELS)
    empty = errors.count([], [], DocumentFacts())
    assert {value for f in errors.score(empty).values() for value in f.values()} == {0.0}
    assert errors.count([adr(0, 4)], [drug(5, 9)], SETTING).keys() == empty.keys()


def test_arrays_are_scored_element_by_element() -> None:
    """Scoring arrays of counts gives the same figures as scoring each of their elements."""
    errors = Errors(LABELS)
    names = list(errors.count([], [], DocumentFacts()))
    rows = np.random.default_rng(1).integers(0, 3, (10, len(names))).astype(float)
    at_once = errors.score({name: rows[:, i] for i, name in enumerate(names)})  # type: ignore[misc]
    for i, row in enumerate(rows):
        for label, values in errors.score(dict(zip(names, row.tolist(), strict=True))).items():
            assert {name: value[i] for name, value in at_once[label].items()} == pytest.approx(values, abs=1e-12)


@pytest.mark.parametrize(("gold", "predicted"), [(["X"], []), ([], ["X"]), (["X"], ["X"])])
def test_an_unknown_label_is_an_error(gold: list[str], predicted: list[str]) -> None:
    """A span of a label that is not evaluated, gold or predicted, is refused by name."""
    expected, found = ([Span(0, 4, label) for label in labels] for labels in (gold, predicted))
    with pytest.raises(ValueError, match=r"labels \['X'\], but the labels are \['ADR', 'DRUG'\]"):
        Errors(LABELS).count(expected, found, SETTING)
