"""The overlap evaluator, with nervaluate as the referee where its first-come matching is sound."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from nervaluate import Evaluator as Nervaluate

from adrbench.api import Span
from adrbench.scoring.evaluators.exact import ExactMatch
from adrbench.scoring.evaluators.overlap import Overlap, plugin

LABELS = ("ADR", "DRUG")
MUC = ("correct", "incorrect", "partial", "missed", "spurious")
TYPE, STRICT, EXACT, PARTIAL = "type", "strict", "exact", "partial"
THEIRS = {TYPE: "ent_type", STRICT: STRICT, EXACT: EXACT, PARTIAL: PARTIAL}

variants = st.sampled_from(plugin.variants)
every_variant = pytest.mark.parametrize("variant", plugin.variants)


def spans(labels: tuple[str, ...] = LABELS) -> st.SearchStrategy[list[Span]]:
    """Any spans at all: nested, crossing, discontinuous, with several labels in one place; few places, so many meet."""
    plain = st.builds(
        lambda start, length, label: Span(start, start + length, label),
        st.integers(0, 5),
        st.integers(1, 4),
        st.sampled_from(labels),
    )
    broken = plain.filter(lambda s: s.end - s.start > 2).map(
        lambda s: Span(s.start, s.end, s.label, ((s.start, s.start + 1), (s.end - 1, s.end)))
    )
    return st.lists(plain | broken, max_size=6, unique=True)


def flat(labels: tuple[str, ...] = LABELS) -> st.SearchStrategy[list[Span]]:
    """Spans in order, none of which overlaps another."""

    def between(edges: set[int], names: list[str], kept: list[bool]) -> list[Span]:
        places = pairwise(sorted(edges))
        return [Span(*place, name) for place, name, keep in zip(places, names, kept, strict=False) if keep]

    return st.builds(
        between,
        st.sets(st.integers(0, 10), min_size=2, max_size=9),
        st.lists(st.sampled_from(labels), min_size=8, max_size=8),
        st.lists(st.booleans(), min_size=8, max_size=8),
    )


def figures(gold: list[Span], predicted: list[Span], variant: str) -> Any:
    overlap = Overlap(LABELS, variant)
    return overlap.score(overlap.count(gold, predicted))


def nervaluate(gold: list[Span], predicted: list[Span], variant: str) -> tuple[Any, dict[str, Any]]:
    """What nervaluate says of one document, overall and by label. Its ends are inclusive."""
    both = [[{"label": s.label, "start": s.start, "end": s.end - 1} for s in side] for side in (gold, predicted)]
    found = Nervaluate([both[0]], [both[1]], tags=list(LABELS), loader="dict").evaluate()
    by_label = {label: result[THEIRS[variant]] for label, result in found["entities"].items()}
    return found["overall"][THEIRS[variant]], by_label


def assert_same_total(ours: Any, theirs: Any) -> None:
    assert [ours[name] for name in MUC] == [getattr(theirs, name) for name in MUC]
    assert_same_quotients(ours, theirs)


def assert_same_quotients(ours: Any, theirs: Any) -> None:
    names = ("precision", "recall", "f1")
    assert [ours[name] for name in names] == pytest.approx([getattr(theirs, name) for name in names], abs=1e-12)


@given(variant=st.sampled_from([STRICT, EXACT, PARTIAL]), gold=flat(), predicted=flat())
def test_flat_spans_have_the_counts_of_nervaluate(variant: str, gold: list[Span], predicted: list[Span]) -> None:
    """Where neither gold nor predictions overlap among themselves, the first match is the best one, and all agree."""
    theirs, _ = nervaluate(gold, predicted, variant)
    assert_same_total(figures(gold, predicted, variant)["micro"], theirs)


@given(gold=flat(("ADR",)), predicted=flat(("ADR",)))
def test_flat_spans_of_one_label_have_the_type_counts_of_nervaluate(gold: list[Span], predicted: list[Span]) -> None:
    """With one label, type matching is sound on flat spans too."""
    theirs, _ = nervaluate(gold, predicted, TYPE)
    assert_same_total(figures(gold, predicted, TYPE)["micro"], theirs)


@given(gold=flat(), predicted=flat())
def test_one_to_one_overlaps_have_the_type_counts_of_nervaluate(gold: list[Span], predicted: list[Span]) -> None:
    """Where no span overlaps two of the other side there is one matching only, with any labels."""

    def few(span: Span, others: list[Span]) -> bool:
        return sum(span.start < other.end and other.start < span.end for other in others) < 2

    simple = [p for p in predicted if few(p, gold)]
    alone = [g for g in gold if few(g, simple)]
    theirs, _ = nervaluate(alone, simple, TYPE)
    assert_same_total(figures(alone, simple, TYPE)["micro"], theirs)


@given(variant=st.sampled_from([STRICT, TYPE]), gold=flat(), predicted=flat())
def test_labels_have_the_figures_of_nervaluate(variant: str, gold: list[Span], predicted: list[Span]) -> None:
    """On flat spans a label's precision, recall and F1 are nervaluate's, which judges each label by itself."""
    ours = figures(gold, predicted, variant)
    _, by_label = nervaluate(gold, predicted, variant)
    assert set(by_label) == {label for label in LABELS if ours[label]["support"] + ours[label]["predicted"]}
    for label, theirs in by_label.items():
        assert_same_quotients(ours[label], theirs)


@given(variant=variants, gold=spans(), predicted=spans())
def test_the_matching_is_never_worse_than_the_first_that_comes(
    variant: str, gold: list[Span], predicted: list[Span]
) -> None:
    """On any spans, nested and crossing, the credit is at least that of nervaluate's matching."""
    theirs, _ = nervaluate([s for s in gold if not s.parts], [s for s in predicted if not s.parts], variant)
    ours = figures([s for s in gold if not s.parts], [s for s in predicted if not s.parts], variant)["micro"]
    assert ours["correct"] + ours["partial"] / 2 >= theirs.correct + theirs.partial / 2


