"""The novelty evaluator."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adrbench.api import DocumentFacts, Span
from adrbench.scoring.evaluators.exact import ExactMatch
from adrbench.scoring.evaluators.novelty import Novelty

LABELS = ("ADR", "DRUG")
span = st.builds(
    lambda start, length, label: Span(start, start + length, label),
    st.integers(0, 8),
    st.integers(1, 4),
    st.sampled_from(LABELS),
)
documents = st.lists(
    st.tuples(st.dictionaries(span, st.booleans(), max_size=6), st.lists(span, max_size=6)), min_size=1, max_size=4
)


def test_a_worked_example() -> None:
    """Of three unseen mentions one is found, of two seen ones both; a wrong prediction changes nothing."""
    gold = [Span(0, 4, "ADR"), Span(5, 9, "ADR"), Span(10, 14, "ADR"), Span(20, 24, "DRUG"), Span(30, 34, "DRUG")]
    seen = (False, False, True, True, False)
    predicted = [Span(0, 4, "ADR"), Span(10, 14, "ADR"), Span(20, 24, "DRUG"), Span(40, 44, "DRUG")]
    novelty = Novelty(LABELS)
    found = novelty.score(novelty.count(gold, predicted, DocumentFacts(seen=seen)))
    assert found["micro"] == pytest.approx({"recall": 1 / 3, "support": 3, "share": 3 / 5, "tp": 1})
    assert found["ADR"] == pytest.approx({"recall": 1 / 2, "support": 2, "share": 2 / 3, "tp": 1})
    assert found["DRUG"] == pytest.approx({"recall": 0.0, "support": 1, "share": 1 / 2, "tp": 0})
    assert found["macro"]["recall"] == pytest.approx(1 / 4)
    seen_part = Novelty(LABELS, "seen")
    found = seen_part.score(seen_part.count(gold, predicted, DocumentFacts(seen=seen)))
    assert found["micro"] == pytest.approx({"recall": 1.0, "support": 2, "share": 2 / 5, "tp": 2})


@given(documents, st.data())
def test_the_two_parts_are_all_gold(pairs: list[tuple[dict[Span, bool], list[Span]]], data: st.DataObject) -> None:
    """Hits and support of both parts add up to those of exact match, shares to 1; order and repeats play no part."""
    exact, parts = ExactMatch(LABELS), [Novelty(LABELS, variant) for variant in ("unseen", "seen")]
    counts = []
    for gold, predicted in pairs:
        facts = DocumentFacts(seen=tuple(gold.values()))
        counts.append(parts[0].count(list(gold), predicted, facts))
        mixed = data.draw(st.permutations(list(gold.items())))
        again = DocumentFacts(seen=tuple(seen for _, seen in mixed))
        assert parts[1].count([g for g, _ in mixed], [*reversed(predicted), *predicted], again) == counts[-1]
    judged = [exact.count(list(gold), predicted) for gold, predicted in pairs]
    whole = exact.score({name: sum(c[name] for c in judged) for name in judged[0]})
    unseen, seen = (part.score({name: sum(c[name] for c in counts) for name in counts[0]}) for part in parts)
    for label in ("micro", *LABELS):
        assert unseen[label]["tp"] + seen[label]["tp"] == whole[label]["tp"]
        assert unseen[label]["support"] + seen[label]["support"] == whole[label]["support"]
        assert unseen[label]["share"] + seen[label]["share"] == pytest.approx(1.0 if whole[label]["support"] else 0.0)
        assert 0 <= unseen[label]["recall"] <= 1


@given(st.dictionaries(span, st.booleans(), min_size=1, max_size=6))
def test_a_perfect_prediction_has_recall_1(gold: dict[Span, bool]) -> None:
    """On each part that has gold, nested or not; on a part without gold recall is 0.0."""
    for variant in ("unseen", "seen"):
        novelty = Novelty(LABELS, variant)
        found = novelty.score(novelty.count(list(gold), list(gold), DocumentFacts(seen=tuple(gold.values()))))
        assert found["micro"]["recall"] == ((variant == "seen") in gold.values())


@pytest.mark.parametrize("variant", ["unseen", "seen"])
def test_without_gold_all_is_0(variant: str) -> None:
    """Recall and share of no gold are 0.0, whatever is predicted."""
    novelty = Novelty(LABELS, variant)
    counts = novelty.count([], [Span(0, 4, "ADR")], DocumentFacts())
    assert {value for f in novelty.score(counts).values() for value in f.values()} == {0.0}


def test_precision_and_f1_are_not_defined() -> None:
    """A wrong prediction is of neither part, so no figure claims to know of it."""
    novelty = Novelty(LABELS)
    found = novelty.score(novelty.count([], [], DocumentFacts()))
    assert {name for f in found.values() for name in f} == {"recall", "support", "share", "tp"}


def test_arrays_are_scored_element_by_element() -> None:
    """Scoring arrays of counts gives the same figures as scoring each of their elements."""
    novelty = Novelty(LABELS)
    rows = np.random.default_rng(1).integers(0, 4, (30, 8)).astype(float)
    names = list(novelty.count([], [], DocumentFacts()))
    at_once = novelty.score({name: rows[:, i] for i, name in enumerate(names)})  # type: ignore[misc]
    for i, row in enumerate(rows):
        for label, values in novelty.score(dict(zip(names, row.tolist(), strict=True))).items():
            assert {name: value[i] for name, value in at_once[label].items()} == pytest.approx(values, abs=1e-12)


def test_what_it_cannot_judge_is_refused() -> None:
    """Gold without an answer whether it was seen, an unknown label and an unknown variant are errors."""
    gold = [Span(0, 4, "ADR"), Span(5, 9, "ADR")]
    with pytest.raises(ValueError, match="1 answers to which of 2 gold spans were seen"):
        Novelty(LABELS).count(gold, [], DocumentFacts(seen=(True,)))
    with pytest.raises(ValueError, match=r"labels \['X'\], but the labels are \['ADR', 'DRUG'\]"):
        Novelty(LABELS).count([], [Span(0, 4, "X")], DocumentFacts())
    with pytest.raises(ValueError, match="'novelty' has no variant 'new'; valid: seen, unseen"):
        Novelty(LABELS, "new")