def test_a_perfect_nested_prediction_is_perfect_in_any_order() -> None:
    """Nested gold, predicted as it is but the inner span first: strict F1 is 1 here, and 0 with nervaluate 1.1.0."""
    outer, inner = Span(0, 14, "ADR"), Span(5, 14, "ADR")
    theirs, _ = nervaluate([outer, inner], [inner, outer], STRICT)
    assert theirs.f1 == 0.0
    assert figures([outer, inner], [inner, outer], STRICT)["micro"]["f1"] == 1.0


def test_the_matching_of_most_credit_is_taken_not_the_first() -> None:
    """A first prediction that fits two gold spans leaves to the second the one that it needs."""
    gold = [Span(0, 5, "ADR"), Span(6, 10, "ADR")]
    predicted = [Span(0, 10, "ADR"), Span(0, 5, "ADR")]
    micro = figures(gold, predicted, TYPE)["micro"]
    assert (micro["correct"], micro["missed"], micro["spurious"]) == (2, 0, 0)


def test_credit_comes_before_the_number_of_pairs() -> None:
    """A right prediction is not given away to make two wrong pairs of one right one."""
    gold = [Span(2, 6, "ADR"), Span(4, 8, "ADR")]
    predicted = [Span(4, 8, "ADR"), Span(6, 10, "ADR")]
    micro = figures(gold, predicted, STRICT)["micro"]
    assert [micro[name] for name in MUC] == [1, 0, 0, 1, 1]


@given(variant=variants, gold=spans(), predicted=spans(), data=st.data())
def test_the_order_of_spans_never_matters(
    variant: str, gold: list[Span], predicted: list[Span], data: st.DataObject
) -> None:
    """Counts are those of the spans in any order, and repeats add nothing."""
    overlap = Overlap(LABELS, variant)
    mixed = data.draw(st.permutations(gold)), data.draw(st.permutations(predicted + predicted[:2]))
    assert overlap.count(*mixed) == overlap.count(gold, predicted)


@given(variant=variants, gold=spans())
def test_a_perfect_prediction_has_f1_1(variant: str, gold: list[Span]) -> None:
    """Whatever the gold, nested, crossing or discontinuous; only where there is none is F1 0."""
    found = figures(gold, gold[::-1], variant)
    assert found["micro"]["f1"] == (1.0 if gold else 0.0)
    assert all(found[label]["f1"] == 1.0 for label in {span.label for span in gold})


@given(variant=variants, gold=spans(), predicted=spans())
def test_counts_of_labels_add_up_and_figures_are_fractions(
    variant: str, gold: list[Span], predicted: list[Span]
) -> None:
    """Every gold and every predicted span is counted once, for its own label; figures lie between 0 and 1."""
    found = figures(gold, predicted, variant)
    for name in ("support", "predicted", *MUC):
        assert found["micro"][name] == sum(found[label][name] for label in LABELS)
    for label in LABELS:
        assert found[label]["support"] == sum(span.label == label for span in gold)
        assert found[label]["predicted"] == sum(span.label == label for span in predicted)
    micro = found["micro"]
    assert micro["correct"] + micro["incorrect"] + micro["partial"] + micro["spurious"] == len(predicted)
    assert all(0 <= f[name] <= 1 for f in found.values() for name in ("precision", "recall", "f1"))


@given(gold=spans(), predicted=spans())
def test_lenient_scores_are_never_below_strict_ones(gold: list[Span], predicted: list[Span]) -> None:
    """Strict is the least of the four, and exact at most partial."""
    f1 = {variant: figures(gold, predicted, variant)["micro"]["f1"] for variant in plugin.variants}
    assert f1[STRICT] <= min(f1.values()) + 1e-12
    assert f1[EXACT] <= f1[PARTIAL] + 1e-12


@given(gold=spans(), predicted=spans())
def test_strict_is_exact_match(gold: list[Span], predicted: list[Span]) -> None:
    """Precision, recall and F1 of the strict variant are those of the exact evaluator, averages and labels too."""
    exact = ExactMatch(LABELS)
    expected = exact.score(exact.count(gold, predicted))
    found = figures(gold, predicted, STRICT)
    assert found.keys() == expected.keys()
    for label, values in expected.items():
        for name in ("precision", "recall", "f1", "support", "predicted"):
            assert found[label][name] == pytest.approx(values[name], abs=1e-12)


@given(variant=variants, documents=st.lists(st.tuples(spans(), spans()), min_size=1, max_size=4))
def test_documents_add_up(variant: str, documents: list[tuple[list[Span], list[Span]]]) -> None:
    """The summed counts of documents are the counts of one document in which they stand far apart."""
    overlap = Overlap(LABELS, variant)

    def moved(side: list[Span], by: int) -> list[Span]:
        return [
            Span(s.start + by, s.end + by, s.label, tuple((start + by, end + by) for start, end in s.parts))
            for s in side
        ]

    counts = [overlap.count(*pair) for pair in documents]
    gold, predicted = (
        [span for i, pair in enumerate(documents) for span in moved(pair[side], 100 * i)] for side in (0, 1)
    )
    assert overlap.count(gold, predicted) == {name: sum(c[name] for c in counts) for name in counts[0]}


def test_arrays_are_scored_element_by_element() -> None:
    """Scoring arrays of counts gives the same figures as scoring each of their elements."""
    overlap = Overlap(LABELS, PARTIAL)
    names = list(overlap.count([], []))
    rows = np.random.default_rng(1).integers(0, 3, (30, len(names))).astype(float)
    at_once = overlap.score({name: rows[:, i] for i, name in enumerate(names)})  # type: ignore[misc]
    for i, row in enumerate(rows):
        for label, values in overlap.score(dict(zip(names, row.tolist(), strict=True))).items():
            assert {name: value[i] for name, value in at_once[label].items()} == pytest.approx(values, abs=1e-12)


@pytest.mark.parametrize(
    ("variant", "micro", "recall_of_adr", "precision_of_drug"),
    [
        (TYPE, {"correct": 2, "partial": 0, "incorrect": 1, "missed": 1, "spurious": 1}, 2 / 4, 0.0),
        (PARTIAL, {"correct": 2, "partial": 1, "incorrect": 0, "missed": 1, "spurious": 1}, 2.5 / 4, 1.0),
        (EXACT, {"correct": 2, "partial": 0, "incorrect": 1, "missed": 1, "spurious": 1}, 2 / 4, 1.0),
        (STRICT, {"correct": 1, "partial": 0, "incorrect": 2, "missed": 1, "spurious": 1}, 1 / 4, 0.0),
    ],
)
def test_a_worked_example(variant: str, micro: dict[str, int], recall_of_adr: float, precision_of_drug: float) -> None:
    """A hit, a wrong boundary, a wrong label, a miss and a false alarm, worked out by hand for each variant."""
    gold = [Span(0, 4, "ADR"), Span(10, 20, "ADR"), Span(30, 34, "ADR"), Span(40, 44, "ADR")]
    predicted = [Span(0, 4, "ADR"), Span(15, 20, "ADR"), Span(30, 34, "DRUG"), Span(50, 54, "ADR")]
    found = figures(gold, predicted, variant)
    assert {name: found["micro"][name] for name in MUC} == micro
    assert found["ADR"]["recall"] == recall_of_adr
    assert found["DRUG"]["precision"] == precision_of_drug
    credit = micro["correct"] + micro["partial"] / 2
    assert found["micro"]["precision"] == found["micro"]["recall"] == found["micro"]["f1"] == credit / 4
    assert found["macro"]["recall"] == recall_of_adr / 2
    assert found["weighted"]["recall"] == recall_of_adr


def test_a_discontinuous_mention_overlaps_its_cover_and_equals_itself_only() -> None:
    """A plain span over a discontinuous mention is of the right type, but not in the right place."""
    gold = Span(0, 14, "ADR", ((0, 4), (10, 14)))
    inside, cover = Span(5, 9, "ADR"), Span(0, 14, "ADR")
    assert figures([gold], [inside], TYPE)["micro"]["f1"] == 1.0
    assert figures([gold], [cover], PARTIAL)["micro"]["f1"] == 0.5
    assert figures([gold], [cover], EXACT)["micro"]["f1"] == 0.0
    assert figures([gold], [gold], STRICT)["micro"]["f1"] == 1.0


@every_variant
@pytest.mark.parametrize(("gold", "predicted"), [([], []), ([Span(0, 4, "ADR")], []), ([], [Span(0, 4, "ADR")])])
def test_nothing_to_find_or_nothing_found_is_0(variant: str, gold: list[Span], predicted: list[Span]) -> None:
    """Without gold, without predictions, or without both, precision, recall and F1 are 0.0."""
    found = figures(gold, predicted, variant)
    assert {f[name] for f in found.values() for name in ("precision", "recall", "f1")} == {0.0}


def test_spans_that_touch_do_not_overlap() -> None:
    """The end of a span is exclusive."""
    micro = figures([Span(0, 4, "ADR")], [Span(4, 8, "ADR")], TYPE)["micro"]
    assert (micro["missed"], micro["spurious"]) == (1, 1)


@pytest.mark.parametrize(("gold", "predicted"), [(["X"], []), ([], ["X"]), (["ADR"], ["X"])])
def test_an_unknown_label_is_an_error(gold: list[str], predicted: list[str]) -> None:
    """A span of a label that is not evaluated, gold or predicted, is refused by name."""
    sides = [[Span(0, 4, label) for label in labels] for labels in (gold, predicted)]
    with pytest.raises(ValueError, match=r"labels \['X'\], but the labels are \['ADR', 'DRUG'\]"):
        Overlap(LABELS).count(*sides)


def test_an_unknown_variant_is_an_error() -> None:
    """A variant that there is not is refused, with the closest one."""
    with pytest.raises(ValueError, match="evaluator 'overlap' has no variant 'stric'; did you mean 'strict'"):
        Overlap(LABELS, "stric")
